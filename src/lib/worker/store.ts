/**
 * The store: documents under their merge state, over the collections that the stamping storage has opened. A merge is one
 * compare-and-swap: read, join, write what changed; a document that was written meanwhile is a conflict and is read again.
 */
import type { BulkWriteRow } from 'rxdb/plugins/core';
import { prepareQuery } from 'rxdb/plugins/core';
import { ErrorCode, SyncError } from '../types';
import { isHeldApart, settleShares } from './local-write';
import { greatestStamp, isEmpty, joinRegisters, NO_REGISTERS, registersOf } from './merge';
import { ChangeOrigin } from './ports';
import type { JoinOutcome, Quarantined, Store, StoreChange, StoredDocument } from './ports';
import { appPart, decodeRecord, encodeRecord } from './record';
import type { EncodedRecord, StoredRecord } from './record';
import type { Registers } from './registers';
import { MergeStrategy, strategiesOf } from './rules';
import { nextStamp } from './stamp';
import { storedRows } from './stamping-storage';
import type { Row, StampingStorage, SyncedCollection } from './stamping-storage';
import { sameValue } from './value';
import { knownPart } from './view';

/** RxDB's context of writes: `Merge` has nothing new for the relays, `Rewrite` may have. */
enum Context {
  Merge = 'zero-backend-sync-merge',
  Rewrite = 'zero-backend-sync-rewrite',
}

export interface StoreOptions {
  readonly stamping: StampingStorage;
  /** Wall clock, ms. */
  readonly now: () => number;
  /** A few random characters that tell this worker's revisions from others'. */
  readonly revisionToken: string;
}

export interface DocumentStore extends Store {
  /**
   * Writes every document anew whose registers `change` changes (a migration), or that the present schema stores in another way (a
   * property with a default is new). A document that would break the schema stays as it is.
   * @returns the number of documents written.
   */
  rewrite(collection: string, change?: (id: string, registers: Registers) => Registers): Promise<number>;
  /**
   * This device has no clone: what was counted apart goes to its shares, now and whenever another tab counts apart.
   * @param deviceId 32 hex digits; another one at the next call if the device turned out to be a clone.
   */
  settleShares(deviceId: string): Promise<void>;
}

/** What of the document goes to the relays: everything but shares of counters that are held apart. */
type NextRecord = (id: string, before: Registers, row: Row | undefined) => EncodedRecord | undefined;

export function createStore({ stamping, now, revisionToken }: StoreOptions): DocumentStore {
  let settlingFor: string | undefined;

  async function join(name: string, inbound: readonly StoredDocument[]): Promise<JoinOutcome> {
    const collection = opened(name);
    const inboundById = new Map<string, Registers>();
    for (const { id, registers } of inbound) {
      inboundById.set(id, joinRegisters(inboundById.get(id) ?? NO_REGISTERS, registers));
    }
    const joined = new Map<string, StoredDocument>();
    const quarantined = new Map<string, Quarantined>();
    await swap(collection, Context.Merge, [...inboundById.keys()], (id, before) => {
      const registers = inboundById.get(id)!;
      const after = joinRegisters(before, registers);
      joined.set(id, { id, registers: publicPart(after) });
      quarantined.delete(id);
      if (after === before || isEmpty(after)) return undefined;
      const record = encodeRecord(id, after, collection.rules);
      const reason = whyInvalid(collection, record);
      if (reason === undefined) return record;
      joined.delete(id);
      quarantined.set(id, { collection: name, id, registers, reason });
      return undefined;
    });
    return { joined: [...joined.values()], quarantined: [...quarantined.values()] };
  }

  async function rewrite(name: string, change = (_id: string, registers: Registers) => registers): Promise<number> {
    const collection = opened(name);
    let written = 0;
    for await (const rows of scanRows(collection, 100)) {
      written += await swap(collection, Context.Rewrite, idsOf(collection, rows), (id, before, row) => {
        const record = encodeRecord(id, change(id, before), collection.rules);
        return (row && isStoredAs(row, record)) || whyInvalid(collection, record) !== undefined ? undefined : record;
      });
    }
    return written;
  }

  async function settleAll(deviceId: string): Promise<void> {
    settlingFor = deviceId;
    for (const collection of stamping.collections.values()) {
      if (!hasCounters(collection)) continue;
      for await (const rows of scanRows(collection, 100)) await settle(collection, idsOf(collection, rows), deviceId);
    }
  }

  async function settle(collection: SyncedCollection, ids: readonly string[], deviceId: string): Promise<void> {
    await swap(collection, Context.Rewrite, ids, (id, before) => {
      const after = settleShares(before, nextStamp(greatestStamp(before), now(), deviceId));
      return after === before ? undefined : encodeRecord(id, after, collection.rules);
    });
  }

  /** Writes what `next` makes of each document, and again for those that were written by others in between. */
  async function swap(
    collection: SyncedCollection,
    context: Context,
    ids: readonly string[],
    next: NextRecord,
  ): Promise<number> {
    let written = 0;
    for (let pending = ids; pending.length > 0;) {
      const stored = await storedRows(collection.inner, pending);
      const writes: BulkWriteRow<StoredRecord>[] = [];
      for (const id of pending) {
        const previous = stored.get(id);
        const before = previous ? decodeRecord(previous, collection.rules) : NO_REGISTERS;
        const record = next(id, before, previous);
        if (record) writes.push({ ...(previous && { previous }), document: rowOf(record, previous) });
      }
      if (writes.length === 0) break;
      const { error } = await collection.inner.bulkWrite(writes, context);
      const broken = error.find(({ status }) => status !== 409);
      if (broken)
        throw new SyncError(ErrorCode.StorageFailed, `The local database has refused a merge (${broken.status}).`);
      written += writes.length - error.length;
      pending = error.map(({ documentId }) => documentId);
    }
    return written;
  }

  function rowOf({ document, isDeleted, zbs }: EncodedRecord, previous: Row | undefined): Row {
    const height = previous ? parseInt(previous._rev, 10) + 1 : 1;
    return {
      ...document,
      _deleted: isDeleted,
      _attachments: previous?._attachments ?? {},
      _rev: `${height}-${revisionToken}`,
      _meta: { ...previous?._meta, lwt: now(), zbs },
    } as unknown as Row;
  }

  async function read(name: string, ids: readonly string[]): Promise<ReadonlyMap<string, StoredDocument>> {
    const collection = opened(name);
    const stored = await storedRows(collection.inner, ids);
    return new Map([...stored].map(([id, row]) => [id, storedDocument(collection, id, row)]));
  }

  async function* scan(name: string, batchSize: number): AsyncGenerator<readonly StoredDocument[]> {
    const collection = opened(name);
    for await (const rows of scanRows(collection, batchSize)) {
      yield rows.map((row) => storedDocument(collection, row[collection.rules.primaryKey] as string, row));
    }
  }

  function changes(listener: (change: StoreChange) => void): () => void {
    const subscription = stamping.committed$.subscribe(({ collection, bulk }) => {
      const documents = bulk.events.map(({ documentId, documentData }) =>
        storedDocument(collection, documentId, documentData),
      );
      const origin = bulk.context === Context.Merge ? ChangeOrigin.Merge : ChangeOrigin.Local;
      if (documents.length > 0) listener({ collection: collection.name, origin, documents });
    });
    return () => subscription.unsubscribe();
  }

  stamping.committed$.subscribe(({ collection, bulk }) => {
    if (settlingFor === undefined || bulk.context === Context.Rewrite || !hasCounters(collection)) return;
    const held = bulk.events.filter(({ documentData }) => hasHeldShares(decodeRecord(documentData, collection.rules)));
    const ids = held.map(({ documentId }) => documentId);
    // Whatever fails here is settled at the next start: what is held apart stays in the document.
    settle(collection, ids, settlingFor).catch(() => {});
  });

  function opened(name: string): SyncedCollection {
    const collection = stamping.collections.get(name);
    if (collection) return collection;
    throw new SyncError(ErrorCode.StorageFailed, `The collection "${name}" is not open, or it does not sync.`);
  }

  return {
    get collections() {
      return [...stamping.collections.keys()];
    },
    read,
    join,
    scan,
    changes,
    rewrite,
    settleShares: settleAll,
  };
}

/** Every row by primary key, the living before the dead. What changes sides meanwhile is told by `changes`. */
async function* scanRows({ inner, rules }: SyncedCollection, batchSize: number): AsyncGenerator<readonly Row[]> {
  const { primaryKey } = rules;
  for (const isDeleted of [false, true]) {
    for (let last = ''; ;) {
      const query = {
        selector: { _deleted: { $eq: isDeleted }, [primaryKey]: { $gt: last } },
        sort: [{ [primaryKey]: 'asc' as const }],
        index: ['_deleted', primaryKey],
        skip: 0,
        limit: batchSize,
      };
      const { documents } = await inner.query(prepareQuery<StoredRecord>(inner.schema, query as never));
      if (documents.length > 0) yield documents as readonly Row[];
      if (documents.length < batchSize) break;
      last = documents.at(-1)![primaryKey] as string;
    }
  }
}

const idsOf = ({ rules }: SyncedCollection, rows: readonly Row[]): readonly string[] =>
  rows.map((row) => row[rules.primaryKey] as string);

function storedDocument({ rules }: SyncedCollection, id: string, row: Row): StoredDocument {
  return { id, registers: publicPart(decodeRecord(row, rules)) };
}

const hasCounters = ({ rules }: SyncedCollection): boolean =>
  Object.values(strategiesOf(rules)).includes(MergeStrategy.Counter);

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
  { rules, validators }: SyncedCollection,
  { document, isDeleted }: EncodedRecord,
): string | undefined {
  const breach = isDeleted ? undefined : validators.tolerant(knownPart(document, rules));
  return breach && `"${breach.keyword}" at ${breach.path || '/'}`;
}

function isStoredAs(row: Row, { document, zbs }: EncodedRecord): boolean {
  return row._meta.zbs === zbs && sameValue(appPart(row), document);
}
