/**
 * Searches what a build emits for its salt. It knows the forms in which compilers, bundlers and carelessness leave a constant behind, and
 * looks into WebAssembly modules that a bundle carries as text. It cannot find a salt that is masked, which is how the black box holds it.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface SaltHit {
  readonly file: string;
  /** How the salt was written there, such as `hex` or `LEB128 of word 3`. */
  readonly form: string;
  /** In bytes; within the decoded module where `isInlined`. */
  readonly offset: number;
  readonly isInlined: boolean;
}

interface Needle {
  readonly form: string;
  readonly bytes: Buffer;
}

/**
 * Scans files, and everything below folders. In each file for the written-out forms, in each WebAssembly module also for every four bytes
 * of the salt and every word as an operand.
 */
export function scanForSalt(salt: Uint8Array, paths: readonly string[]): readonly SaltHit[] {
  const orders = byteOrders(Buffer.from(salt));
  const inText = orders.flatMap(textNeedles);
  const findInText = createFinder(inText);
  const findInModule = createFinder([...inText, ...orders.flatMap(moduleNeedles)]);
  return paths.flatMap(filesBelow).flatMap((file) => {
    const bytes = readFileSync(file);
    const found = (isModule(bytes) ? findInModule : findInText)(bytes);
    const inlined = inlinedModules(bytes).flatMap(findInModule);
    return [
      ...found.map((hit) => ({ file, ...hit, isInlined: false })),
      ...inlined.map((hit) => ({ file, ...hit, isInlined: true })),
    ];
  });
}

/** The WebAssembly modules that a bundle or source map carries as lists of numbers (wasm-loader), base64 or hex. */
export function inlinedModules(bundle: Buffer): readonly Buffer[] {
  const text = bundle.toString('latin1');
  const decimal = text.match(/\b0\s*,\s*97\s*,\s*115\s*,\s*109\b(?:\s*,\s*\d{1,3}\b)+/g) ?? [];
  const base64 = text.match(/AGFzbQ[A-Za-z0-9+/_-]{8,}/g) ?? [];
  const hex = text.match(/0061736d(?:[0-9a-f]{2}){4,}/gi) ?? [];
  return [
    ...decimal.map((list) => Buffer.from(list.split(',').map(Number))),
    ...base64.map((digits) => Buffer.from(digits, 'base64')),
    ...hex.map((digits) => Buffer.from(digits, 'hex')),
  ];
}

interface ByteOrder {
  readonly order: string;
  readonly bytes: Buffer;
}

function byteOrders(salt: Buffer): readonly ByteOrder[] {
  return [
    { order: '', bytes: salt },
    { order: 'reversed ', bytes: Buffer.from(salt).reverse() },
    { order: 'word-swapped ', bytes: Buffer.from(salt).swap32() },
  ];
}

/** Long enough that none of them turns up in a bundle of megabytes by chance. */
function textNeedles({ order, bytes }: ByteOrder): readonly Needle[] {
  const needles: Needle[] = [{ form: `${order}raw`, bytes }];
  const addText = (form: string, text: string): void => {
    needles.push(
      { form: order + form, bytes: Buffer.from(text) },
      { form: `${order + form} in UTF-16`, bytes: Buffer.from(text, 'utf16le') },
    );
  };
  for (const at of windows(bytes, 6)) {
    const hex = bytes.toString('hex', at, at + 6);
    addText(`hex of bytes ${at} to ${at + 5}`, hex);
    addText(`capital hex of bytes ${at} to ${at + 5}`, hex.toUpperCase());
    addText(`decimal bytes ${at} to ${at + 5}`, bytes.subarray(at, at + 6).join(','));
    addText(`decimal bytes ${at} to ${at + 5}`, bytes.subarray(at, at + 6).join(', '));
  }
  for (const at of windows(bytes, 9)) {
    // Nine bytes are twelve digits; every offset is tried, and so is every way in which the salt may lie in a longer text.
    const digits = bytes.toString('base64', at, at + 9);
    addText(`base64 of bytes ${at} to ${at + 8}`, digits);
    addText(`base64url of bytes ${at} to ${at + 8}`, digits.replace(/\+/g, '-').replace(/\//g, '_'));
  }
  for (const [i, [unsigned, signed]] of wordsOf(bytes).entries()) {
    addText(`decimal word ${i}`, String(unsigned));
    addText(`decimal word ${i}`, String(signed));
    addText(`hex word ${i}`, `0x${unsigned.toString(16)}`);
  }
  return needles.filter((needle) => needle.bytes.length >= 8);
}

/** In a module of some kilobytes even four bytes in a row are no accident. */
function moduleNeedles({ order, bytes }: ByteOrder): readonly Needle[] {
  const parts = windows(bytes, 4).map((at) => ({
    form: `${order}bytes ${at} to ${at + 3}`,
    bytes: bytes.subarray(at, at + 4),
  }));
  const operands = windows(bytes, 4).flatMap((at) => [
    { form: `${order}LEB128 of the word at ${at}`, bytes: signedLeb(BigInt(bytes.readInt32BE(at))) },
    { form: `${order}LEB128 of the word at ${at}`, bytes: signedLeb(BigInt(bytes.readUInt32BE(at))) },
  ]);
  const longOperands = windows(bytes, 8).map((at) => ({
    form: `${order}LEB128 of the long word at ${at}`,
    bytes: signedLeb(bytes.readBigInt64BE(at)),
  }));
  return [...parts, ...[...operands, ...longOperands].filter((needle) => needle.bytes.length >= 4)];
}

function windows(bytes: Buffer, length: number): readonly number[] {
  return Array.from({ length: bytes.length - length + 1 }, (_, at) => at);
}

/** Each aligned word, unsigned and signed. The word-swapped order has them little-endian. */
function wordsOf(bytes: Buffer): readonly (readonly [number, number])[] {
  return Array.from(
    { length: bytes.length / 4 },
    (_, i) => [bytes.readUInt32BE(4 * i), bytes.readInt32BE(4 * i)] as const,
  );
}

/** How WebAssembly writes the operand of `i32.const` and `i64.const` (Core Specification, section 5.2.2). */
function signedLeb(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    const low = Number(rest & 0x7fn);
    const isLast = (rest >> 6n === 0n && low < 0x40) || (rest >> 6n === -1n && low >= 0x40);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return Buffer.from(bytes);
  }
}

interface Find {
  readonly form: string;
  readonly offset: number;
}

/**
 * Looks for all needles, of at least four bytes each, in one pass: a thousand searches through megabytes would take a tenth of the build.
 * Most words of the haystack are told apart from the first words of the needles by one look at a table.
 */
function createFinder(needles: readonly Needle[]): (haystack: Buffer) => readonly Find[] {
  const needlesByWord = new Map<number, Needle[]>();
  const isFirstWord = new Uint8Array(1 << 20);
  const slotOf = (word: number): number => Math.imul(word, 0x9e3779b1) >>> 12;
  for (const needle of needles) {
    const word = needle.bytes.readInt32BE(0);
    isFirstWord[slotOf(word)] = 1;
    needlesByWord.set(word, [...(needlesByWord.get(word) ?? []), needle]);
  }
  return (haystack) => {
    const offsets = new Map<Needle, number>();
    let word = 0;
    for (let end = 1; end <= haystack.length; end++) {
      word = (word << 8) | haystack[end - 1]!;
      if (isFirstWord[slotOf(word)] === 0 || end < 4) continue;
      for (const needle of needlesByWord.get(word) ?? []) {
        const candidate = haystack.subarray(end - 4, end - 4 + needle.bytes.length);
        if (candidate.equals(needle.bytes) && !offsets.has(needle)) offsets.set(needle, end - 4);
      }
    }
    return [...offsets].map(([{ form }, offset]) => ({ form, offset }));
  };
}

function isModule(bytes: Buffer): boolean {
  return bytes.subarray(0, 4).equals(Buffer.from('\0asm'));
}

function filesBelow(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesBelow(join(path, name)));
}
