/** The order of secp256k1 (SEC 2, section 2.4.1), most significant word first. */
const ORDER: usize = memory.data<u32>(
  [0xffffffff, 0xffffffff, 0xffffffff, 0xfffffffe, 0xbaaedce6, 0xaf48a03b, 0xbfd25e8c, 0xd0364141],
  16,
);

/** Whether 32 big-endian bytes are a secret key: not 0 and below the order. Looks at every word, whatever they hold. */
export function isSecretKey(bytes: usize): bool {
  let below: u32 = 0;
  let above: u32 = 0;
  let any: u32 = 0;
  for (let i: usize = 0; i < 32; i += 4) {
    const word = bswap<u32>(load<u32>(bytes + i));
    const limit = load<u32>(ORDER + i);
    any |= word;
    below |= u32(word < limit) & ~above;
    above |= u32(word > limit) & ~below;
  }
  return bool((below & 1) & u32(any != 0));
}
