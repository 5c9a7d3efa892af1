/** QR codes of links, read back by a decoder. */
import decodeQR from 'qr/decode.js';
import { newCode } from '../../../../src/runtime/page/sync-code/code';
import { createQrCode } from '../../../../src/runtime/page/sync-code/load-qr-code';

test.each([`https://app.example/#sync-code=${newCode()}`, `https://пример.example/a/long/path/${'x'.repeat(300)}#é`])(
  'the code of %s is read as that',
  async (link) => {
    const { viewBox, path } = await createQrCode(link);
    const size = Number(viewBox.split(' ')[3]);
    const data = new Uint8Array(size * size * 16 * 4).fill(255);
    for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g))
      for (let pixel = 0; pixel < 16; pixel++) {
        const [row, column] = [Number(y) * 4 + (pixel >> 2), Number(x) * 4 + (pixel & 3)];
        data.set([0, 0, 0, 255], 4 * (row * size * 4 + column));
      }
    expect(decodeQR({ width: size * 4, height: size * 4, data })).toBe(link);
  },
);

test('it is one element without styles, scripts and addresses, so that no content security policy hides it', async () => {
  const { viewBox, path, svg } = await createQrCode('https://app.example/');
  expect(svg).toContain(viewBox);
  expect(svg).toContain(path);
  expect(svg).not.toMatch(/style|class|script|href|url\(|on\w+=/);
});

test('what is longer than a QR code is refused', async () => {
  await expect(createQrCode('x'.repeat(3_000))).rejects.toThrow();
});
