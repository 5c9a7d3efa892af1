/**
 * Passes each event from any relay to the replica once. What comes out is authenticated, and as its author signed it: a relay that has spoilt a
 * signature does not hold the event. Of what does not open only this is remembered, that it was signed with the keys and could not be read.
 */
import { Refusal } from '../contracts/vault';
import type { MeshListener, ReceivedSlot } from '../contracts/mesh';
import type { NostrEvent, SlotVersion } from '../contracts/slot';
import type { RefusalOfSigned } from './undecryptable-events';
import type { Checked, SignatureChecks } from './signature-checks';
import type { Admitted } from './admitted';
import { Copy, OpenedEvents } from './opened-events';
import { createNewestVersions } from '../contracts/newest-versions';
import { isNewer } from '../contracts/version-order';

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
  readonly signatures: SignatureChecks;
  /** A relay passed on an event that was signed with the keys and cannot be read. */
  readonly undecryptable: (event: NostrEvent, relayUrl: string, refusal: RefusalOfSigned) => void;
  /** How many events are remembered. */
  readonly remembered: number;
}

/** A manifest may name thousands of addresses. */
const MAX_MANIFESTS = 256;

/** Called with what was admitted, or undefined; `failed` if nobody could say, which proves nothing about the event. */
export type AdmissionDone = (admitted: Admitted | undefined, failed: boolean) => void;

/** What became of an event. */
type Outcome =
  | { readonly admitted: Admitted }
  /** Signed with the keys, and not to be read. */
  | { readonly refusal: RefusalOfSigned }
  | { readonly refusal: Refusal.Forged }
  /** The relay that it came from is left alone, so nobody looked. */
  | 'given-up'
  /** It could not be judged. */
  | undefined;

/** Copies of an event that is being judged. */
interface Judging {
  readonly event: NostrEvent;
  readonly copies: { readonly event: NostrEvent; readonly relayUrl: string; readonly done: AdmissionDone }[];
}

export class EventIntake {
  readonly #options: EventIntakeOptions;
  readonly #opened: OpenedEvents;
  /** Of signed events that cannot be read, by id and signature: they are not opened and not checked again, and hide nothing but themselves. */
  readonly #unreadable = new Map<string, Outcome>();
  /** By id. */
  readonly #judging = new Map<string, Judging>();
  /** By address. */
  readonly #newest = new Map<string, Admitted>();
  readonly #manifests = createNewestVersions<Manifest>(MAX_MANIFESTS);
  #newestCreatedAt = 0;

  constructor(options: EventIntakeOptions) {
    this.#options = options;
    this.#opened = new OpenedEvents(options.remembered, options.idOf);
  }

  /** The newest manifest of each device, under its address. */
  get manifests(): ReadonlyMap<string, Manifest> {
    return this.#manifests.byKey;
  }

  /** Seconds since the epoch; 0 before the first event. */
  get newestCreatedAt(): number {
    return this.#newestCreatedAt;
  }

  /** The newest version that a relay has shown, or that was opened or sealed here. */
  newestAt(d: string): Admitted | undefined {
    return this.#newest.get(d);
  }

  /** What is known of the event with this id: it was opened, and its signature is right. */
  byId(id: string): Admitted | undefined {
    return this.#opened.byId(id);
  }

  /** An event whose signature is known to be right, and which has been opened or sealed here, need not be opened when it comes. */
  know(event: NostrEvent, version: SlotVersion): void {
    this.#opened.add(event, version.d, this.#noteNewest(admittedAs(version)), event.sig);
  }

  /** Calls back at once for an event that is known or cannot be ours, otherwise when it has been judged. */
  admit(event: NostrEvent, relayUrl: string, done: AdmissionDone): void {
    const d = addressOf(event);
    const { kind, pubkey } = this.#options;
    if (d === undefined || event.kind !== kind || event.pubkey !== pubkey) return done(undefined, false);
    const opened = this.#opened.get(event, d);
    if (!opened) return this.#judge(event, d, relayUrl, done);
    switch (this.#opened.compare(event, opened)) {
      case Copy.Other:
        return done(undefined, false);
      case Copy.WrongId:
        return this.#settle({ refusal: Refusal.Forged }, { event, relayUrl, done });
      case Copy.Same:
        if (opened.sig === event.sig) return done(opened.admitted, false);
        return void this.#compareSignatures(event, d, relayUrl, done);
    }
  }

  #judge(event: NostrEvent, d: string, relayUrl: string, done: AdmissionDone): void {
    const copy = { event, relayUrl, done };
    const judging = this.#judging.get(event.id);
    const isCopy = judging && isSame(judging.event, event);
    if (!isCopy && this.#options.idOf(event) !== event.id) return this.#settle({ refusal: Refusal.Forged }, copy);
    const known = this.#unreadable.get(event.id + event.sig);
    if (known) return this.#settle(known, copy);
    if (judging) {
      // The text of the first one serves for all.
      judging.copies.push({ ...copy, event: event.sig === judging.event.sig ? judging.event : event });
      return;
    }
    this.#judging.set(event.id, { event, copies: [copy] });
    void this.#ask(event, d, relayUrl);
  }

  async #ask(event: NostrEvent, d: string, relayUrl: string): Promise<void> {
    const outcome = await this.#outcomeOf(event, d, relayUrl).catch(() => undefined);
    const copies = this.#judging.get(event.id)?.copies ?? [];
    this.#judging.delete(event.id);
    for (const copy of copies) {
      const isJudged = copy.event.sig === event.sig && (outcome !== 'given-up' || copy.relayUrl === relayUrl);
      if (isJudged) this.#settle(outcome, copy);
      else this.admit(copy.event, copy.relayUrl, copy.done);
    }
  }

  /** The replica reports its own failures; here a rejection only means that the event has not been judged. */
  async #outcomeOf(event: NostrEvent, d: string, relayUrl: string): Promise<Outcome> {
    const { signatures, receive } = this.#options;
    let checked: Promise<Checked> | undefined;
    const isSigned = (): Promise<Checked> => (checked ??= signatures.check(event, relayUrl));
    const answer = await receive(event, relayUrl, isSigned);
    if (typeof answer !== 'string') {
      const admitted = this.#believe(answer);
      const isGood = await signatures.checkOpened(event, relayUrl);
      if (isGood === undefined) return 'given-up';
      this.#opened.add(event, d, admitted, isGood ? event.sig : undefined);
      return isGood ? { admitted } : { refusal: Refusal.Forged };
    }
    if (answer === Refusal.Forged) return { refusal: answer };
    // Whoever made it without the keys has not even signed it.
    const isGood = await isSigned();
    if (!isGood) return isGood === undefined ? 'given-up' : { refusal: Refusal.Forged };
    const outcome: Outcome =
      answer === Refusal.UnknownVersion
        ? { admitted: this.#noteNewest({ d, createdAt: event.created_at, nonce: undefined, version: undefined }) }
        : { refusal: answer };
    this.#unreadable.set(event.id + event.sig, outcome);
    dropOldest(this.#unreadable, this.#options.remembered);
    return outcome;
  }

  /** Of a version that has been opened, a copy with another signature than the right one, or where none has been right yet. */
  async #compareSignatures(event: NostrEvent, d: string, relayUrl: string, done: AdmissionDone): Promise<void> {
    const isGood = await this.#options.signatures.check(event, relayUrl);
    if (isGood === undefined) return done(undefined, true);
    if (!isGood) return this.#settle({ refusal: Refusal.Forged }, { event, relayUrl, done });
    const opened = this.#opened.get(event, d);
    // Whoever has the keys may have signed it twice.
    if (opened?.sig !== undefined) return done(opened.admitted, false);
    // The replica has merged its contents, and can record it only now.
    this.#judge(event, d, relayUrl, done);
  }

  #settle(outcome: Outcome, { event, relayUrl, done }: Judging['copies'][number]): void {
    if (!outcome || outcome === 'given-up') return done(undefined, true);
    if ('admitted' in outcome) return done(outcome.admitted, false);
    if (outcome.refusal === Refusal.Forged) this.#options.forged(relayUrl);
    else this.#options.undecryptable(event, relayUrl, outcome.refusal);
    done(undefined, false);
  }

  #believe({ version, names, seqs }: ReceivedSlot): Admitted {
    this.#newestCreatedAt = Math.max(this.#newestCreatedAt, version.createdAt);
    if (names)
      this.#manifests.note(version.d, {
        version,
        names: new Map(names.map((name, index) => [name, seqs?.[index]])),
      });
    return this.#noteNewest(admittedAs(version));
  }

  #noteNewest(admitted: Admitted): Admitted {
    const known = this.#newest.get(admitted.d);
    if (!known || isNewer(admitted, known)) this.#newest.set(admitted.d, admitted);
    return admitted;
  }
}

function admittedAs(version: SlotVersion): Admitted {
  const { d, createdAt, nonce } = version;
  return { d, createdAt, nonce, version };
}

/** Whether two events have one id, if that of one of them is right. */
const isSame = (a: NostrEvent, b: NostrEvent): boolean =>
  a.content === b.content && a.created_at === b.created_at && addressOf(a) === addressOf(b);

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
