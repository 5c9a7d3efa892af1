import { randomBytes } from 'node:crypto';
import { fromBase64, fromHex, isHex, toBase64, toHex } from '../../../src/lib/worker/bytes';

const samples = Array.from({ length: 200 }, (_, length) => randomBytes(length));

test('hex and base64 are what Node makes of the same bytes, and lead back', () => {
  for (const bytes of samples) {
    expect(toHex(bytes)).toBe(bytes.toString('hex'));
    expect(Buffer.from(fromHex(toHex(bytes))).equals(bytes)).toBe(true);
    expect(toBase64(bytes)).toBe(bytes.toString('base64'));
    expect(Buffer.from(fromBase64(toBase64(bytes))!).equals(bytes)).toBe(true);
  }
});

test('base64 has one spelling for each sequence of bytes', () => {
  for (const bytes of samples.slice(1, 20)) {
    const text = toBase64(bytes);
    const last = text.replace(/=+$/, '').length - 1;
    for (const digit of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/') {
      const other = text.slice(0, last) + digit + text.slice(last + 1);
      const decoded = fromBase64(other);
      if (decoded !== undefined) expect(toBase64(decoded)).toBe(other);
    }
  }
});

test.each(['A', 'AA', 'AAA', 'A===', '====', '=AAA', 'AA=A', 'AA==AA==', 'AAA\n', 'AAAé', 'AA__'])(
  '%j is no base64',
  (text) => {
    expect(fromBase64(text)).toBeUndefined();
  },
);

test.each([
  ['0123456789abcdef', 16, true],
  ['0123456789ABCDEF', 16, false],
  ['0123456789abcdeg', 16, false],
  ['0123456789abcde', 16, false],
  ['0123456789abcdef0', 16, false],
  [123, 3, false],
  [undefined, 0, false],
])('isHex(%j, %i) is %s', (value, digits, expected) => {
  expect(isHex(value, digits)).toBe(expected);
});
