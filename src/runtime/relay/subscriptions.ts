/** The REQs of one connection. A subscription ends only when its owner closes it: whatever the relay does, it is asked for again. */
import { matchesFilter } from '../core/nostr';
import type { Filter } from '../core/nostr';
import { fullJitterMs } from '../core/backoff';
import type { NostrEvent } from '../contracts/slot';
import { Verdict } from './verdict';
import type { RelayAuth } from './auth';
import type { Subscription, SubscriptionHandlers } from './link';
import type { RelayWire } from './link';

interface Standing {
  readonly id: string;
  readonly filter: Filter;
  readonly handlers: SubscriptionHandlers;
  /** True between a REQ and its EOSE or refusal. */
  asked: boolean;
  askedAt: number;
  heardAt: number;
  failures: number;
  authenticated: boolean;
  /** Refused or unanswered: its next turn is scheduled. */
  waiting: boolean;
  cancelTimer: () => void;
}

export class RelaySubscriptions {
  readonly #wire: RelayWire;
  readonly #auth: RelayAuth;
  readonly #standing = new Map<string, Standing>();
  #count = 0;

  constructor(wire: RelayWire, auth: RelayAuth) {
    this.#wire = wire;
    this.#auth = auth;
  }

  add(filter: Filter, handlers: SubscriptionHandlers): Subscription {
    // An id is never used for another filter, so that a late frame cannot answer the wrong question.
    const id = `s${++this.#count}`;
    const standing: Standing = {
      id,
      filter,
      handlers,
      asked: false,
      askedAt: 0,
      heardAt: 0,
      failures: 0,
      authenticated: false,
      waiting: false,
      cancelTimer: () => {},
    };
    this.#standing.set(id, standing);
    this.#ask(standing);
    return { close: () => this.#close(standing) };
  }

  /** A connection is open: asks for everything. */
  resume(): void {
    for (const standing of [...this.#standing.values()]) {
      standing.failures = 0;
      standing.authenticated = false;
      this.#ask(standing);
    }
  }

  /** Asks at once for what waits for its next turn. */
  retryNow(): void {
    for (const standing of [...this.#standing.values()]) if (standing.waiting) this.#ask(standing);
  }

  /** The connection is gone. */
  pause(): void {
    for (const standing of this.#standing.values()) {
      standing.cancelTimer();
      standing.asked = standing.waiting = false;
    }
  }

  event(id: string, event: NostrEvent): void {
    const standing = this.#standing.get(id);
    if (!standing) return;
    if (!matchesFilter(standing.filter, event)) {
      // Some relays do not apply the times of a filter to live events.
      const { since: _since, until: _until, ...timeless } = standing.filter;
      if (!matchesFilter(timeless, event)) this.#wire.misbehaved();
      return;
    }
    standing.heardAt = this.#wire.clock.now();
    standing.handlers.event(event);
  }

  /** Returns false for an EOSE that answers nothing. */
  eose(id: string, finish: boolean): boolean {
    const standing = this.#standing.get(id);
    if (!standing?.asked) return false;
    standing.asked = false;
    standing.cancelTimer();
    standing.heardAt = this.#wire.clock.now();
    this.#wire.measured(standing.heardAt - standing.askedAt);
    standing.handlers.eose(finish);
    return true;
  }

  closed(id: string, verdict: Verdict, reason: string): void {
    const standing = this.#standing.get(id);
    if (!standing) return;
    // A relay that asks again after it has accepted us refuses the question.
    if (verdict !== Verdict.AuthRequired || standing.authenticated) return this.#interrupted(standing, verdict, reason);
    standing.cancelTimer();
    standing.asked = false;
    standing.authenticated = true;
    this.#auth.authenticate((authenticated) => {
      if (!this.#standing.has(id)) return;
      if (authenticated) this.#ask(standing);
      else this.#interrupted(standing, verdict, reason);
    });
  }

  /** A NOTICE that refuses something without saying what, as some relays answer a REQ too many: meant is the youngest question without an answer. */
  refusedUnnamed(verdict: Verdict, reason: string): void {
    const youngest = [...this.#standing.values()].filter((standing) => standing.asked).pop();
    if (youngest) this.#interrupted(youngest, verdict, reason);
  }

  #ask(standing: Standing): void {
    standing.cancelTimer();
    if (!this.#wire.isOpen()) return;
    standing.asked = true;
    standing.waiting = false;
    standing.askedAt = standing.heardAt = this.#wire.clock.now();
    this.#awaitAnswer(standing, this.#wire.limits.answerTimeoutMs);
    this.#wire.send(['REQ', standing.id, standing.filter]);
  }

  /** A long answer over a slow connection is still an answer, but one that never ends is not. */
  #awaitAnswer(standing: Standing, delayMs: number): void {
    const { answerTimeoutMs } = this.#wire.limits;
    standing.cancelTimer = this.#wire.clock.after(delayMs, () => {
      const now = this.#wire.clock.now();
      const quietMs = Math.max(0, now - standing.heardAt);
      if (quietMs < answerTimeoutMs && now - standing.askedAt < 10 * answerTimeoutMs)
        return this.#awaitAnswer(standing, answerTimeoutMs - quietMs);
      this.#wire.probe();
      if (standing.asked) this.#interrupted(standing, Verdict.Unanswered, '');
    });
  }

  #interrupted(standing: Standing, verdict: Verdict, reason: string): void {
    const { resubscribeMinMs, resubscribeMaxMs } = this.#wire.limits;
    // One that is ended again soon after each EOSE has to wait longer each time; for one that lasted the count begins anew.
    const lived = !standing.asked && this.#wire.clock.now() - standing.heardAt > resubscribeMaxMs;
    standing.asked = false;
    standing.cancelTimer();
    standing.failures = lived ? 1 : standing.failures + 1;
    standing.waiting = true;
    const delayMs = fullJitterMs(standing.failures, resubscribeMinMs, resubscribeMaxMs, this.#wire.random);
    standing.cancelTimer = this.#wire.clock.after(delayMs, () => this.#ask(standing));
    standing.handlers.interrupted?.(verdict, reason);
  }

  #close(standing: Standing): void {
    if (!this.#standing.delete(standing.id)) return;
    standing.cancelTimer();
    if (this.#wire.isOpen()) this.#wire.send(['CLOSE', standing.id]);
  }
}
