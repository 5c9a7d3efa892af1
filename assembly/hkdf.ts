/** HKDF-Expand with SHA-256 (RFC 5869, section 2.3) for one block of 32 bytes. */
import { hmacBegin, hmacEnd, hmacKey } from './hmac';
import { digestToBytes, hashByte, hashUpdate, hashWipe } from './sha256';

const INNER: usize = memory.data(32, 16);
const OUTER: usize = memory.data(32, 16);

/** Takes the pseudorandom key, 32 bytes. */
export function hkdfKey(key: usize): void {
  hmacKey(key, 32, INNER, OUTER);
  hashWipe();
}

/** Writes 32 bytes for `info`, or for `info || retry` where `retry` is not 0. */
export function hkdfExpand(info: usize, bytes: usize, retry: u32, target: usize): void {
  hmacBegin(INNER);
  hashUpdate(info, bytes);
  if (retry != 0) hashByte(retry);
  hashByte(1);
  hmacEnd(OUTER, target);
  digestToBytes(target, target);
}

export function hkdfWipe(): void {
  memory.fill(INNER, 0, 32);
  memory.fill(OUTER, 0, 32);
}
