/**
 * The black box: the only place that knows the salt, and the only way from an identity to keys (docs/protocol.md of the package, section 1).
 *
 * Words in, words out: the module has no imports, exports no memory and allocates nothing. The order of calls is `put`... `begin`, `step`...
 * and then, for each key, `put`... `expand` `take`... Secrets are cleared as soon as the next stage has what it needs.
 *
 * This file is AssemblyScript, written in the part of it that is TypeScript as well, so that an app's type checker and linter can read it.
 */
import { hkdfExpand, hkdfKey, hkdfWipe } from 'zero-backend-sync/assembly/hkdf';
import { pbkdf2Begin, pbkdf2Result, pbkdf2Salted, pbkdf2Step, pbkdf2Wipe } from 'zero-backend-sync/assembly/pbkdf2';
import { unmaskSalt } from 'zero-backend-sync/assembly/salt.generated';
import { isSecretKey } from 'zero-backend-sync/assembly/secp256k1';
import { hashUpdate, hashWipe } from 'zero-backend-sync/assembly/sha256';

const INPUT_BYTES: u32 = 16384;
/** Whoever has the file can call it, so the floor has to be in here. */
const MIN_ITERATIONS: u32 = 100000;

const IDLE: u32 = 0;
const STRETCHING: u32 = 1;
const READY: u32 = 2;

const INPUT: usize = memory.data(16384, 16);
const SECRET: usize = memory.data(32, 16);
let stage: u32 = IDLE;

/** The version of this list of functions. The runtime refuses a module whose version is not the one it was written for. */
export function abi(): u32 {
  return 1;
}

/** Writes four bytes of input, the first one lowest. */
export function put(index: u32, word: u32): void {
  if (index < INPUT_BYTES / 4) store<u32>(INPUT + ((index as usize) << 2), word);
}

/** The input is the password followed by the public part of the salt. False: refused, nothing was begun. */
export function begin(passwordBytes: u32, saltBytes: u32, iterations: u32): bool {
  const isAccepted =
    stage === IDLE &&
    iterations >= MIN_ITERATIONS &&
    passwordBytes > 0 &&
    passwordBytes <= INPUT_BYTES &&
    saltBytes <= INPUT_BYTES - passwordBytes;
  if (isAccepted) {
    unmaskSalt(SECRET);
    pbkdf2Begin(INPUT, passwordBytes);
    hashUpdate(SECRET, 32);
    hashUpdate(INPUT + passwordBytes, saltBytes);
    pbkdf2Salted(iterations);
    memory.fill(SECRET, 0, 32);
    stage = STRETCHING;
  }
  memory.fill(INPUT, 0, INPUT_BYTES);
  return isAccepted;
}

/** Makes up to `iterations` of them, at most 4,096. Returns how many are left; after 0 the keys can be expanded. */
export function step(iterations: u32): u32 {
  if (stage !== STRETCHING) return 0;
  const left = pbkdf2Step(iterations);
  if (left === 0) {
    pbkdf2Result(SECRET);
    hkdfKey(SECRET);
    pbkdf2Wipe();
    memory.fill(SECRET, 0, 32);
    stage = READY;
  }
  return left;
}

/** The input is the info. A signing key is expanded again, with a counter, until it is in range. False: refused. */
export function expand(infoBytes: u32, isSigningKey: bool): bool {
  const isAccepted = stage === READY && infoBytes <= INPUT_BYTES;
  if (isAccepted) {
    let retry: u32 = 0;
    do hkdfExpand(INPUT, infoBytes, retry++, SECRET);
    while (isSigningKey && !isSecretKey(SECRET));
  }
  memory.fill(INPUT, 0, INPUT_BYTES);
  return isAccepted;
}

/** Reads four bytes of the expanded key, once: they are zero from then on. */
export function take(index: u32): u32 {
  if (index > 7) return 0;
  const address = SECRET + ((index as usize) << 2);
  const word = load<u32>(address);
  store<u32>(address, 0);
  return word;
}

/** Forgets everything, at any stage. */
export function wipe(): void {
  memory.fill(INPUT, 0, INPUT_BYTES);
  memory.fill(SECRET, 0, 32);
  hashWipe();
  pbkdf2Wipe();
  hkdfWipe();
  stage = IDLE;
}
