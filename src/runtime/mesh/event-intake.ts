/**
 * Passes each event from any relay to the replica once. What comes out is authenticated. Nothing about a refused event is remembered, so that a
 * forgery that comes before a genuine event cannot keep it out.
 */
import { Refusal } from '../contracts/vault';
import type { MeshListener, ReceivedSlot } from '../contracts/mesh';
import type { NostrEvent, SlotVersion } from '../contracts/slot';
import type { RefusalOfSigned } from './undecryptable-events';
import { createNewestVersions } from '../contracts/newest-versions';

export interface Admitted {
  readonly d: string;
  /** Seconds since the epoch. */
  readonly createdAt: number;
  /** Of `version`. */
  readonly nonce: string | undefined;
  /** Absent for a version of the protocol that this build cannot open but whose signature is valid. */
  readonly version: SlotVersion | undefined;
}

/** Names of a manifest: address -> seq, or undefined where the replica does not say. */
export interface Manifest {
  readonly version: SlotVersion;
  readonly names: ReadonlyMap<string, number | undefined>;
}

/** Addresses that manifests name and that are lacking, or older than named, in what `at` gives for an address. */
export function missingFrom(
  manifests: ReadonlyMap<string, Manifest>,
  at: (d: string) => Admitted | undefined,
): readonly string[] {
  const missing = new Set<string>();
  for (const { names } of manifests.values())
    for (const [d, seq] of names) {
      const slot = at(d);
      if (!slot || (seq !== undefined && slot.version && slot.version.seq < seq)) missing.add(d);
    }
  return [...missing];
}

export interface EventIntakeOptions {
  readonly kind: number;
  readonly pubkey: string;
  readonly receive: MeshListener['receive'];
  /** The id that the contents of an event give; what it says of itself is not believed. */
  readonly idOf: (event: NostrEvent) => string;
  /** A relay passed on an event that was made without the keys. One that checks ids and signatures, as they all claim to do, has no such event. */
  readonly forged: (relayUrl: string) => void;
  /** Whether id and signature are right. */
  readonly isSigned: (event: NostrEvent) => boolean;
  /** A relay passed on an event that was signed with the keys and cannot be read. */
  readonly undecryptable: (event: NostrEvent, relayUrl: string, refusal: RefusalOfSigned) => void;
  /** How many authenticated events are remembered. */
  readonly remembered: number;
}

/** So many events are kept as they are: copies from other relays come soon after the first, and comparing is a hundred times faster than hashing. */
const RECENT = 64;

/** A manifest may name thousands of addresses. */
const MAX_MANIFESTS = 256;

/** Called with what was admitted, or undefined; `failed` if the replica could not say, which proves nothing about the event. */
export type AdmissionDone = (admitted: Admitted | undefined, failed: boolean) => void;

export class EventIntake {
  readonly #options: EventIntakeOptions;
  /** Under id and signature, because a copy with a spoilt signature must not keep out the good one. */
  readonly #admitted = new Map<string, Admitted>();
  readonly #underway = new Map<string, { readonly relayUrl: string; readonly done: AdmissionDone }[]>();
  /** Events whose id was found right, by id. */
  readonly #recent = new Map<string, NostrEvent>();
  readonly #manifests = createNewestVersions<Manifest>(MAX_MANIFESTS);
  #newestCreatedAt = 0;

  constructor(options: EventIntakeOptions) {
    this.#options = options;
  }

  /** The newest manifest of each device, under its address. */
  get manifests(): ReadonlyMap<string, Manifest> {
    return this.#manifests.byKey;
  }

  /** Seconds since the epoch; 0 before the first event. */
  get newestCreatedAt(): number {
    return this.#newestCreatedAt;
  }

  /** An event that this device has made need not be opened when it comes back. */
  know(event: NostrEvent, version: SlotVersion): void {
    this.#remember(event.id + event.sig, admittedAs(version));
  }

  /** Calls back at once for an event that is known or cannot be ours, otherwise when the replica has answered. */
  admit(event: NostrEvent, relayUrl: string, done: AdmissionDone): void {
    const d = addressOf(event);
    const { kind, pubkey } = this.#options;
    if (d === undefined || event.kind !== kind || event.pubkey !== pubkey) return done(undefined, false);
    if (!this.#hasRightId(event, d)) {
      this.#options.forged(relayUrl);
      return done(undefined, false);
    }
    const key = event.id + event.sig;
    const known = this.#admitted.get(key);
    if (known) return done(known, false);
    const underway = this.#underway.get(key);
    if (underway) {
      underway.push({ relayUrl, done });
      return;
    }
    this.#underway.set(key, [{ relayUrl, done }]);
    void this.#ask(event, d, relayUrl, key);
  }

  #hasRightId(event: NostrEvent, d: string): boolean {
    const recent = this.#recent.get(event.id);
    const { content, created_at } = event;
    if (recent && recent.content === content && recent.created_at === created_at && addressOf(recent) === d)
      return true;
    if (this.#options.idOf(event) !== event.id) return false;
    this.#recent.set(event.id, event);
    dropOldest(this.#recent, RECENT);
    return true;
  }

  async #ask(event: NostrEvent, d: string, relayUrl: string, key: string): Promise<void> {
    let admitted: Admitted | undefined;
    let refusal: Refusal.Forged | RefusalOfSigned | undefined;
    let failed = false;
    try {
      const answer = await this.#options.receive(event, relayUrl);
      if (typeof answer !== 'string') admitted = this.#believe(answer);
      else if (answer === Refusal.UnknownVersion)
        admitted = { d, createdAt: event.created_at, nonce: undefined, version: undefined };
      else refusal = this.#refusalOf(event, answer);
    } catch {
      // The replica reports its own failures; here it only means that the event has not been judged.
      failed = true;
    }
    if (admitted) this.#remember(key, admitted);
    const waiting = this.#underway.get(key) ?? [];
    this.#underway.delete(key);
    for (const { relayUrl: passedOnBy, done } of waiting) {
      if (refusal === Refusal.Forged) this.#options.forged(passedOnBy);
      else if (refusal) this.#options.undecryptable(event, passedOnBy, refusal);
      done(admitted, failed);
    }
  }

  /** Whoever made it without the keys has not even signed it. */
  #refusalOf(event: NostrEvent, refusal: Exclude<Refusal, Refusal.UnknownVersion>): Refusal.Forged | RefusalOfSigned {
    return refusal === Refusal.Malformed && !this.#options.isSigned(event) ? Refusal.Forged : refusal;
  }

  #believe({ version, names, seqs }: ReceivedSlot): Admitted {
    this.#newestCreatedAt = Math.max(this.#newestCreatedAt, version.createdAt);
    if (names)
      this.#manifests.note(version.d, {
        version,
        names: new Map(names.map((name, index) => [name, seqs?.[index]])),
      });
    return admittedAs(version);
  }

  #remember(key: string, admitted: Admitted): void {
    this.#admitted.set(key, admitted);
    dropOldest(this.#admitted, this.#options.remembered);
  }
}

function admittedAs(version: SlotVersion): Admitted {
  const { d, createdAt, nonce } = version;
  return { d, createdAt, nonce, version };
}

/** A Map lists the oldest entry first. */
function dropOldest(map: Map<string, unknown>, most: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= most) return;
    map.delete(oldest);
  }
}

/** The address of an event that may be ours: exactly one tag, a `d` of 32 hex digits. */
function addressOf({ tags }: NostrEvent): string | undefined {
  const [tag, more] = tags;
  const isOnlyD = tag !== undefined && more === undefined && tag.length === 2 && tag[0] === 'd';
  const d = isOnlyD ? tag[1] : undefined;
  return d !== undefined && /^[0-9a-f]{32}$/.test(d) ? d : undefined;
}
