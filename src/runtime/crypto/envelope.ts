/** The bytes of an envelope (docs/protocol.md, section 2): a padded payload, sealed to its address and time. */
import { concatBytes, fromHex, toUtf8, type Bytes } from '../core/bytes';
import { MAX_PADDED_BYTES } from '../contracts/slot';

export const ENVELOPE_VERSION = 1;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + nonceBytes;
const minPaddedBytes = 512;
const lengthBytes = 4;
const aadLabel = toUtf8('zbs/1');

/** What an envelope is bound to: moved to another event, it does not open. */
export interface EnvelopePlace {
  /** 32 bytes. */
  readonly pubkey: Uint8Array;
  /** 32 hex digits. */
  readonly d: string;
  /** Seconds since the epoch. */
  readonly createdAt: number;
}

/** 512 * 2^k bytes, or undefined when that would be more than 32,768. */
export function paddedBytesOf(deflatedBytes: number): number | undefined {
  let padded = minPaddedBytes;
  while (padded < deflatedBytes + lengthBytes) padded *= 2;
  return padded <= MAX_PADDED_BYTES ? padded : undefined;
}

/** @param deflated Small enough for `paddedBytesOf`. */
export async function sealEnvelope(
  sealKey: CryptoKey,
  deflated: Uint8Array,
  nonce: Bytes,
  place: EnvelopePlace,
): Promise<Uint8Array> {
  const padded = new Uint8Array(paddedBytesOf(deflated.length)!);
  new DataView(padded.buffer).setUint32(0, deflated.length);
  padded.set(deflated, lengthBytes);
  const sealed = await crypto.subtle.encrypt(algorithm(nonce, place), sealKey, padded);
  return concatBytes(Uint8Array.of(ENVELOPE_VERSION), nonce, new Uint8Array(sealed));
}

/** Whether this many bytes can be an envelope of this version: anything else need not be tried. */
export function isEnvelopeLength(bytes: number): boolean {
  const padded = bytes - headBytes - tagBytes;
  return padded >= minPaddedBytes && padded === paddedBytesOf(padded - lengthBytes);
}

export function nonceOf(envelope: Bytes): Bytes {
  return envelope.subarray(1, headBytes);
}

/**
 * The deflated payload of an envelope for which `isEnvelopeLength` holds. Rejects with an `OperationError` unless key and place are those it
 * was sealed with. Undefined: authentic, but its length makes no sense.
 */
export async function openEnvelope(
  sealKey: CryptoKey,
  envelope: Bytes,
  place: EnvelopePlace,
): Promise<Bytes | undefined> {
  const padded = await crypto.subtle.decrypt(
    algorithm(nonceOf(envelope), place),
    sealKey,
    envelope.subarray(headBytes),
  );
  const length = new DataView(padded).getUint32(0);
  return length <= padded.byteLength - lengthBytes ? new Uint8Array(padded, lengthBytes, length) : undefined;
}

function algorithm(nonce: Bytes, { pubkey, d, createdAt }: EnvelopePlace): AesGcmParams {
  const seconds = new Uint8Array(8);
  new DataView(seconds.buffer).setBigUint64(0, BigInt(createdAt));
  const additionalData = concatBytes(aadLabel, Uint8Array.of(ENVELOPE_VERSION), pubkey, fromHex(d), seconds);
  return { name: 'AES-GCM', iv: nonce, additionalData };
}
