/**
 * One connection to one relay, over WebSocket, for as long as its owner wants it. nostr-tools' relay and pool classes lose updates in ways
 * that docs/relays.md lists, so only its pure functions are used here.
 */
import type { Filter } from '../core/nostr';
import type { ConnectionConfig, InboundConfig } from '../core/config';
import { FrameKind, parseFrame, type Frame } from './frames';
import { InboundBudget, Ruling } from './inbound-budget';
import type { Clock, Random } from '../core/clock';
import type { NostrEvent } from '../contracts/slot';
import { classifyReason, isComplaint, Verdict } from './verdict';
import { RelayAuth } from './auth/auth';
import type { SignAuth } from './auth/auth';
import type { AuthClock } from './auth/auth-clock';
import { LinkState, type LinkHandlers, type RelayLink, type Subscription, type SubscriptionHandlers } from './link';
import { createIdLists } from './id-lists';
import type { IdLists } from './id-lists';
import { RelayLiveness } from './liveness';
import { RelayPublications } from './publications';
import { createRedial } from './redial';
import type { Redial } from './redial';
import { RelaySubscriptions } from './subscriptions';
import type { RelayWire } from './link';
import type { SocketLike } from './socket';

export interface RelayConnectionOptions {
  readonly url: string;
  readonly createSocket: (url: string) => SocketLike;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: ConnectionConfig;
  readonly inbound: InboundConfig;
  /** Signs the answer to a NIP-42 challenge. */
  readonly signAuth: SignAuth;
  readonly authClock: AuthClock;
}

/** The close code of a WebSocket for a message that is too big (RFC 6455, section 7.4.1). */
const MESSAGE_TOO_BIG = 1009;
/** An id that no event has: a REQ for it only shows that the relay answers. */
const NEVER_MATCHING_ID = 'f'.repeat(64);

export class RelayConnection implements RelayLink {
  readonly url: string;
  readonly #options: RelayConnectionOptions;
  readonly #handlers: LinkHandlers;
  readonly #redial: Redial;
  readonly #budget: InboundBudget;
  readonly #auth: RelayAuth;
  readonly #liveness: RelayLiveness;
  readonly #subscriptions: RelaySubscriptions;
  readonly #publications: RelayPublications;
  readonly #idLists: IdLists;
  #state = LinkState.Idle;
  #socket: SocketLike | undefined;
  #roundTripMs: number | null = null;
  #cancelAttempt: () => void = () => {};

  constructor(options: RelayConnectionOptions, handlers: LinkHandlers) {
    this.url = options.url;
    this.#options = options;
    this.#handlers = handlers;
    const { clock, random, limits, inbound, signAuth, authClock, url } = options;
    this.#budget = new InboundBudget(inbound, limits.maxFrameBytes, () => clock.monotonic());
    const isOtherOpen = () => handlers.isOtherOpen?.() ?? false;
    this.#redial = createRedial({ clock, random, limits, isOtherOpen });
    const wire: RelayWire = {
      clock,
      random,
      limits,
      isOpen: () => this.#state === LinkState.Open,
      send: (frame) => this.#send(frame),
      probe: () => this.probe(),
      misbehaved: () => this.#handlers.misbehaved?.(),
      measured: (roundTripMs) => (this.#roundTripMs = Math.max(0, roundTripMs)),
    };
    this.#liveness = new RelayLiveness({
      clock,
      limits,
      ask: () => this.ask(),
      dead: () => this.#abandon(),
    });
    this.#auth = new RelayAuth({
      ...{ clock, random, limits, authClock, url, sign: signAuth, send: wire.send },
      connectedUrl: () => this.#socket?.url,
      accepted: (isRenewal) => this.#authenticated(isRenewal),
      refused: (verdict, reason) => {
        this.#begin();
        handlers.authRefused(verdict, reason);
      },
    });
    this.#subscriptions = new RelaySubscriptions(wire, this.#auth);
    this.#publications = new RelayPublications(wire, this.#auth);
    this.#idLists = createIdLists(wire);
  }

  get state(): LinkState {
    return this.#state;
  }

  get roundTripMs(): number | null {
    return this.#roundTripMs;
  }

  get bytesUnderWay(): number {
    return this.#publications.bytes + this.#subscriptions.receiving * this.#options.inbound.askedEventBytes;
  }

  start(): void {
    if (this.#state !== LinkState.Idle) return;
    const waitMs = this.#redial.begun();
    if (waitMs === 0) return this.#connect();
    this.#connectIn(waitMs);
    this.#setState(LinkState.Waiting);
  }

  rest(): void {
    this.#end(LinkState.Idle);
  }

  stop(): void {
    this.#end(LinkState.Stopped);
  }

  kick(): void {
    if (this.#state === LinkState.Waiting) this.#connectIn(this.#redial.kicked());
    if (this.#state !== LinkState.Open) return;
    this.#subscriptions.retryNow();
    this.#liveness.probe(this.#options.limits.kickProbeTimeoutMs);
  }

  suspend(): void {
    if (this.#state === LinkState.Stopped) return;
    this.#redial.suspend(this.#options.inbound.suspendedMs);
    this.#abandon();
  }

  renewSession(): void {
    if (this.#state === LinkState.Open) this.#auth.renew();
  }

  ask(): void {
    // The same id each time replaces the last such subscription, so none needs to be closed.
    if (this.#state === LinkState.Open) this.#send(['REQ', 'probe', { ids: [NEVER_MATCHING_ID], limit: 1 }]);
  }

  probe(): void {
    if (this.#state === LinkState.Open) this.#liveness.probe(this.#options.limits.probeTimeoutMs);
  }

  subscribe(filter: Filter, handlers: SubscriptionHandlers): Subscription {
    return this.#subscriptions.add(filter, handlers);
  }

  listIds(filter: Filter, done: (ids: ReadonlySet<string> | undefined) => void): void {
    this.#idLists.ask(filter, done);
  }

  publish(event: NostrEvent, settled: (verdict: Verdict, reason: string) => void): () => void {
    return this.#publications.publish(event, settled);
  }

  #connect(): void {
    const { clock, createSocket, limits } = this.#options;
    this.#redial.attempted();
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
    socket.onclose = (close: { readonly code?: number }) => ifCurrent(() => this.#abandon(close.code))();
  }

  #opened(): void {
    const { clock, limits } = this.#options;
    this.#cancelAttempt();
    this.#budget.reconnected();
    this.#liveness.opened();
    if (!this.#handlers.expectsChallenge()) return this.#begin();
    // What is asked before the answer to a challenge would be asked twice.
    this.#cancelAttempt = clock.after(limits.challengeWaitMs, () => {
      if (!this.#auth.wasChallenged) this.#handlers.challenged(false);
      this.#begin();
    });
  }

  /** Asks for everything. Happens once on each connection. */
  #begin(): void {
    if (this.#state !== LinkState.Connecting || !this.#socket) return;
    this.#cancelAttempt();
    this.#state = LinkState.Open;
    this.#subscriptions.resume();
    // Sending may have shown that the socket is none.
    if (this.#socket) this.#handlers.stateChanged(LinkState.Open);
  }

  #authenticated(isRenewal: boolean): void {
    if (this.#state === LinkState.Connecting) return this.#begin();
    this.#subscriptions.askAgain(isRenewal);
    this.#handlers.authenticated(isRenewal);
  }

  #end(state: LinkState.Idle | LinkState.Stopped): void {
    this.#state = state;
    this.#publications.clear();
    this.#dropSocket();
  }

  /** Gives the socket up and tries again later. */
  #abandon(closeCode?: number): void {
    if (this.#state === LinkState.Stopped || this.#state === LinkState.Idle) return;
    this.#dropSocket();
    this.#connectIn(this.#redial.failed());
    this.#setState(LinkState.Waiting);
    if (closeCode === MESSAGE_TOO_BIG) this.#publications.refusedUnnamedSize('message too big (1009)');
    this.#publications.lost();
  }

  #connectIn(delayMs: number): void {
    this.#cancelAttempt();
    this.#cancelAttempt = this.#options.clock.after(delayMs, () => this.#connect());
  }

  /** Forgets the socket at once: a closing handshake with a dead peer takes up to a minute. */
  #dropSocket(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#cancelAttempt();
    this.#liveness.closed();
    this.#subscriptions.pause();
    this.#idLists.reset();
    this.#auth.reset();
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    // `ws` throws an error that has no listener.
    socket.onerror = () => {};
    try {
      socket.close();
      socket.terminate?.();
    } catch {
      // A socket that cannot even be closed is not used any more either.
    }
  }

  #send(frame: readonly unknown[]): void {
    this.#budget.sent(frame);
    try {
      this.#socket?.send(JSON.stringify(frame));
    } catch {
      this.#abandon();
    }
  }

  #received(data: unknown): void {
    this.#handlers.heard?.();
    const ruling = this.#budget.rule(data);
    if (ruling === Ruling.Flood) {
      this.#handlers.flooded?.();
      return this.suspend();
    }
    const frame = ruling === Ruling.Read ? parseFrame(data, this.#options.limits.maxFrameBytes) : undefined;
    // What is not even read may be the end of a long answer, and is none to a probe.
    this.#liveness.heard(ruling === Ruling.Drop || frame?.kind === FrameKind.Event);
    if (frame) this.#dispatch(frame);
    else if (ruling === Ruling.Read) this.#handlers.misbehaved?.();
  }

  #dispatch(frame: Frame): void {
    switch (frame.kind) {
      case FrameKind.Event:
        return this.#subscriptions.event(frame.subscriptionId, frame.event);
      case FrameKind.Eose:
        if (this.#subscriptions.eose(frame.subscriptionId, frame.finish)) this.#redial.answered();
        return;
      case FrameKind.Ok:
        if (!this.#auth.answered(frame.eventId, frame.accepted, frame.reason))
          this.#publications.ok(frame.eventId, frame.accepted, frame.reason);
        return;
      case FrameKind.Closed:
        return this.#subscriptions.closed(frame.subscriptionId, classifyReason(frame.reason), frame.reason);
      case FrameKind.Notice:
        if (isComplaint(frame.reason)) this.#refusedUnnamed(classifyReason(frame.reason), frame.reason);
        return;
      case FrameKind.Auth:
        this.#handlers.challenged(true);
        return this.#auth.challenged(frame.challenge);
      case FrameKind.NegMessage:
        return this.#idLists.message(frame.subscriptionId, frame.message);
      case FrameKind.NegError:
        return this.#idLists.refused(frame.subscriptionId);
      case FrameKind.Other:
        return;
      default:
        return neverHappens(frame);
    }
  }

  #refusedUnnamed(verdict: Verdict, reason: string): void {
    if (this.#idLists.refusedUnnamed(reason)) return;
    if (verdict === Verdict.TooLarge && this.#publications.refusedUnnamedSize(reason)) return;
    this.#subscriptions.refusedUnnamed(verdict, reason);
  }

  #setState(state: LinkState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#handlers.stateChanged(state);
  }
}

function neverHappens(_frame: never): void {}
