/**
 * The JSON inside an envelope. Whoever holds the keys may have written anything, so its whole shape is checked once, here; the modules that
 * use it need no checks of their own.
 */
import { fromUtf8, isHex, type Bytes } from '../core/bytes';
import { inflate } from './deflate';
import { isCount } from './json-fields';
import { MAX_DEPTH } from '../crdt/json-value';
import { Tier, type ContentPayload, type SlotPayload } from '../contracts/slot';
import { readManifest } from './read-manifest';
import { readNote } from './read-note';

/** Inflated, and as JSON before compression. */
export const MAX_PAYLOAD_BYTES = 1_048_576;

/** Undefined when it is none: whoever has the keys may have written anything, by mistake or on purpose. Never rejects. */
export async function inflatePayload(deflated: Bytes): Promise<SlotPayload | undefined> {
  try {
    const value: unknown = JSON.parse(fromUtf8(await inflate(deflated, MAX_PAYLOAD_BYTES)));
    return readPayload(value);
  } catch {
    return undefined;
  }
}

function readPayload(value: unknown): SlotPayload | undefined {
  if (!isObject(value)) return undefined;
  const { dev, tier, idx, seq } = value;
  if (!isHex(dev, 32) || !isCount(seq) || !isCount(idx) || idx > 0xffff_ffff) return undefined;
  if (tier === Tier.Note) return { dev, tier, idx, seq, ...readNote(value) };
  if (tier === Tier.Manifest) {
    const manifest = idx === 0 ? readManifest(value) : undefined;
    return manifest && { dev, tier, idx: 0, seq, ...manifest };
  }
  return (tier === Tier.Delta || tier === Tier.Page) && isContent(value)
    ? (value as unknown as ContentPayload)
    : undefined;
}

function isContent({ e }: Partial<Record<keyof ContentPayload, unknown>>): boolean {
  return Array.isArray(e) && e.every(isEntry);
}

/** [collection, id, { name: [stamp, value] | [stamp] }, inserted?, deleted?] */
function isEntry(entry: unknown): boolean {
  if (!Array.isArray(entry) || entry.length < 3 || entry.length > 5) return false;
  const [collection, id, leaves, inserted, deleted] = entry as unknown[];
  return (
    typeof collection === 'string' &&
    typeof id === 'string' &&
    isObject(leaves) &&
    Object.values(leaves).every(isRegister) &&
    isStampOrAbsent(inserted) &&
    isStampOrAbsent(deleted)
  );
}

function isRegister(register: unknown): boolean {
  if (!Array.isArray(register) || !isHex(register[0], 32)) return false;
  return register.length === 1 || (register.length === 2 && isValue(register[1], MAX_DEPTH));
}

function isStampOrAbsent(stamp: unknown): boolean {
  return stamp == null || isHex(stamp, 32);
}

/** JSON but for what `JSON.parse` makes of 1e999, and for depth. */
function isValue(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((child) => isValue(child, depth - 1));
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
