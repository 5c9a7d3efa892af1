/** One relay in use: its connection, what is read from it and what is written to it. */
import type { Filter } from '../../core/nostr';
import { Demotion, type RelayProfile } from '../relay-profile';
import type { SessionContext } from './context';
import { isSame } from '../../contracts/version-order';
import type { Admitted } from '../event-intake';
import { RelayReader } from './reader';
import { eventBytes, RelayPublisher } from './publisher';
import type { Head } from '../../contracts/mesh';
import type { NostrEvent, SlotVersion } from '../../contracts/slot';
import { isFinal, quoteReason, Verdict } from '../../relay/verdict';
import { LinkState, type RelayLink } from '../../relay/link';
import { RelayQueries } from './queries';

export class RelaySession {
  readonly #profile: RelayProfile;
  readonly #context: SessionContext;
  readonly #link: RelayLink;
  readonly #queries: RelayQueries;
  readonly #reader: RelayReader;
  readonly #publisher: RelayPublisher;
  #isOpen = false;
  #stopped = false;
  #cancelUnreachable: () => void = () => {};

  constructor(profile: RelayProfile, context: SessionContext) {
    this.#profile = profile;
    this.#context = context;
    const { config, clock, random, heads, ownAddresses, intake } = context;
    const { holdings, url } = profile;
    this.#link = context.connect(url, {
      stateChanged: (state) => this.#linkChanged(state),
      misbehaved: () => context.misbehaved(url),
      flooded: () => context.demote(profile, Demotion.Floods),
    });
    this.#queries = new RelayQueries({
      link: this.#link,
      admit: (event, done) => intake.admit(event, url, done),
      tick: () => holdings.tick(),
      triesPerRead: config.reading.triesPerRead,
      concurrent: () => profile.concurrentReads,
      refused: (verdict, reason) => this.#refused(verdict, reason),
    });
    this.#reader = new RelayReader({
      config: config.reading,
      clock,
      random,
      holdings,
      ask: (filter, done) => this.#queries.ask(this.#ours(filter), done),
      pageLimit: () => profile.pageLimit,
      ownAddresses,
      manifests: intake.manifests,
      settled: (addresses, answer) => this.#publisher.settled(addresses, answer),
      mayWriteMore: () => this.#publisher.pump(),
      readyChanged: () => context.changed(),
      readEnded: (present, complete) => this.#readEnded(present, complete),
    });
    this.#publisher = new RelayPublisher({
      link: this.#link,
      publishing: config.publishing,
      reading: config.reading,
      clock,
      random,
      rateLimiter: profile.rateLimiter,
      holdings,
      heads,
      mayWrite: (d) => this.#reader.mayWrite(d),
      mayRepair: () => this.#reader.ready && this.#reader.everRead && !this.#reader.reading,
      fetch: (addresses, done) => this.#reader.fetch(addresses, done),
      maxEventBytes: () => profile.maxEventBytes,
      answered: (verdict, reason, head) => this.#answered(verdict, reason, head),
      stored: (versions) => {
        profile.lastSuccessAt = clock.now();
        context.stored(url, versions);
      },
      recordReadBack: (kept) => {
        if (profile.recordReadBack(kept)) context.demote(profile, Demotion.Lies);
      },
    });
  }

  get linkState(): LinkState {
    return this.#link.state;
  }

  get roundTripMs(): number | null {
    return this.#link.roundTripMs;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get ready(): boolean {
    return this.#reader.ready;
  }

  /** Own slots, or everything, are still being read. */
  get reading(): boolean {
    return this.#reader.reading || !this.#reader.ready;
  }

  start(): void {
    this.#link.subscribe(this.#ours({ limit: this.#context.config.reading.liveLimit }), {
      event: (event) => this.#arrived(event),
      eose: () => {
        this.#profile.lastSuccessAt = this.#context.clock.now();
      },
      interrupted: (verdict, reason) => this.#refused(verdict, reason),
    });
    this.#watchReachability();
    this.#link.start();
  }

  stop(): void {
    this.#stopped = true;
    this.#isOpen = false;
    this.#cancelUnreachable();
    this.#queries.abandon();
    this.#reader.closed();
    this.#publisher.stop();
    this.#link.stop();
  }

  kick(): void {
    this.#link.kick();
    if (this.#isOpen) this.#publisher.retryNow();
  }

  /** Closes the connection, and leaves the relay alone for a while. */
  suspend(): void {
    this.#link.suspend();
  }

  /** The head at this address is new. */
  offered(d: string): void {
    this.#publisher.offered(d);
    if (this.#isOpen && !this.#reader.mayWrite(d)) this.#reader.readOwn();
  }

  ownAddressesChanged(): void {
    this.#reader.readOwn();
  }

  /** Sends what the budget allows. */
  flush(): void {
    if (this.#isOpen) this.#publisher.pump();
  }

  readFully(done: () => void): void {
    this.#reader.readFully(done);
  }

  #linkChanged(state: LinkState): void {
    if (this.#stopped) return;
    const wasOpen = this.#isOpen;
    this.#isOpen = state === LinkState.Open;
    if (this.#isOpen) {
      this.#cancelUnreachable();
      this.#publisher.opened();
      this.#reader.opened();
      this.#context.opened(this.#profile);
    } else if (wasOpen) {
      this.#queries.abandon();
      this.#reader.closed();
      this.#publisher.closed();
      this.#watchReachability();
    }
    this.#context.changed();
  }

  #arrived(event: NostrEvent): void {
    const { intake } = this.#context;
    const { url, holdings } = this.#profile;
    const at = holdings.tick();
    intake.admit(event, url, (slot) => {
      if (!slot || this.#stopped) return;
      holdings.observe(slot, at);
      this.#publisher.seen(slot.d);
    });
  }

  #readEnded(found: ReadonlyMap<string, Admitted>, complete: boolean): void {
    const { clock, readEnded, changed, heads } = this.#context;
    const { holdings, url } = this.#profile;
    const present = new Map<string, SlotVersion>();
    for (const [d, { version }] of found) {
      const head = heads.get(d)?.head;
      // What is being sent at the moment may have been passed on live rather than found stored.
      const isUnderWay = version && head?.own && isSame(head.version, version) && !holdings.hasProven(version);
      if (version && !isUnderWay) present.set(d, version);
    }
    if (complete) {
      this.#profile.lastSuccessAt = clock.now();
      this.#publisher.readEnded();
    }
    readEnded(url, present, complete);
    changed();
  }

  #answered(verdict: Verdict, reason: string, head: Head): void {
    const { url } = this.#profile;
    switch (verdict) {
      case Verdict.Accepted:
        if (head.own) this.#context.clockAccepted(url);
        this.#profile.rateChanged();
        return;
      case Verdict.Duplicate:
      case Verdict.Superseded:
      case Verdict.Unanswered:
      case Verdict.Lost:
        return;
      case Verdict.RateLimited:
        this.#profile.rateChanged();
        break;
      case Verdict.ClockFast:
      case Verdict.ClockSlow:
        this.#context.clockRefused(url, verdict, head);
        break;
      case Verdict.TooLarge:
        if (!this.#profile.refusedSize(eventBytes(head.event))) this.#context.demote(this.#profile, Demotion.Refuses);
        break;
      default:
        break;
    }
    this.#refused(verdict, reason);
  }

  #refused(verdict: Verdict, reason: string): void {
    if (verdict === Verdict.Unanswered || verdict === Verdict.Lost) return;
    this.#profile.lastRefusal = quoteReason(reason) || verdict;
    if (isFinal(verdict)) this.#context.demote(this.#profile, Demotion.Refuses);
    this.#context.changed();
  }

  /** While another relay can be reached, it is not our own network that keeps this one out of reach. */
  #watchReachability(): void {
    const { clock, config, anyOpen, demote } = this.#context;
    this.#cancelUnreachable();
    this.#cancelUnreachable = clock.after(config.demotion.unreachableAfterMs, () => {
      if (anyOpen()) demote(this.#profile, Demotion.Unreachable);
      if (!this.#stopped) this.#watchReachability();
    });
  }

  #ours(filter: Filter): Filter {
    const { config, pubkey } = this.#context;
    return { kinds: [config.kind], authors: [pubkey], ...filter };
  }
}
