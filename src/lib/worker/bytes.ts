/** Bytes as text and back: hex for names and nonces, base64 for envelopes. Tables rather than `btoa`, which goes through a string a byte. */

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
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Whether a value is exactly so many lower-case hex digits. */
export function isHex(value: unknown, digits: number): value is string {
  if (typeof value !== 'string' || value.length !== digits) return false;
  for (let i = 0; i < digits; i++) {
    const code = value.charCodeAt(i);
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false;
  }
  return true;
}

export function toBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    // Beyond the end the bytes are undefined, which the bit operations read as 0; the padding overwrites what that gives.
    const group = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    text[at++] = base64Alphabet[group >> 18]!;
    text[at++] = base64Alphabet[(group >> 12) & 63]!;
    text[at++] = base64Alphabet[(group >> 6) & 63]!;
    text[at++] = base64Alphabet[group & 63]!;
  }
  text.fill(equalsSign, text.length - ((3 - (bytes.length % 3)) % 3));
  return utf8Decoder.decode(text);
}

/** Undefined unless the text is what `toBase64` writes: a relay must not be able to give one envelope two spellings. */
export function fromBase64(text: string): Bytes | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const digits = text.length - padding;
  let invalid = 0;
  let at = 0;
  for (let i = 0; i < digits; i += 4) {
    const a = valueAt(text, i);
    const b = valueAt(text, i + 1);
    const c = i + 2 < digits ? valueAt(text, i + 2) : 0;
    const d = i + 3 < digits ? valueAt(text, i + 3) : 0;
    invalid |= a | b | c | d;
    const group = (a << 18) | (b << 12) | (c << 6) | d;
    // Writes beyond the end of a typed array are ignored.
    bytes[at++] = group >> 16;
    bytes[at++] = group >> 8;
    bytes[at++] = group;
    if (at > bytes.length && (group & (at - bytes.length === 2 ? 0xffff : 0xff)) !== 0) return undefined;
  }
  return invalid > 63 ? undefined : bytes;
}

function valueAt(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code < 128 ? base64Value[code]! : 255;
}
