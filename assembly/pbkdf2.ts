/**
 * PBKDF2-HMAC-SHA256 (RFC 8018) for 32 bytes, in steps: between two steps the caller reports progress, may give up, and lets the engine
 * swap in the optimised code.
 */
import { hmacBegin, hmacEnd, hmacKey } from './hmac';
import { digestToBytes, hashByte, hashWipe } from './sha256';
import { compressDigest } from './sha256-rounds';

/** About a millisecond. */
const MAX_STEP: u32 = 4096;

const INNER: usize = memory.data(32, 16);
const OUTER: usize = memory.data(32, 16);
const LAST: usize = memory.data(32, 16);
const SUM: usize = memory.data(32, 16);
let left: u32 = 0;

/** Takes the password; the caller feeds the salt with `hashUpdate`. */
export function pbkdf2Begin(password: usize, bytes: usize): void {
  hmacKey(password, bytes, INNER, OUTER);
  hmacBegin(INNER);
}

/** Ends the salt and makes the first iteration. */
export function pbkdf2Salted(iterations: u32): void {
  hashByte(0);
  hashByte(0);
  hashByte(0);
  hashByte(1);
  hmacEnd(OUTER, LAST);
  hashWipe();
  memory.copy(SUM, LAST, 32);
  left = iterations - 1;
}

/** Makes up to `iterations` of them, at most 4,096, and returns how many are left. */
export function pbkdf2Step(iterations: u32): u32 {
  const count = min<u32>(min<u32>(iterations, MAX_STEP), left);
  for (let i: u32 = 0; i < count; i++) {
    compressDigest(INNER, LAST, LAST);
    compressDigest(OUTER, LAST, LAST);
    store<u64>(SUM, load<u64>(SUM, 0) ^ load<u64>(LAST, 0), 0);
    store<u64>(SUM, load<u64>(SUM, 8) ^ load<u64>(LAST, 8), 8);
    store<u64>(SUM, load<u64>(SUM, 16) ^ load<u64>(LAST, 16), 16);
    store<u64>(SUM, load<u64>(SUM, 24) ^ load<u64>(LAST, 24), 24);
  }
  left -= count;
  return left;
}

/** Writes the derived 32 bytes. */
export function pbkdf2Result(target: usize): void {
  digestToBytes(SUM, target);
}

export function pbkdf2Wipe(): void {
  memory.fill(INNER, 0, 32);
  memory.fill(OUTER, 0, 32);
  memory.fill(LAST, 0, 32);
  memory.fill(SUM, 0, 32);
  left = 0;
}
