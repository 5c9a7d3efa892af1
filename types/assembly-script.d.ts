/**
 * The part of AssemblyScript that is TypeScript as well, as a type checker sees it: the black box (`crypto.asm.ts`) is written in it, and
 * modules of an app's own can be. AssemblyScript's own compiler has its own definitions and does not read this file.
 * More of the language, for editors, is in `assemblyscript/std/assembly.json`.
 */

// Machine types. TypeScript counts with one type of number; the sizes are AssemblyScript's.
type i8 = number;
type i16 = number;
type i32 = number;
type i64 = number;
type isize = number;
type u8 = number;
type u16 = number;
type u32 = number;
type u64 = number;
type usize = number;
type f32 = number;
type f64 = number;
type bool = boolean;

/** Reads a value from memory, at `address + offset`. */
declare function load<T>(address: usize, offset?: usize): T;
/** Writes a value to memory, at `address + offset`. */
declare function store<T>(address: usize, value: T, offset?: usize): void;
declare namespace memory {
  /** The address of so many bytes of static memory, which hold 0. */
  function data(bytes: i32, align?: i32): usize;
  function fill(address: usize, byte: u8, bytes: usize): void;
  function copy(target: usize, source: usize, bytes: usize): void;
}

declare module 'zero-backend-sync/assembly/hkdf' {
  export function hkdfKey(key: usize): void;
  export function hkdfExpand(info: usize, bytes: usize, retry: u32, target: usize): void;
  export function hkdfWipe(): void;
}
declare module 'zero-backend-sync/assembly/hmac' {
  export function hmacKey(key: usize, bytes: usize, inner: usize, outer: usize): void;
  export function hmacBegin(inner: usize): void;
  export function hmacEnd(outer: usize, target: usize): void;
}
declare module 'zero-backend-sync/assembly/pbkdf2' {
  export function pbkdf2Begin(password: usize, bytes: usize): void;
  export function pbkdf2Salted(iterations: u32): void;
  export function pbkdf2Step(iterations: u32): u32;
  export function pbkdf2Result(target: usize): void;
  export function pbkdf2Wipe(): void;
}
/** Made from the app's salt when the app is built. */
declare module 'zero-backend-sync/assembly/salt.generated' {
  export function unmaskSalt(target: usize): void;
}
declare module 'zero-backend-sync/assembly/secp256k1' {
  export function isSecretKey(bytes: usize): bool;
}
declare module 'zero-backend-sync/assembly/sha256' {
  export function hashBegin(): void;
  export function hashResume(midstate: usize): void;
  export function hashUpdate(source: usize, bytes: usize): void;
  export function hashByte(byte: u32): void;
  export function hashEnd(): usize;
  export function hashWipe(): void;
  export function hashInit(state: usize): void;
  export function compress(state: usize, block: usize): void;
  export function digestToBytes(digest: usize, target: usize): void;
}
declare module 'zero-backend-sync/assembly/sha256-rounds' {
  export function compressDigest(midstate: usize, digest: usize, target: usize): void;
  export function choose(x: u32, y: u32, z: u32): u32;
  export function sum0(x: u32): u32;
  export function sum1(x: u32): u32;
  export function sigma0(x: u32): u32;
  export function sigma1(x: u32): u32;
}
