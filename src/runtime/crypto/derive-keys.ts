/** From a password to the three keys, through the black box (docs/protocol.md, section 1). */
import { ErrorCode, SyncError } from '../core/errors';
import { concatBytes, toUtf8, type Bytes } from '../core/bytes';

/** What `crypto.wasm` exports. Words hold four bytes, the first one lowest. */
export interface BlackBox {
  put(index: number, word: number): void;
  /** 1 when the derivation has begun, 0 when it was refused. */
  begin(passwordBytes: number, saltBytes: number, iterations: number): number;
  /** How many iterations are left. */
  step(iterations: number): number;
  /** 1 when the key can be taken, 0 when it was refused. */
  expand(infoBytes: number, isSigningKey: number): number;
  /** A word of the expanded key, once; 0 from then on. */
  take(index: number): number;
  wipe(): void;
}

export interface Derivation {
  /** UTF-8. The caller overwrites it when it is done. */
  readonly password: Uint8Array;
  /** The public part of the salt. */
  readonly appId: string;
  readonly iterations: number;
  /** Called with the part that is done, above 0 and up to 1. */
  readonly onProgress?: (done: number) => void;
  /** Ends the derivation between two steps. */
  readonly signal?: AbortSignal;
}

/** 32 bytes each. Whoever receives them overwrites them. */
export interface DerivedKeys {
  readonly signKey: Bytes;
  readonly sealKey: Bytes;
  readonly nameKey: Bytes;
}

/** Room for the password and the app id together; longer ones are refused. */
export const INPUT_BYTES = 16_384;
const stepIterations = 4_096;

/** Resolves when the last derivation that a black box was given has ended. Of a module that the bundler has instantiated there is one box for all who derive. */
const endByBox = new WeakMap<BlackBox, Promise<void>>();

/**
 * Derives in steps of about a millisecond and lets the event loop run between them. The black box is wiped in the end, whatever happens. A black box that is
 * deriving finishes first.
 * @throws SyncError CONFIG_INVALID (fewer than 100,000 iterations, or too long an app id), ENGINE_CLOSED (aborted), or what `onProgress` throws
 */
export function deriveKeys(box: BlackBox, derivation: Derivation): Promise<DerivedKeys> {
  const keys = (endByBox.get(box) ?? Promise.resolve()).then(() => derive(box, derivation));
  const end = (): void => {};
  endByBox.set(box, keys.then(end, end));
  return keys;
}

async function derive(box: BlackBox, derivation: Derivation): Promise<DerivedKeys> {
  try {
    begin(box, derivation);
    const { iterations, onProgress, signal } = derivation;
    for (let left = iterations; left > 0;) {
      await nextTurn();
      if (signal?.aborted)
        throw new SyncError(ErrorCode.EngineClosed, 'The engine was closed while the keys were being derived.');
      left = box.step(stepIterations);
      onProgress?.(1 - left / iterations);
    }
    return {
      signKey: expandKey(box, 'zbs/1/sign', true),
      sealKey: expandKey(box, 'zbs/1/seal', false),
      nameKey: expandKey(box, 'zbs/1/name', false),
    };
  } finally {
    box.wipe();
  }
}

function begin(box: BlackBox, { password, appId, iterations }: Derivation): void {
  const publicSalt = toUtf8(appId);
  const input = concatBytes(password, publicSalt);
  putBytes(box, input);
  input.fill(0);
  if (box.begin(password.length, publicSalt.length, iterations) !== 1) {
    throw new SyncError(
      ErrorCode.ConfigInvalid,
      `The black box refuses to derive keys: config.json asks for ${iterations} iterations and has an appId of ${publicSalt.length} bytes. ` +
        `At least 100,000 iterations are needed, and identity, secret and appId have to fit ${INPUT_BYTES} bytes together.`,
    );
  }
}

function expandKey(box: BlackBox, info: string, isSigningKey: boolean): Bytes {
  const bytes = toUtf8(info);
  putBytes(box, bytes);
  if (box.expand(bytes.length, isSigningKey ? 1 : 0) !== 1) {
    throw new SyncError(
      ErrorCode.BlackBoxFailed,
      'The black box gave no key after a complete derivation: crypto.wasm does not fit this version.',
    );
  }
  const key = new Uint8Array(32);
  const view = new DataView(key.buffer);
  for (let i = 0; i < 8; i++) view.setInt32(4 * i, box.take(i), true);
  return key;
}

function putBytes(box: BlackBox, bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i += 4) {
    // Beyond the end the bytes are undefined, which the bit operations read as 0.
    box.put(i / 4, bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
  }
}

/** A message to oneself takes microseconds; nested timers would add 4 ms a step. jsdom has no channels. */
function nextTurn(): Promise<void> {
  if (typeof MessageChannel === 'undefined') return new Promise((resolve) => setTimeout(resolve));
  return new Promise((resolve) => {
    // A channel for each turn: Node delivers what is posted to one channel meanwhile in the same turn.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
