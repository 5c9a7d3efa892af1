import { randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { deflate, inflate, store } from '../../../src/runtime/crypto/deflate';

const samples = [0, 1, 300, 65_535, 65_536, 200_000].map((length) => Uint8Array.from(randomBytes(length)));

test('deflated and stored bytes are raw deflate to zlib too', async () => {
  for (const bytes of samples) {
    expect(inflateRawSync(await deflate(bytes)).equals(bytes)).toBe(true);
    expect(inflateRawSync(store(bytes)).equals(bytes)).toBe(true);
  }
});

test('both inflate again, as does what zlib deflated', async () => {
  for (const bytes of samples) {
    for (const deflated of [await deflate(bytes), store(bytes), Uint8Array.from(deflateRawSync(bytes))]) {
      expect(Buffer.from(await inflate(deflated, 200_000)).equals(bytes)).toBe(true);
    }
  }
});

test('stored bytes have a length that depends on nothing but their number', () => {
  expect(store(new Uint8Array(70_000)).length).toBe(store(samples[4]!.subarray(0, 65_536)).length + 70_000 - 65_536);
});

test.each([
  ['more than the bound', Uint8Array.from(deflateRawSync(Buffer.alloc(1_001)))],
  ['far more than the bound', Uint8Array.from(deflateRawSync(Buffer.alloc(20_000_000)))],
  ['no deflated data', new Uint8Array(20).fill(0xee)],
  ['a truncated stream', Uint8Array.from(deflateRawSync(Buffer.alloc(500, 'text')).subarray(0, -2))],
  ['nothing', new Uint8Array()],
])('inflating rejects for %s', async (_name, bytes) => {
  await expect(inflate(bytes, 1_000)).rejects.toThrow();
});

test('no more is inflated than the bound and what one slice of input may become', async () => {
  // As in browsers: what is written at once becomes output at once, up to 1,032 bytes of one.
  let inflated = 0;
  const streams = globalThis as { DecompressionStream?: unknown };
  const original = streams.DecompressionStream;
  streams.DecompressionStream = class extends TransformStream<Uint8Array, Uint8Array> {
    constructor() {
      super({
        transform(chunk, controller) {
          inflated += chunk.length * 1_032;
          controller.enqueue(new Uint8Array(chunk.length * 1_032));
        },
      });
    }
  };
  try {
    await expect(inflate(new Uint8Array(32_000), 1_048_576)).rejects.toThrow(RangeError);
  } finally {
    streams.DecompressionStream = original;
  }
  expect(inflated).toBeLessThanOrEqual(1_048_576 + 2 * 1_024 * 1_032);
});
