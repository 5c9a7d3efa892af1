/** HMAC-SHA256 (RFC 2104). A key is kept as its two mid-states, so each further message costs two compressions less. */
import { compress, digestToBytes, hashBegin, hashEnd, hashInit, hashResume, hashUpdate } from './sha256';
import { compressDigest } from './sha256-rounds';

const KEY: usize = memory.data(64, 16);

/** Compresses a key into `inner` and `outer`, eight words each. */
export function hmacKey(key: usize, bytes: usize, inner: usize, outer: usize): void {
  if (bytes > 64) {
    hashBegin();
    hashUpdate(key, bytes);
    digestToBytes(hashEnd(), KEY);
  } else {
    memory.copy(KEY, key, bytes);
  }
  maskKey(0x36363636);
  hashInit(inner);
  compress(inner, KEY);
  maskKey(0x36363636 ^ 0x5c5c5c5c);
  hashInit(outer);
  compress(outer, KEY);
  memory.fill(KEY, 0, 64);
}

/** Opens a message; `hashUpdate` and `hashByte` feed it. */
export function hmacBegin(inner: usize): void {
  hashResume(inner);
}

/** Closes the message and writes its code as eight words. What was hashed stays in the hash until `hashWipe`. */
export function hmacEnd(outer: usize, target: usize): void {
  compressDigest(outer, hashEnd(), target);
}

function maskKey(mask: u32): void {
  for (let i: usize = KEY; i < KEY + 64; i += 4) store<u32>(i, load<u32>(i) ^ mask);
}
