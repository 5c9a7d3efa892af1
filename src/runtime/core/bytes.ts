/**
 * Bytes as text and back: hex for names and nonces, base64 for envelopes. Where the platform has no base64 of its own for bytes, tables
 * serve rather than `btoa`, which goes through a string a byte.
 */

/**
 * Bytes in memory of their own, as WebCrypto takes them: `Uint8Array<ArrayBuffer>` since TypeScript 5.7, `Uint8Array` before, which knows no
 * parameter.
 */
export type Bytes = ReturnType<typeof Uint8Array.of>;

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const base64Alphabet = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const base64Value = new Uint8Array(128).fill(255);
base64Alphabet.forEach((character, value) => (base64Value[character] = value));
const equalsSign = 61;

/** Chrome 140, Firefox 133, Safari 18.2: several times as fast as the tables. TypeScript 4.9 does not know them. */
interface NativeBase64 {
  fromBase64?(text: string, options: { readonly lastChunkHandling: 'strict' }): Bytes;
  readonly prototype: { toBase64?(this: Uint8Array): string };
}
const native = Uint8Array as unknown as NativeBase64;

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function toUtf8(text: string): Bytes {
  return utf8Encoder.encode(text) as Bytes;
}

/** @throws TypeError when the bytes are not UTF-8 */
export function fromUtf8(bytes: Uint8Array): string {
  return utf8Decoder.decode(bytes);
}

export function concatBytes(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function toHex(bytes: Uint8Array): string {
  let hex = '';
  for (let i = 0; i < bytes.length; i++) hex += hexOfByte[bytes[i]!];
  return hex;
}

/** Of text for which `isHex` holds. */
export function fromHex(hex: string): Bytes {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (digitAt(hex, 2 * i) << 4) | digitAt(hex, 2 * i + 1);
  return bytes;
}

const notHex = /[^0-9a-f]/;

function digitAt(hex: string, index: number): number {
  const code = hex.charCodeAt(index);
  return code < 58 ? code - 48 : code - 87;
}

/** Whether a value is exactly so many lower-case hex digits. */
export function isHex(value: unknown, digits: number): value is string {
  return typeof value === 'string' && value.length === digits && !notHex.test(value);
}

export function toBase64(bytes: Uint8Array): string {
  if (native.prototype.toBase64) return native.prototype.toBase64.call(bytes);
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  const write = (at: number, group: number): void => {
    text[at] = base64Alphabet[group >> 18]!;
    text[at + 1] = base64Alphabet[(group >> 12) & 63]!;
    text[at + 2] = base64Alphabet[(group >> 6) & 63]!;
    text[at + 3] = base64Alphabet[group & 63]!;
  };
  const rest = bytes.length % 3;
  const whole = bytes.length - rest;
  let at = 0;
  for (let i = 0; i < whole; i += 3, at += 4) write(at, (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!);
  if (rest > 0) {
    write(at, (bytes[whole]! << 16) | ((bytes[whole + 1] ?? 0) << 8));
    text.fill(equalsSign, text.length - 3 + rest);
  }
  return utf8Decoder.decode(text);
}

/** Undefined unless the text is what `toBase64` writes: a relay must not be able to give one envelope two spellings. */
export function fromBase64(text: string): Bytes | undefined {
  return native.fromBase64 ? fromBase64Natively(text) : fromBase64ByTable(text);
}

function fromBase64Natively(text: string): Bytes | undefined {
  try {
    const bytes = native.fromBase64!(text, { lastChunkHandling: 'strict' });
    // It reads over white space, which makes the text longer than it would be.
    return Math.ceil(bytes.length / 3) * 4 === text.length ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function fromBase64ByTable(text: string): Bytes | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const digits = utf8Encoder.encode(text);
  if (digits.length !== text.length) return undefined;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const whole = padding > 0 ? text.length - 4 : text.length;
  // Values of all digits together: one that is none makes it larger than 63, and the loop needs no branch.
  let values = 0;
  let at = 0;
  for (let i = 0; i < whole; i += 4, at += 3) {
    const a = base64Value[digits[i]!]!;
    const b = base64Value[digits[i + 1]!]!;
    const c = base64Value[digits[i + 2]!]!;
    const d = base64Value[digits[i + 3]!]!;
    values |= a | b | c | d;
    bytes[at] = (a << 2) | (b >> 4);
    bytes[at + 1] = (b << 4) | (c >> 2);
    bytes[at + 2] = (c << 6) | d;
  }
  if (padding > 0) {
    const a = base64Value[digits[whole]!]!;
    const b = base64Value[digits[whole + 1]!]!;
    const c = padding === 1 ? base64Value[digits[whole + 2]!]! : 0;
    values |= a | b | c;
    const unusedBits = padding === 1 ? c & 3 : b & 15;
    if (unusedBits !== 0) return undefined;
    bytes[at] = (a << 2) | (b >> 4);
    if (padding === 1) bytes[at + 1] = (b << 4) | (c >> 2);
  }
  return values > 63 ? undefined : bytes;
}
