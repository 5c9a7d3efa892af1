/** One relay in use: its connection, what is read from it and what is written to it. */
import { Demotion } from '../pool/demotion';
import type { RelayProfile } from '../relay-profile';
import { ours } from './context';
import type { SessionContext } from './context';
import type { Random } from '../../core/clock';
import { isSame } from '../../contracts/version-order';
import type { Admitted } from '../admitted';
import { Shown } from '../read-proof';
import { watchAnswers } from './answer-watch';
import { createPlaceWatch } from './place-watch';
import type { PlaceWatch } from './place-watch';
import { createLiveEvents } from './live-events';
import type { LiveEvents } from './live-events';
import { createIdListing } from './reading/listed-read';
import { RelayReader } from './reading/reader';
import { createRelayAnswers } from './relay-answers';
import type { RelayAnswers } from './relay-answers';
import { RelayPublisher } from './publisher';
import type { NostrEvent, SlotVersion } from '../../contracts/slot';
import { LinkState, type RelayLink } from '../../relay/link';
import { RelayQueries } from './queries';

/** Some relays answer the same question from a cache for a while, so no two devices ask the same: their pages differ by so many events at most. */
const PAGE_LIMIT_SPREAD = 16;

/** @param most events that the relay gives in one answer */
const pageLimitOf = (most: number, random: Random): number =>
  most - Math.floor(random() * Math.min(PAGE_LIMIT_SPREAD, most / 8));

export class RelaySession {
  readonly #profile: RelayProfile;
  readonly #context: SessionContext;
  readonly #link: RelayLink;
  readonly #live: LiveEvents;
  readonly #queries: RelayQueries;
  readonly #reader: RelayReader;
  readonly #publisher: RelayPublisher;
  readonly #answers: RelayAnswers;
  readonly #place: PlaceWatch;
  #isOpen = false;
  #stopped = false;
  #shown = Shown.Nothing;

  constructor(profile: RelayProfile, context: SessionContext) {
    this.#profile = profile;
    this.#context = context;
    const { config, clock, random, heads, ownAddresses, intake } = context;
    const { holdings, url } = profile;
    this.#answers = createRelayAnswers({ profile, context });
    this.#link = context.connect(
      url,
      {
        stateChanged: (state) => this.#linkChanged(state),
        authenticated: (isRenewal) => this.#authenticated(isRenewal),
        authRefused: (verdict, reason) => this.#answers.authRefused(verdict, reason),
        expectsChallenge: () => profile.expectsChallenge,
        challenged: (wasChallenged) => profile.noteChallenge(wasChallenged),
        misbehaved: () => context.misbehaved(url),
        flooded: () => context.demote(profile, Demotion.Floods),
        heard: () => this.#heard(),
        isOtherOpen: () => context.othersOpen(url),
      },
      context.authClock,
    );
    const link = watchAnswers(this.#link, {
      asked: () => this.#place.asked(),
      answered: () => this.#place.answered(),
    });
    this.#live = createLiveEvents({
      ...{ link: this.#link, profile, context, answers: this.#answers },
      wasRead: () => this.#reader.everRead,
      arrived: (event) => this.#arrived(event),
    });
    this.#queries = new RelayQueries({
      link,
      admit: (event, done) => intake.admit(event, url, done),
      tick: () => holdings.tick(),
      triesPerRead: config.reading.triesPerRead,
      concurrent: () => profile.limits.concurrentReads,
      mostEvents: () => profile.limits.eventsPerAnswer(clock.now()),
      limitRefused: (asked, reason) => this.#answers.limitRefused(asked, reason),
      refused: (verdict, reason) => this.#answers.refused(verdict, reason),
      unanswered: () => this.#reader.unanswered(),
    });
    this.#reader = new RelayReader({
      config: config.reading,
      clock,
      random,
      holdings,
      ask: (filter, done) => this.#queries.ask(ours(context, filter), done),
      pageLimit: () => pageLimitOf(profile.limits.eventsPerAnswer(clock.now()), random),
      ownAddresses,
      manifests: intake.manifests,
      newestAt: (d) => intake.newestAt(d),
      knownById: (id) => intake.byId(id),
      listIds: createIdListing({
        ...{ link: this.#link, filter: ours(context, {}) },
        isKnown: () => profile.information?.reconciles === true,
      }),
      requestTurn: (begin) => context.readingOrder.request(url, begin),
      endTurn: (shown) => context.readingOrder.ended(url, shown),
      isAtRest: () => context.isAtRest(),
      mayHold: (d) => !this.#publisher.isTooLarge(d),
      settled: (addresses, answer) => this.#publisher.settled(addresses, answer),
      seen: (d) => this.#publisher.seen(d),
      mayWriteMore: () => this.#publisher.pump(),
      readyChanged: () => context.changed(),
      holdsLess: () => this.#link.renewSession(),
      isSilent: () => this.isSilent,
      showed: (shown) => this.#showed(shown),
      progressed: () => context.proof.noteProgress(),
      readEnded: (present, complete) => this.#readEnded(present, complete),
    });
    this.#publisher = new RelayPublisher({
      link,
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
      limits: profile.limits,
      isNetworkUp: () => context.othersOpen(url),
      answered: (verdict, reason, head) => this.#answers.toEvent(verdict, reason, head),
      stored: (versions) => {
        profile.lastSuccessAt = clock.now();
        context.stored(url, versions);
      },
      cameBack: () => {
        if (this.#shown === Shown.Emptiness) this.#showed(Shown.OwnWriting);
      },
      doubted: () => this.#link.renewSession(),
      recordReadBack: (kept) => this.#answers.readBack(kept),
    });
    this.#place = createPlaceWatch({
      ...{ clock, random, config: config.demotion },
      isOpen: () => this.#isOpen,
      shown: () => this.#shown,
      isSilent: () => this.isSilent,
      isProgressing: () => this.#reader.isProgressing,
      othersOpen: () => context.othersOpen(url),
      unreachable: () => context.unreachable(profile),
      demote: (reason) => context.demote(profile, reason),
    });
  }

  get url(): string {
    return this.#profile.url;
  }

  get linkState(): LinkState {
    return this.#link.state;
  }

  get roundTripMs(): number | null {
    return this.#link.roundTripMs;
  }

  /** It cannot be reached, as far as is known. */
  get isDown(): boolean {
    return this.#link.state === LinkState.Waiting;
  }

  get isSilent(): boolean {
    return this.#context.proof.isSilent(this.#profile.url);
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

  get bytesUnderWay(): number {
    return this.#link.bytesUnderWay;
  }

  get slotsTooLarge(): number {
    return this.#publisher.slotsTooLarge;
  }

  start(): void {
    this.#stopped = false;
    this.#live.listen();
    this.#place.start();
    this.#link.start();
  }

  /** Gives the connection up, and keeps what it knows for the next `start`. */
  rest(): void {
    this.#end();
    this.#link.rest();
  }

  stop(): void {
    this.#end();
    this.#link.stop();
  }

  kick(): void {
    this.#link.kick();
    if (this.#isOpen) this.#publisher.retryNow();
  }

  ask(): void {
    this.#link.ask();
  }

  probe(): void {
    this.#link.probe();
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

  #end(): void {
    this.#stopped = true;
    this.#isOpen = false;
    this.#shown = Shown.Nothing;
    this.#place.stop();
    this.#queries.abandon();
    this.#reader.closed();
    this.#publisher.stop();
    this.#answers.authForgotten();
  }

  #heard(): void {
    this.#context.readingOrder.progressed(this.url);
    this.#context.heard(this);
  }

  #linkChanged(state: LinkState): void {
    if (this.#stopped) return;
    const wasOpen = this.#isOpen;
    this.#isOpen = state === LinkState.Open;
    if (this.#isOpen) {
      this.#place.reached();
      this.#publisher.opened();
      this.#reader.opened();
      this.#context.opened(this.#profile);
    } else if (wasOpen) {
      this.#queries.abandon();
      this.#reader.closed();
      this.#publisher.closed();
      this.#live.lost();
      this.#answers.authForgotten();
      this.#place.lost();
    }
    this.#context.proof.relaysChanged();
    this.#context.changed();
  }

  #authenticated(isRenewal: boolean): void {
    if (this.#stopped) return;
    this.#answers.authForgotten();
    this.#profile.lastSuccessAt = this.#context.clock.now();
    this.#reader.authenticated(isRenewal);
  }

  #showed(shown: Shown): void {
    if (this.#stopped) return;
    const isNews = shown !== this.#shown;
    this.#shown = shown;
    this.#context.proof.note(this.#profile.url, shown);
    if (isNews) this.#place.showed();
    if (isNews && shown >= Shown.Newest) this.#profile.noteServed();
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
}
