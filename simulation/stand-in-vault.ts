/**
 * A stand-in for the vault: it seals nothing. Events bear a token under which the payload lies in a table, sizes are estimated, and only what
 * `seal` made opens. The real vault has tests of its own.
 */
import { paddedBytesOf } from '../src/runtime/crypto/envelope';
import { Refusal } from '../src/runtime/contracts/vault';
import { readManifest } from '../src/runtime/crypto/read-manifest';
import { readNote } from '../src/runtime/crypto/read-note';
import { holdsContent, MAX_PAYLOAD_BYTES, Tier } from '../src/runtime/contracts/slot';
import type { NostrEvent, SealedEvent, SlotName, SlotPayload } from '../src/runtime/contracts/slot';
import type { OpenedSlot, Vault } from '../src/runtime/contracts/vault';
import { contentOf, NOTHING as NO_CONTENT } from '../src/runtime/replica/slots/slot-content';
import type { SlotContent } from '../src/runtime/replica/slots/slot-content';
import type { Fields } from '../src/runtime/crypto/json-fields';
import { AppVersion } from './collections';
import type { Dice } from './random';

/** Only its length is ever looked at. */
const NOTHING = new Uint8Array(1 << 20);
/** What deflate makes of JSON, more or less. */
const RATIO = 0.6;

const estimateDeflated = (json: string): number => Math.ceil(json.length * RATIO);

export interface Sealed extends OpenedSlot {
  /** The tab whose vault has sealed it. */
  readonly by: string;
  readonly bytes: number;
  readonly event: SealedEvent;
}

export class Seals {
  readonly pubkey: string;
  readonly #sealed = new Map<string, Sealed>();
  readonly #addresses = new Map<string, string>();
  readonly #contents = new Map<string, SlotContent>();
  /** Contents of events that a newer build wrote, which this one cannot read. */
  readonly unreadable = new Set<string>();
  count = 0;
  /** Nonces under which a vault has sealed more than once. */
  readonly reused = new Set<string>();

  /**
   * @param secret one letter from a to f: each has slots and events of its own.
   * @param deflatedBytesOf what deflate makes of a JSON text; by itself an estimate
   */
  constructor(
    readonly secret = 'a',
    readonly deflatedBytesOf: (json: string) => number = estimateDeflated,
  ) {
    this.pubkey = secret.repeat(64);
  }

  /** What is in an event, as only the harness may know without asking a vault. */
  of(event: NostrEvent): Sealed | undefined {
    const sealed = this.#sealed.get(event.content);
    return sealed && sealed.version.d === event.tags[0]?.[1] && sealed.version.createdAt === event.created_at
      ? sealed
      : undefined;
  }

  contentOf(event: NostrEvent): SlotContent {
    let content = this.#contents.get(event.id);
    if (!content) {
      const payload = this.of(event)?.payload;
      content = payload && holdsContent(payload) ? contentOf(payload.e) : NO_CONTENT;
      this.#contents.set(event.id, content);
    }
    return content;
  }

  /** Of the deflated payload. */
  bytesOf(event: NostrEvent): number {
    return this.#sealed.get(event.content)?.bytes ?? 0;
  }

  addressOf({ deviceId, tier, index }: SlotName): string {
    const name = `${deviceId}/${tier}/${index}`;
    let d = this.#addresses.get(name);
    if (!d) {
      // Slots of one device do not lie side by side.
      d = [1, 2, 3, 4].map((part) => hexOf(this.secret + name, part)).join('');
      this.#addresses.set(name, d);
    }
    return d;
  }

  seal(
    payload: SlotPayload,
    createdAt: number,
    nonce: string,
    { bytes = this.deflatedBytesOf(JSON.stringify(payload)), by = '' } = {},
  ): SealedEvent {
    const slot: SlotName = { deviceId: payload.dev, tier: payload.tier, index: payload.idx };
    const d = this.addressOf(slot);
    // As short as can be, and in no order that means anything.
    const id = hexOf(nonce, 5) + nonce;
    const event = {
      ...{ id, pubkey: this.pubkey, created_at: createdAt, kind: 30078, tags: [['d', d]], content: nonce },
      sig: nonce,
    } as unknown as SealedEvent;
    if (this.#sealed.has(nonce)) this.reused.add(nonce);
    this.#sealed.set(nonce, { version: { d, seq: payload.seq, createdAt, nonce, ...slot }, payload, bytes, event, by });
    this.count += 1;
    return event;
  }
}

interface Owner {
  /** The tab that it belongs to. */
  readonly by: string;
  /** Of the app, and with it of the kit. */
  readonly version: AppVersion;
}

export function createStandInVault(seals: Seals, dice: Dice, { by, version }: Partial<Owner> = {}): Vault {
  return {
    pubkey: seals.pubkey,
    keyCheck: async () => `the keys of ${seals.secret}`,
    addressOf: async (slot) => seals.addressOf(slot),
    async pack(payload, compress = true, json = JSON.stringify(payload)) {
      const length = compress ? seals.deflatedBytesOf(json) : json.length;
      const paddedBytes = json.length <= MAX_PAYLOAD_BYTES ? paddedBytesOf(length) : undefined;
      return { payload, jsonBytes: json.length, deflated: NOTHING.subarray(0, length), paddedBytes };
    },
    newNonce: () => dice.hex(24),
    seal: async ({ payload, deflated }, { createdAt, nonce }) =>
      seals.seal(onTheWire(asWrittenBy(version, payload)), createdAt, nonce, {
        bytes: deflated.length,
        ...(by && { by }),
      }),
    async open(event) {
      const sealed = seals.of(event);
      if (!sealed) return Refusal.Forged;
      if (seals.unreadable.has(event.content)) return Refusal.UnknownVersion;
      return { version: sealed.version, payload: readAgain(sealed.payload) };
    },
    verify: (event): event is SealedEvent => event.sig === event.content,
    signAuth: () => {
      throw new Error('these relays ask for no authentication');
    },
  };
}

/** Manifests come from kits that know fewer keys than this one, and from kits that know more. */
function asWrittenBy(version: AppVersion | undefined, payload: SlotPayload): SlotPayload {
  if (payload.tier !== Tier.Manifest || version === undefined) return payload;
  const { dev, tier, idx, seq, live, seen, label } = payload;
  const manifest =
    version === AppVersion.Older
      ? { dev, tier, idx, seq, live, seen, label }
      : { ...payload, ext: { ...payload.ext, later: { of: seq } }, unknown: [seq] };
  return manifest as unknown as SlotPayload;
}

/** Only JSON comes over: no value that two devices share. */
const onTheWire = (payload: SlotPayload): SlotPayload =>
  holdsContent(payload) ? (JSON.parse(JSON.stringify(payload)) as SlotPayload) : payload;

/** What is not for documents is read as from the wire. */
function readAgain(payload: SlotPayload): SlotPayload {
  if (holdsContent(payload)) return payload;
  const fields = JSON.parse(JSON.stringify(payload)) as Fields;
  if (payload.tier === Tier.Note) return { ...payload, ...readNote(fields) };
  return { ...payload, ...readManifest(fields)! };
}

/** FNV-1a, to tell names apart; 8 hex digits. */
function hexOf(text: string, salt: number): string {
  let hash = 0x811c9dc5 ^ (salt * 0x9e3779b1);
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0).toString(16).padStart(8, '0');
}
