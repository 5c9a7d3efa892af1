/** The EVENTs of one connection that wait for their OK. */
import type { NostrEvent } from '../contracts/slot';
import { classifyOk, Verdict } from './verdict';
import { MOST_AUTH_DEMANDS } from './auth/auth';
import type { RelayAuth } from './auth/auth';
import type { RelayWire } from './link';

/** Whoever complains about a size means something larger. */
const SMALL_BYTES = 16_384;

type Settled = (verdict: Verdict, reason: string) => void;

interface Publication {
  readonly event: NostrEvent;
  /** Two publications of one event share one EVENT frame and one OK. */
  readonly settled: Set<Settled>;
  sentAt: number;
  /** As `sentAt`, monotonic. */
  leftAt: number;
  /** How often the relay has wanted to know who we are, instead of an answer. */
  authDemands: number;
  cancelTimer: () => void;
}

export class RelayPublications {
  readonly #wire: RelayWire;
  readonly #auth: RelayAuth;
  readonly #pending = new Map<string, Publication>();

  constructor(wire: RelayWire, auth: RelayAuth) {
    this.#wire = wire;
    this.#auth = auth;
  }

  /** Of the events that wait. */
  get bytes(): number {
    let bytes = 0;
    for (const { event } of this.#pending.values()) bytes += event.content.length;
    return bytes;
  }

  publish(event: NostrEvent, settled: Settled): () => void {
    if (!this.#wire.isOpen()) {
      settled(Verdict.Lost, '');
      return () => {};
    }
    // A wrapper, so that the same callback may be given twice.
    const once: Settled = (verdict, reason) => settled(verdict, reason);
    const pending = this.#pending.get(event.id);
    if (pending) pending.settled.add(once);
    else this.#begin({ event, settled: new Set([once]), sentAt: 0, leftAt: 0, authDemands: 0, cancelTimer: () => {} });
    return () => {
      const publication = this.#pending.get(event.id);
      if (!publication?.settled.delete(once) || publication.settled.size > 0) return;
      publication.cancelTimer();
      this.#pending.delete(event.id);
    };
  }

  /** Returns false for an OK that answers nothing. */
  ok(eventId: string, accepted: boolean, reason: string): boolean {
    const publication = this.#pending.get(eventId);
    if (!publication) return false;
    this.#wire.measured(this.#wire.clock.now() - publication.sentAt);
    const verdict = classifyOk(accepted, reason);
    publication.authDemands += verdict === Verdict.AuthRequired ? 1 : 0;
    if (verdict !== Verdict.AuthRequired || publication.authDemands > MOST_AUTH_DEMANDS)
      this.#settle(publication, verdict, reason);
    else this.#authenticate(publication, reason);
    return true;
  }

  /** The relay complains about a size without saying of what: meant is the largest event that waits. Returns false if it is a small one, too. */
  refusedUnnamedSize(reason: string): boolean {
    const sizeOf = ({ event }: Publication) => event.content.length;
    const [largest] = [...this.#pending.values()].sort((a, b) => sizeOf(b) - sizeOf(a));
    if (!largest || sizeOf(largest) <= SMALL_BYTES) return false;
    this.#settle(largest, Verdict.TooLarge, reason);
    return true;
  }

  /** The connection is gone: these may be stored or not. */
  lost(): void {
    for (const publication of [...this.#pending.values()]) this.#settle(publication, Verdict.Lost, '');
  }

  /** Their callbacks are not called any more. */
  clear(): void {
    for (const { cancelTimer } of this.#pending.values()) cancelTimer();
    this.#pending.clear();
  }

  #begin(publication: Publication): void {
    this.#pending.set(publication.event.id, publication);
    this.#send(publication);
  }

  #send(publication: Publication): void {
    publication.sentAt = this.#wire.clock.now();
    publication.leftAt = this.#wire.clock.monotonic();
    publication.cancelTimer();
    publication.cancelTimer = this.#wire.clock.after(this.#wire.limits.answerTimeoutMs, () => {
      this.#settle(publication, Verdict.Unanswered, '');
      this.#wire.probe();
    });
    this.#wire.send(['EVENT', publication.event]);
  }

  #authenticate(publication: Publication, reason: string): void {
    publication.cancelTimer();
    this.#auth.required(publication.leftAt, (authenticated) => {
      if (this.#pending.get(publication.event.id) !== publication) return;
      if (authenticated) this.#send(publication);
      else this.#settle(publication, Verdict.AuthRequired, reason);
    });
  }

  #settle(publication: Publication, verdict: Verdict, reason: string): void {
    if (!this.#pending.delete(publication.event.id)) return;
    publication.cancelTimer();
    for (const settled of publication.settled) settled(verdict, reason);
  }
}
