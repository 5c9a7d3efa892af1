/**
 * SHA-256 (FIPS 180-4) over raw memory, one hash at a time. Messages are bytes; states and digests are eight native words.
 * What was hashed last stays in memory until the next hash or `hashWipe`.
 */
import { choose, sigma0, sigma1, sum0, sum1 } from './sha256-rounds';

const K: usize = memory.data<u32>(
  [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  ],
  16,
);
const SCHEDULE: usize = memory.data(256, 16);
const STATE: usize = memory.data(32, 16);
const BLOCK: usize = memory.data(64, 16);
let blockBytes: usize = 0;
let totalBytes: usize = 0;

export function hashBegin(): void {
  hashInit(STATE);
  blockBytes = 0;
  totalBytes = 0;
}

/** Goes on from a state that one 64-byte block has been compressed into. */
export function hashResume(midstate: usize): void {
  memory.copy(STATE, midstate, 32);
  blockBytes = 0;
  totalBytes = 64;
}

export function hashUpdate(source: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i++) hashByte(load<u8>(source + i));
}

export function hashByte(byte: u32): void {
  store<u8>(BLOCK + blockBytes, byte);
  totalBytes++;
  if (++blockBytes == 64) {
    compress(STATE, BLOCK);
    blockBytes = 0;
  }
}

/** Pads, and returns where the digest lies (eight words) until the next hash or `hashWipe`. */
export function hashEnd(): usize {
  const bits: u64 = <u64>totalBytes << 3;
  hashByte(0x80);
  while (blockBytes != 56) hashByte(0);
  store<u64>(BLOCK, bswap<u64>(bits), 56);
  compress(STATE, BLOCK);
  return STATE;
}

/** Clears the state, the last block and the schedule, which holds the last block once more. */
export function hashWipe(): void {
  memory.fill(STATE, 0, 32);
  memory.fill(BLOCK, 0, 64);
  memory.fill(SCHEDULE, 0, 256);
}

export function hashInit(state: usize): void {
  store<u32>(state, 0x6a09e667, 0);
  store<u32>(state, 0xbb67ae85, 4);
  store<u32>(state, 0x3c6ef372, 8);
  store<u32>(state, 0xa54ff53a, 12);
  store<u32>(state, 0x510e527f, 16);
  store<u32>(state, 0x9b05688c, 20);
  store<u32>(state, 0x1f83d9ab, 24);
  store<u32>(state, 0x5be0cd19, 28);
}

/** Any block of 64 bytes, small rather than fast: it runs a few dozen times in a derivation. */
export function compress(state: usize, block: usize): void {
  for (let i: usize = 0; i < 64; i += 4) store<u32>(SCHEDULE + i, bswap<u32>(load<u32>(block + i)));
  for (let i: usize = SCHEDULE; i < SCHEDULE + 192; i += 4) {
    store<u32>(i, load<u32>(i) + sigma0(load<u32>(i, 4)) + load<u32>(i, 36) + sigma1(load<u32>(i, 56)), 64);
  }
  let a: u32 = load<u32>(state, 0), b: u32 = load<u32>(state, 4), c: u32 = load<u32>(state, 8), d: u32 = load<u32>(state, 12);
  let e: u32 = load<u32>(state, 16), f: u32 = load<u32>(state, 20), g: u32 = load<u32>(state, 24), h: u32 = load<u32>(state, 28);
  for (let i: usize = 0; i < 256; i += 4) {
    const t: u32 = h + load<u32>(K + i) + load<u32>(SCHEDULE + i) + choose(e, f, g) + sum1(e);
    const u: u32 = sum0(a) + (b ^ ((a ^ b) & (b ^ c)));
    h = g;
    g = f;
    f = e;
    e = d + t;
    d = c;
    c = b;
    b = a;
    a = t + u;
  }
  store<u32>(state, load<u32>(state, 0) + a, 0);
  store<u32>(state, load<u32>(state, 4) + b, 4);
  store<u32>(state, load<u32>(state, 8) + c, 8);
  store<u32>(state, load<u32>(state, 12) + d, 12);
  store<u32>(state, load<u32>(state, 16) + e, 16);
  store<u32>(state, load<u32>(state, 20) + f, 20);
  store<u32>(state, load<u32>(state, 24) + g, 24);
  store<u32>(state, load<u32>(state, 28) + h, 28);
}

/** Writes the eight words of a digest as the 32 bytes they stand for; in place, too. */
export function digestToBytes(digest: usize, target: usize): void {
  for (let i: usize = 0; i < 32; i += 4) store<u32>(target + i, bswap<u32>(load<u32>(digest + i)));
}
