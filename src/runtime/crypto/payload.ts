/**
 * The JSON inside an envelope. Whoever holds the keys may have written anything, so the parts that every payload has are checked once, here;
 * unknown keys are ignored. What is in a list of entries is judged entry by entry where it is read (`readEntry` in crdt/entry.ts).
 */
import { fromUtf8, isHex, type Bytes } from '../core/bytes';
import { inflate } from './deflate';
import { Tier, type ContentPayload, type ManifestPayload, type SlotName, type SlotPayload } from '../contracts/slot';

/** Inflated, and as JSON before compression. */
export const MAX_PAYLOAD_BYTES = 1_048_576;

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
    case Tier.Manifest:
      return idx === 0 && isManifest(value) ? value : undefined;
    default:
      // A tier is one byte of what the address is made of.
      return tier <= 0xff ? { foreign: { deviceId: dev, tier, index: idx } } : undefined;
  }
}

function isContent(value: object): value is ContentPayload {
  return Array.isArray((value as Partial<ContentPayload>).e);
}

function isManifest(value: object): value is ManifestPayload {
  const { live, seen, label } = value as Partial<Record<keyof ManifestPayload, unknown>>;
  return (
    Array.isArray(live) &&
    live.every(isRun) &&
    isObject(seen) &&
    Object.entries(seen).every(([deviceId, seq]) => isHex(deviceId, 32) && isCount(seq)) &&
    typeof label === 'string'
  );
}

/** [tier, first index, seqs of consecutive indices...] */
function isRun(run: unknown): boolean {
  if (!Array.isArray(run) || !run.every(isCount)) return false;
  const [tier, first, ...seqs] = run;
  return tier !== undefined && first !== undefined && first + seqs.length <= 0x1_0000_0000;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
