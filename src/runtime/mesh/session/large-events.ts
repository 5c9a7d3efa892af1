/**
 * Which events one relay is sent, by their size. Some relays end the connection for an event over a limit that they do not tell, without an answer: after
 * such an end large events are sent one after the other, until it is clear whether they are why.
 */
import type { Clock } from '../../core/clock';
import { Verdict } from '../../relay/verdict';
import { eventBytes, type NostrEvent } from '../../contracts/slot';
import type { RelayLimits } from '../relay-limits';

export interface LargeEventsOptions {
  readonly limits: RelayLimits;
  readonly clock: Clock;
  /** No event up to this size ever ends a connection to a useful relay. */
  readonly smallBytes: number;
  /** Another relay is connected, so it is not our own network that ends a connection. */
  readonly isNetworkUp: () => boolean;
}

export class LargeEvents {
  readonly #options: LargeEventsOptions;
  /** Events of this size and more go alone. */
  #aloneFromBytes = Infinity;
  /** How many large ones were under way when the connection ended. */
  #lost = 0;

  constructor(options: LargeEventsOptions) {
    this.#options = options;
  }

  /** Whether the relay is thought to take the event, or is to be tried with it. */
  fits(event: NostrEvent): boolean {
    const { limits, clock } = this.#options;
    return limits.maySend(eventBytes(event), clock.now());
  }

  /** The relay is thought not to take it. */
  isTooLarge(event: NostrEvent): boolean {
    return eventBytes(event) > this.#options.limits.maxEventBytes;
  }

  isLarge(event: NostrEvent): boolean {
    return eventBytes(event) > this.#options.smallBytes;
  }

  /** What decides whether an event may be sent now, beside these. */
  mayJoin(underWay: readonly NostrEvent[]): (event: NostrEvent) => boolean {
    const isLargeUnderWay = underWay.some((event) => this.isLarge(event));
    return (event) => this.fits(event) && !(isLargeUnderWay && this.#isSuspected(event));
  }

  sent(event: NostrEvent): void {
    const { limits, clock } = this.#options;
    limits.sent(eventBytes(event), clock.now());
  }

  /** The connection has ended while these were under way; each of them is lost next. */
  connectionEnded(underWay: readonly NostrEvent[]): void {
    this.#lost = underWay.filter((event) => this.isLarge(event)).length;
  }

  /** Returns whether the event may be what has ended the connection. */
  lost(event: NostrEvent): boolean {
    if (!this.isLarge(event)) return false;
    const { limits, clock, isNetworkUp } = this.#options;
    const bytes = eventBytes(event);
    this.#aloneFromBytes = Math.min(this.#aloneFromBytes, bytes);
    if (this.#lost === 1 && isNetworkUp()) limits.lost(bytes, clock.now());
    return true;
  }

  /** The relay has answered the event, so no such event ends its connections. */
  answered(event: NostrEvent, verdict: Verdict): void {
    const bytes = eventBytes(event);
    if (bytes >= this.#aloneFromBytes) this.#aloneFromBytes = Infinity;
    if (verdict === Verdict.Accepted || verdict === Verdict.Duplicate || verdict === Verdict.Superseded)
      this.#options.limits.took(bytes);
  }

  #isSuspected(event: NostrEvent): boolean {
    return eventBytes(event) >= this.#aloneFromBytes || this.isTooLarge(event);
  }
}
