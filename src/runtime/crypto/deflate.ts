/** Raw deflate (RFC 1951) by the platform's streams, with a bound on what comes out. */
import { concatBytes, type Bytes } from '../core/bytes';

interface ByteTransform {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}
type StreamName = 'CompressionStream' | 'DecompressionStream';

/** Whether the browser can do this at all: older ones lack the streams, or the raw format. */
export function canDeflate(): boolean {
  try {
    newStream('CompressionStream');
    newStream('DecompressionStream');
    return true;
  } catch {
    return false;
  }
}

export function deflate(bytes: Bytes): Promise<Bytes> {
  return pump(newStream('CompressionStream'), bytes, Infinity);
}

/** Rejects for anything but deflated data of at most `maxBytes`, having inflated hardly more than that. */
export function inflate(bytes: Bytes, maxBytes: number): Promise<Bytes> {
  return pump(newStream('DecompressionStream'), bytes, maxBytes);
}

/** The same format without compression, so that its length tells nothing about what is repeated in it. */
export function store(bytes: Uint8Array): Bytes {
  const maxBlock = 0xffff;
  const blocks: Uint8Array[] = [];
  let at = 0;
  do {
    const block = bytes.subarray(at, at + maxBlock);
    at += block.length;
    const [low, high] = [block.length & 0xff, block.length >> 8];
    blocks.push(Uint8Array.of(at === bytes.length ? 1 : 0, low, high, low ^ 0xff, high ^ 0xff), block);
  } while (at < bytes.length);
  return concatBytes(...blocks);
}

/** TypeScript 4.9 does not know the names. */
function newStream(name: StreamName): ByteTransform {
  const streams = globalThis as unknown as Record<StreamName, new (format: string) => ByteTransform>;
  return new streams[name]('deflate-raw');
}

/**
 * A stream turns all that is written at once into output before anybody can say stop, and deflate makes up to 1,032 bytes of one. So no more than this goes
 * in before what came out is counted.
 */
const SLICE = 1_024;

async function pump(stream: ByteTransform, bytes: Bytes, maxBytes: number): Promise<Bytes> {
  // A failure of the writing side comes out of the reading side as well, and is handled there.
  const ignore = (): void => undefined;
  let isEnough = false;
  writeInSlices(stream.writable, bytes, maxBytes === Infinity ? bytes.length : SLICE, () => isEnough).catch(ignore);

  const reader = stream.readable.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    chunks.push(read.value);
    length += read.value.length;
    if (length > maxBytes) {
      isEnough = true;
      reader.cancel().catch(ignore);
      throw new RangeError(`More than ${maxBytes} bytes come out.`);
    }
  }
  return concatBytes(...chunks);
}

async function writeInSlices(
  writable: WritableStream<Uint8Array>,
  bytes: Bytes,
  slice: number,
  isEnough: () => boolean,
): Promise<void> {
  const writer = writable.getWriter();
  for (let at = 0; at < bytes.length && !isEnough(); at += slice) {
    await writer.ready;
    await writer.write(bytes.subarray(at, at + slice));
  }
  await writer.close();
}
