/**
 * What is read from one relay, and when: own addresses before anything is written, everything on the first connection and after a long
 * absence, manifests every few minutes.
 */
import type { Filter } from '../../core/nostr';
import { batches, readAddresses, readFully } from './full-read';
import { fullJitterMs } from '../../core/backoff';
import type { ReadingConfig } from '../../core/config';
import type { Admitted } from '../admitted';
import { missingFrom, type Manifest } from '../event-intake';
import type { Holdings } from './holdings';
import type { Clock, Random } from '../../core/clock';
import type { Answer } from './queries';
import { Shown } from '../read-proof';

export interface RelayReaderOptions {
  readonly config: ReadingConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly holdings: Holdings;
  /** Asks the relay about events of our public key; `filter` narrows it down. */
  readonly ask: (filter: Filter, done: (answer: Answer | undefined) => void) => void;
  readonly pageLimit: () => number;
  readonly ownAddresses: ReadonlySet<string>;
  readonly manifests: ReadonlyMap<string, Manifest>;
  /** False where the relay is known not to take what is at the address, so that it need not be asked for again and again. */
  readonly mayHold: (d: string) => boolean;
  /** A read showed what the relay holds at these addresses. */
  readonly settled: (addresses: Iterable<string>, answer: Answer) => void;
  /** More may be written than before. */
  readonly mayWriteMore: () => void;
  readonly readyChanged: () => void;
  /** It holds less than was thought, as far as it shows. */
  readonly holdsLess: () => void;
  /** What the relay has shown on this connection is this much now. */
  readonly showed: (shown: Shown) => void;
  /** A page of a complete read brought events of ours. */
  readonly progressed: () => void;
  readonly readEnded: (present: ReadonlyMap<string, Admitted>, complete: boolean) => void;
}

export class RelayReader {
  readonly #options: RelayReaderOptions;
  #open = false;
  /** Counts connections, so that an answer that comes after its connection is none. */
  #connection = 0;
  /** Own addresses read in this connection; a complete read covers all there are. */
  #ownRead = new Set<string>();
  /** Those of them where nothing was found. */
  #ownAbsent = new Set<string>();
  #ownAsked = new Set<string>();
  #coversAll = false;
  #ready = false;
  #everRead = false;
  #lastFullAt = -Infinity;
  #fullRequested = false;
  #fullWaiting: (() => void)[] = [];
  #reading = false;
  /** The last complete read of this connection brought nothing. */
  #foundNothing = false;
  /** When the last page of a complete read brought something, monotonic ms. */
  #progressAt = -Infinity;
  #failures = 0;
  /** A read that is to show again what the relay holds is scheduled. */
  #isDoubted = false;
  readonly #timers = new Set<() => void>();

  constructor(options: RelayReaderOptions) {
    this.#options = options;
  }

  /** All own slots have been read completely in this connection. */
  get ready(): boolean {
    return this.#ready;
  }

  /** A complete read of this relay has ended well at some time. */
  get everRead(): boolean {
    return this.#everRead;
  }

  /** A complete read is under way. */
  get reading(): boolean {
    return this.#reading;
  }

  /** A complete read is under way and brings something, page by page. */
  get isProgressing(): boolean {
    return this.#reading && this.#options.clock.monotonic() - this.#progressAt < this.#options.config.patienceMs;
  }

  /** Whether what this relay holds at the address has been read in this connection, so that it may be written. */
  mayWrite(d: string): boolean {
    return this.#ready && (this.#coversAll || this.#ownRead.has(d) || !this.#options.ownAddresses.has(d));
  }

  opened(): void {
    const { clock, config } = this.#options;
    this.#options.showed(Shown.Nothing);
    this.#open = true;
    this.#connection += 1;
    this.#failures = 0;
    this.readOwn();
    const sinceFullMs = clock.now() - this.#lastFullAt;
    if (!this.#everRead || this.#fullRequested || sinceFullMs >= config.fullReadAfterMs || sinceFullMs < 0)
      this.#readFully();
    else this.#readManifests();
    this.#scheduleManifests();
  }

  closed(): void {
    this.#open = false;
    this.#ownRead.clear();
    this.#ownAbsent.clear();
    this.#ownAsked.clear();
    this.#coversAll = this.#reading = this.#foundNothing = this.#isDoubted = false;
    this.#options.showed(Shown.Nothing);
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#endFullRead();
    this.#setReady(false);
  }

  /**
   * The relay knows who we are, from now on or again: what it answered before may have been less than there is. Questions that are open are asked
   * again by the link; here those are repeated that have ended and brought nothing.
   */
  authenticated(isRenewal: boolean): void {
    if (!this.#open) return;
    for (const d of this.#ownAbsent) this.#ownRead.delete(d);
    this.#ownAbsent.clear();
    if (this.#foundNothing) {
      this.#foundNothing = this.#coversAll = this.#everRead = false;
      this.#options.showed(Shown.Nothing);
      this.#setReady(false);
      this.#readFully();
    } else if (isRenewal) this.#readManifests();
    this.readOwn();
  }

  /**
   * The relay left a question without an answer. Whatever it does beside that, what it has shown earlier on this connection no longer speaks for it:
   * it has to show it again.
   */
  unanswered(): void {
    if (!this.#open) return;
    this.#options.showed(Shown.Nothing);
    // A complete read shows it, or is repeated.
    if (this.#reading || this.#isDoubted) return;
    this.#isDoubted = true;
    this.#again(() => {
      this.#isDoubted = false;
      if (this.#foundNothing) this.#readFully();
      else this.#readManifests();
    });
  }

  /** Reads everything again; calls back when that has ended, well or not, or cannot begin. */
  readFully(done: () => void): void {
    if (!this.#open) return done();
    this.#fullWaiting.push(done);
    this.#readFully();
  }

  /** Reads the own addresses that have not been read in this connection. */
  readOwn(): void {
    if (!this.#open) return;
    const { config, ownAddresses } = this.#options;
    const unread = [...ownAddresses].filter((d) => !this.#ownRead.has(d) && !this.#ownAsked.has(d));
    for (const batch of batches(unread, config.addressesPerRequest)) {
      for (const d of batch) this.#ownAsked.add(d);
      this.fetch(batch, (answered, holdsLess) => {
        if (holdsLess) this.#requestFullRead();
        for (const d of batch) {
          this.#ownAsked.delete(d);
          if (!answered) continue;
          this.#ownRead.add(d);
          if (this.#options.holdings.get(d)) this.#ownAbsent.delete(d);
          else this.#ownAbsent.add(d);
        }
        if (answered && !holdsLess) this.#compared(batch);
        if (!answered) return this.#again(() => this.readOwn());
        this.#checkReady();
        this.#options.mayWriteMore();
      });
    }
    this.#checkReady();
  }

  /**
   * Reads what is stored at these addresses, at most `addressesPerRequest`. Calls back with whether the relay answered, and whether it
   * holds less than was thought.
   */
  fetch(addresses: readonly string[], done: (answered: boolean, holdsLess: boolean) => void): void {
    const connection = this.#connection;
    if (!this.#open || addresses.length === 0) return done(false, false);
    readAddresses(this.#options.ask, addresses, (answer) => {
      if (!answer || connection !== this.#connection) return done(false, false);
      done(true, this.#learn(addresses, answer));
    });
  }

  #learn(addresses: readonly string[], answer: Answer): boolean {
    const { holdings, settled } = this.#options;
    let lowered = false;
    for (const d of addresses) lowered = holdings.settle(d, answer.found.get(d), answer.askedAt) || lowered;
    settled(addresses, answer);
    return lowered;
  }

  #checkReady(): void {
    const { ownAddresses } = this.#options;
    if (this.#ready || !this.#open) return;
    if (this.#coversAll || [...ownAddresses].every((d) => this.#ownRead.has(d))) this.#setReady(true);
  }

  #setReady(ready: boolean): void {
    if (this.#ready === ready) return;
    this.#ready = ready;
    this.#options.readyChanged();
  }

  /** The relay was wiped, rolled back or lied, or has forgotten who we are, so nothing that is thought of it can be relied upon. */
  #requestFullRead(): void {
    this.#options.holdsLess();
    if (this.#reading || this.#fullRequested) return;
    this.#fullRequested = true;
    this.#again(() => this.#readFully());
  }

  #readFully(): void {
    if (this.#reading || !this.#open) return;
    this.#reading = true;
    this.#fullRequested = false;
    const { config, clock, holdings, manifests, ask, pageLimit, settled, readEnded } = this.#options;
    const connection = this.#connection;
    const since = holdings.tick();
    const options = {
      ask,
      pageLimit: pageLimit(),
      maxPages: config.maxPages,
      addressesPerRequest: config.addressesPerRequest,
      missing: (present: ReadonlyMap<string, Admitted>) => missingFrom(manifests, (d) => present.get(d)),
      learned: (answer: Answer) => {
        if (answer.admitted.length > 0) this.#noteProgress();
        for (const slot of answer.admitted) holdings.observe(slot);
        settled(answer.found.keys(), answer);
      },
    };
    readFully(options, (found, complete) => {
      if (connection !== this.#connection || !this.#open) return;
      // What was overwritten behind the page that had passed it came over the live subscription.
      const present = holdings.withSeenSince(since, found);
      this.#reading = false;
      if (complete) {
        holdings.settleAll(present, since);
        this.#everRead = this.#coversAll = true;
        this.#lastFullAt = clock.now();
        this.#failures = 0;
        this.#foundNothing = found.size === 0;
        this.#options.showed(this.#foundNothing ? Shown.Emptiness : Shown.Data);
        this.#checkReady();
        this.#options.mayWriteMore();
      } else this.#again(() => this.#readFully());
      // What came over the live subscription is not known to be stored.
      readEnded(found, complete);
      this.#endFullRead();
    });
  }

  #noteProgress(): void {
    this.#progressAt = this.#options.clock.monotonic();
    this.#options.progressed();
  }

  #endFullRead(): void {
    for (const done of this.#fullWaiting.splice(0)) done();
  }

  #scheduleManifests(): void {
    const { config, random } = this.#options;
    this.#later(config.manifestIntervalMs * (0.85 + random() * 0.3), () => {
      this.#readManifests();
      this.#scheduleManifests();
    });
  }

  #readManifests(): void {
    const { config, manifests, ownAddresses } = this.#options;
    if (this.#reading) return;
    // Without a manifest, some of the own slots show whether the relay still has what it had.
    const watched = manifests.size > 0 ? [...manifests.keys()] : [...ownAddresses].slice(0, config.addressesPerRequest);
    for (const batch of batches(watched, config.addressesPerRequest))
      this.fetch(batch, (answered, holdsLess) => {
        if (holdsLess) this.#requestFullRead();
        else if (answered) this.#readNamed(() => this.#compared(batch));
      });
  }

  /** What is known of the relay still holds at these addresses: if there is anything, the relay has shown what it holds. */
  #compared(addresses: readonly string[]): void {
    const { holdings, manifests, mayHold, showed } = this.#options;
    const isKnown = this.#everRead && !this.#reading && !this.#foundNothing;
    if (
      !isKnown ||
      !addresses.some((d) => holdings.get(d)) ||
      missingFrom(manifests, (d) => holdings.get(d)).some(mayHold)
    )
      return;
    this.#failures = 0;
    showed(Shown.Data);
  }

  #readNamed(done: () => void): void {
    const { config, holdings, manifests, mayHold } = this.#options;
    const missing = missingFrom(manifests, (d) => holdings.get(d)).filter(mayHold);
    if (missing.length === 0) return done();
    for (const batch of batches(missing, config.addressesPerRequest)) this.fetch(batch, done);
  }

  #again(act: () => void): void {
    this.#failures += 1;
    this.#later(fullJitterMs(this.#failures, 1_000, 60_000, this.#options.random), act);
  }

  #later(delayMs: number, act: () => void): void {
    if (!this.#open) return;
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      act();
    });
    this.#timers.add(cancel);
  }
}
