/**
 * The chronicle: what the users of the simulated world did, what they were told, and what every relay was ever seen to hold. The oracles
 * judge by it, not by what the devices believe.
 */
import type { StampsByDocument } from '../src/runtime/replica/slots/waiting';
import { greatestStamp, isEmpty, NO_REGISTERS, registersAfterDeletion, registersWhere } from '../src/runtime/crdt/join';
import { paddedBytesOf } from '../src/runtime/crypto/envelope';
import { LedgerChangeKind } from '../src/runtime/persistence/ledger';
import type { LedgerChange } from '../src/runtime/persistence/ledger';
import { isHeldApart } from '../src/runtime/crdt/local-write';
import { parseName } from '../src/runtime/crdt/register-name';
import { sameValue } from '../src/runtime/crdt/json-value';
import { DELTA_BYTES } from '../src/runtime/replica/outgoing/outbox';
import { Tier } from '../src/runtime/contracts/slot';
import type { NostrEvent } from '../src/runtime/contracts/slot';
import { intersect, remaining } from '../src/runtime/crdt/superseded';
import { appPart, decodeRecord } from '../src/runtime/storage/record-codec';
import type { Registers, Stamp } from '../src/runtime/crdt/registers';
import { documentKey } from '../src/runtime/replica/slots/slot-content';
import type { Row } from '../src/runtime/storage/rxdb/rows';
import type { App } from './app/app';
import type { Browser, CommittingTab } from './browser';
import { THINGS } from './collections';
import { incrementsOf, isShare } from './counted-places';
import type { Increment } from './counted-places';
import type { Commit } from './disk';
import { Evidence } from './evidence';
import type { Seals } from './stand-in-vault';

export enum Verdict {
  Lost = 'lost',
  Diverged = 'diverged',
  Resurrected = 'resurrected',
  Violated = 'violated',
}

export interface Finding {
  readonly verdict: Verdict;
  readonly text: string;
}

/** One local write of one document. */
export interface Edit {
  readonly browser: Browser;
  readonly key: string;
  readonly stamp: Stamp;
  /** What it wrote: every register in it bears its stamp. */
  readonly registers: Registers;
  readonly before: Registers;
  readonly increments: readonly Increment[];
  /** Reported as stored on enough relays. */
  isDurable: boolean;
  /** The author's disk was lost or replaced by an older one after it. */
  isAtRisk: boolean;
}

/** Names are written out in a record, so any version of the app reads it; the format is one. */
export const registersOfRow = ({ rulesOf }: App, collection: string, row: Row): Registers =>
  decodeRecord(row, rulesOf.newer[collection]!)!;

/** RxDB's context of the writes that the simulated apps make. */
const APP = 'app';

export class Chronicle {
  readonly edits: Edit[] = [];
  readonly findings: Finding[] = [];
  readonly counts = new Map<string, number>();
  /** Documents whose counters may be wrong. */
  readonly miscounting = new Set<string>();
  readonly #editsByStamp = new Map<string, Edit>();
  readonly #ownVersions = new Map<Browser, Map<string, NostrEvent>>();

  readonly evidence: Evidence;

  constructor(
    readonly app: App,
    readonly seals: Seals,
    readonly durableOn: number,
    readonly now: () => number,
  ) {
    this.evidence = new Evidence(seals);
  }

  count(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  find(verdict: Verdict, text: string): void {
    this.findings.push({ verdict, text: `${text} (at ${Math.round(this.now())} ms)` });
  }

  /** A write was refused or threw: in this world none should. */
  failed(error: unknown): void {
    this.find(
      Verdict.Violated,
      `a write failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }

  /** A document is on two disks from now on. */
  copied(collection: string, id: string, row: Row): void {
    const names = [...registersOfRow(this.app, collection, row).leaves.keys()];
    if (names.some(isHeldApart)) this.miscounting.add(documentKey(collection, id));
  }

  /** Every commit of every tab: a local write must bear a stamp above everything the document held. */
  committed(browser: Browser, { collection, context, id, previous, row }: Commit): void {
    if (context !== APP) return;
    const before = previous ? registersOfRow(this.app, collection, previous) : NO_REGISTERS;
    const after = registersOfRow(this.app, collection, row);
    const key = documentKey(collection, id);
    const was = greatestStamp(before);
    const stamp = greatestStamp(after);
    if (stamp === undefined || (was !== undefined && stamp <= was)) {
      if (previous && isSameToTheApp(previous, row)) return;
      return this.find(Verdict.Violated, `a write of ${browser.name} to ${nameOf(key)} bears no stamp above ${was}`);
    }
    const registers = registersWhere(after, (own) => own === stamp);
    this.count('edit');
    if (collection === THINGS) this.#countKinds(registers);
    const increments = incrementsOf(before, registers);
    const edit: Edit = { browser, key, stamp, registers, before, increments, isDurable: false, isAtRisk: false };
    this.edits.push(edit);
    this.#editsByStamp.set(key + stamp, edit);
  }

  #countKinds({ leaves }: Registers): void {
    for (const [name, { value }] of leaves)
      if (value !== undefined) this.count(`kind.${this.app.kinds.get(parseName(name)!.path[0]!)}`);
  }

  /** I1: what is reported durable was read back from enough relays. */
  durable(browser: Browser, stamps: StampsByDocument): void {
    // It is durable, and nobody finds it.
    if (browser.isMistyped) return;
    for (const [key, ofDocument] of stamps) {
      for (const stamp of ofDocument) {
        const edit = this.#editsByStamp.get(key + stamp);
        // What came back from slots after a disk was lost may be a part of it.
        if (edit?.browser !== browser || edit.isDurable || edit.isAtRisk) continue;
        edit.isDurable = true;
        this.count('durable');
        if (!this.#isShown(browser, edit))
          this.find(Verdict.Violated, `I1: ${browser.name} calls ${nameOf(key)} durable, too few relays have shown it`);
      }
    }
  }

  /** I1 by the present list: nothing is pending, so what is durable was shown by enough relays of that one. */
  saysStored(browser: Browser): void {
    this.count('stored-by-list');
    for (const edit of this.edits) {
      if (edit.browser !== browser || !edit.isDurable || edit.isAtRisk || this.#isShown(browser, edit)) continue;
      const what = `${browser.name} calls ${nameOf(edit.key)} stored, too few relays of its list have shown it`;
      return this.find(Verdict.Violated, `I1: ${what}`);
    }
  }

  #isShown(browser: Browser, edit: Edit): boolean {
    const registers = withoutShares(this.#winningPart(browser, edit));
    return this.evidence.isEnough(this.durableOn, browser.list, { key: edit.key, registers });
  }

  /** What others have superseded or deleted meanwhile is theirs to store. */
  #winningPart(browser: Browser, { key, registers }: Edit): Registers {
    const [collection, id] = partsOf(key);
    const row = browser.disk.documents.get(collection)?.get(id);
    return row ? intersect(registers, registersAfterDeletion(registersOfRow(this.app, collection, row))) : registers;
  }

  /** A relay keeps this from now on. */
  kept(event: NostrEvent): void {
    // Under a mistyped secret.
    if (event.pubkey !== this.seals.pubkey) return;
    const sealed = this.seals.of(event);
    if (!sealed) return this.find(Verdict.Violated, 'a relay was given what no vault has sealed');
    const bytes = paddedBytesOf(this.seals.bytesOf(event));
    if (bytes === undefined || (sealed.version.tier === Tier.Delta && bytes > DELTA_BYTES))
      this.find(Verdict.Violated, `an event of tier ${sealed.version.tier} is too large: ${bytes} bytes`);
  }

  /** What one version of the app may write, every other one takes as well: both say the same of the properties that both have. */
  #judgeQuarantine({ name, version }: Browser, changes: readonly LedgerChange[]): void {
    for (const change of changes) {
      if (change.kind !== LedgerChangeKind.Quarantine) continue;
      for (const { collection, id, reason } of change.documents)
        if (Object.hasOwn(this.app.rulesOf[version], collection))
          this.find(Verdict.Violated, `${name} has quarantined ${collection}/${id}: ${reason}`);
    }
  }

  /** I2: a register leaves a slot only if enough relays have shown it, or what supersedes it, at another address. */
  recorded(browser: Browser, changes: readonly LedgerChange[], { tabId, list }: CommittingTab): void {
    this.#judgeQuarantine(browser, changes);
    if (browser.isMistyped) return;
    const { device, slots } = browser.disk.ledger;
    let versions = this.#ownVersions.get(browser);
    let addresses: Iterable<string> = addressesOf(changes);
    if (!versions) {
      this.#ownVersions.set(browser, (versions = new Map()));
      addresses = slots.keys();
    }
    for (const d of addresses) {
      const record = slots.get(d);
      if (!record || record.version.deviceId !== device?.id) continue;
      const { version, event } = record;
      const known = versions.get(d);
      if (known?.id === event.id) continue;
      versions.set(d, event);
      const content = this.seals.contentOf(event);
      if (version.tier === Tier.Page && content.size > 0) {
        this.count('page');
        const isMoved = ([other, older]: [string, NostrEvent]) =>
          other !== d && [...this.seals.contentOf(older).keys()].some((key) => content.has(key));
        if ([...versions].some(isMoved)) this.count('compaction');
      }
      if (!known) continue;
      if (this.seals.of(event)?.by !== tabId) this.count('reclaimed');
      const before = this.seals.contentOf(known);
      if (before.size > 0 && content.size === 0) this.count('retirement');
      for (const [key, { registers }] of before) {
        const kept = content.get(key)?.registers ?? NO_REGISTERS;
        const gone = remaining(registers, kept, true);
        if (isEmpty(gone)) continue;
        this.count('left-a-slot');
        if (!this.evidence.isEnough(this.durableOn, list, { key, registers: gone }, d))
          this.find(
            Verdict.Violated,
            `I2: ${browser.name} drops ${nameOf(key)}, too few relays have shown it elsewhere`,
          );
      }
    }
  }

  /** After a disk was lost or replaced there is nothing to compare with. */
  forgetVersions(browser: Browser): void {
    this.#ownVersions.delete(browser);
  }
}

/** Shares of counters may be held apart for a while, and are judged by their sums. */
export const withoutShares = (registers: Registers): Registers => ({
  ...registers,
  leaves: new Map([...registers.leaves].filter(([name]) => !isShare(name))),
});

/** The id may have a zero byte, the name of a collection has none. */
export function partsOf(key: string): readonly [collection: string, id: string] {
  const end = key.indexOf('\u0000');
  return [key.slice(0, end), key.slice(end + 1)];
}

export function nameOf(key: string): string {
  const [collection, id] = partsOf(key);
  return `${collection}/${JSON.stringify(id)}`;
}

function* addressesOf(changes: readonly LedgerChange[]): Iterable<string> {
  for (const change of changes) if (change.kind === LedgerChangeKind.Slot) yield change.record.version.d;
}

function isSameToTheApp(a: Row, b: Row): boolean {
  return a._deleted === b._deleted && sameValue(appPart(a), appPart(b));
}
