/**
 * The mesh: all relays at once. It reconciles heads: the replica says what the newest version at each address is, the relays' own events say
 * what each of them holds, and what is missing is sent. Nothing unauthenticated enters any state.
 */
import { idOfEvent, verifyCopy } from '../core/nostr';
import { ReadCompleteness, type RelayStatus } from '../core/status';
import type { SyncProblem } from '../core/errors';
import { createHeads } from './heads';
import type { MeshOptions } from './mesh-options';
import type { RelayProfile } from './relay-profile';
import { Demotion } from './pool/demotion';
import { createMeshClock } from './mesh-clock';
import type { MeshClock } from './mesh-clock';
import { createReadProof } from './read-proof';
import type { ReadProof } from './read-proof';
import { createReadingOrder } from './session/reading/reading-order';
import type { ReadingOrder } from './session/reading/reading-order';
import type { SessionContext } from './session/context';
import { EventIntake } from './event-intake';
import { SignatureChecks } from './signature-checks';
import { createUndecryptableEvents } from './undecryptable-events';
import { Reachability } from './reachability';
import { createNetworkWatch } from './network-watch';
import type { NetworkWatch } from './network-watch';
import { RelaySession } from './session/relay-session';
import { RelayPool } from './pool/relay-pool';
import { createRelays } from './pool/relays';
import type { Relays } from './pool/relays';
import { largestEventBytes, publishIntervalMs } from './pool/takers';
import { createVisit } from './pool/visit';
import { createVisits } from './pool/visits';
import type { Visits } from './pool/visits';
import { Tier } from '../contracts/slot';
import type { Head, Mesh, MeshProof, MetDevices, Undecryptable } from '../contracts/mesh';
import { durableRelayCount } from '../core/durability';

export type { MeshOptions } from './mesh-options';

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
  readonly #clock: MeshClock;
  readonly #proof: ReadProof;
  readonly #readingOrder: ReadingOrder;
  readonly #reachability: Reachability;
  readonly #network: NetworkWatch<RelaySession>;
  readonly #pool: RelayPool<RelaySession>;
  readonly #visits: Visits;
  readonly #heads = createHeads();
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
    this.#clock = createMeshClock({
      clock,
      aheadOf: (relayUrl) => this.#known.find(relayUrl)?.information?.clockAheadMs,
      newestSeen: () => this.#intake.newestCreatedAt,
      relaysInUse: () => this.#active.map(({ url }) => url),
      changed: () => this.#changed(),
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
      isNewDevice: () => this.#heads.ownAddresses.size === 0,
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
      authClock: this.#clock.authClock,
      proof: this.#proof,
      readingOrder: this.#readingOrder,
      intake: this.#intake,
      heads: this.#heads.byAddress,
      ownAddresses: this.#heads.ownAddresses,
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
      clockRefused: this.#clock.refused,
      clockAccepted: this.#clock.accepted,
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
      isAllRead: () => this.#proof.completeness === ReadCompleteness.Complete,
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
    if (this.#stopped || !this.#heads.offer(head)) return;
    const { version } = head;
    if (head.own) this.#network.noteActivity();
    // Manifests are opened all the same, because they are read for the addresses that they name.
    if (version.nonce !== undefined && version.tier !== Tier.Manifest) this.#intake.know(head.event, version);
    for (const relay of this.#relays) relay.offered(version.d);
  }

  withdraw(addresses: readonly string[]): void {
    for (const d of addresses) {
      this.#heads.withdraw(d);
      for (const relay of this.#relays) relay.offered(d);
    }
  }

  setOwnAddresses(addresses: readonly string[]): void {
    this.#heads.setOwnAddresses(addresses);
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
    return this.#clock.offset;
  }

  get maxEventBytes(): number {
    const { config, clock } = this.#options;
    const { publishing, relays } = config;
    return largestEventBytes(this.#active, { listed: relays.length, now: clock.now(), publishing });
  }

  get publishIntervalMs(): number {
    const ready = this.#active.filter(({ relay }) => relay?.ready);
    return publishIntervalMs(ready, this.#options.config.publishing);
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
    return [this.#reachability.problem(), this.#clock.problem()].flatMap((problem) => problem ?? []);
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
