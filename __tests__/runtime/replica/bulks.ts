/** Documents in bulk, of texts that deflate in all ways, and a vault that deflates for real. */
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { MAX_PAYLOAD_BYTES } from '../../../src/runtime/contracts/slot';
import type { Vault } from '../../../src/runtime/contracts/vault';
import { store } from '../../../src/runtime/crypto/deflate';
import { paddedBytesOf } from '../../../src/runtime/crypto/envelope';
import type { SyncValue } from '../../../src/runtime/core/json';
import { writtenEntry } from '../../../src/runtime/replica/slots/slot-content';
import type { ContentDocument } from '../../../src/runtime/replica/slots/slot-content';
import { leaf, noteOf, stampOf } from './slot-modules';

export interface Trial {
  readonly jsonBytes: number;
  readonly deflatedBytes: number;
}

/** Deflates for real, and adds what was tried to a list. */
export function deflatingPack(trials: Trial[] = []): Vault['pack'] {
  return async (payload, compress = true, json = JSON.stringify(payload)) => {
    const bytes = Buffer.from(json);
    const deflated = compress ? deflateRawSync(bytes) : store(bytes);
    trials.push({ jsonBytes: bytes.length, deflatedBytes: deflated.length });
    const paddedBytes = bytes.length <= MAX_PAYLOAD_BYTES ? paddedBytesOf(deflated.length) : undefined;
    return { payload, jsonBytes: bytes.length, deflated, paddedBytes };
  };
}

/** Characters that deflate finds nothing in, the same in each run. */
export function noise(length: number, seed: string): string {
  let text = '';
  for (let block = 0; text.length < length; block += 1)
    text += createHash('sha512').update(`${seed} ${block}`).digest('base64').slice(0, 85);
  return text.slice(0, length);
}

const WORDS = Array.from({ length: 800 }, (_, word) => noise(3 + (word % 6), `word ${word}`).toLowerCase());
export const prose = (length: number, from: number): string => {
  let text = '';
  for (let word = from; text.length < length; word += 1) text += `${WORDS[(word * word + 7 * word) % WORDS.length]!} `;
  return text.slice(0, length);
};

export const TEXT = prose(5_000, 3);

export function noteWith(index: number, values: { readonly [name: string]: SyncValue }): ContentDocument {
  const id = createHash('sha256').update(`${index}`).digest('hex').slice(0, 32);
  const at = 1_700_000_000_000 + index;
  const leaves = Object.entries(values).map(([name, value]) => [`/${name}`, leaf(at, value)]);
  return noteOf(id, Object.fromEntries(leaves), { inserted: stampOf(at) });
}

export const notes = (count: number, valuesOf: (index: number) => { readonly [name: string]: SyncValue }) =>
  Array.from({ length: count }, (_, index) => noteWith(index, valuesOf(index)));

export const registers = (count: number, valueOf: (index: number) => SyncValue) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`field${index}`, valueOf(index)]));

export const jsonBytesOf = (documents: readonly ContentDocument[]): number =>
  documents.reduce((sum, document) => sum + Buffer.byteLength(writtenEntry(document).json), 0);
