/**
 * What is read from one relay, and when: own addresses before anything is written, everything on the first connection and after a long
 * absence, manifests every few minutes.
 */
import { batches, readAddresses } from './full-read';
import { missingFrom } from '../../event-intake';
import { createOwnReads } from './own-reads';
import type { OwnReads } from './own-reads';
import type { Answer } from '../queries';
import { Shown } from '../../read-proof';
import { createRetries } from './retries';
import type { Retries } from './retries';
import { createWholeReads } from './whole-reads';
import type { WholeReads, WholeReadsOptions } from './whole-reads';

export interface RelayReaderOptions extends WholeReadsOptions {
  readonly ownAddresses: ReadonlySet<string>;
  /** More may be written than before. */
  readonly mayWriteMore: () => void;
  readonly readyChanged: () => void;
  /** It holds less than was thought, as far as it shows. */
  readonly holdsLess: () => void;
  /** It shows nothing, while another relay does. */
  readonly isSilent: () => boolean;
}

export class RelayReader {
  readonly #options: RelayReaderOptions;
  readonly #own: OwnReads;
  readonly #whole: WholeReads;
  readonly #retries: Retries;
  #open = false;
  /** Counts connections, so that an answer that comes after its connection is none. */
  #connection = 0;
  /** A complete read of this connection covers the own addresses too. */
  #coversAll = false;
  #ready = false;
  /** A read that is to show again what the relay holds is scheduled. */
  #isDoubted = false;

  constructor(options: RelayReaderOptions) {
    const { clock, random, config, holdings, ownAddresses } = options;
    this.#options = options;
    this.#retries = createRetries(clock, random);
    this.#own = createOwnReads({
      ...{ addressesPerRequest: config.addressesPerRequest, holdings, ownAddresses },
      fetch: (addresses, done) => this.fetch(addresses, done),
      ended: (addresses, answered, holdsLess) => this.#ownReadEnded(addresses, answered, holdsLess),
    });
    this.#whole = createWholeReads(options, this.#retries, () => {
      this.#coversAll = true;
      this.#checkReady();
      options.mayWriteMore();
    });
  }

  /** All own slots have been read completely in this connection. */
  get ready(): boolean {
    return this.#ready;
  }

  /** A complete read of this relay has ended well at some time. */
  get everRead(): boolean {
    return this.#whole.everRead;
  }

  /** It is being read, or waits for its turn. */
  get reading(): boolean {
    return this.#whole.isUnderWay;
  }

  /** A read is under way and brings something, page by page. */
  get isProgressing(): boolean {
    return this.#whole.isProgressing;
  }

  /** Whether what this relay holds at the address has been read in this connection, so that it may be written. */
  mayWrite(d: string): boolean {
    return this.#ready && (this.#coversAll || this.#own.covers(d));
  }

  opened(): void {
    this.#options.showed(Shown.Nothing);
    this.#open = true;
    this.#connection += 1;
    this.#retries.clear();
    this.readOwn();
    if (!this.#whole.opened()) this.#readManifests();
    this.#scheduleManifests();
  }

  closed(): void {
    this.#open = this.#coversAll = this.#isDoubted = false;
    this.#own.forget();
    this.#retries.clear();
    this.#options.showed(Shown.Nothing);
    this.#whole.closed();
    this.#setReady(false);
  }

  /**
   * The relay knows who we are, from now on or again: what it answered before may have been less than there is. Questions that are open are asked
   * again by the link; here those are repeated that have ended and brought nothing.
   */
  authenticated(isRenewal: boolean): void {
    if (!this.#open) return;
    this.#own.forgetAbsent();
    if (this.#whole.foundNothing) {
      this.#coversAll = false;
      this.#options.showed(Shown.Nothing);
      this.#setReady(false);
      this.#whole.forgetNothing();
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
    if (this.reading || this.#isDoubted) return;
    this.#isDoubted = true;
    this.#retries.again(() => {
      this.#isDoubted = false;
      if (this.#whole.foundNothing || !this.everRead) this.#whole.readAll();
      else this.#readManifests();
    });
  }

  /** Reads everything again; calls back when that has ended, well or not, or cannot begin. */
  readFully(done: () => void): void {
    this.#whole.requestAll(done);
  }

  /** Reads the own addresses that have not been read in this connection. */
  readOwn(): void {
    if (!this.#open) return;
    this.#own.readMissing();
    this.#checkReady();
  }

  #ownReadEnded(addresses: readonly string[], answered: boolean, holdsLess: boolean): void {
    if (holdsLess) this.#repeatAll();
    else if (answered) this.#compared(addresses);
    if (answered) {
      this.#checkReady();
      this.#options.mayWriteMore();
    } else if (this.#open) this.#retries.again(() => this.readOwn());
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
    if (this.#ready || !this.#open) return;
    if (this.#coversAll || this.#own.isComplete) this.#setReady(true);
  }

  #setReady(ready: boolean): void {
    if (this.#ready === ready) return;
    this.#ready = ready;
    this.#options.readyChanged();
  }

  /** The relay was wiped, rolled back or lied, or has forgotten who we are, so nothing that is thought of it can be relied upon. */
  #repeatAll(): void {
    this.#options.holdsLess();
    this.#whole.repeat();
  }

  #scheduleManifests(): void {
    const { config, random } = this.#options;
    this.#retries.later(config.manifestIntervalMs * (0.85 + random() * 0.3), () => {
      this.#readManifests();
      this.#scheduleManifests();
    });
  }

  #readManifests(): void {
    const { config, manifests, ownAddresses } = this.#options;
    // What a relay has that was not read in full is not known, and all of it would be asked for.
    if (this.reading || !this.everRead) return;
    // It may have forgotten who we are before it was read for the first time.
    if (this.#options.isSilent()) this.#options.holdsLess();
    // Without a manifest, some of the own slots show whether the relay still has what it had.
    const watched = manifests.size > 0 ? [...manifests.keys()] : [...ownAddresses].slice(0, config.addressesPerRequest);
    for (const batch of batches(watched, config.addressesPerRequest))
      this.fetch(batch, (answered, holdsLess) => {
        if (holdsLess) this.#repeatAll();
        else if (answered) this.#readNamed(() => this.#compared(batch));
      });
  }

  /** What is known of the relay still holds at these addresses: if there is anything, the relay has shown what it holds. */
  #compared(addresses: readonly string[]): void {
    const { holdings, showed } = this.#options;
    const isShown = addresses.some((d) => holdings.get(d));
    if (!this.#whole.isKnown || !isShown || this.#missing().length > 0) return;
    this.#retries.succeeded();
    showed(Shown.Data);
  }

  #readNamed(done: () => void): void {
    const missing = this.#missing();
    if (missing.length === 0) return done();
    for (const batch of batches(missing, this.#options.config.addressesPerRequest)) this.fetch(batch, done);
  }

  /** What manifests name and the relay is not known to have. */
  #missing(): readonly string[] {
    const { holdings, manifests, mayHold } = this.#options;
    return missingFrom(manifests, (d) => holdings.get(d)).filter(mayHold);
  }
}
