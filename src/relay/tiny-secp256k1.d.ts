/** What the relay uses of tiny-secp256k1, whose own declarations are not reachable from a CommonJS module (its `exports` name no types). */
declare module 'tiny-secp256k1' {
  /** BIP-340: 32 bytes of hash and x-only public key, 64 of signature. Throws on a public key that is no point. */
  export function verifySchnorr(hash: Uint8Array, publicKey: Uint8Array, signature: Uint8Array): boolean;
}
