/**
 * Nostr events (NIP-01) as a relay sees them: shape, address, order and life time.
 */
import type { NostrEvent } from '../runtime/core/nostr';

export type { NostrEvent } from '../runtime/core/nostr';

export enum Kind {
  Deletion = 5,
  Vanish = 62,
  Auth = 22242,
}

/** How long a relay keeps events of a kind, and what replaces them (NIP-01, "Kinds"). */
export enum Persistence {
  Regular,
  Replaceable,
  Addressable,
  Ephemeral,
}

/** Reads an event out of what a client sent: exactly the seven fields, or the reason why it is none. */
export function parseEvent(value: unknown): NostrEvent | { readonly reason: string } {
  if (!isRecord(value)) return { reason: 'event is not an object' };
  const { id, pubkey, created_at, kind, tags, content, sig } = value;
  if (!isHex(id, 64)) return { reason: 'event id is not 64 lower-case hex digits' };
  if (!isHex(pubkey, 64)) return { reason: 'pubkey is not 64 lower-case hex digits' };
  if (!isHex(sig, 128)) return { reason: 'sig is not 128 lower-case hex digits' };
  if (!isCount(created_at)) return { reason: 'created_at is not a number of seconds' };
  if (!isCount(kind) || kind > 65_535) return { reason: 'kind is not between 0 and 65535' };
  if (typeof content !== 'string') return { reason: 'content is not a string' };
  if (!Array.isArray(tags) || !tags.every(isTag)) return { reason: 'tags are not non-empty arrays of strings' };
  return { id, pubkey, created_at, kind, tags, content, sig };
}

export function persistenceOf(kind: number): Persistence {
  if (kind >= 30_000 && kind < 40_000) return Persistence.Addressable;
  if (kind >= 20_000 && kind < 30_000) return Persistence.Ephemeral;
  if (kind === 0 || kind === 3 || (kind >= 10_000 && kind < 20_000)) return Persistence.Replaceable;
  return Persistence.Regular;
}

/** The key under which a newer event replaces an older one, as `a` tags write it; undefined for kinds that are not replaced. */
export function addressOf(event: NostrEvent, maxDTagBytes = Infinity): string | undefined {
  const persistence = persistenceOf(event.kind);
  if (persistence === Persistence.Replaceable) return `${event.kind}:${event.pubkey}:`;
  if (persistence !== Persistence.Addressable) return undefined;
  const d = tagValue(event, 'd') ?? '';
  return `${event.kind}:${event.pubkey}:${Buffer.byteLength(d) > maxDTagBytes ? '' : d}`;
}

/** Newest first, and the lowest id first within one second: the order of answers and the rule of replacement. */
export function compareNewestFirst(a: NostrEvent, b: NostrEvent): number {
  return b.created_at - a.created_at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** NIP-40; seconds since the epoch, Infinity for an event that stays. */
export function expiryOf(event: NostrEvent): number {
  const seconds = Number(tagValue(event, 'expiration'));
  return seconds > 0 ? seconds : Infinity;
}

export function tagValue(event: Pick<NostrEvent, 'tags'>, name: string): string | undefined {
  return event.tags.find((tag) => tag[0] === name)?.[1];
}

/** The size that limits speak of: bytes of the event's normalised JSON. */
export function sizeInBytes(event: NostrEvent): number {
  return Buffer.byteLength(JSON.stringify(event));
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isHex(value: unknown, digits: number): value is string {
  return typeof value === 'string' && value.length === digits && /^[0-9a-f]*$/.test(value);
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isTag(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');
}
