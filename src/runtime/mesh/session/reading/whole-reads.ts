/**
 * Reads of all that one relay holds (docs/protocol.md, section 5): in full on the first connection and whenever that is asked for. A new device reads
 * one relay in full, and the others only in part before it compares them at rest.
 */
import type { Filter } from '../../../core/nostr';
import { readFully } from './full-read';
import type { FullReadOptions } from './full-read';
import { readByList } from './listed-read';
import type { ListedRead } from './listed-read';
import type { ReadingConfig } from '../../../core/config';
import type { Admitted } from '../../admitted';
import { missingFrom, type Manifest } from '../../event-intake';
import type { Holdings } from '../holdings';
import type { Clock, Random } from '../../../core/clock';
import type { Answer } from '../queries';
import { Shown } from '../../read-proof';
import { ReadExtent } from './reading-order';
import type { Retries } from './retries';
import { unnamedSpans } from './short-read';

export interface WholeReadsOptions {
  readonly config: ReadingConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly holdings: Holdings;
  /** Asks the relay about events of our public key; `filter` narrows it down. */
  readonly ask: (filter: Filter, done: (answer: Answer | undefined) => void) => void;
  readonly pageLimit: () => number;
  readonly manifests: ReadonlyMap<string, Manifest>;
  /** The newest version that any relay has shown, or this device has had before. */
  readonly newestAt: (d: string) => Admitted | undefined;
  /** What was opened of the event with this id. */
  readonly knownById: (id: string) => Admitted | undefined;
  /** Asks for the ids of all that the relay has (NIP-77); calls back with undefined where it does not tell. */
  readonly listIds: (done: (ids: ReadonlySet<string> | undefined) => void) => void;
  /** Calls back when the relay may be read for the first time. */
  readonly requestTurn: (begin: (extent: ReadExtent) => void) => void;
  /** A read of everything has ended, or will not end: what it has shown. */
  readonly endTurn: (shown: Shown) => void;
  /** Nothing is on its way to or from any relay. */
  readonly isAtRest: () => boolean;
  /** False where the relay is known not to take what is at the address, so that it need not be asked for again and again. */
  readonly mayHold: (d: string) => boolean;
  /** A read showed what the relay holds at these addresses. */
  readonly settled: (addresses: Iterable<string>, answer: Answer) => void;
  /** The relay holds the newest version at the address, by what it says: nothing has to be sent there, and nothing is proven. */
  readonly seen: (d: string) => void;
  /** What the relay has shown on this connection is this much now. */
  readonly showed: (shown: Shown) => void;
  /** A page brought events of ours. */
  readonly progressed: () => void;
  readonly readEnded: (present: ReadonlyMap<string, Admitted>, complete: boolean) => void;
}

export type WholeReads = ReturnType<typeof createWholeReads>;

/** @param completed a complete read has ended well, so all that the relay holds is known */
export function createWholeReads(options: WholeReadsOptions, retries: Retries, completed: () => void) {
  const { config, clock, random, holdings, manifests } = options;
  let isOpen = false;
  /** Counts connections, so that an answer that comes after its connection is none. */
  let connection = 0;
  let isWaiting = false;
  let isReading = false;
  let everRead = false;
  let isFullRequested = false;
  /** The last complete read of this connection brought nothing. */
  let foundNothing = false;
  let lastFullAt = -Infinity;
  /** When the last page brought something, monotonic ms. */
  let progressAt = -Infinity;
  const waitingForFull: (() => void)[] = [];

  /** A relay that has never been read waits for its turn. */
  function readFirst(): void {
    if (isReading || isWaiting || !isOpen) return;
    const asked = connection;
    isWaiting = true;
    options.requestTurn((extent) => {
      if (asked !== connection || !isWaiting) return;
      isWaiting = false;
      if (extent === ReadExtent.Short) readShort();
      else readAll();
    });
  }

  /** What it shows counts as read; what it holds beside that is not known before it was compared. */
  function readShort(): void {
    readListed(config.firstReadStallMs, (listed) => {
      if (listed) return endShort(listed.present.size > 0, listed.given, true);
      const spans = unnamedSpans(manifests.values(), config);
      if (spans.length === 0) return readAll();
      const missing = () => missingFrom(manifests, options.newestAt).filter(options.mayHold);
      read({ spans, missing }, (found, isComplete) => endShort(found.size > 0, found, isComplete));
    });
  }

  function endShort(hasBrought: boolean, found: ReadonlyMap<string, Admitted>, isComplete: boolean): void {
    options.readEnded(found, false);
    if (!isComplete) return retries.again(readFirst);
    // It is wiped, empty or silent, or somebody waits for everything.
    if (!hasBrought || waitingForFull.length > 0) return readAll();
    retries.succeeded();
    options.showed(Shown.Newest);
    scheduleComparison();
  }

  function scheduleComparison(): void {
    retries.later(config.comparisonDelayMs + random() * config.comparisonJitterMs, () => {
      if (options.isAtRest()) compare();
      else scheduleComparison();
    });
  }

  function compare(): void {
    if (isReading || !isOpen) return;
    const since = holdings.tick();
    readListed(Infinity, (listed) => {
      if (listed) endAll(listed.present, since);
      else readAll();
    });
  }

  function readListed(waitMs: number, ended: (read: ListedRead | undefined) => void): void {
    const { ask, listIds, knownById: known } = options;
    const asked = connection;
    isReading = true;
    const { addressesPerRequest: idsPerRequest } = config;
    readByList({ clock, waitMs, listIds, ask, known, idsPerRequest, learned }, (listed) => {
      if (asked !== connection || !isOpen) return;
      isReading = false;
      ended(listed);
    });
  }

  function readAll(): void {
    if (isReading || !isOpen) return;
    isWaiting = isFullRequested = false;
    const since = holdings.tick();
    const missing = (present: ReadonlyMap<string, Admitted>) => missingFrom(manifests, (d) => present.get(d));
    read({ missing }, (found, isComplete) => {
      if (isComplete) return endAll(found, since);
      retries.again(readAll);
      options.readEnded(found, false);
      endWaiting();
      options.endTurn(Shown.Nothing);
    });
  }

  function endAll(found: ReadonlyMap<string, Admitted>, since: number): void {
    // What was overwritten behind the page that had passed it came over the live subscription.
    holdings.settleAll(holdings.withSeenSince(since, found), since);
    for (const d of found.keys()) options.seen(d);
    everRead = true;
    lastFullAt = clock.now();
    retries.succeeded();
    foundNothing = found.size === 0;
    const shown = foundNothing ? Shown.Emptiness : Shown.Data;
    options.showed(shown);
    // What came over the live subscription is not known to be stored.
    options.readEnded(found, true);
    completed();
    endWaiting();
    options.endTurn(shown);
  }

  function read(
    what: Pick<FullReadOptions, 'spans' | 'missing'>,
    ended: (found: ReadonlyMap<string, Admitted>, isComplete: boolean) => void,
  ): void {
    const { maxPages, addressesPerRequest } = config;
    const asked = connection;
    isReading = true;
    const pageLimit = options.pageLimit();
    readFully({ ask: options.ask, pageLimit, maxPages, addressesPerRequest, ...what, learned }, (found, isComplete) => {
      if (asked !== connection || !isOpen) return;
      isReading = false;
      ended(found, isComplete);
    });
  }

  function learned(answer: Answer): void {
    if (answer.admitted.length > 0) noteProgress();
    for (const slot of answer.admitted) holdings.observe(slot);
    options.settled(answer.found.keys(), answer);
  }

  function noteProgress(): void {
    progressAt = clock.monotonic();
    options.progressed();
  }

  function endWaiting(): void {
    for (const done of waitingForFull.splice(0)) done();
  }

  return {
    /** A complete read of this relay has ended well at some time. */
    get everRead(): boolean {
      return everRead;
    },
    /** It is being read, or waits for its turn. */
    get isUnderWay(): boolean {
      return isReading || isWaiting;
    },
    /** A read is under way and brings something, page by page. */
    get isProgressing(): boolean {
      return isReading && clock.monotonic() - progressAt < config.patienceMs;
    },
    get foundNothing(): boolean {
      return foundNothing;
    },
    /** All that it holds is known, as far as it goes. */
    get isKnown(): boolean {
      return everRead && !isReading && !foundNothing;
    },
    /** The relay is connected. Returns whether it is read as a whole now. */
    opened(): boolean {
      isOpen = true;
      connection += 1;
      const sinceFullMs = clock.now() - lastFullAt;
      if (!everRead) readFirst();
      else if (isFullRequested || sinceFullMs >= config.fullReadAfterMs || sinceFullMs < 0) readAll();
      return isReading || isWaiting;
    },
    closed(): void {
      isOpen = isReading = isWaiting = foundNothing = false;
      endWaiting();
      options.endTurn(Shown.Nothing);
    },
    /** What was found was nothing, and may have been hidden. */
    forgetNothing(): void {
      foundNothing = everRead = false;
      readFirst();
    },
    readAll,
    /** Calls back when a complete read has ended, well or not, or cannot begin. */
    requestAll(done: () => void): void {
      if (!isOpen) return done();
      waitingForFull.push(done);
      readAll();
    },
    /** Reads everything again, soon. */
    repeat(): void {
      if (isReading || isWaiting || isFullRequested) return;
      isFullRequested = true;
      retries.again(readAll);
    },
  };
}
