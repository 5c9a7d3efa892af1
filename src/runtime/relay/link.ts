/**
 * What the mesh needs of one relay. RelayConnection does it over a WebSocket; a simulation may do it without one. All callbacks come
 * from the link, none after `stop`.
 */
import type { Filter } from '../core/nostr';
import type { NostrEvent } from '../contracts/slot';
import type { AuthClock } from './auth/auth-clock';
import type { Verdict } from './verdict';
import type { ConnectionConfig } from '../core/config';
import type { Clock, Random } from '../core/clock';

export enum LinkState {
  Idle = 'idle',
  Connecting = 'connecting',
  Open = 'open',
  /** The next attempt is scheduled. */
  Waiting = 'waiting',
  Stopped = 'stopped',
}

export interface LinkHandlers {
  /** On Open all standing subscriptions have just been asked for again; on Waiting every publication settles as `Lost` next. */
  stateChanged(state: LinkState): void;
  /**
   * The relay accepted us (NIP-42) on an open link. What was asked for before is asked again by the link, but for subscriptions that had brought an
   * event; questions that were closed are the owner's to repeat. `isRenewal`: a session on this connection had ended.
   */
  authenticated(isRenewal: boolean): void;
  /** The relay did not accept us, and nothing else is tried on this connection. */
  authRefused(verdict: Verdict, reason: string): void;
  /** Whether the relay may begin with a challenge, so that the first question waits for it for a moment. */
  expectsChallenge(): boolean;
  /** There was a challenge; or there was none although the first question has waited for it. */
  challenged(wasChallenged: boolean): void;
  /** The relay has sent what no honest one sends: no frame, or an event that was not asked for. */
  misbehaved?(): void;
  /** The relay has sent more than it may; the link suspends itself. */
  flooded?(): void;
  /** The relay has sent something, whatever it is. */
  heard?(): void;
  /** Whether another relay is connected, so that nothing waits for this one and it is connected to again at leisure. */
  isOtherOpen?(): boolean;
}

export interface SubscriptionHandlers {
  /** A well-formed event that matches the filter. Nothing about it has been authenticated. */
  event(event: NostrEvent): void;
  /** A real EOSE, never a time-out. `finish`: the relay says that there is nothing older. Comes again whenever the link has asked again. */
  eose(finish: boolean): void;
  /** The relay ended or refused the subscription or did not answer in time. The link asks again by itself, after a back-off, until `close`. */
  interrupted?(verdict: Verdict, reason: string): void;
}

export interface Subscription {
  close(): void;
}

export interface RelayLink {
  readonly url: string;
  readonly state: LinkState;
  /** ms between the last question and its answer; null before the first. */
  readonly roundTripMs: number | null;
  /** Bytes that are on their way, as far as is known: events that wait for their OK, and one event of each answer that is coming in. */
  readonly bytesUnderWay: number;
  start(): void;
  /** Closes the socket and every timer, until `start`. Nothing is called back until then; subscriptions stay, publications are forgotten. */
  rest(): void;
  /** Closes the socket and every timer. Nothing is called back afterwards. */
  stop(): void;
  /** The network may have changed: connect now (within the limit of attempts), or find out whether the connection still lives. */
  kick(): void;
  /** Closes the connection, and leaves the relay alone for a while. */
  suspend(): void;
  /** The relay shows less than it did: if it has accepted us (NIP-42), that may have ended without a word, and is begun again. */
  renewSession(): void;
  /** Asks something harmless. */
  ask(): void;
  /** The same; a relay that says nothing in time is connected to anew. */
  probe(): void;
  /** Outlives reconnects. */
  subscribe(filter: Filter, handlers: SubscriptionHandlers): Subscription;
  /**
   * Asks for the ids of all events that match, without the events (NIP-77). Calls back once, with undefined where the relay does not tell; never when
   * the connection ends before. It is what the relay says: nothing has been authenticated. A link need not be able to ask.
   */
  listIds?(filter: Filter, done: (ids: ReadonlySet<string> | undefined) => void): void;
  /**
   * Sends the event in this very tick if the link is open. `settled` is called exactly once unless the returned function cancels it first; it
   * never throws or rejects. An event is not sent again on another connection by itself, because nothing may be sent there before the own slots
   * have been read from it: `Lost` asks the mesh to do so.
   */
  publish(event: NostrEvent, settled: (verdict: Verdict, reason: string) => void): () => void;
}

/** `authClock` is that of all links. */
export type ConnectRelay = (url: string, handlers: LinkHandlers, authClock: AuthClock) => RelayLink;

export interface RelayWire {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: ConnectionConfig;
  isOpen(): boolean;
  send(frame: readonly unknown[]): void;
  /** Something went unanswered: find out whether the relay still lives. */
  probe(): void;
  measured(roundTripMs: number): void;
  /** The relay has sent what no honest one sends. */
  misbehaved(): void;
}
