/** Opens the primitives of the black box to tests, without its floor and without a salt of its own. */
import { hkdfExpand, hkdfKey } from 'zero-backend-sync/assembly/hkdf';
import { hmacBegin, hmacEnd, hmacKey } from 'zero-backend-sync/assembly/hmac';
import { pbkdf2Begin, pbkdf2Result, pbkdf2Salted, pbkdf2Step } from 'zero-backend-sync/assembly/pbkdf2';
import { isSecretKey } from 'zero-backend-sync/assembly/secp256k1';
import { digestToBytes, hashBegin, hashEnd, hashUpdate } from 'zero-backend-sync/assembly/sha256';

const INPUT: usize = memory.data(8192, 16);
const OUTPUT: usize = memory.data(32, 16);
const CODE: usize = memory.data(32, 16);
const INNER: usize = memory.data(32, 16);
const OUTER: usize = memory.data(32, 16);

export function writeByte(index: usize, byte: u32): void {
  store<u8>(INPUT + index, byte);
}

export function readByte(index: usize): u32 {
  return load<u8>(OUTPUT + index);
}

export function sha256(bytes: usize): void {
  hashBegin();
  hashUpdate(INPUT, bytes);
  digestToBytes(hashEnd(), OUTPUT);
}

/** The input is the key followed by the message. */
export function hmac(keyBytes: usize, messageBytes: usize): void {
  hmacKey(INPUT, keyBytes, INNER, OUTER);
  hmacBegin(INNER);
  hashUpdate(INPUT + keyBytes, messageBytes);
  hmacEnd(OUTER, CODE);
  digestToBytes(CODE, OUTPUT);
}

/** The input is the password followed by the salt. */
export function pbkdf2(passwordBytes: usize, saltBytes: usize, iterations: u32): void {
  pbkdf2Begin(INPUT, passwordBytes);
  hashUpdate(INPUT + passwordBytes, saltBytes);
  pbkdf2Salted(iterations);
  while (pbkdf2Step(iterations) > 0) {}
  pbkdf2Result(OUTPUT);
}

/** The input is the pseudorandom key, 32 bytes, followed by the info. */
export function hkdf(infoBytes: usize, retry: u32): void {
  hkdfKey(INPUT);
  hkdfExpand(INPUT + 32, infoBytes, retry, OUTPUT);
}

export function secretKeyInRange(): bool {
  return isSecretKey(INPUT);
}
