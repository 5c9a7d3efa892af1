/**
 * Reads a manifest that may be of another version of the kit, or of whoever else holds the keys (docs/protocol.md, section 2). A field that is missing or bad
 * is empty, alone; keys that are not known are passed over; and everything is bounded, because each name in it costs an address, and much
 * of the rest is remembered.
 */
import { isHex } from '../core/bytes';
import { relayAddressOf } from '../core/relay-address';
import { Tier } from '../contracts/slot';
import type { DeviceAbout, ManifestFields } from '../contracts/slot';
import { isPlainObject, utf8Bytes } from '../crdt/json-value';
import { isCount, readObject } from './json-fields';
import type { Fields } from './json-fields';

const MAX_NAMES = 8_192;
const MAX_INDEX = 0xffff_ffff;
const MAX_SEEN = 256;
const MAX_RELAYS = 8;
const MAX_RELAY_BYTES = 200;
/** So many entries are looked at, because parsing addresses that are none takes longest. */
const MAX_RELAYS_TRIED = 64;
const MAX_LABEL = 40;
/** UTF-16 code units of a label that are looked at. */
const MAX_LABEL_TRIED = 1_024;
/** The last day that a Date can be of. */
const MAX_DAY = 100_000_000;
const MAX_EXT_BYTES = 4_096;

/** Undefined only where `live` is no list, so that it is no manifest at all. */
export function readManifest(fields: Fields): ManifestFields | undefined {
  const { live, seen, ext } = fields;
  if (!Array.isArray(live)) return undefined;
  return { live: readLive(live), seen: readSeen(seen), ...readAbout(fields), ext: readObject(ext, MAX_EXT_BYTES) };
}

/** What a device says of itself, as others will read it. */
export function readAbout({ relays, day, label, kit, schema }: Fields): DeviceAbout {
  return {
    relays: readRelays(relays),
    day: isCount(day) && day <= MAX_DAY ? day : undefined,
    label: readLabel(label),
    kit: typeof kit === 'string' && /^[!-~]{1,32}$/.test(kit) ? kit : '',
    schema: isHex(schema, 16) ? schema : '',
  };
}

/** Runs of names of which each has a number. */
function readLive(live: readonly unknown[]): number[][] {
  const runs: number[][] = [];
  let left = MAX_NAMES;
  for (const run of live) {
    if (left === 0) break;
    if (!Array.isArray(run)) continue;
    const [tier, first, ...seqs] = run as unknown[];
    if (!isNamed(tier) || !isCount(first)) continue;
    let open: number[] | undefined;
    for (const [offset, seq] of seqs.entries()) {
      const index = first + offset;
      if (left === 0 || index > MAX_INDEX) break;
      if (!isCount(seq)) open = undefined;
      else {
        if (!open) runs.push((open = [tier, index]));
        open.push(seq);
        left -= 1;
      }
    }
  }
  return runs;
}

/** A manifest names no manifest: there is only one, and readers look for it anyway. */
const isNamed = (tier: unknown): tier is Tier => tier === Tier.Delta || tier === Tier.Page || tier === Tier.Note;

function readSeen(value: unknown): { readonly [deviceId: string]: number } {
  const seen: { [deviceId: string]: number } = {};
  if (!isPlainObject(value)) return seen;
  let left = MAX_SEEN;
  for (const [deviceId, seq] of Object.entries(value)) {
    if (left === 0) break;
    if (!isHex(deviceId, 32) || !isCount(seq)) continue;
    seen[deviceId] = seq;
    left -= 1;
  }
  return seen;
}

function readRelays(value: unknown): readonly string[] {
  const relays = new Set<string>();
  if (!Array.isArray(value)) return [];
  for (const entry of value.slice(0, MAX_RELAYS_TRIED) as unknown[]) {
    if (relays.size === MAX_RELAYS) break;
    const address = isShort(entry) ? relayAddressOf(entry) : undefined;
    // Escapes make what is not ASCII longer.
    if (isShort(address)) relays.add(address);
  }
  return [...relays];
}

const isShort = (address: unknown): address is string =>
  typeof address === 'string' && address.length <= MAX_RELAY_BYTES && utf8Bytes(address) <= MAX_RELAY_BYTES;

/** Characters that show nothing, break the line or turn its direction, and halves of characters. */
const NOT_SHOWN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

function readLabel(value: unknown): string {
  if (typeof value !== 'string') return '';
  const shown = value.slice(0, MAX_LABEL_TRIED).replace(NOT_SHOWN, '').trim();
  return [...shown].slice(0, MAX_LABEL).join('').trimEnd();
}
