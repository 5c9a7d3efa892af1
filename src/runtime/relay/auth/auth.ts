/**
 * NIP-42 on one connection: every challenge is answered when it comes, and again when the relay has ended the session. What the relay says of the time of
 * an answer goes to the `AuthClock`, which says at what time the next one is tried.
 */
import { fullJitterMs } from '../../core/backoff';
import type { ConnectionConfig } from '../../core/config';
import type { Clock, Random } from '../../core/clock';
import type { NostrEvent } from '../../core/nostr';
import type { AuthClock } from './auth-clock';
import type { Verdict } from '../verdict';
import { classifyOk } from '../verdict';

/** Signs a kind 22242 event for the relay at this URL. `createdAt` is in seconds. */
export type SignAuth = (relayUrl: string, challenge: string, createdAt: number) => NostrEvent;

export interface RelayAuthOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: ConnectionConfig;
  readonly authClock: AuthClock;
  /** The relay as it is configured: what the answer is signed for first. */
  readonly url: string;
  /**
   * As the socket names it. The answer is signed for these two and for nothing that a relay asks for: it would be valid at the other relay, for
   * whoever holds it.
   */
  readonly connectedUrl: () => string | undefined;
  readonly sign: SignAuth;
  readonly send: (frame: readonly unknown[]) => void;
  /** The relay accepted us. `isRenewal`: not for the first time on this connection. */
  readonly accepted: (isRenewal: boolean) => void;
  /** It did not, and no other answer is to be tried. */
  readonly refused: (verdict: Verdict, reason: string) => void;
}

enum AuthState {
  /** There has been no challenge. */
  Unasked = 'unasked',
  /** An answer is on its way, or the next one has to wait. */
  Answering = 'answering',
  Accepted = 'accepted',
  Refused = 'refused',
}

interface SentAnswer {
  readonly challenge: string;
  readonly id: string;
  /** Seconds that were added to the wall clock. */
  readonly offset: number;
  readonly url: string;
}

type Done = (authenticated: boolean) => void;

/** Between the answers to two challenges. */
const CHALLENGE_INTERVAL_MS = 1_000;

/** A session that ends sooner than this after it was begun is renewed after a back-off. */
const SHORT_SESSION_MS = 10_000;

/** A relay that goes on asking who we are, after it has accepted us so often, refuses what was asked of it. */
export const MOST_AUTH_DEMANDS = 4;

export class RelayAuth {
  readonly #options: RelayAuthOptions;
  #state = AuthState.Unasked;
  #challenge: string | undefined;
  #sent: SentAnswer | undefined;
  #isForConnectedUrl = false;
  #signedAt = 0;
  /** When the last challenge was answered, monotonic ms. */
  #answeredAt = -Infinity;
  #acceptedAt = -Infinity;
  #wasAccepted = false;
  #shortSessions = 0;
  #waiting: Done[] = [];
  #cancelTimer: () => void = () => {};

  constructor(options: RelayAuthOptions) {
    this.#options = options;
  }

  /** On this connection. */
  get wasChallenged(): boolean {
    return this.#challenge !== undefined;
  }

  /** A new connection knows no challenge. */
  reset(): void {
    this.#cancelTimer();
    this.#state = AuthState.Unasked;
    this.#challenge = this.#sent = undefined;
    this.#isForConnectedUrl = this.#wasAccepted = false;
    this.#acceptedAt = this.#answeredAt = -Infinity;
    this.#shortSessions = 0;
    this.#waiting = [];
  }

  challenged(challenge: string): void {
    // Some relays repeat it with each refusal.
    if (challenge === this.#challenge && this.#state !== AuthState.Unasked) return;
    this.#challenge = challenge;
    // Whoever challenges again and again is answered at a walking pace.
    const waitMs = this.#answeredAt + CHALLENGE_INTERVAL_MS - this.#options.clock.monotonic();
    if (waitMs <= 0) return this.#answer();
    if (this.#state === AuthState.Answering) return;
    this.#state = AuthState.Answering;
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(waitMs, () => this.#answer());
  }

  /**
   * Something that was sent at `sentAt` (monotonic ms) was refused because the relay wants to know who we are. Calls back when it may be sent again, or
   * with false when there is no use in that on this connection. The challenge may come after the refusal.
   */
  required(sentAt: number, done: Done): void {
    const { clock, random, limits } = this.#options;
    switch (this.#state) {
      case AuthState.Refused:
        return done(false);
      case AuthState.Accepted: {
        if (sentAt < this.#acceptedAt) return done(true);
        this.#waiting.push(done);
        const isShort = clock.monotonic() - this.#acceptedAt < SHORT_SESSION_MS;
        this.#shortSessions = isShort ? this.#shortSessions + 1 : 0;
        this.#state = AuthState.Answering;
        if (this.#shortSessions === 0) return this.#answer();
        const { resubscribeMinMs, resubscribeMaxMs } = limits;
        const delayMs = fullJitterMs(this.#shortSessions, resubscribeMinMs, resubscribeMaxMs, random);
        this.#cancelTimer = clock.after(delayMs, () => this.#answer());
        return;
      }
      case AuthState.Answering:
        this.#waiting.push(done);
        return;
      case AuthState.Unasked:
        this.#waiting.push(done);
        if (this.#waiting.length === 1) this.#cancelTimer = clock.after(limits.answerTimeoutMs, () => this.#end(false));
        return;
      default:
        return this.#state satisfies never;
    }
  }

  /** The relay seems to have forgotten who we are, without a word: tells it again, where it has accepted that before. */
  renew(): void {
    const isLongAgo = this.#options.clock.monotonic() - this.#acceptedAt >= SHORT_SESSION_MS;
    if (this.#state === AuthState.Accepted && isLongAgo) this.#answer();
  }

  /** Takes the relay's OK if it is one for our answer. */
  answered(eventId: string, isAccepted: boolean, reason: string): boolean {
    const { authClock, url } = this.#options;
    const sent = this.#sent;
    if (eventId !== sent?.id) return false;
    this.#sent = undefined;
    if (!isAccepted && !isAlready(reason)) this.#refused(sent, reason);
    else {
      authClock.accepted(url, sent.offset);
      this.#begin();
    }
    return true;
  }

  #answer(): void {
    const { authClock, clock, connectedUrl, limits, send, sign, url } = this.#options;
    this.#cancelTimer();
    if (this.#challenge === undefined) return;
    this.#state = AuthState.Answering;
    const wallSeconds = Math.floor(clock.now() / 1000);
    // Never the same event twice: nostream refuses an answer that it has seen.
    this.#signedAt = Math.max(
      wallSeconds + authClock.offsetFor(url),
      this.#wasAccepted ? this.#signedAt + 1 : -Infinity,
    );
    const signedFor = (this.#isForConnectedUrl && connectedUrl()) || url;
    let event: NostrEvent;
    try {
      event = sign(signedFor, this.#challenge, this.#signedAt);
    } catch {
      // Without a signature it is as if the relay had not accepted us.
      return this.#end(false);
    }
    this.#answeredAt = clock.monotonic();
    this.#sent = { challenge: this.#challenge, id: event.id, offset: this.#signedAt - wallSeconds, url: signedFor };
    // Some relays accept without a word: what was refused is sent again, and refused again if they did not.
    this.#cancelTimer = clock.after(limits.answerTimeoutMs, () => this.#begin());
    send(['AUTH', event]);
  }

  #begin(): void {
    const isRenewal = this.#wasAccepted;
    this.#wasAccepted = true;
    this.#acceptedAt = this.#options.clock.monotonic();
    this.#end(true);
    this.#options.accepted(isRenewal);
  }

  #refused({ challenge, offset, url: signedFor }: SentAnswer, reason: string): void {
    // The relay has another challenge by now.
    if (challenge !== this.#challenge) return this.#answer();
    const { authClock, connectedUrl, refused, url } = this.#options;
    const verdict = classifyOk(false, reason);
    const other = connectedUrl();
    if (isAboutUrl(reason) && signedFor === url && other !== undefined && other !== url) {
      this.#isForConnectedUrl = true;
      return this.#answer();
    }
    if (authClock.refused(url, offset, verdict, reason)) return this.#answer();
    this.#end(false);
    refused(verdict, reason);
  }

  #end(authenticated: boolean): void {
    this.#cancelTimer();
    this.#state = authenticated ? AuthState.Accepted : AuthState.Refused;
    for (const done of this.#waiting.splice(0)) done(authenticated);
  }
}

/** strfry: `error: incorrect or missing relay tag`; nostream: `invalid: relay url does not match`. */
const isAboutUrl = (reason: string): boolean => /\burl\b|relay tag|domain|host/i.test(reason);

/** strfry refuses a second answer on a connection with `error: already authenticated`. */
const isAlready = (reason: string): boolean => /already auth/i.test(reason);
