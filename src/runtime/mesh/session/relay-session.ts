/** One relay in use: its connection, what is read from it and what is written to it. */
import type { Filter } from '../../core/nostr';
import { Demotion, type Candidate } from '../relay-profile';
import type { MeshContext } from './context';
import { isSame } from '../../contracts/version-order';
import type { Admitted } from '../event-intake';
import { RelayReading } from './reader';
import { eventBytes, RelayWriting } from './publisher';
import type { Head } from '../../contracts/mesh';
import type { NostrEvent, SlotVersion } from '../../contracts/slot';
import { isFinal, quoteReason, Verdict } from '../../relay/verdict';
import { LinkState, type RelayLink } from '../../relay/link';
import { RelayQueries } from './queries';

export class MeshRelay {
  readonly #candidate: Candidate;
  readonly #context: MeshContext;
  readonly #link: RelayLink;
  readonly #queries: RelayQueries;
  readonly #reading: RelayReading;
  readonly #writing: RelayWriting;
  #isOpen = false;
  #stopped = false;
  #cancelUnreachable: () => void = () => {};

  constructor(candidate: Candidate, context: MeshContext) {
    this.#candidate = candidate;
    this.#context = context;
    const { config, clock, random, heads, ownAddresses, intake } = context;
    const { holdings, url } = candidate;
    this.#link = context.connect(url, { stateChanged: (state) => this.#linkChanged(state) });
    this.#queries = new RelayQueries({
      link: this.#link,
      admit: (event, done) => intake.admit(event, url, done),
      tick: () => holdings.tick(),
      triesPerRead: config.reading.triesPerRead,
      concurrent: () => candidate.concurrentReads,
      refused: (verdict, reason) => this.#refused(verdict, reason),
    });
    this.#reading = new RelayReading({
      config: config.reading,
      clock,
      random,
      holdings,
      ask: (filter, done) => this.#queries.ask(this.#ours(filter), done),
      pageLimit: () => candidate.pageLimit,
      ownAddresses,
      manifests: intake.manifests,
      settled: (addresses, answer) => this.#writing.settled(addresses, answer),
      mayWriteMore: () => this.#writing.pump(),
      readyChanged: () => context.changed(),
      readEnded: (present, complete) => this.#readEnded(present, complete),
    });
    this.#writing = new RelayWriting({
      link: this.#link,
      publishing: config.publishing,
      reading: config.reading,
      clock,
      random,
      bucket: candidate.bucket,
      holdings,
      heads,
      mayWrite: (d) => this.#reading.mayWrite(d),
      mayRepair: () => this.#reading.ready && this.#reading.everRead && !this.#reading.reading,
      fetch: (addresses, done) => this.#reading.fetch(addresses, done),
      maxEventBytes: () => candidate.maxEventBytes,
      answered: (verdict, reason, head) => this.#answered(verdict, reason, head),
      stored: (versions) => {
        candidate.lastSuccessAt = clock.now();
        context.stored(url, versions);
      },
      keptItsWord: (kept) => {
        if (candidate.keptItsWord(kept)) context.demote(candidate, Demotion.Lies);
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
    return this.#reading.ready;
  }

  /** Own slots, or everything, are still being read. */
  get reading(): boolean {
    return this.#reading.reading || !this.#reading.ready;
  }

  start(): void {
    this.#link.subscribe(this.#ours({ limit: this.#context.config.reading.liveLimit }), {
      event: (event) => this.#arrived(event),
      eose: () => {
        this.#candidate.lastSuccessAt = this.#context.clock.now();
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
    this.#reading.closed();
    this.#writing.stop();
    this.#link.stop();
  }

  kick(): void {
    this.#link.kick();
    if (this.#isOpen) this.#writing.hurry();
  }

  /** The head at this address is new. */
  offered(d: string): void {
    this.#writing.offered(d);
    if (this.#isOpen && !this.#reading.mayWrite(d)) this.#reading.readOwn();
  }

  ownAddressesChanged(): void {
    this.#reading.readOwn();
  }

  /** Sends what the budget allows. */
  flush(): void {
    if (this.#isOpen) this.#writing.pump();
  }

  readFully(done: () => void): void {
    this.#reading.readFully(done);
  }

  #linkChanged(state: LinkState): void {
    if (this.#stopped) return;
    const wasOpen = this.#isOpen;
    this.#isOpen = state === LinkState.Open;
    if (this.#isOpen) {
      this.#cancelUnreachable();
      this.#writing.opened();
      this.#reading.opened();
      this.#context.opened(this.#candidate);
    } else if (wasOpen) {
      this.#queries.abandon();
      this.#reading.closed();
      this.#writing.closed();
      this.#watchReachability();
    }
    this.#context.changed();
  }

  #arrived(event: NostrEvent): void {
    const { intake } = this.#context;
    intake.admit(event, this.#candidate.url, (slot) => {
      if (!slot || this.#stopped) return;
      this.#candidate.holdings.observe(slot);
      this.#writing.seen(slot.d);
    });
  }

  #readEnded(found: ReadonlyMap<string, Admitted>, complete: boolean): void {
    const { clock, readEnded, changed, heads } = this.#context;
    const { holdings, url } = this.#candidate;
    const present = new Map<string, SlotVersion>();
    for (const [d, { version }] of found) {
      const head = heads.get(d)?.head;
      // What is under way at the moment may have been passed on live rather than found stored.
      const isUnderWay = version && head?.own && isSame(head.version, version) && !holdings.hasProven(version);
      if (version && !isUnderWay) present.set(d, version);
    }
    if (complete) {
      this.#candidate.lastSuccessAt = clock.now();
      this.#writing.readEnded();
    }
    readEnded(url, present, complete);
    changed();
  }

  #answered(verdict: Verdict, reason: string, head: Head): void {
    const { url } = this.#candidate;
    switch (verdict) {
      case Verdict.Accepted:
        if (head.own) this.#context.clockAccepted(url);
        this.#candidate.rateChanged();
        return;
      case Verdict.Duplicate:
      case Verdict.Superseded:
      case Verdict.Unanswered:
      case Verdict.Lost:
        return;
      case Verdict.RateLimited:
        this.#candidate.rateChanged();
        break;
      case Verdict.ClockFast:
      case Verdict.ClockSlow:
        this.#context.clockRefused(url, verdict, head);
        break;
      case Verdict.TooLarge:
        if (!this.#candidate.refusedSize(eventBytes(head.event)))
          this.#context.demote(this.#candidate, Demotion.Refuses);
        break;
      default:
        break;
    }
    this.#refused(verdict, reason);
  }

  #refused(verdict: Verdict, reason: string): void {
    if (verdict === Verdict.Unanswered || verdict === Verdict.Lost) return;
    this.#candidate.lastRefusal = quoteReason(reason) || verdict;
    if (isFinal(verdict)) this.#context.demote(this.#candidate, Demotion.Refuses);
    this.#context.changed();
  }

  /** A relay that cannot be reached while another can is not our own network's fault. */
  #watchReachability(): void {
    const { clock, config, anyOpen, demote } = this.#context;
    this.#cancelUnreachable();
    this.#cancelUnreachable = clock.after(config.demotion.unreachableAfterMs, () => {
      if (anyOpen()) demote(this.#candidate, Demotion.Unreachable);
      if (!this.#stopped) this.#watchReachability();
    });
  }

  #ours(filter: Filter): Filter {
    const { config, pubkey } = this.#context;
    return { kinds: [config.kind], authors: [pubkey], ...filter };
  }
}
