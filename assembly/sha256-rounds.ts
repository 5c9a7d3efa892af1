/**
 * The compression of SHA-256 (FIPS 180-4) that PBKDF2 spends all its time in: the message is one digest of 32 bytes behind a 64-byte
 * HMAC key block, so half of the block is the fixed padding and the compiler folds it away.
 *
 * Why it is unrolled, with the schedule in locals, and a function of its own: WebAssembly engines have no on-stack replacement, so a loop that
 * inlines the rounds never leaves the baseline compiler in its first call, which made the first derivation 13 times slower.
 * Why the sums are nested rotations: x64 rotates in place, and nesting saves the copies (-8 % in V8).
 */
export function compressDigest(midstate: usize, digest: usize, target: usize): void {
  let a: u32 = load<u32>(midstate, 0), b: u32 = load<u32>(midstate, 4), c: u32 = load<u32>(midstate, 8), d: u32 = load<u32>(midstate, 12);
  let e: u32 = load<u32>(midstate, 16), f: u32 = load<u32>(midstate, 20), g: u32 = load<u32>(midstate, 24), h: u32 = load<u32>(midstate, 28);
  let w0: u32 = load<u32>(digest, 0), w1: u32 = load<u32>(digest, 4), w2: u32 = load<u32>(digest, 8), w3: u32 = load<u32>(digest, 12);
  let w4: u32 = load<u32>(digest, 16), w5: u32 = load<u32>(digest, 20), w6: u32 = load<u32>(digest, 24), w7: u32 = load<u32>(digest, 28);
  // The padding: one bit, zeros, and the length of 96 bytes in bits.
  let w8: u32 = 0x80000000, w9: u32 = 0, w10: u32 = 0, w11: u32 = 0, w12: u32 = 0, w13: u32 = 0, w14: u32 = 0, w15: u32 = 768;
  // maj(a, b, c) = b ^ ((a ^ b) & (b ^ c)), and a ^ b is the next round's b ^ c: x and y take turns in holding it.
  let t: u32, x: u32 = b ^ c, y: u32;

  t = h + (w0 + 0x428a2f98) + choose(e, f, g) + sum1(e); d += t; y = a ^ b; h = t + sum0(a) + (b ^ (x & y));
  t = g + (w1 + 0x71374491) + choose(d, e, f) + sum1(d); c += t; x = h ^ a; g = t + sum0(h) + (a ^ (x & y));
  t = f + (w2 + 0xb5c0fbcf) + choose(c, d, e) + sum1(c); b += t; y = g ^ h; f = t + sum0(g) + (h ^ (x & y));
  t = e + (w3 + 0xe9b5dba5) + choose(b, c, d) + sum1(b); a += t; x = f ^ g; e = t + sum0(f) + (g ^ (x & y));
  t = d + (w4 + 0x3956c25b) + choose(a, b, c) + sum1(a); h += t; y = e ^ f; d = t + sum0(e) + (f ^ (x & y));
  t = c + (w5 + 0x59f111f1) + choose(h, a, b) + sum1(h); g += t; x = d ^ e; c = t + sum0(d) + (e ^ (x & y));
  t = b + (w6 + 0x923f82a4) + choose(g, h, a) + sum1(g); f += t; y = c ^ d; b = t + sum0(c) + (d ^ (x & y));
  t = a + (w7 + 0xab1c5ed5) + choose(f, g, h) + sum1(f); e += t; x = b ^ c; a = t + sum0(b) + (c ^ (x & y));
  t = h + (w8 + 0xd807aa98) + choose(e, f, g) + sum1(e); d += t; y = a ^ b; h = t + sum0(a) + (b ^ (x & y));
  t = g + (w9 + 0x12835b01) + choose(d, e, f) + sum1(d); c += t; x = h ^ a; g = t + sum0(h) + (a ^ (x & y));
  t = f + (w10 + 0x243185be) + choose(c, d, e) + sum1(c); b += t; y = g ^ h; f = t + sum0(g) + (h ^ (x & y));
  t = e + (w11 + 0x550c7dc3) + choose(b, c, d) + sum1(b); a += t; x = f ^ g; e = t + sum0(f) + (g ^ (x & y));
  t = d + (w12 + 0x72be5d74) + choose(a, b, c) + sum1(a); h += t; y = e ^ f; d = t + sum0(e) + (f ^ (x & y));
  t = c + (w13 + 0x80deb1fe) + choose(h, a, b) + sum1(h); g += t; x = d ^ e; c = t + sum0(d) + (e ^ (x & y));
  t = b + (w14 + 0x9bdc06a7) + choose(g, h, a) + sum1(g); f += t; y = c ^ d; b = t + sum0(c) + (d ^ (x & y));
  t = a + (w15 + 0xc19bf174) + choose(f, g, h) + sum1(f); e += t; x = b ^ c; a = t + sum0(b) + (c ^ (x & y));

  w0 += sigma0(w1) + w9 + sigma1(w14); t = h + (w0 + 0xe49b69c1) + choose(e, f, g) + sum1(e); d += t; y = a ^ b; h = t + sum0(a) + (b ^ (x & y));
  w1 += sigma0(w2) + w10 + sigma1(w15); t = g + (w1 + 0xefbe4786) + choose(d, e, f) + sum1(d); c += t; x = h ^ a; g = t + sum0(h) + (a ^ (x & y));
  w2 += sigma0(w3) + w11 + sigma1(w0); t = f + (w2 + 0x0fc19dc6) + choose(c, d, e) + sum1(c); b += t; y = g ^ h; f = t + sum0(g) + (h ^ (x & y));
  w3 += sigma0(w4) + w12 + sigma1(w1); t = e + (w3 + 0x240ca1cc) + choose(b, c, d) + sum1(b); a += t; x = f ^ g; e = t + sum0(f) + (g ^ (x & y));
  w4 += sigma0(w5) + w13 + sigma1(w2); t = d + (w4 + 0x2de92c6f) + choose(a, b, c) + sum1(a); h += t; y = e ^ f; d = t + sum0(e) + (f ^ (x & y));
  w5 += sigma0(w6) + w14 + sigma1(w3); t = c + (w5 + 0x4a7484aa) + choose(h, a, b) + sum1(h); g += t; x = d ^ e; c = t + sum0(d) + (e ^ (x & y));
  w6 += sigma0(w7) + w15 + sigma1(w4); t = b + (w6 + 0x5cb0a9dc) + choose(g, h, a) + sum1(g); f += t; y = c ^ d; b = t + sum0(c) + (d ^ (x & y));
  w7 += sigma0(w8) + w0 + sigma1(w5); t = a + (w7 + 0x76f988da) + choose(f, g, h) + sum1(f); e += t; x = b ^ c; a = t + sum0(b) + (c ^ (x & y));
  w8 += sigma0(w9) + w1 + sigma1(w6); t = h + (w8 + 0x983e5152) + choose(e, f, g) + sum1(e); d += t; y = a ^ b; h = t + sum0(a) + (b ^ (x & y));
  w9 += sigma0(w10) + w2 + sigma1(w7); t = g + (w9 + 0xa831c66d) + choose(d, e, f) + sum1(d); c += t; x = h ^ a; g = t + sum0(h) + (a ^ (x & y));
  w10 += sigma0(w11) + w3 + sigma1(w8); t = f + (w10 + 0xb00327c8) + choose(c, d, e) + sum1(c); b += t; y = g ^ h; f = t + sum0(g) + (h ^ (x & y));
  w11 += sigma0(w12) + w4 + sigma1(w9); t = e + (w11 + 0xbf597fc7) + choose(b, c, d) + sum1(b); a += t; x = f ^ g; e = t + sum0(f) + (g ^ (x & y));
  w12 += sigma0(w13) + w5 + sigma1(w10); t = d + (w12 + 0xc6e00bf3) + choose(a, b, c) + sum1(a); h += t; y = e ^ f; d = t + sum0(e) + (f ^ (x & y));
  w13 += sigma0(w14) + w6 + sigma1(w11); t = c + (w13 + 0xd5a79147) + choose(h, a, b) + sum1(h); g += t; x = d ^ e; c = t + sum0(d) + (e ^ (x & y));
  w14 += sigma0(w15) + w7 + sigma1(w12); t = b + (w14 + 0x06ca6351) + choose(g, h, a) + sum1(g); f += t; y = c ^ d; b = t + sum0(c) + (d ^ (x & y));
  w15 += sigma0(w0) + w8 + sigma1(w13); t = a + (w15 + 0x14292967) + choose(f, g, h) + sum1(f); e += t; x = b ^ c; a = t + sum0(b) + (c ^ (x & y));

  w0 += sigma0(w1) + w9 + sigma1(w14); t = h + (w0 + 0x27b70a85) + choose(e, f, g) + sum1(e); d += t; y = a ^ b; h = t + sum0(a) + (b ^ (x & y));
  w1 += sigma0(w2) + w10 + sigma1(w15); t = g + (w1 + 0x2e1b2138) + choose(d, e, f) + sum1(d); c += t; x = h ^ a; g = t + sum0(h) + (a ^ (x & y));
  w2 += sigma0(w3) + w11 + sigma1(w0); t = f + (w2 + 0x4d2c6dfc) + choose(c, d, e) + sum1(c); b += t; y = g ^ h; f = t + sum0(g) + (h ^ (x & y));
  w3 += sigma0(w4) + w12 + sigma1(w1); t = e + (w3 + 0x53380d13) + choose(b, c, d) + sum1(b); a += t; x = f ^ g; e = t + sum0(f) + (g ^ (x & y));
  w4 += sigma0(w5) + w13 + sigma1(w2); t = d + (w4 + 0x650a7354) + choose(a, b, c) + sum1(a); h += t; y = e ^ f; d = t + sum0(e) + (f ^ (x & y));
  w5 += sigma0(w6) + w14 + sigma1(w3); t = c + (w5 + 0x766a0abb) + choose(h, a, b) + sum1(h); g += t; x = d ^ e; c = t + sum0(d) + (e ^ (x & y));
  w6 += sigma0(w7) + w15 + sigma1(w4); t = b + (w6 + 0x81c2c92e) + choose(g, h, a) + sum1(g); f += t; y = c ^ d; b = t + sum0(c) + (d ^ (x & y));
  w7 += sigma0(w8) + w0 + sigma1(w5); t = a + (w7 + 0x92722c85) + choose(f, g, h) + sum1(f); e += t; x = b ^ c; a = t + sum0(b) + (c ^ (x & y));
  w8 += sigma0(w9) + w1 + sigma1(w6); t = h + (w8 + 0xa2bfe8a1) + choose(e, f, g) + sum1(e); d += t; y = a ^ b; h = t + sum0(a) + (b ^ (x & y));
  w9 += sigma0(w10) + w2 + sigma1(w7); t = g + (w9 + 0xa81a664b) + choose(d, e, f) + sum1(d); c += t; x = h ^ a; g = t + sum0(h) + (a ^ (x & y));
  w10 += sigma0(w11) + w3 + sigma1(w8); t = f + (w10 + 0xc24b8b70) + choose(c, d, e) + sum1(c); b += t; y = g ^ h; f = t + sum0(g) + (h ^ (x & y));
  w11 += sigma0(w12) + w4 + sigma1(w9); t = e + (w11 + 0xc76c51a3) + choose(b, c, d) + sum1(b); a += t; x = f ^ g; e = t + sum0(f) + (g ^ (x & y));
  w12 += sigma0(w13) + w5 + sigma1(w10); t = d + (w12 + 0xd192e819) + choose(a, b, c) + sum1(a); h += t; y = e ^ f; d = t + sum0(e) + (f ^ (x & y));
  w13 += sigma0(w14) + w6 + sigma1(w11); t = c + (w13 + 0xd6990624) + choose(h, a, b) + sum1(h); g += t; x = d ^ e; c = t + sum0(d) + (e ^ (x & y));
  w14 += sigma0(w15) + w7 + sigma1(w12); t = b + (w14 + 0xf40e3585) + choose(g, h, a) + sum1(g); f += t; y = c ^ d; b = t + sum0(c) + (d ^ (x & y));
  w15 += sigma0(w0) + w8 + sigma1(w13); t = a + (w15 + 0x106aa070) + choose(f, g, h) + sum1(f); e += t; x = b ^ c; a = t + sum0(b) + (c ^ (x & y));

  w0 += sigma0(w1) + w9 + sigma1(w14); t = h + (w0 + 0x19a4c116) + choose(e, f, g) + sum1(e); d += t; y = a ^ b; h = t + sum0(a) + (b ^ (x & y));
  w1 += sigma0(w2) + w10 + sigma1(w15); t = g + (w1 + 0x1e376c08) + choose(d, e, f) + sum1(d); c += t; x = h ^ a; g = t + sum0(h) + (a ^ (x & y));
  w2 += sigma0(w3) + w11 + sigma1(w0); t = f + (w2 + 0x2748774c) + choose(c, d, e) + sum1(c); b += t; y = g ^ h; f = t + sum0(g) + (h ^ (x & y));
  w3 += sigma0(w4) + w12 + sigma1(w1); t = e + (w3 + 0x34b0bcb5) + choose(b, c, d) + sum1(b); a += t; x = f ^ g; e = t + sum0(f) + (g ^ (x & y));
  w4 += sigma0(w5) + w13 + sigma1(w2); t = d + (w4 + 0x391c0cb3) + choose(a, b, c) + sum1(a); h += t; y = e ^ f; d = t + sum0(e) + (f ^ (x & y));
  w5 += sigma0(w6) + w14 + sigma1(w3); t = c + (w5 + 0x4ed8aa4a) + choose(h, a, b) + sum1(h); g += t; x = d ^ e; c = t + sum0(d) + (e ^ (x & y));
  w6 += sigma0(w7) + w15 + sigma1(w4); t = b + (w6 + 0x5b9cca4f) + choose(g, h, a) + sum1(g); f += t; y = c ^ d; b = t + sum0(c) + (d ^ (x & y));
  w7 += sigma0(w8) + w0 + sigma1(w5); t = a + (w7 + 0x682e6ff3) + choose(f, g, h) + sum1(f); e += t; x = b ^ c; a = t + sum0(b) + (c ^ (x & y));
  w8 += sigma0(w9) + w1 + sigma1(w6); t = h + (w8 + 0x748f82ee) + choose(e, f, g) + sum1(e); d += t; y = a ^ b; h = t + sum0(a) + (b ^ (x & y));
  w9 += sigma0(w10) + w2 + sigma1(w7); t = g + (w9 + 0x78a5636f) + choose(d, e, f) + sum1(d); c += t; x = h ^ a; g = t + sum0(h) + (a ^ (x & y));
  w10 += sigma0(w11) + w3 + sigma1(w8); t = f + (w10 + 0x84c87814) + choose(c, d, e) + sum1(c); b += t; y = g ^ h; f = t + sum0(g) + (h ^ (x & y));
  w11 += sigma0(w12) + w4 + sigma1(w9); t = e + (w11 + 0x8cc70208) + choose(b, c, d) + sum1(b); a += t; x = f ^ g; e = t + sum0(f) + (g ^ (x & y));
  w12 += sigma0(w13) + w5 + sigma1(w10); t = d + (w12 + 0x90befffa) + choose(a, b, c) + sum1(a); h += t; y = e ^ f; d = t + sum0(e) + (f ^ (x & y));
  w13 += sigma0(w14) + w6 + sigma1(w11); t = c + (w13 + 0xa4506ceb) + choose(h, a, b) + sum1(h); g += t; x = d ^ e; c = t + sum0(d) + (e ^ (x & y));
  w14 += sigma0(w15) + w7 + sigma1(w12); t = b + (w14 + 0xbef9a3f7) + choose(g, h, a) + sum1(g); f += t; y = c ^ d; b = t + sum0(c) + (d ^ (x & y));
  w15 += sigma0(w0) + w8 + sigma1(w13); t = a + (w15 + 0xc67178f2) + choose(f, g, h) + sum1(f); e += t; x = b ^ c; a = t + sum0(b) + (c ^ (x & y));

  store<u32>(target, load<u32>(midstate, 0) + a, 0);
  store<u32>(target, load<u32>(midstate, 4) + b, 4);
  store<u32>(target, load<u32>(midstate, 8) + c, 8);
  store<u32>(target, load<u32>(midstate, 12) + d, 12);
  store<u32>(target, load<u32>(midstate, 16) + e, 16);
  store<u32>(target, load<u32>(midstate, 20) + f, 20);
  store<u32>(target, load<u32>(midstate, 24) + g, 24);
  store<u32>(target, load<u32>(midstate, 28) + h, 28);
}

@inline
export function choose(x: u32, y: u32, z: u32): u32 {
  return z ^ (x & (y ^ z));
}

@inline
export function sum0(x: u32): u32 {
  return rotr<u32>(rotr<u32>(rotr<u32>(x, 9) ^ x, 11) ^ x, 2);
}

@inline
export function sum1(x: u32): u32 {
  return rotr<u32>(rotr<u32>(rotr<u32>(x, 14) ^ x, 5) ^ x, 6);
}

@inline
export function sigma0(x: u32): u32 {
  return rotr<u32>(rotr<u32>(x, 11) ^ x, 7) ^ (x >> 3);
}

@inline
export function sigma1(x: u32): u32 {
  return rotr<u32>(rotr<u32>(x, 2) ^ x, 17) ^ (x >> 10);
}
