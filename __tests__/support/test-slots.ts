/** Slots that a test can make and tell from forgeries, without keys: a hash over the contents takes the place of the seal. */
import { createHash } from 'node:crypto';
import { finalizeEvent, getEventHash } from 'nostr-tools/pure';
import { Refusal } from '../../src/runtime/contracts/vault';
import { Tier, type NostrEvent, type SealedEvent, type SlotVersion } from '../../src/runtime/contracts/slot';
import type { ReceivedSlot, SlotHead } from '../../src/runtime/contracts/mesh';

export const testPubkey = 'ab'.repeat(32);
export const testKind = 30078;
/** Of every event that is signed with no real key. */
export const testSignature = 'c'.repeat(128);

const sha = (text: string, length: number): string => createHash('sha256').update(text).digest('hex').slice(0, length);

export interface TestSlot {
  readonly device?: string;
  readonly tier?: Tier;
  readonly index?: number;
  readonly seq?: number;
  readonly createdAt: number;
  /** Distinguishes two versions of one second. */
  readonly nonce?: string;
  readonly names?: readonly string[];
  readonly seqs?: readonly number[];
  /** Addresses to which the device of a manifest says that it writes. */
  readonly relays?: readonly string[];
  /** Length of the content. */
  readonly bytes?: number;
  /** Signs for real, so that a real relay takes the event. */
  readonly secretKey?: Uint8Array;
}

/** NIP-42's answer, without a signature. */
export function signTestAuth(relayUrl: string, challenge: string, createdAt: number): NostrEvent {
  const tags = [
    ['relay', relayUrl],
    ['challenge', challenge],
  ];
  const unsigned = { kind: 22242, created_at: createdAt, tags, content: '', pubkey: testPubkey };
  return { ...unsigned, id: getEventHash(unsigned), sig: 'c'.repeat(128) };
}

export const addressOf = (device: string, tier: Tier, index: number): string => sha(`${device}/${tier}/${index}`, 32);

/** A sealed version of a slot, ready to be offered. */
export function makeHead(slot: TestSlot, own = true): SlotHead {
  const { device = 'a', tier = Tier.Delta, index = 0, seq = 1, createdAt } = slot;
  const version: SlotVersion = {
    deviceId: sha(device, 32),
    tier,
    index,
    d: addressOf(device, tier, index),
    seq,
    createdAt,
    nonce: sha(slot.nonce ?? `${device}/${tier}/${index}/${seq}/${createdAt}`, 24),
  };
  return { version, event: sealed(version, slot), own };
}

function sealed(version: SlotVersion, { names, seqs, relays, bytes = 600, secretKey }: TestSlot): SealedEvent {
  const body = JSON.stringify({ version, names, seqs, relays, padding: 'x'.repeat(Math.max(0, bytes - 450)) });
  // As in an envelope, version and nonce come first.
  const head = Buffer.concat([Buffer.of(1), Buffer.from(version.nonce, 'hex')]);
  const content = `${Buffer.concat([head, Buffer.from(body)]).toString('base64')}.${macOf(version, body)}`;
  const template = { kind: testKind, created_at: version.createdAt, tags: [['d', version.d]], content };
  if (secretKey) {
    const { id, pubkey, kind, created_at, tags, sig } = finalizeEvent(template, secretKey);
    return { id, pubkey, kind, created_at, tags, content, sig } as unknown as SealedEvent;
  }
  const unsigned = { ...template, pubkey: testPubkey };
  return { ...unsigned, id: getEventHash(unsigned), sig: testSignature } as unknown as SealedEvent;
}

const macOf = ({ d, createdAt }: { readonly d: string; readonly createdAt: number }, body: string): string =>
  sha(`secret ${d} ${createdAt} ${body}`, 32);

/** To which relays the device of a manifest says that it writes. */
export function relaysIn(event: NostrEvent): readonly string[] {
  const [encoded = ''] = event.content.split('.');
  const body = JSON.parse(Buffer.from(encoded, 'base64').subarray(13).toString()) as Partial<TestSlot>;
  return body.relays ?? [];
}

/** What the vault would say. */
export function openTestSlot(event: NostrEvent): ReceivedSlot | Refusal {
  const [encoded = '', mac] = event.content.split('.');
  const body = Buffer.from(encoded, 'base64').subarray(13).toString();
  const d = event.tags[0]?.[1] ?? '';
  if (macOf({ d, createdAt: event.created_at }, body) !== mac) return Refusal.Forged;
  const { version, names, seqs } = JSON.parse(body) as ReceivedSlot;
  return { version, ...(names && { names }), ...(seqs && { seqs }) };
}
