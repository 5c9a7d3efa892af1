/** Relays with the habits of real ones (docs/relays.md). */
import type { Filter } from '../src/runtime/core/nostr';
import type { NostrEvent } from '../src/runtime/contracts/slot';
import type { SimulatedLink } from './link';
import type { Dice } from './random';
import type { Timeline } from './timeline';

/** What a relay does for as long as it lives. */
export interface Habits {
  /** Of two versions of one second: the lower id wins, or the first to arrive. */
  readonly tie: 'lowest-id' | 'first';
  /** Answers what it does not keep with `OK true "duplicate:"` instead of a refusal. */
  readonly politeAboutStale: boolean;
  /** Passes on live what it does not keep. */
  readonly echoesStale: boolean;
  /** Events in one answer at most. */
  readonly maxLimit: number;
  /** Refuses what is further ahead or behind, in seconds. */
  readonly aheadSeconds: number;
  readonly behindSeconds: number;
  /** EOSE says when there is nothing older. */
  readonly saysFinish: boolean;
  readonly latencyMs: number;
  /** Demands to know who reads and writes (NIP-42). */
  readonly auth?: AuthHabit;
  /** Takes everything, and shows nothing of it. */
  readonly isSilent: boolean;
}

export interface AuthHabit {
  /** He is refused what he asks and sends; or finds nothing, is told nothing, and was challenged when he came. */
  readonly strangers: 'refused' | 'find-nothing';
  /** How far the answer to a challenge may be dated behind and ahead of the relay's clock. */
  readonly pastSeconds: number;
  readonly aheadSeconds: number;
  /** A session ends after so long. */
  readonly sessionMs: number;
}

/** What goes wrong at a relay for a while. Probabilities. */
export interface Mishaps {
  okButDropped: number;
  okSwallowed: number;
  eoseSwallowed: number;
  liveLost: number;
  liveDoubled: number;
  staleReplay: number;
  refused: number;
  reordered: number;
  forged: number;
}

export const noMishaps = (): Mishaps => ({
  ...{ okButDropped: 0, okSwallowed: 0, eoseSwallowed: 0, liveLost: 0, liveDoubled: 0 },
  ...{ staleReplay: 0, refused: 0, reordered: 0, forged: 0 },
});

export interface RelayObserver {
  /** The relay keeps this version from now on, in place of another or of none. */
  kept(relay: SimulatedRelay, event: NostrEvent): void;
  /** The relay gave this version in answer to a question. */
  served(relay: SimulatedRelay, event: NostrEvent): void;
  /** The relay passes this version on to a live subscription. */
  passedOn?(relay: SimulatedRelay, event: NostrEvent): void;
  count(what: string): void;
}

/** A line between a worker and a relay, as both ends know it. */
export interface Connection {
  readonly link: SimulatedLink;
  readonly filters: Map<string, Filter>;
  isOpen: boolean;
  /** When the relay accepted the client, on the world's time. */
  authenticatedAt: number;
  /** When the relay was asked for the first page of the client's last complete read that it has answered, on the world's time. */
  readAt: number;
  toRelayAt: number;
  toClientAt: number;
}

export class SimulatedRelay {
  readonly events = new Map<string, NostrEvent>();
  /** Since when it holds an event, on the world's time. */
  readonly keptAt = new WeakMap<NostrEvent, number>();
  readonly #past: NostrEvent[] = [];
  readonly connections: Set<Connection> = new Set();
  mishaps = noMishaps();
  isUp = true;
  /** It never comes back. */
  isGone = false;

  constructor(
    readonly url: string,
    readonly habits: Habits,
    readonly timeline: Timeline,
    readonly dice: Dice,
    readonly observer: RelayObserver,
  ) {}

  publish(event: NostrEvent): { readonly accepted: boolean; readonly reason: string } | undefined {
    const { dice, mishaps, habits, observer } = this;
    const ahead = event.created_at - this.timeline.now / 1000;
    if (dice.chance(mishaps.refused)) {
      observer.count('fault.refused');
      const reasons = ['rate-limited: slow down', 'error: could not connect to the database', 'invalid: try again'];
      return { accepted: false, reason: dice.pick(reasons) };
    }
    if (ahead > habits.aheadSeconds) {
      observer.count('fault.clock-fast');
      return { accepted: false, reason: 'invalid: created_at too late' };
    }
    if (ahead < -habits.behindSeconds) {
      observer.count('fault.clock-slow');
      return { accepted: false, reason: 'invalid: created_at too early' };
    }
    if (dice.chance(mishaps.okButDropped)) {
      observer.count('fault.ok-but-dropped');
      if (habits.echoesStale) this.#broadcast(event);
      return { accepted: true, reason: '' };
    }
    const isKept = this.keep(event);
    if (isKept === 'known') return { accepted: true, reason: 'duplicate: have this event' };
    if (isKept === 'stale') {
      observer.count('relay.stale');
      if (habits.echoesStale) this.#broadcast(event);
      return habits.politeAboutStale
        ? { accepted: true, reason: 'duplicate: a newer one is there' }
        : { accepted: false, reason: 'replaced: have newer event' };
    }
    this.#broadcast(event);
    if (dice.chance(mishaps.okSwallowed)) {
      observer.count('fault.ok-swallowed');
      return undefined;
    }
    return { accepted: true, reason: '' };
  }

  isStranger({ authenticatedAt }: Connection): boolean {
    const { auth } = this.habits;
    return auth !== undefined && !(this.timeline.now - authenticatedAt < auth.sessionMs);
  }

  /** Takes the answer to a challenge. Returns why it is refused. */
  authenticate(connection: Connection, createdAt: number): string | undefined {
    const { pastSeconds = Infinity, aheadSeconds = Infinity } = this.habits.auth ?? {};
    const ahead = createdAt - this.timeline.now / 1000;
    if (ahead > aheadSeconds) return 'error: created_at too late';
    if (ahead < -pastSeconds) return 'error: ephemeral event expired';
    this.observer.count('relay.authenticated');
    connection.authenticatedAt = this.timeline.now;
    return undefined;
  }

  /** Keeps the event if it is the newest of its address. */
  keep(event: NostrEvent): 'new' | 'known' | 'stale' {
    const d = addressOf(event);
    const known = this.events.get(d);
    if (known?.id === event.id) return 'known';
    if (known && known.created_at > event.created_at) return 'stale';
    if (known && known.created_at === event.created_at) {
      this.observer.count('relay.tie');
      if (this.habits.tie === 'first' || known.id < event.id) return 'stale';
    }
    if (known) this.#past.push(known);
    if (this.#past.length > 20) this.#past.shift();
    this.events.set(d, event);
    this.keptAt.set(event, this.timeline.now);
    this.observer.kept(this, event);
    return 'new';
  }

  /** @param isStranger whoever asks is not known, or nobody is shown anything */
  answer(filter: Filter, isStranger: boolean): { readonly events: readonly NostrEvent[]; readonly finish: boolean } {
    if (isStranger || this.habits.isSilent) {
      this.observer.count(isStranger ? 'relay.hidden' : 'relay.silent');
      return { events: [], finish: this.habits.saysFinish };
    }
    const addresses = filter['#d'];
    const matching = [...this.events.values()]
      .filter((event) => isOf(filter, event))
      .filter((event) => !addresses || addresses.includes(addressOf(event)))
      .filter((event) => filter.since === undefined || event.created_at >= filter.since)
      .filter((event) => filter.until === undefined || event.created_at <= filter.until)
      .sort((a, b) => b.created_at - a.created_at || (a.id < b.id ? -1 : 1));
    const limit = Math.min(filter.limit ?? Infinity, this.habits.maxLimit);
    const events = matching.slice(0, limit);
    for (const event of events) this.observer.served(this, event);
    return { events, finish: this.habits.saysFinish && matching.length <= limit };
  }

  #broadcast(event: NostrEvent): void {
    const { dice, mishaps, observer } = this;
    if (this.habits.isSilent) return;
    for (const connection of this.connections) {
      if (this.isStranger(connection)) continue;
      for (const [id, filter] of connection.filters) {
        if (filter['#d'] || filter.until !== undefined || !isOf(filter, event)) continue;
        if (dice.chance(mishaps.liveLost)) {
          observer.count('fault.live-lost');
          continue;
        }
        this.#forge(connection, id, event);
        observer.passedOn?.(this, event);
        connection.link.heard(connection, id, event);
        if (dice.chance(mishaps.liveDoubled)) {
          observer.count('fault.live-doubled');
          connection.link.heard(connection, id, event);
        }
        if (this.#past.length > 0 && dice.chance(mishaps.staleReplay)) {
          observer.count('fault.stale-replay');
          connection.link.heard(connection, id, dice.pick(this.#past));
        }
        this.#forge(connection, id, event);
      }
    }
  }

  /** A forgery comes before the genuine event, and after it. */
  #forge(connection: Connection, id: string, event: NostrEvent): void {
    const { dice, mishaps, observer } = this;
    if (!dice.chance(mishaps.forged) || connection.link.forgeries >= MOST_FORGERIES) return;
    observer.count('fault.forged');
    connection.link.forgeries += 1;
    const later = dice.chance(0.5) ? { created_at: event.created_at + 1 } : {};
    connection.link.heard(connection, id, { ...event, sig: 'f'.repeat(128), ...later });
  }

  /** Cuts every connection; new ones are refused while it is down. */
  disconnect(only?: (link: SimulatedLink) => boolean): void {
    for (const { link } of [...this.connections]) if (!only || only(link)) link.cut();
  }
}

/** To one tab. A relay that goes on loses its place for a day (mesh-floods.test.ts), and here every relay is to be healed in the end. */
const MOST_FORGERIES = 15;

const isOf = ({ authors }: Filter, { pubkey }: NostrEvent): boolean => !authors || authors.includes(pubkey);
const addressOf = (event: NostrEvent): string => event.tags[0]![1]!;
