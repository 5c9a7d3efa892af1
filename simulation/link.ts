/** The links of a worker to simulated relays, at the level of `RelayLink`. */
import type { Filter } from '../src/runtime/core/nostr';
import { fullJitterMs } from '../src/runtime/core/backoff';
import type { NostrEvent } from '../src/runtime/contracts/slot';
import defaults from '../src/runtime/core/defaults.json';
import type { ConnectionConfig } from '../src/runtime/core/config';
import { RelayAuth } from '../src/runtime/relay/auth/auth';
import type { AuthClock } from '../src/runtime/relay/auth/auth-clock';
import { classifyOk, Verdict } from '../src/runtime/relay/verdict';
import { LinkState } from '../src/runtime/relay/link';
import type { LinkHandlers, RelayLink, Subscription, SubscriptionHandlers } from '../src/runtime/relay/link';
import type { Dice } from './random';
import type { Connection, SimulatedRelay } from './relay';
import { Operation } from './worker-process';
import type { WorkerProcess } from './worker-process';

const ANSWER_TIMEOUT_MS = 8_000;
const REFUSAL = 'ERROR: auth-required: requested filter requires authentication';

export interface LinkOptions {
  readonly relay: SimulatedRelay;
  readonly process: WorkerProcess;
  readonly dice: Dice;
  /** Whether the browser can reach the relay at present. */
  readonly isReachable: () => boolean;
  readonly limits: ConnectionConfig;
  readonly authClock: AuthClock;
  /** A question has been answered in full. */
  readonly answered: () => void;
}

interface Standing {
  readonly id: string;
  readonly filter: Filter;
  readonly handlers: SubscriptionHandlers;
  asked: boolean;
  /** Counts what was asked, so that an answer to an earlier question is none. */
  asks: number;
  /** Monotonic ms. */
  sentAt: number;
  hasBrought: boolean;
  failures: number;
  cancelTimer: () => void;
}

/** Stands in for `RelayConnection`: the same promises, over a line that only delays and breaks. */
export class SimulatedLink implements RelayLink {
  readonly url: string;
  readonly options: LinkOptions;
  /** What the relay has passed on to it. */
  forgeries = 0;
  readonly #handlers: LinkHandlers;
  readonly #standing = new Map<string, Standing>();
  readonly #pending = new Map<NostrEvent, (verdict: Verdict, reason: string) => void>();
  #state = LinkState.Idle;
  #connection: Connection | undefined;
  #failures = 0;
  #ids = 0;
  #cancelAttempt: () => void = () => {};
  readonly #auth: RelayAuth;

  constructor(options: LinkOptions, handlers: LinkHandlers) {
    this.options = options;
    this.url = options.relay.url;
    this.#handlers = handlers;
    options.process.whenItEnds(() => this.#drop());
    const { process, dice, limits, authClock, relay } = options;
    this.#auth = new RelayAuth({
      clock: {
        now: () => process.now(),
        monotonic: () => relay.timeline.now,
        after: (delayMs, act) => process.after(delayMs, act),
      },
      random: () => dice.next(),
      ...{ limits, authClock, url: relay.url, connectedUrl: () => undefined },
      sign: (_url, challenge, createdAt) =>
        ({ id: `${challenge} ${dice.hex(8)}`, created_at: createdAt }) as NostrEvent,
      send: ([, answer]) => this.#authenticate(answer as NostrEvent),
      accepted: (isRenewal) => this.#authenticated(isRenewal),
      refused: (verdict, reason) => {
        this.#begin();
        handlers.authRefused(verdict, reason);
      },
    });
  }

  get state(): LinkState {
    return this.#state;
  }

  get roundTripMs(): number | null {
    return 2 * this.options.relay.habits.latencyMs;
  }

  start(): void {
    if (this.#state === LinkState.Idle && this.options.process.instant(Operation.Connect)) this.#connect();
  }

  rest(): void {
    this.#state = LinkState.Idle;
    this.#pending.clear();
    this.#drop();
  }

  stop(): void {
    this.#state = LinkState.Stopped;
    this.#drop();
  }

  suspend(): void {
    if (this.#state !== LinkState.Stopped) this.#abandon();
  }

  kick(): void {
    if (this.#state !== LinkState.Waiting) return;
    this.#cancelAttempt();
    this.#connect();
  }

  renewSession(): void {
    if (this.#state === LinkState.Open) this.#auth.renew();
  }

  readonly bytesUnderWay = 0;

  ask(): void {
    const connection = this.#connection;
    if (this.#state !== LinkState.Open || !connection) return;
    this.#toRelay(
      connection,
      () => connection.isOpen,
      () => this.#toClient(connection, () => {}),
    );
  }

  probe(): void {}

  subscribe(filter: Filter, handlers: SubscriptionHandlers): Subscription {
    const standing: Standing = {
      ...{ id: `s${++this.#ids}`, filter, handlers, asked: false, failures: 0, cancelTimer: () => {} },
      ...{ asks: 0, sentAt: 0, hasBrought: false },
    };
    this.#standing.set(standing.id, standing);
    this.#ask(standing);
    return {
      close: () => {
        this.#standing.delete(standing.id);
        standing.cancelTimer();
        this.#connection?.filters.delete(standing.id);
      },
    };
  }

  publish(event: NostrEvent, settled: (verdict: Verdict, reason: string) => void): () => void {
    const { process, relay } = this.options;
    const connection = this.#connection;
    if (this.#state !== LinkState.Open || !connection || !process.instant(Operation.Publish)) {
      settled(Verdict.Lost, '');
      return () => {};
    }
    this.#pending.set(event, settled);
    const settle = (verdict: Verdict, reason: string) => {
      if (this.#pending.get(event) !== settled) return;
      this.#pending.delete(event);
      cancelTimeout();
      settled(verdict, reason);
    };
    const cancelTimeout = process.after(ANSWER_TIMEOUT_MS, () => settle(Verdict.Unanswered, ''));
    // What a worker has handed to its socket may still leave after it has died.
    const outlivesWorker = this.options.dice.chance(0.5);
    const isUnderway = () => connection.isOpen || (outlivesWorker && !process.isAlive && relay.isUp);
    const send = () => {
      const sentAt = relay.timeline.now;
      this.#toRelay(connection, isUnderway, () => {
        if (relay.isStranger(connection) && relay.habits.auth?.strangers === 'refused')
          return this.#refuseStranger(connection, () =>
            this.#auth.required(sentAt, (isAccepted) => {
              if (this.#pending.get(event) !== settled) return;
              if (isAccepted && this.#connection === connection) send();
              else settle(Verdict.AuthRequired, REFUSAL);
            }),
          );
        const answer = relay.publish(event);
        if (answer) this.#toClient(connection, () => settle(classifyOk(answer.accepted, answer.reason), answer.reason));
      });
    };
    send();
    return () => this.#pending.delete(event);
  }

  heard(connection: Connection, id: string, event: NostrEvent): void {
    this.#toClient(connection, () => {
      const standing = this.#standing.get(id);
      if (!standing) return;
      standing.hasBrought = true;
      standing.handlers.event(event);
    });
  }

  /** The line breaks, and both ends notice. */
  cut(): void {
    const connection = this.#connection;
    if (!connection?.isOpen) return;
    connection.isOpen = false;
    this.options.relay.connections.delete(connection);
    this.options.process.deliver(() => {
      if (this.#connection === connection) this.#abandon();
    });
  }

  #connect(): void {
    const { process, relay, dice } = this.options;
    this.#setState(LinkState.Connecting);
    this.#cancelAttempt = process.after(relay.habits.latencyMs * 2 + dice.between(0, 5), () => {
      if (!relay.isUp || !this.options.isReachable()) return this.#abandon();
      this.#failures = 0;
      const connection = { link: this, filters: new Map<string, Filter>(), isOpen: true, toRelayAt: 0, toClientAt: 0 };
      this.#connection = { ...connection, authenticatedAt: -Infinity, readAt: -Infinity };
      relay.connections.add(this.#connection);
      if (relay.habits.auth?.strangers === 'find-nothing') this.#challenge(this.#connection);
      if (!this.#handlers.expectsChallenge()) return this.#begin();
      this.#cancelAttempt = process.after(this.options.limits.challengeWaitMs, () => {
        if (!this.#auth.wasChallenged) this.#handlers.challenged(false);
        this.#begin();
      });
    });
  }

  #begin(): void {
    if (this.#state !== LinkState.Connecting || !this.#connection) return;
    this.#cancelAttempt();
    this.#state = LinkState.Open;
    for (const standing of [...this.#standing.values()]) {
      standing.failures = 0;
      this.#ask(standing);
    }
    this.#handlers.stateChanged(LinkState.Open);
  }

  #challenge(connection: Connection): void {
    this.#toClient(connection, () => {
      this.#handlers.challenged(true);
      this.#auth.challenged('challenge');
    });
  }

  /** As strfry, which challenges with a refusal. */
  #refuseStranger(connection: Connection, refused: () => void): void {
    this.#challenge(connection);
    this.#toClient(connection, refused);
  }

  #authenticate({ id, created_at }: NostrEvent): void {
    const connection = this.#connection;
    if (!connection) return;
    const isOpen = () => connection.isOpen;
    this.#toRelay(connection, isOpen, () => {
      const refusal = this.options.relay.authenticate(connection, created_at);
      this.#toClient(connection, () => void this.#auth.answered(id, refusal === undefined, refusal ?? ''));
    });
  }

  #authenticated(isRenewal: boolean): void {
    if (this.#state === LinkState.Connecting) return this.#begin();
    for (const standing of [...this.#standing.values()])
      if (!standing.hasBrought || (isRenewal && !standing.asked)) this.#ask(standing);
    this.#handlers.authenticated(isRenewal);
  }

  #abandon(): void {
    if (this.#state === LinkState.Stopped || this.#state === LinkState.Idle) return;
    const { process, dice } = this.options;
    this.#drop();
    this.#cancelAttempt = process.after(
      fullJitterMs(this.#failures++, 100, 30_000, () => dice.next()),
      () => this.#connect(),
    );
    this.#setState(LinkState.Waiting);
    const lost = [...this.#pending.values()];
    this.#pending.clear();
    for (const settled of lost) settled(Verdict.Lost, '');
  }

  #drop(): void {
    this.#cancelAttempt();
    if (this.#connection) {
      this.#connection.isOpen = false;
      this.options.relay.connections.delete(this.#connection);
    }
    this.#connection = undefined;
    this.#auth.reset();
    for (const standing of this.#standing.values()) {
      standing.cancelTimer();
      standing.asked = false;
    }
  }

  #ask(standing: Standing): void {
    const { process, relay, dice } = this.options;
    const connection = this.#connection;
    standing.cancelTimer();
    if (this.#state !== LinkState.Open || !connection || !process.instant(Operation.Ask)) return;
    standing.asked = true;
    standing.hasBrought = false;
    standing.sentAt = relay.timeline.now;
    const ask = ++standing.asks;
    standing.cancelTimer = process.after(ANSWER_TIMEOUT_MS, () => {
      if (standing.asked) this.#interrupted(standing);
    });
    const isOpen = () => connection.isOpen;
    this.#toRelay(connection, isOpen, () => {
      const isStranger = relay.isStranger(connection);
      if (isStranger && relay.habits.auth?.strangers === 'refused')
        return this.#refuseStranger(connection, () => this.#askLater(standing, ask));
      connection.filters.set(standing.id, standing.filter);
      const askedAt = relay.timeline.now;
      const { events, finish } = relay.answer(standing.filter, isStranger);
      const isSwallowed = dice.chance(relay.mishaps.eoseSwallowed);
      if (isSwallowed) relay.observer.count('fault.eose-swallowed');
      this.#toClient(connection, () => {
        for (const event of events) {
          if (!this.#standing.has(standing.id) || standing.asks !== ask) return;
          standing.hasBrought = true;
          standing.handlers.event(event);
        }
        if (isSwallowed || standing.asks !== ask || !standing.asked || !this.#standing.has(standing.id)) return;
        standing.asked = false;
        standing.cancelTimer();
        if (isBeginning(standing.filter)) connection.readAt = askedAt;
        standing.handlers.eose(finish);
        this.options.answered();
      });
    });
  }

  /** The relay wants to know who asks. */
  #askLater(standing: Standing, ask: number): void {
    if (standing.asks !== ask || !this.#standing.has(standing.id)) return;
    standing.cancelTimer();
    standing.asked = false;
    this.#auth.required(standing.sentAt, (isAccepted) => {
      if (standing.asks !== ask || !this.#standing.has(standing.id)) return;
      if (isAccepted) this.#ask(standing);
      else this.#interrupted(standing, Verdict.AuthRequired, REFUSAL);
    });
  }

  #interrupted(standing: Standing, verdict = Verdict.Unanswered, reason = ''): void {
    const { process, dice } = this.options;
    standing.asked = false;
    standing.failures += 1;
    standing.cancelTimer = process.after(
      fullJitterMs(standing.failures, 500, 60_000, () => dice.next()),
      () => this.#ask(standing),
    );
    standing.handlers.interrupted?.(verdict, reason);
  }

  #toRelay(connection: Connection, isUnderway: () => boolean, act: () => void): void {
    const { timeline } = this.options.relay;
    connection.toRelayAt = this.#arrival(connection.toRelayAt);
    timeline.after(connection.toRelayAt - timeline.now, () => {
      if (isUnderway()) act();
    });
  }

  #toClient(connection: Connection, act: () => void): void {
    const { relay, process, dice } = this.options;
    const isReordered = dice.chance(relay.mishaps.reordered);
    if (isReordered) relay.observer.count('fault.reordered');
    const at = this.#arrival(isReordered ? 0 : connection.toClientAt);
    connection.toClientAt = Math.max(connection.toClientAt, at);
    relay.timeline.after(at - relay.timeline.now, () =>
      process.deliver(() => {
        if (this.#connection !== connection || !process.instant(Operation.Hear)) return;
        this.#handlers.heard?.();
        act();
      }),
    );
  }

  /** In order, unless the relay answers each message in a thread of its own. */
  #arrival(lastAt: number): number {
    const { relay, dice } = this.options;
    return Math.max(lastAt, relay.timeline.now + relay.habits.latencyMs * (0.5 + dice.next()));
  }

  #setState(state: LinkState): void {
    this.#state = state;
    this.#handlers.stateChanged(state);
  }
}

/** Whether it is the first page of a complete read. */
const isBeginning = (filter: Filter): boolean =>
  filter['#d'] === undefined && filter.until === undefined && (filter.limit ?? 0) > defaults.reading.liveLimit;
