/**
 * The store: documents under their merge state, over the collections that a storage layer has opened. A merge is one
 * compare-and-swap: read, join, write what changed; a document that was written meanwhile is a conflict and is read again.
 */
import { ErrorCode, SyncError } from '../core/errors';
import { essentialsOf } from '../crdt/essentials';
import { isHeldApart, settleShares } from '../crdt/local-write';
import { greatestStamp, isEmpty, joinRegisters, NO_REGISTERS, registersOf } from '../crdt/join';
import { ChangeOrigin } from '../contracts/store';
import type { JoinOutcome, Quarantined, Store, StoreChange, StoredDocument } from '../contracts/store';
import { appPart, decodeRecord, encodeRecord } from './record-codec';
import type { EncodedRecord, StoredRecord } from './record-codec';
import type { Commit, NextRecord, RecordCollection, RecordSource, SwapOptions } from './record-collection';
import type { Registers } from '../crdt/registers';
import { renameRegisters } from '../crdt/rename';
import type { Renames } from '../crdt/rename';
import { MergeStrategy, strategiesOf } from '../crdt/merge-rules';
import type { MergeRules } from '../crdt/merge-rules';
import { nextStamp } from '../crdt/stamp';
import { sameValue } from '../crdt/json-value';
import { knownPart } from '../crdt/view';

/** Contexts of the store's own writes: `Merge` has nothing new for the relays, `Rewrite` may have, and `Restore` changes no register. */
enum Context {
  Merge = 'zero-backend-sync-merge',
  Restore = 'zero-backend-sync-restore',
  Rewrite = 'zero-backend-sync-rewrite',
}

/** More documents than this at once come from a bulk, whose documents are mostly new (a first sync) or mostly known (a repacked page). */
const FEW = 20;

export interface StoreOptions {
  readonly records: RecordSource;
  /** Wall clock, ms. */
  readonly now: () => number;
  /** A few random characters that tell this worker's revisions from others'. */
  readonly revisionToken: string;
  /** Properties of a collection that an earlier version of the app called by another name, as registers begin (`asNames`). */
  readonly renames?: (collection: string) => Renames | undefined;
  /** A newer version of the app has stored a document in a way that this one cannot read. */
  readonly onNewer?: () => void;
}

export interface DocumentStore extends Store {
  /**
   * Brings every document to the present version of the schema: renames registers, and writes what this version stores in another way
   * (a property with a default is new). To be called once after the schema has changed; a document that would break it stays as it is.
   * @returns the number of documents written.
   */
  rewrite(collection: string): Promise<number>;
}

export function createStore({
  records,
  now,
  revisionToken,
  renames = () => undefined,
  onNewer = () => {},
}: StoreOptions): DocumentStore {
  let settlingFor: string | undefined;
  /** Collections whose last bulk brought mostly known documents. */
  const knownBulks = new Set<string>();

  async function join(name: string, inbound: readonly StoredDocument[]): Promise<JoinOutcome> {
    const collection = opened(name);
    const inboundById = new Map<string, Registers>();
    for (const { id, registers } of inbound)
      inboundById.set(id, joinRegisters(inboundById.get(id) ?? NO_REGISTERS, registers));
    const joined = new Map<string, StoredDocument>();
    const quarantined = new Map<string, Quarantined>();
    const known = new Set<string>();
    const merge: NextRecord = (id, before, row) => {
      if (row) known.add(id);
      const registers = inboundById.get(id)!;
      const refuse = (reason: string): undefined => {
        joined.delete(id);
        quarantined.set(id, { collection: name, id, registers, reason });
      };
      if (!before) {
        onNewer();
        return refuse('stored by a newer version of the app');
      }
      try {
        const after = renamed(name, joinRegisters(before, registers));
        joined.set(id, { id, registers: publicPart(after) });
        quarantined.delete(id);
        if (after === before || isEmpty(after)) return undefined;
        const record = encodeRecord(id, after, collection.rules, row);
        const reason = whyInvalid(collection, record);
        return reason === undefined ? record : refuse(reason);
      } catch (error) {
        // Nothing of the storage is asked here: one document that cannot be judged must not keep the others from being merged.
        return refuse(error instanceof Error ? error.name : 'not judged');
      }
    };
    const isBulk = inboundById.size > FEW;
    const areNew = isBulk && !knownBulks.has(name);
    if (isBulk) await records.untilServed();
    await collection.swap([...inboundById.keys()], merge, { areNew, ...writing(Context.Merge) });
    if (isBulk && known.size > inboundById.size / 2) knownBulks.add(name);
    else if (isBulk) knownBulks.delete(name);
    return { joined: [...joined.values()], quarantined: [...quarantined.values()] };
  }

  async function rewrite(name: string): Promise<number> {
    const collection = opened(name);
    const rewriting =
      (isToBe: 'renamed' | 'kept'): NextRecord =>
      (id, before, row) => {
        const after = before && renamed(name, before);
        if (!after || (after === before) !== (isToBe === 'kept')) return undefined;
        const record = encodeRecord(id, after, collection.rules, row);
        return (row && isStoredAs(row, record)) || whyInvalid(collection, record) !== undefined ? undefined : record;
      };
    let written = 0;
    for await (const rows of collection.scan(100)) {
      const ids = idsOf(collection, rows);
      if (renames(name)) written += await collection.swap(ids, rewriting('renamed'), writing(Context.Rewrite));
      written += await collection.swap(ids, rewriting('kept'), writing(Context.Restore));
    }
    return written;
  }

  async function settleAll(deviceId: string): Promise<void> {
    settlingFor = deviceId;
    for (const collection of records.collections.values()) {
      if (!hasCounters(collection)) continue;
      for await (const rows of collection.scan(100)) await settle(collection, idsOf(collection, rows), deviceId);
    }
  }

  async function settle(collection: RecordCollection, ids: readonly string[], deviceId: string): Promise<void> {
    const next: NextRecord = (id, before, row) => {
      if (!before) return undefined;
      const after = settleShares(before, nextStamp(greatestStamp(before), now(), deviceId));
      return after === before ? undefined : encodeRecord(id, after, collection.rules, row);
    };
    await collection.swap(ids, next, writing(Context.Rewrite));
  }

  async function read(name: string, ids: readonly string[]): Promise<ReadonlyMap<string, StoredDocument>> {
    const collection = opened(name);
    const stored = await collection.read(ids);
    const records = [...stored].map(([id, record]) => ({ id, record }));
    return new Map(readable({ collection, records }).map((document) => [document.id, document]));
  }

  async function* scan(name: string, batchSize: number): AsyncGenerator<readonly StoredDocument[]> {
    const collection = opened(name);
    for await (const rows of collection.scan(batchSize)) {
      const documents = rows.map((row) => storedDocument(collection, idOf(collection, row), row));
      if (documents.some(({ isNewer }) => isNewer)) onNewer();
      yield documents;
    }
  }

  /** The documents that this version of the app can read. */
  function readable({
    collection,
    records: stored,
  }: Pick<Commit, 'collection' | 'records'>): readonly StoredDocument[] {
    const documents = stored.map(({ id, record }) => storedDocument(collection, id, record));
    if (!documents.some(({ isNewer }) => isNewer)) return documents;
    onNewer();
    return documents.filter(({ isNewer }) => !isNewer);
  }

  function changes(listener: (change: StoreChange) => void): () => void {
    const subscription = records.committed$.subscribe((commit) => {
      const { collection, context } = commit;
      if (context === Context.Restore) return;
      const documents = readable(commit);
      const origin = context === Context.Merge ? ChangeOrigin.Merge : ChangeOrigin.Local;
      if (documents.length > 0) listener({ collection: collection.name, origin, documents });
    });
    return () => subscription.unsubscribe();
  }

  records.committed$.subscribe((commit) => {
    const { collection, context } = commit;
    if (settlingFor === undefined || context === Context.Rewrite || !hasCounters(collection)) return;
    const held = readable(commit).filter(({ holdsShares }) => holdsShares);
    const ids = held.map(({ id }) => id);
    // Whatever fails here is settled at the next start: what is held apart stays in the document.
    settle(collection, ids, settlingFor).catch(() => {});
  });

  /** An older version of the app in another tab writes under the old names. */
  records.committed$.subscribe(({ collection, records: committed }) => {
    const { name, rules } = collection;
    if (!renames(name)) return;
    const ids = committed
      .filter(({ record }) => {
        const registers = decodeRecord(record, rules);
        return registers && renamed(name, registers) !== registers;
      })
      .map(({ id }) => id);
    const next: NextRecord = (id, before, row) => {
      const after = before && renamed(name, before);
      const record = !after || after === before ? undefined : encodeRecord(id, after, rules, row);
      return record && whyInvalid(collection, record) === undefined ? record : undefined;
    };
    // What fails here is renamed when the document is next joined, or when the schema next changes.
    if (ids.length > 0) collection.swap(ids, next, writing(Context.Rewrite)).catch(() => {});
  });

  function renamed(name: string, registers: Registers): Registers {
    const names = renames(name);
    return names ? renameRegisters(registers, names) : registers;
  }

  const writing = (context: Context): SwapOptions => ({ context, revisionToken, nowMs: now() });

  function opened(name: string): RecordCollection {
    const collection = records.collections.get(name);
    if (collection) return collection;
    throw new SyncError(ErrorCode.StorageFailed, `The collection "${name}" is not open, or it does not sync.`);
  }

  return {
    get collections() {
      return [...records.collections.keys()];
    },
    read,
    join,
    essentialsOf(collection, registers) {
      const rules = records.collections.get(collection)?.rules;
      return rules ? essentialsOf(registers, rules) : [];
    },
    scan,
    changes,
    rewrite,
    settleShares: settleAll,
  };
}

const idOf = ({ rules }: RecordCollection, row: StoredRecord): string => row[rules.primaryKey] as string;
const idsOf = (collection: RecordCollection, rows: readonly StoredRecord[]): readonly string[] =>
  rows.map((row) => idOf(collection, row));

function storedDocument({ rules }: RecordCollection, id: string, row: StoredRecord): StoredDocument {
  const registers = decodeRecord(row, rules);
  if (!registers) return { id, registers: NO_REGISTERS, isNewer: true };
  const visible = publicPart(registers);
  return visible === registers ? { id, registers } : { id, registers: visible, holdsShares: true };
}

const withCounters = new WeakMap<MergeRules, boolean>();

/** Asked at every write. */
function hasCounters({ rules }: RecordCollection): boolean {
  let has = withCounters.get(rules);
  if (has === undefined) {
    has = Object.values(strategiesOf(rules)).includes(MergeStrategy.Counter);
    withCounters.set(rules, has);
  }
  return has;
}

function hasHeldShares({ leaves }: Registers): boolean {
  for (const name of leaves.keys()) if (isHeldApart(name)) return true;
  return false;
}

/** What other devices may see of a document: all but the shares of counters that are held apart. */
function publicPart(registers: Registers): Registers {
  if (!hasHeldShares(registers)) return registers;
  const leaves = [...registers.leaves].filter(([name]) => !isHeldApart(name));
  return registersOf(registers.inserted, registers.deleted, new Map(leaves));
}

/** Only what this version of the app sees has to keep its schema. A dead document is seen by nobody. */
function whyInvalid(
  { rules, validators }: RecordCollection,
  { document, isDeleted }: EncodedRecord,
): string | undefined {
  const breach = isDeleted ? undefined : validators.tolerant(knownPart(document, rules));
  return breach && `"${breach.keyword}" at ${breach.path || '/'}`;
}

function isStoredAs(row: StoredRecord, { document, zbs }: EncodedRecord): boolean {
  return row._meta.zbs === zbs && sameValue(appPart(row), document);
}
