/**
 * The JSON inside an envelope. Whoever holds the keys may have written anything, so the parts that every payload has are checked once, here;
 * unknown keys are ignored. What is in a list of entries is judged entry by entry where it is read (`readEntry` in crdt/entry.ts).
 */
import { fromUtf8, isHex, type Bytes } from '../core/bytes';
import { inflate } from './deflate';
import { isCount } from './json-fields';
import { readManifest } from './read-manifest';
import { readNote } from './read-note';
import {
  MANIFEST_INDICES,
  MAX_PAYLOAD_BYTES,
  Tier,
  type ContentPayload,
  type SlotName,
  type SlotPayload,
} from '../contracts/slot';

/** What the payload of a tier that only a newer build knows says of its place. */
export interface ForeignPayload {
  readonly foreign: SlotName;
}

/** Undefined when it is no payload. Never rejects. */
export async function inflatePayload(deflated: Bytes): Promise<SlotPayload | ForeignPayload | undefined> {
  try {
    return readPayload(JSON.parse(fromUtf8(await inflate(deflated, MAX_PAYLOAD_BYTES))));
  } catch {
    return undefined;
  }
}

/** @param value as `JSON.parse` makes it */
export function readPayload(value: unknown): SlotPayload | ForeignPayload | undefined {
  if (!isObject(value)) return undefined;
  const { dev, tier, idx, seq } = value;
  if (!isHex(dev, 32) || !isCount(seq) || !isCount(idx) || idx > 0xffff_ffff || !isCount(tier)) return undefined;
  switch (tier) {
    case Tier.Delta:
    case Tier.Page:
      return isContent(value) ? value : undefined;
    case Tier.Manifest: {
      const manifest = idx < MANIFEST_INDICES ? readManifest(value) : undefined;
      return manifest && { dev, tier, idx, seq, ...manifest };
    }
    case Tier.Note:
      return { dev, tier, idx, seq, ...readNote(value) };
    default:
      // A tier is one byte of what the address is made of.
      return tier <= 0xff ? { foreign: { deviceId: dev, tier, index: idx } } : undefined;
  }
}

function isContent(value: object): value is ContentPayload {
  return Array.isArray((value as Partial<ContentPayload>).e);
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
