/** The REQs of one connection. A subscription ends only when its owner closes it: whatever the relay does, it is asked for again. */
import { matchesFilter } from '../core/nostr';
import type { Filter } from '../core/nostr';
import { fullJitterMs } from '../core/backoff';
import type { NostrEvent } from '../contracts/slot';
import { isFinal, Verdict } from './verdict';
import { MOST_AUTH_DEMANDS } from './auth/auth';
import type { RelayAuth } from './auth/auth';
import type { Subscription, SubscriptionHandlers } from './link';
import type { RelayWire } from './link';

interface Standing {
  /** Another one for each question that may still be answered otherwise. */
  id: string;
  readonly filter: Filter;
  readonly handlers: SubscriptionHandlers;
  /** True between a REQ and its EOSE or refusal. */
  asked: boolean;
  askedAt: number;
  /** As `askedAt`, monotonic. */
  sentAt: number;
  heardAt: number;
  failures: number;
  /** An event came since it was asked. */
  hasBrought: boolean;
  /** How often in a row the relay has wanted to know who we are, instead of an answer. */
  authDemands: number;
  /** Refused or unanswered: its next turn is scheduled. */
  waiting: boolean;
  /** Refused until the relay knows who we are. */
  awaitsAuth: boolean;
  cancelTimer: () => void;
}

/** An answer that is on its way comes within this time. */
const NOTICE_GRACE_MS = 1_000;

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
    const standing: Standing = {
      id: this.#newId(),
      filter,
      handlers,
      asked: false,
      askedAt: 0,
      sentAt: 0,
      heardAt: 0,
      failures: 0,
      hasBrought: false,
      authDemands: 0,
      waiting: false,
      awaitsAuth: false,
      cancelTimer: () => {},
    };
    this.#standing.set(standing.id, standing);
    this.#ask(standing);
    return { close: () => this.#close(standing) };
  }

  /** Answers that have begun and not ended. */
  get receiving(): number {
    return [...this.#standing.values()].filter(({ asked, hasBrought }) => asked && hasBrought).length;
  }

  /** A connection is open: asks for everything. */
  resume(): void {
    for (const standing of [...this.#standing.values()]) {
      standing.failures = 0;
      standing.authDemands = 0;
      this.#ask(standing);
    }
  }

  /**
   * The relay accepted us: what it answered to a stranger may have been less than there is. Only what has brought an event stands; in a renewed session
   * only if it is being answered, because a subscription may have ended with the session before.
   */
  askAgain(isRenewal: boolean): void {
    for (const standing of [...this.#standing.values()]) {
      const stands = standing.hasBrought && (standing.asked || !isRenewal) && !standing.waiting;
      if (stands || standing.awaitsAuth) continue;
      this.#wire.send(['CLOSE', standing.id]);
      this.#rename(standing);
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
      standing.asked = standing.waiting = standing.awaitsAuth = false;
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
    standing.hasBrought = true;
    standing.handlers.event(event);
  }

  /** Returns false for an EOSE that answers nothing. */
  eose(id: string, finish: boolean): boolean {
    const standing = this.#standing.get(id);
    if (!standing?.asked) return false;
    standing.asked = false;
    standing.authDemands = 0;
    standing.cancelTimer();
    standing.heardAt = this.#wire.clock.now();
    this.#wire.measured(standing.heardAt - standing.askedAt);
    standing.handlers.eose(finish);
    return true;
  }

  closed(id: string, verdict: Verdict, reason: string): void {
    const standing = this.#standing.get(id);
    if (!standing) return;
    standing.authDemands += verdict === Verdict.AuthRequired ? 1 : 0;
    if (verdict !== Verdict.AuthRequired || standing.authDemands > MOST_AUTH_DEMANDS)
      return this.#interrupted(standing, verdict, reason);
    standing.cancelTimer();
    standing.asked = false;
    standing.awaitsAuth = true;
    this.#auth.required(standing.sentAt, (authenticated) => {
      standing.awaitsAuth = false;
      if (this.#standing.get(standing.id) !== standing) return;
      if (authenticated) this.#ask(standing);
      else this.#interrupted(standing, verdict, reason);
    });
  }

  /**
   * A NOTICE that may refuse something without saying what, as some relays answer a REQ too many. If it does, meant is the youngest question, which gets no
   * other answer. What it says of us is not believed: it may be a greeting.
   */
  refusedUnnamed(verdict: Verdict, reason: string): void {
    const asked = [...this.#standing.values()].filter((standing) => standing.asked);
    const meant = verdict === Verdict.LimitTooHigh ? withGreatestLimit(asked) : asked.pop();
    if (!meant) return;
    meant.cancelTimer();
    meant.cancelTimer = this.#wire.clock.after(NOTICE_GRACE_MS, () => {
      if (meant.hasBrought) return this.#awaitAnswer(meant, this.#wire.limits.answerTimeoutMs);
      this.closed(meant.id, isPolicy(verdict) ? Verdict.Failed : verdict, reason);
    });
  }

  #ask(standing: Standing): void {
    standing.cancelTimer();
    if (!this.#wire.isOpen()) return;
    standing.asked = true;
    standing.waiting = false;
    standing.hasBrought = false;
    standing.askedAt = standing.heardAt = this.#wire.clock.now();
    standing.sentAt = this.#wire.clock.monotonic();
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

  /** An id is never used for another question, so that a late frame cannot answer the wrong one. */
  #newId(): string {
    return `s${++this.#count}`;
  }

  #rename(standing: Standing): void {
    this.#standing.delete(standing.id);
    standing.id = this.#newId();
    this.#standing.set(standing.id, standing);
  }

  #close(standing: Standing): void {
    if (!this.#standing.delete(standing.id)) return;
    standing.cancelTimer();
    if (this.#wire.isOpen()) this.#wire.send(['CLOSE', standing.id]);
  }
}

/** A refusal of us, whatever we ask. That we have to say who we are can be answered. */
const isPolicy = (verdict: Verdict): boolean => isFinal(verdict) && verdict !== Verdict.AuthRequired;
/** No relay of use refuses the smallest limits, so a notice is not about those. */
const USUAL_LIMIT = 20;

function withGreatestLimit(asked: readonly Standing[]): Standing | undefined {
  const limitOf = ({ filter: { limit = 0 } }: Standing) => limit;
  const [greatest] = [...asked].sort((a, b) => limitOf(b) - limitOf(a));
  return greatest && limitOf(greatest) > USUAL_LIMIT ? greatest : undefined;
}
