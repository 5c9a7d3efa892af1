/**
 * The mesh: all relays at once. It reconciles heads: the replica says what the newest version at each address is, the relays' own events say
 * what each of them holds, and what is missing is sent. Nothing unauthenticated enters any state.
 */
import { idOfEvent, verifyCopy } from '../core/nostr';
import type { RelayStatus } from '../core/status';
import type { SyncProblem } from '../core/errors';
import type { SyncConfig } from '../core/config';
import type { RelayProfile } from './relay-profile';
import { Demotion } from './demotion';
import { ClockOffset } from './clock-offset';
import { createAuthClock } from '../relay/auth-clock';
import type { AuthClock } from '../relay/auth-clock';
import { createReadProof } from './read-proof';
import type { ReadProof } from './read-proof';
import { createReadingOrder } from './reading-order';
import type { ReadingOrder } from './reading-order';
import type { SessionContext } from './session/context';
import { EventIntake } from './event-intake';
import { SignatureChecks } from './signature-checks';
import { createUndecryptableEvents } from './undecryptable-events';
import { Verdict } from '../relay/verdict';
import { Reachability } from './reachability';
import { createNetworkWatch } from './network-watch';
import type { NetworkWatch } from './network-watch';
import { RelaySession } from './session/relay-session';
import { RelayPool } from './pool/relay-pool';
import { createRelays } from './pool/relays';
import type { Relays } from './pool/relays';
import { createVisit } from './pool/visit';
import { createVisits } from './pool/visits';
import type { Visits } from './pool/visits';
import type { OfferedHead } from './session/delivery-queue';
import type { RelayInformation } from '../relay/nip11';
import { Tier, type NostrEvent } from '../contracts/slot';
import type { Clock, Random } from '../core/clock';
import type { Head, Mesh, MeshListener, MeshProof, MetDevices, RelayMemory, Undecryptable } from '../contracts/mesh';
import { isNewer } from '../contracts/version-order';
import { durableRelayCount } from '../core/durability';
import type { ConnectRelay } from '../relay/link';

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
  /** Whether id and signature of an event are right; a simulation may trust its own events. */
  readonly isSigned?: (event: NostrEvent) => boolean;
}

export function createMesh(options: MeshOptions): Mesh {
  return new RelayMesh(options);
}

class RelayMesh implements Mesh {
  readonly #options: MeshOptions;
  readonly #known: Relays<RelaySession>;
  readonly #signatures: SignatureChecks;
  readonly #intake: EventIntake;
  readonly #context: SessionContext;
  readonly #undecryptable = createUndecryptableEvents();
  readonly #clockOffset = new ClockOffset();
  readonly #authClock: AuthClock;
  readonly #proof: ReadProof;
  readonly #readingOrder: ReadingOrder;
  readonly #reachability: Reachability;
  readonly #network: NetworkWatch<RelaySession>;
  readonly #pool: RelayPool<RelaySession>;
  readonly #visits: Visits;
  readonly #heads = new Map<string, OfferedHead>();
  readonly #ownAddresses = new Set<string>();
  #givenAddresses: readonly string[] = [];
  #offers = 0;
  #readyCount = 0;
  #openBefore = 0;
  #started = false;
  #stopped = false;

  constructor(options: MeshOptions) {
    const { config, memory, clock, pubkey, listener, random, connect } = options;
    this.#options = options;
    this.#known = createRelays<RelaySession>({ config, clock, memory });
    this.#reachability = new Reachability({
      clock,
      graceMs: config.demotion.graceMs,
      total: config.relays.length,
      changed: () => this.#changed(),
    });
    this.#network = createNetworkWatch({
      ...{ clock, limits: config.connection },
      relays: () => this.#relays,
      isWatched: () => listener.isWatched(),
      changed: () => this.#changed(),
    });
    this.#authClock = createAuthClock({
      now: () => clock.now(),
      learnedOffset: () => this.#clockOffset.offset,
      aheadOf: (relayUrl) => this.#aheadOf(relayUrl),
    });
    this.#proof = createReadProof({
      clock,
      required: durableRelayCount(config.relays.length),
      patienceMs: config.reading.patienceMs,
      relays: () => this.#relays,
      changed: () => {
        if (!this.#stopped) listener.proofChanged();
      },
    });
    this.#readingOrder = createReadingOrder({
      ...{ clock, config: config.reading },
      isNewDevice: () => this.#ownAddresses.size === 0,
    });
    this.#signatures = new SignatureChecks({
      ...{ clock, limits: config.inbound },
      isSigned: options.isSigned ?? verifyCopy,
    });
    this.#intake = new EventIntake({
      kind: config.kind,
      pubkey,
      receive: (event, relayUrl, isSigned) => {
        this.#network.noteActivity();
        return listener.receive(event, relayUrl, isSigned);
      },
      idOf: options.idOf ?? idOfEvent,
      forged: (relayUrl) => this.#misbehaved(relayUrl),
      signatures: this.#signatures,
      undecryptable: ({ id }, relayUrl, refusal) => {
        if (this.#undecryptable.note(id, relayUrl, refusal)) this.#changed();
      },
      remembered: config.reading.rememberedEvents,
    });
    this.#context = {
      config,
      pubkey,
      clock,
      random,
      connect,
      authClock: this.#authClock,
      proof: this.#proof,
      readingOrder: this.#readingOrder,
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
      opened: (profile) => {
        this.#pool.noteReach(profile as RelayProfile<RelaySession>, false);
        this.#askAbout(profile);
      },
      unreachable: (profile) => this.#pool.noteReach(profile as RelayProfile<RelaySession>, true),
      heard: (relay) => this.#network.heard(relay as RelaySession),
      demote: (profile, reason) => this.#demote(profile, reason),
      misbehaved: (relayUrl) => this.#misbehaved(relayUrl),
      clockRefused: (relayUrl, verdict, { version: { createdAt }, own }) => {
        const { newestCreatedAt: newestSeen } = this.#intake;
        const relaysInUse = this.#active.map(({ url }) => url);
        const refused = { createdAt, now: clock.now(), newestSeen, relaysInUse };
        const known = verdict === Verdict.ClockWrong ? this.#directionOf(relayUrl) : verdict;
        if (own && this.#clockOffset.refused(relayUrl, known, refused)) this.#changed();
      },
      clockAccepted: (relayUrl) => this.#clockOffset.accepted(relayUrl),
      othersOpen: (relayUrl) => this.#relays.some(({ url, isOpen }) => url !== relayUrl && isOpen),
      isAtRest: () => this.#relays.every(({ bytesUnderWay }) => bytesUnderWay === 0),
    };
    this.#pool = new RelayPool({
      profiles: this.#known.listed,
      count: config.activeRelays,
      clock,
      use: (profile) => new RelaySession(profile, this.#context),
      chosen: (profile) => this.#visits.leave(profile),
      changed: () => {
        this.#proof.relaysChanged();
        this.#visits.reconsider();
        this.#changed();
      },
    });
    const noteReach = (profile: RelayProfile, isDown: boolean) =>
      this.#pool.noteReach(profile as RelayProfile<RelaySession>, isDown);
    this.#visits = createVisits({
      ...{ clock, random, config: config.visits, noteReach },
      durableOn: durableRelayCount(config.relays.length),
      relays: () => this.#known.all,
      openRelays: () => this.#openCount,
      triedAt: this.#known.triedAt,
      isMissed: (profile) => this.#pool.isMissed(profile as RelayProfile<RelaySession>),
      createVisit: (profile, ended) =>
        createVisit({ ...{ profile, ended, context: this.#context }, reached: () => noteReach(profile, false) }),
      changed: () => this.#changed(),
    });
  }

  start(): void {
    if (this.#started || this.#stopped) return;
    this.#started = true;
    this.#network.start();
    void this.#known.recall().then(() => {
      if (this.#stopped) return;
      this.#pool.start();
      this.#visits.start();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#signatures.stop();
    this.#reachability.stop();
    this.#network.stop();
    this.#proof.stop();
    this.#readingOrder.stop();
    this.#visits.stop();
    this.#pool.stop();
  }

  kick(): void {
    this.#network.noteActivity();
    if (this.#openCount === 0) {
      this.#pool.forgetReach();
      this.#visits.kick();
    }
    for (const relay of this.#relays) relay.kick();
  }

  doubtNetwork(): void {
    if (this.#started && !this.#stopped) this.#network.doubt();
  }

  offer(head: Head): void {
    const { version } = head;
    const { d } = version;
    const known = this.#heads.get(d)?.head;
    if (this.#stopped || (known && isNewer(known.version, version))) return;
    this.#heads.set(d, { head, offered: ++this.#offers });
    if (head.own) {
      this.#ownAddresses.add(d);
      this.#network.noteActivity();
    }
    // Manifests are opened all the same, because they are read for the addresses that they name.
    if (version.nonce !== undefined && version.tier !== Tier.Manifest) this.#intake.know(head.event, version);
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

  noteDevice(deviceId: string, relays: readonly string[], createdAt: number): void {
    this.#known.noteDevice(deviceId, relays, createdAt);
    this.#visits.reconsider();
    this.#changed();
  }

  async readAll(): Promise<void> {
    await Promise.all(this.#relays.map((relay) => new Promise<void>((resolve) => relay.readFully(resolve))));
  }

  async flush(): Promise<void> {
    for (const relay of this.#relays) relay.flush();
  }

  get createdAtOffset(): number {
    return this.#clockOffset.offset;
  }

  get maxEventBytes(): number {
    const { config, clock } = this.#options;
    const durableOn = durableRelayCount(config.relays.length);
    const isUseful = (profile: RelayProfile) => profile.demotion(clock.now()) === undefined && !profile.isDown;
    const useful = this.#active.filter(isUseful);
    const takers = useful.length >= durableOn ? useful : this.#active;
    const sizes = takers.map(({ limits }) => limits.maxEventBytes).sort((a, b) => b - a);
    return sizes[Math.min(durableOn, sizes.length) - 1] ?? config.publishing.maxEventBytes;
  }

  get publishIntervalMs(): number {
    const rates = this.#active.filter(({ relay }) => relay?.ready).map(({ rateLimiter }) => rateLimiter.perSecond);
    rates.sort((a, b) => b - a);
    // The outbox need not wait for relays beyond those that make a write durable.
    const perSecond = rates[durableRelayCount(rates.length) - 1] ?? this.#options.config.publishing.perSecond;
    return 1000 / perSecond;
  }

  get proof(): MeshProof {
    const { read, isAllAnswered, completeness } = this.#proof;
    const inUse = this.#relays.map(({ url }) => url);
    const unread = inUse.filter((url) => !read.has(url));
    const awaited = inUse.filter((url) => (read.has(url) ? !this.#proof.isCompared(url) : !this.#proof.isSilent(url)));
    return { read, isAllAnswered, completeness, unread, awaited };
  }

  get readyRelays(): number {
    return this.#relays.filter((relay) => relay.ready).length;
  }

  get isCutOff(): boolean {
    return this.#network.isCutOff;
  }

  get status(): readonly RelayStatus[] {
    return this.#known.all.map((profile) => profile.status(this.#options.clock.now()));
  }

  get devices(): MetDevices {
    return this.#known.devices;
  }

  get undecryptable(): Undecryptable {
    return this.#undecryptable.all;
  }

  get problems(): readonly SyncProblem[] {
    return [this.#reachability.problem(), this.#clockOffset.problem() ?? this.#authClock.problem()].flatMap(
      (problem) => problem ?? [],
    );
  }

  #askAbout(profile: RelayProfile): void {
    const { fetchInformation, clock } = this.#options;
    if (!fetchInformation || !profile.mayHaveNews(clock.now())) return;
    void fetchInformation(profile.url).then(
      (information) => {
        if (!information || this.#stopped) return;
        if (!profile.inform(information, clock.now())) this.#demote(profile, Demotion.Narrow);
        // It may take what it did not take before.
        void this.flush();
        this.#changed();
      },
      () => {},
    );
  }

  /** What its refusal of an answer to a challenge has taught; a device whose clock is slow is refused events by hardly any relay. */
  #directionOf(relayUrl: string): Verdict {
    return this.#authClock.offsetFor(relayUrl) > 0 ? Verdict.ClockSlow : Verdict.ClockFast;
  }

  #aheadOf(relayUrl: string): number | undefined {
    const aheadMs = this.#known.find(relayUrl)?.information?.clockAheadMs;
    return aheadMs === undefined ? undefined : Math.round(-aheadMs / 1000);
  }

  #demote(profile: RelayProfile, reason: Demotion): void {
    this.#visits.leave(profile);
    this.#pool.demote(profile, reason);
  }

  #misbehaved(relayUrl: string): void {
    const profile = this.#known.find(relayUrl);
    if (this.#stopped || !profile?.misbehaved(this.#options.clock.monotonic())) return;
    this.#signatures.giveUp(relayUrl);
    profile.relay?.suspend();
    this.#demote(profile, Demotion.Forges);
  }

  #changed(): void {
    if (this.#stopped) return;
    const { listener } = this.#options;
    if (this.#readyCount !== this.readyRelays) {
      this.#readyCount = this.readyRelays;
      listener.readyRelaysChanged(this.#readyCount);
    }
    const open = this.#openCount;
    if (this.#started) this.#reachability.count(open);
    if (open !== this.#openBefore) this.#visits.reconsider();
    // One that is lost may be the first of all.
    if (open < this.#openBefore) this.#network.noteActivity();
    this.#openBefore = open;
    listener.statusChanged();
  }

  get #active(): readonly RelayProfile<RelaySession>[] {
    return this.#known.listed.filter(({ relay }) => relay !== undefined);
  }

  get #relays(): readonly RelaySession[] {
    const relays: RelaySession[] = [];
    for (const { relay } of this.#known.listed) if (relay) relays.push(relay);
    return relays;
  }

  get #openCount(): number {
    return this.#relays.filter((relay) => relay.isOpen).length;
  }
}
