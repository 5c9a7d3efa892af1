/**
 * Nostr's own (NIP-01): events, filters, and the few pure functions of nostr-tools that the kit uses. The built package carries those functions bundled
 * into this one file, because the libraries below nostr-tools are ES modules only, which Jest and older Nodes cannot load.
 */
import { matchFilter } from 'nostr-tools/filter';
import { finalizeEvent, generateSecretKey, getEventHash, getPublicKey, verifyEvent } from 'nostr-tools/pure';

export interface NostrEvent {
  /** 64 lower-case hex digits: SHA-256 of the serialised event. */
  readonly id: string;
  /** 64 lower-case hex digits: the x-only public key. */
  readonly pubkey: string;
  /** Seconds since the epoch. */
  readonly created_at: number;
  readonly kind: number;
  readonly tags: readonly (readonly string[])[];
  readonly content: string;
  /** 128 lower-case hex digits: a Schnorr signature (BIP-340) of `id`. */
  readonly sig: string;
}

/** An event before it has an author. */
export type EventTemplate = Pick<NostrEvent, 'created_at' | 'kind' | 'tags' | 'content'>;

/** What a REQ asks for. All conditions hold at once; of a list one has to. */
export interface Filter {
  readonly ids?: readonly string[];
  readonly authors?: readonly string[];
  readonly kinds?: readonly number[];
  /** Seconds since the epoch, inclusive. */
  readonly since?: number;
  readonly until?: number;
  readonly limit?: number;
  readonly [tag: `#${string}`]: readonly string[] | undefined;
}

type LibraryEvent = Parameters<typeof verifyEvent>[0];

/** Whether an event is what a filter asks for, its `limit` aside. */
export const matchesFilter = (filter: Filter, event: NostrEvent): boolean =>
  matchFilter(filter as Parameters<typeof matchFilter>[0], event as LibraryEvent);

/** The public key of a secret key (32 bytes), as 64 hex digits. */
export const publicKeyOf = (secretKey: Uint8Array): string => getPublicKey(secretKey);

/** A random secret key of 32 bytes. */
export const newSecretKey = (): Uint8Array => generateSecretKey();

/** The id of an event, as 64 hex digits. */
export const idOfEvent = (event: Omit<NostrEvent, 'id' | 'sig'>): string =>
  getEventHash(event as Parameters<typeof getEventHash>[0]);

/** Signs with a secret key of 32 bytes. */
export function signTemplate(template: EventTemplate, secretKey: Uint8Array): NostrEvent {
  const { id, pubkey, created_at, kind, tags, content, sig } = finalizeEvent(
    { ...template } as Parameters<typeof finalizeEvent>[0],
    secretKey,
  );
  return { id, pubkey, created_at, kind, tags, content, sig };
}

/** Whether id and signature are right. Over a copy: the library keeps its verdict on the object, where it would outlive a change. */
export const verifyCopy = ({ id, pubkey, created_at, kind, tags, content, sig }: NostrEvent): boolean =>
  verifyEvent({ id, pubkey, created_at, kind, tags, content, sig } as LibraryEvent);
