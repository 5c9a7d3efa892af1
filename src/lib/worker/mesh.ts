/**
 * The mesh: all relays at once. It reconciles heads: the replica says what the newest version at each address is, the relays' own events say
 * what each of them holds, and what is missing is sent. Nothing unauthenticated enters any state.
 */
import { getEventHash, type UnsignedEvent } from 'nostr-tools/pure';
import { ErrorCode, type RelayStatus, type SyncDocument, type SyncProblem } from '../types';
import type { SyncConfig } from './config';
import { Candidate, type Demotion } from './mesh-candidate';
import { chooseRelays } from './mesh-choice';
import { RelayClock } from './mesh-clock';
import { isNewer } from './mesh-holdings';
import { Intake } from './mesh-intake';
import { MeshRelay, type MeshContext } from './mesh-relay';
import type { OfferedHead } from './mesh-writing';
import type { RelayInformation } from './nip11';
import {
  Tier,
  type Clock,
  type Head,
  type Mesh,
  type MeshListener,
  type NostrEvent,
  type Random,
  type RelayMemory,
  type SlotVersion,
} from './ports';
import type { ConnectRelay } from './relay-link';

export interface MeshOptions {
  readonly config: SyncConfig;
  /** 64 lower-case hex digits. */
  readonly pubkey: string;
  readonly listener: MeshListener;
  readonly memory: RelayMemory;
  readonly clock: Clock;
  readonly random: Random;
  readonly connect: ConnectRelay;
  /** Asks a relay about itself; never rejects. */
  readonly fetchInformation?: (relayUrl: string) => Promise<RelayInformation | undefined>;
  /** The id that an event's contents give; a simulation may trust its own events. */
  readonly idOf?: (event: NostrEvent) => string;
}

/** How many relays must be reachable before nothing is said. */
const enough = 3;
/** Relays that make a write durable; the outbox need not wait for slower ones. */
const durableOn = 2;

export function createMesh(options: MeshOptions): Mesh {
  return new RelayMesh(options);
}

class RelayMesh implements Mesh {
  readonly #options: MeshOptions;
  readonly #candidates: readonly Candidate[];
  readonly #intake: Intake;
  readonly #context: MeshContext;
  readonly #relayClock = new RelayClock();
  readonly #heads = new Map<string, OfferedHead>();
  readonly #ownAddresses = new Set<string>();
  #givenAddresses: readonly string[] = [];
  #offers = 0;
  #readyCount = 0;
  #fewSince: number;
  #started = false;
  #stopped = false;
  #cancelFew: () => void = () => {};
  #cancelReturn: () => void = () => {};
  #cancelChoice: () => void = () => {};

  constructor(options: MeshOptions) {
    const { config, memory, clock, pubkey, listener, random, connect } = options;
    this.#options = options;
    this.#fewSince = clock.now();
    this.#candidates = config.relays.map((url) => new Candidate(url, config, memory, clock.now()));
    this.#intake = new Intake({
      kind: config.kind,
      pubkey,
      receive: (event, relayUrl) => listener.receive(event, relayUrl),
      idOf: options.idOf ?? idOf,
      remembered: config.reading.rememberedEvents,
    });
    this.#context = {
      config,
      pubkey,
      clock,
      random,
      connect,
      intake: this.#intake,
      heads: this.#heads,
      ownAddresses: this.#ownAddresses,
      stored: (relayUrl, versions) => {
        if (!this.#stopped) listener.stored(relayUrl, versions);
      },
      readEnded: (relayUrl, present, complete) => {
        if (!this.#stopped) listener.readEnded(relayUrl, present, complete);
      },
      changed: () => this.#changed(),
      opened: (candidate) => {
        candidate.reached();
        this.#askAbout(candidate);
      },
      demote: (candidate, reason) => this.#demote(candidate, reason),
      clockRefused: (relayUrl, verdict, { version, own }) => {
        const { newestCreatedAt } = this.#intake;
        if (own && this.#relayClock.refused(relayUrl, verdict, version.createdAt, clock.now(), newestCreatedAt))
          this.#changed();
      },
      clockAccepted: (relayUrl) => this.#relayClock.accepted(relayUrl),
      anyOpen: () => this.#openCount > 0,
    };
  }

  start(): void {
    if (this.#started || this.#stopped) return;
    this.#started = true;
    this.#fewSince = this.#options.clock.now();
    void this.#begin();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelFew();
    this.#cancelReturn();
    this.#cancelChoice();
    for (const candidate of this.#candidates) {
      candidate.relay?.stop();
      candidate.relay = undefined;
    }
  }

  kick(): void {
    for (const relay of this.#relays) relay.kick();
  }

  offer(head: Head): void {
    const { d, tier } = head.version;
    const known = this.#heads.get(d)?.head;
    if (this.#stopped || (known && isNewer(known.version, head.version))) return;
    this.#heads.set(d, { head, offered: ++this.#offers });
    if (head.own) this.#ownAddresses.add(d);
    // Manifests are opened like everybody's, because they are read for the addresses that they name.
    if (head.own && tier !== Tier.Manifest) this.#intake.know(head.event, head.version);
    for (const relay of this.#relays) relay.offered(d);
  }

  withdraw(addresses: readonly string[]): void {
    for (const d of addresses) {
      this.#heads.delete(d);
      this.#ownAddresses.delete(d);
      for (const relay of this.#relays) relay.offered(d);
    }
  }

  setOwnAddresses(addresses: readonly string[]): void {
    for (const d of this.#givenAddresses) this.#ownAddresses.delete(d);
    for (const d of addresses) this.#ownAddresses.add(d);
    this.#givenAddresses = addresses;
    for (const relay of this.#relays) relay.ownAddressesChanged();
  }

  storedOn(version: SlotVersion): number {
    return this.#candidates.filter(({ holdings }) => holdings.hasProven(version)).length;
  }

  async readAll(): Promise<void> {
    await Promise.all(this.#relays.map((relay) => new Promise<void>((resolve) => relay.readFully(resolve))));
  }

  async flush(): Promise<void> {
    for (const relay of this.#relays) relay.flush();
  }

  get createdAtOffset(): number {
    return this.#relayClock.offset;
  }

  get maxEventBytes(): number {
    const { maxEventBytes } = this.#options.config.publishing;
    return this.#active.reduce((least, candidate) => Math.min(least, candidate.maxEventBytes), maxEventBytes);
  }

  get publishIntervalMs(): number {
    const rates = this.#active.filter(({ relay }) => relay?.ready).map(({ bucket }) => bucket.perSecond);
    rates.sort((a, b) => b - a);
    const perSecond = rates[Math.min(durableOn, rates.length) - 1] ?? this.#options.config.publishing.perSecond;
    return 1000 / perSecond;
  }

  get readyRelays(): number {
    return this.#relays.filter((relay) => relay.ready).length;
  }

  get status(): readonly RelayStatus[] {
    return this.#candidates.map((candidate) => candidate.status(this.#options.clock.now()));
  }

  get problems(): readonly SyncProblem[] {
    return [this.#tooFew(), this.#relayClock.problem()].flatMap((problem) => problem ?? []);
  }

  async #begin(): Promise<void> {
    const { memory, clock } = this.#options;
    let saved: { readonly [relayUrl: string]: SyncDocument } = {};
    try {
      saved = await memory.load();
    } catch {
      // What was learned of the relays is a convenience: it is learned again.
    }
    if (this.#stopped) return;
    for (const candidate of this.#candidates)
      candidate.recall(Object.hasOwn(saved, candidate.url) ? saved[candidate.url] : undefined, clock.now());
    this.#choose();
    this.#changed();
  }

  /** Puts the best candidates to use. Whoever serves well stays, so that relays do not change places for nothing. */
  #choose(): void {
    const { clock, config } = this.#options;
    const chosen = chooseRelays(this.#candidates, config.activeRelays, clock.now());
    for (const candidate of this.#candidates)
      if (candidate.relay && !chosen.includes(candidate)) {
        candidate.relay.stop();
        candidate.relay = undefined;
      }
    for (const candidate of chosen)
      if (!candidate.relay) {
        candidate.relay = new MeshRelay(candidate, this.#context);
        candidate.relay.start();
      }
    this.#returnWhenForgiven();
  }

  #returnWhenForgiven(): void {
    const { clock } = this.#options;
    this.#cancelReturn();
    const ends = this.#candidates.map(({ demotedUntil }) => demotedUntil).filter((until) => until > clock.now());
    if (ends.length > 0)
      this.#cancelReturn = clock.after(Math.min(...ends) - clock.now() + 1, () => {
        this.#choose();
        this.#changed();
      });
  }

  #demote(candidate: Candidate, reason: Demotion): void {
    const { clock } = this.#options;
    if (this.#stopped || candidate.demotion(clock.now()) !== undefined) return;
    candidate.demote(reason, clock.now());
    // The relay may be in the middle of telling us, so it is not torn down under its own feet.
    this.#cancelChoice();
    this.#cancelChoice = clock.after(0, () => {
      this.#choose();
      this.#changed();
    });
  }

  #askAbout(candidate: Candidate): void {
    const { fetchInformation } = this.#options;
    if (candidate.information || !fetchInformation) return;
    void fetchInformation(candidate.url).then(
      (information) => {
        candidate.information = information;
      },
      () => {},
    );
  }

  #changed(): void {
    if (this.#stopped) return;
    const { listener, clock, config } = this.#options;
    if (this.#readyCount !== this.readyRelays) {
      this.#readyCount = this.readyRelays;
      listener.readyRelaysChanged(this.#readyCount);
    }
    const isFew = this.#openCount < Math.min(enough, this.#candidates.length);
    if (!isFew) this.#fewSince = Infinity;
    else if (this.#fewSince === Infinity) this.#fewSince = clock.now();
    this.#cancelFew();
    // The timer makes a later look at the status find the problem.
    const untilTold = this.#fewSince + config.demotion.graceMs - clock.now();
    if (isFew && untilTold >= 0) this.#cancelFew = clock.after(untilTold + 1, () => this.#changed());
    listener.statusChanged();
  }

  #tooFew(): SyncProblem | undefined {
    const { clock, config } = this.#options;
    if (!this.#started || clock.now() < this.#fewSince + config.demotion.graceMs) return undefined;
    const open = this.#openCount;
    const total = this.#candidates.length;
    if (open >= Math.min(enough, total)) return undefined;
    const [what, effect] =
      open === 0
        ? [`None of ${total} relays can be reached`, 'What is written stays on this device until one can']
        : open < durableOn
          ? [
              `Only one of ${total} relays can be reached`,
              'Sync goes on, but what is written counts as stored only when a second one has it',
            ]
          : [`Only ${open} of ${total} relays can be reached`, 'Sync goes on, with little to spare if one more fails'];
    return {
      code: ErrorCode.RelaysTooFew,
      message: `${what}. ${effect}. Check the connection of this device, or configure other relays.`,
    };
  }

  get #active(): readonly Candidate[] {
    return this.#candidates.filter(({ relay }) => relay !== undefined);
  }

  get #relays(): readonly MeshRelay[] {
    return this.#candidates.flatMap(({ relay }) => relay ?? []);
  }

  get #openCount(): number {
    return this.#relays.filter((relay) => relay.isOpen).length;
  }
}

// getEventHash only reads; its types merely lack `readonly`.
const idOf = (event: NostrEvent): string => getEventHash(event as unknown as UnsignedEvent);
