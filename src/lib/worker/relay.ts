/**
 * One connection to one relay, over WebSocket, for as long as its owner wants it. nostr-tools' relay and pool classes lose updates in ways
 * that docs/relays.md lists, so only its pure functions are used here.
 */
import type { Filter } from 'nostr-tools/filter';
import { AttemptWindow, fullJitterMs } from './back-off';
import type { ConnectionConfig } from './config';
import { FrameKind, parseFrame, type Frame } from './frames';
import type { Clock, NostrEvent, Random } from './ports';
import { classifyReason, Verdict } from './reasons';
import { RelayAuth } from './relay-auth';
import {
  LinkState,
  type LinkHandlers,
  type RelayLink,
  type Subscription,
  type SubscriptionHandlers,
} from './relay-link';
import { RelayPublications } from './relay-publications';
import { RelaySubscriptions } from './relay-subscriptions';
import type { RelayWire } from './relay-wire';

/** The part of a WebSocket that is used; browsers' and `ws`'s both fit. */
export interface SocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  send(data: string): void;
  close(): void;
  /** `ws` only: ends a dead connection without the closing handshake. */
  terminate?(): void;
}

export interface RelayOptions {
  readonly url: string;
  readonly createSocket: (url: string) => SocketLike;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: ConnectionConfig;
  /** Signs the answer to a NIP-42 challenge. */
  readonly signAuth: (relayUrl: string, challenge: string) => NostrEvent;
}

/** An id that no event has: the answer to a question for it is only a sign of life. */
const nobody = 'f'.repeat(64);
/** Events may stretch a probe to this many times its time-out. */
const longestProbe = 10;

export class RelayConnection implements RelayLink {
  readonly url: string;
  readonly #options: RelayOptions;
  readonly #handlers: LinkHandlers;
  readonly #attempts: AttemptWindow;
  readonly #auth: RelayAuth;
  readonly #subscriptions: RelaySubscriptions;
  readonly #publications: RelayPublications;
  #state = LinkState.Idle;
  #socket: SocketLike | undefined;
  #failures = 0;
  #heardAt = 0;
  #roundTripMs: number | null = null;
  /** 0: no probe is under way. */
  #probeTimeoutMs = 0;
  #probedAt = 0;
  #cancelAttempt: () => void = () => {};
  #cancelSilence: () => void = () => {};
  #cancelProbe: () => void = () => {};

  constructor(options: RelayOptions, handlers: LinkHandlers) {
    this.url = options.url;
    this.#options = options;
    this.#handlers = handlers;
    const { clock, random, limits, signAuth, url } = options;
    this.#attempts = new AttemptWindow(limits.attemptsPerWindow, limits.attemptWindowMs);
    const wire: RelayWire = {
      clock,
      random,
      limits,
      isOpen: () => this.#state === LinkState.Open,
      send: (frame) => this.#send(frame),
      probe: () => this.probe(),
      measured: (roundTripMs) => (this.#roundTripMs = Math.max(0, roundTripMs)),
    };
    this.#auth = new RelayAuth(wire.send, (challenge) => signAuth(url, challenge), clock, limits.answerTimeoutMs);
    this.#subscriptions = new RelaySubscriptions(wire, this.#auth);
    this.#publications = new RelayPublications(wire, this.#auth);
  }

  get state(): LinkState {
    return this.#state;
  }

  get roundTripMs(): number | null {
    return this.#roundTripMs;
  }

  start(): void {
    if (this.#state === LinkState.Idle) this.#connect();
  }

  stop(): void {
    this.#state = LinkState.Stopped;
    this.#publications.clear();
    this.#dropSocket();
  }

  kick(): void {
    if (this.#state === LinkState.Waiting) this.#connectIn(0);
    if (this.#state !== LinkState.Open) return;
    this.#subscriptions.hurry();
    this.#probe(this.#options.limits.kickProbeTimeoutMs);
  }

  probe(): void {
    if (this.#state === LinkState.Open) this.#probe(this.#options.limits.probeTimeoutMs);
  }

  subscribe(filter: Filter, handlers: SubscriptionHandlers): Subscription {
    return this.#subscriptions.add(filter, handlers);
  }

  publish(event: NostrEvent, settled: (verdict: Verdict, reason: string) => void): () => void {
    return this.#publications.publish(event, settled);
  }

  #connect(): void {
    const { clock, createSocket, limits } = this.#options;
    this.#attempts.attempted(clock.now());
    this.#setState(LinkState.Connecting);
    let socket: SocketLike;
    try {
      socket = createSocket(this.url);
    } catch {
      return this.#abandon();
    }
    this.#socket = socket;
    this.#cancelAttempt = clock.after(limits.connectTimeoutMs, () => this.#abandon());
    const ifCurrent = (act: () => void) => (): void => {
      if (this.#socket === socket) act();
    };
    socket.onopen = ifCurrent(() => this.#opened());
    socket.onmessage = (message: { readonly data: unknown }) => ifCurrent(() => this.#received(message.data))();
    socket.onerror = ifCurrent(() => this.#abandon());
    socket.onclose = ifCurrent(() => this.#abandon());
  }

  #opened(): void {
    this.#cancelAttempt();
    this.#heardAt = this.#options.clock.now();
    this.#state = LinkState.Open;
    this.#subscriptions.resume();
    this.#watchSilence();
    this.#handlers.stateChanged(LinkState.Open);
  }

  /** Gives the socket up and tries again later. Only a real EOSE shows that a relay works, so nothing else makes the delays short again. */
  #abandon(): void {
    if (this.#state === LinkState.Stopped) return;
    const { backOffMinMs, backOffMaxMs } = this.#options.limits;
    this.#dropSocket();
    this.#connectIn(fullJitterMs(this.#failures, backOffMinMs, backOffMaxMs, this.#options.random));
    this.#failures += 1;
    this.#setState(LinkState.Waiting);
    this.#publications.lost();
  }

  #connectIn(delayMs: number): void {
    const { clock } = this.#options;
    this.#cancelAttempt();
    const waitMs = Math.max(delayMs, this.#attempts.waitMs(clock.now()));
    this.#cancelAttempt = clock.after(waitMs, () => this.#connect());
  }

  /** Forgets the socket at once: a closing handshake with a dead peer takes up to a minute. */
  #dropSocket(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#cancelAttempt();
    this.#cancelSilence();
    this.#cancelProbe();
    this.#probeTimeoutMs = 0;
    this.#subscriptions.pause();
    this.#auth.reset();
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    // `ws` throws what nobody listens to.
    socket.onerror = () => {};
    try {
      socket.close();
      socket.terminate?.();
    } catch {
      // A socket that cannot even be closed is as gone as one can be.
    }
  }

  #send(frame: readonly unknown[]): void {
    try {
      this.#socket?.send(JSON.stringify(frame));
    } catch {
      this.#abandon();
    }
  }

  #received(data: unknown): void {
    this.#heardAt = this.#options.clock.now();
    const frame = parseFrame(data, this.#options.limits.maxFrameBytes);
    this.#signOfLife(frame?.kind === FrameKind.Event);
    if (frame) this.#dispatch(frame);
  }

  /**
   * Any answer ends a probe. An event is only half a sign: it may be a live one on a line that carries nothing the other way, or a part of
   * the long answer in front of the one to the probe; so it buys time, but not for ever.
   */
  #signOfLife(onlyEvent: boolean): void {
    if (this.#probeTimeoutMs === 0) return;
    if (onlyEvent && this.#heardAt - this.#probedAt > longestProbe * this.#probeTimeoutMs) return;
    this.#cancelProbe();
    if (onlyEvent) this.#cancelProbe = this.#options.clock.after(this.#probeTimeoutMs, () => this.#abandon());
    else this.#probeTimeoutMs = 0;
  }

  #dispatch(frame: Frame): void {
    switch (frame.kind) {
      case FrameKind.Event:
        return this.#subscriptions.event(frame.subscriptionId, frame.event);
      case FrameKind.Eose:
        if (this.#subscriptions.eose(frame.subscriptionId, frame.finish)) this.#failures = 0;
        return;
      case FrameKind.Ok:
        if (!this.#auth.answered(frame.eventId, frame.accepted))
          this.#publications.ok(frame.eventId, frame.accepted, frame.reason);
        return;
      case FrameKind.Closed:
        return this.#subscriptions.closed(frame.subscriptionId, classifyReason(frame.reason), frame.reason);
      case FrameKind.Notice: {
        const verdict = classifyReason(frame.reason);
        if (verdict === Verdict.RateLimited) this.#subscriptions.refusedUnnamed(verdict, frame.reason);
        return;
      }
      case FrameKind.Auth:
        return this.#auth.challenged(frame.challenge);
      default:
        return neverHappens(frame);
    }
  }

  /** A half-open connection says nothing and reports nothing: after a silence it has to answer a question. */
  #watchSilence(): void {
    const { clock, limits } = this.#options;
    const quietMs = Math.max(0, clock.now() - this.#heardAt);
    this.#cancelSilence = clock.after(Math.max(1000, limits.silenceMs - quietMs), () => {
      if (clock.now() - this.#heardAt >= limits.silenceMs) this.probe();
      this.#watchSilence();
    });
  }

  #probe(timeoutMs: number): void {
    const { clock } = this.#options;
    if (this.#probeTimeoutMs !== 0 && this.#probeTimeoutMs <= timeoutMs) return;
    this.#cancelProbe();
    this.#probeTimeoutMs = timeoutMs;
    this.#probedAt = clock.now();
    this.#cancelProbe = clock.after(timeoutMs, () => this.#abandon());
    // The same id each time replaces the subscription of the last probe, so none needs to be closed.
    this.#send(['REQ', 'probe', { ids: [nobody], limit: 1 }]);
  }

  #setState(state: LinkState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#handlers.stateChanged(state);
  }
}

function neverHappens(_frame: never): void {}
