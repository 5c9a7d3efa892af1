/**
 * An RxStorage that stamps every local write in the very write that stores it. It reads the stored documents, finds what the
 * app changed, and puts the stamps into the documents' `_meta`; the storage below compares revisions in its own transaction, so
 * whatever comes between the reading and the writing is a conflict that RxDB retries. The documents are the merge state: there is no
 * second copy that a crash could leave behind.
 *
 * The app sees documents without merge state and without properties that only a newer version of the app knows.
 */
import { Subject } from 'rxjs';
import type {
  BulkWriteRow,
  RxStorage,
  RxStorageBulkWriteResponse,
  RxStorageInstanceCreationParams,
  RxStorageWriteError,
} from 'rxdb/plugins/core';
import { SyncError } from '../../core/errors';
import type { SyncDocument, SyncObject } from '../../core/json';
import { defaultsOf } from '../../core/schema';
import type { CollectionSchema } from '../../core/schema';
import { checkCollectionName, checkedId } from '../../crdt/document-key';
import { registersAfterWrite } from '../../crdt/local-write';
import { greatestStamp, NO_REGISTERS } from '../../crdt/join';
import { appPart, decodeRecord, encodeRecord, storedRecord } from '../record-codec';
import type { StoredRecord } from '../record-codec';
import { refusedRow } from './refused-row';
import { shownOtherwise } from './shown-rows';
import type { Differences, ShownOtherwise } from './shown-rows';
import type { Registers } from '../../crdt/registers';
import { storageNewer } from '../../persistence/stored-format';
import type { Author } from '../layer';
import type { Commit, RecordCollection, RecordSource } from '../record-collection';
import { idOf, primaryKeyOf, scanRows, storedRows, swapRows, writeOf } from './rows';
import type { Row, RowStorage } from './rows';
import { compileRules } from '../../crdt/merge-rules';
import type { JsonSchema, MergeRules } from '../../crdt/merge-rules';
import { nextStamp, wallClock } from '../../crdt/stamp';
import { documentShown, portTo, presented } from './app-view';
import type { Bulk } from './app-view';
import { createTurns } from '../write-priority';
import { breachOfWrite, compileValidators, documentInvalid } from '../../crdt/validate';
import type { Validate } from '../../crdt/validate';
import { cleanValue } from '../../crdt/json-value';
import { completeDocument, documentOf, knownPart, viewOf } from '../../crdt/view';

export type { Row } from './rows';

type Params = RxStorageInstanceCreationParams<StoredRecord, unknown>;
type Write = BulkWriteRow<StoredRecord>;
type Answer = RxStorageBulkWriteResponse<StoredRecord> & ShownOtherwise;

export interface StampingOptions {
  /** Dexie's storage in the app, memory in tests. */
  readonly storage: RxStorage<unknown, unknown>;
  /** Wall clock, ms. */
  readonly now: () => number;
  /** `notBefore` of config.json, ms: no stamp is older, however wrong the clock. */
  readonly notBeforeMs: number;
  /** Asked at every write, because a clone gets another id while it runs. */
  readonly author: () => Author;
  /** Whether a collection syncs. Others are only checked against their schema. */
  readonly syncs: (collection: string) => boolean;
  /** The schema of a collection as the app has defined it, with its defaults; by itself that of whoever opens the collection, which may lack them. */
  readonly schemaOf?: (collection: string) => JsonSchema | undefined;
  /** May reject a collection that is stored under other strategies (`checkStrategies`) before it opens. */
  readonly admit?: (collection: string, rules: MergeRules) => Promise<void> | void;
  /** A collection that syncs is open; nobody reads it before this resolves. */
  readonly opened?: (collection: string) => Promise<void> | void;
}

/** A collection that syncs. */
export interface SyncedCollection extends RecordCollection {
  /** The storage below: neither stamps nor hides anything. */
  readonly inner: RowStorage;
}

export interface StampingStorage extends RecordSource {
  /** What the main thread's RxDB works on, through storage-remote. */
  readonly storage: RxStorage<unknown, unknown>;
  /** By name, as RxDB has opened them. */
  readonly collections: ReadonlyMap<string, SyncedCollection>;
  /** By name, those that stay on this device: the storage below, whose documents bear no merge state. */
  readonly localCollections: ReadonlyMap<string, RowStorage>;
}

/** RxDB's own stores hold no documents of the app. */
const INTERNAL_STORES = '_rxdb_internal';

/** @throws (when a collection is created) SyncError SCHEMA_UNSUPPORTED, or what `admit` rejects with. */
export function createStampingStorage(options: StampingOptions): StampingStorage {
  const below = options.storage as unknown as RxStorage<unknown, unknown> & {
    createStorageInstance(params: Params): Promise<RowStorage>;
  };
  const collections = new Map<string, SyncedCollection>();
  const localCollections = new Map<string, RowStorage>();
  const committed$ = new Subject<Commit>();
  const turns = createTurns();

  async function createStorageInstance(params: Params): Promise<RowStorage> {
    const { collectionName: name } = params;
    if (name.startsWith(INTERNAL_STORES)) return below.createStorageInstance(params);
    const schema = options.schemaOf?.(name) ?? (params.schema as unknown as JsonSchema);
    const validators = compileValidators(schema);
    if (!options.syncs(name)) return openLocal(params, schema, validators.strict);
    checkCollectionName(name);
    const rules = compileRules(schema);
    await options.admit?.(name, rules);

    const inner = await below.createStorageInstance({ ...params, multiInstance: true });
    const collection: SyncedCollection = {
      ...{ name, inner, rules, validators },
      read: (ids) => storedRows(inner, ids),
      swap: (ids, next, swapOptions) => swapRows({ inner, rules }, ids, next, swapOptions),
      scan: (batchSize) => scanRows({ inner, rules }, batchSize),
    };
    collections.set(name, collection);
    const events = inner.changeStream().subscribe((bulk) => committed$.next(commitOf(collection, bulk as Bulk)));
    const forget = () => {
      events.unsubscribe();
      if (collections.get(name) === collection) collections.delete(name);
    };
    await options.opened?.(name);
    const bulkWrite = (rows: Write[], context: string) => writeStamped(collection, options, rows, context);
    return portTo({
      ...{ inner, turns, bulkWrite, forget },
      schema: params.schema,
      present: (row) => presented(row, rules),
    });
  }

  async function openLocal(params: Params, schema: JsonSchema, validate: Validate): Promise<RowStorage> {
    const inner = await below.createStorageInstance({ ...params, multiInstance: true });
    const { collectionName: name } = params;
    localCollections.set(name, inner);
    const forget = () => {
      if (localCollections.get(name) === inner) localCollections.delete(name);
    };
    const standard = defaultsOf(schema as unknown as CollectionSchema);
    const check = (write: Write): Write => {
      if (write.document._deleted) return write;
      const document = withDefaults(write.document, standard);
      const breach = validate(appPart(document));
      if (breach) throw documentInvalid(breach);
      return document === write.document ? write : { ...write, document };
    };
    const bulkWrite = (rows: Write[], context: string) => writePrepared(inner, rows, context, check, (row) => row);
    return portTo({ inner, turns, schema: params.schema, bulkWrite, present: (row) => row, forget });
  }

  const storage = { name: below.name, rxdbVersion: below.rxdbVersion, createStorageInstance };
  const { untilServed } = turns;
  return {
    storage: storage as unknown as RxStorage<unknown, unknown>,
    ...{ collections, localCollections, committed$, untilServed },
  };
}

const commitOf = (collection: RecordCollection, { context, events }: Bulk): Commit => ({
  collection,
  context,
  records: events.map(({ documentId, documentData }) => ({ id: documentId, record: documentData })),
});

async function writeStamped(
  collection: SyncedCollection,
  options: StampingOptions,
  rows: Write[],
  context: string,
): Promise<Answer> {
  const { inner, rules, validators } = collection;
  // What the app takes for new need not be read: if it is there, the storage below finds a conflict.
  const ids = rows.filter(({ previous }) => previous).map(({ document }) => idOf(document, inner));
  const stored = ids.length > 0 ? await storedRows(inner, ids) : new Map<string, Row>();
  const stamp = (row: Write): Write => {
    const { _rev, _attachments, _deleted, _meta } = row.document;
    const id = _deleted ? idOf(row.document, inner) : checkedId(idOf(row.document, inner), rules.primaryKey);
    const previous = stored.get(id);
    // What the app has not seen is a conflict, which the storage below finds out by itself.
    if (previous && previous._rev !== row.previous?._rev) return row;
    const before = previous ? decodeRecord(previous, rules) : NO_REGISTERS;
    if (!before) throw storageNewer();
    const after = _deleted ? null : checkedDocument(collection, before, row.document);
    const { deviceId, isProven } = options.author();
    const wallMs = wallClock(options.now(), _meta.lwt, options.notBeforeMs);
    const registers = registersAfterWrite({
      before,
      after,
      rules,
      stamp: nextStamp(greatestStamp(before), wallMs, deviceId),
      ...(previous && { seen: documentShown(previous, rules) }),
      mayShow: (merged) => !validators.tolerant(knownPart(documentOf(id, merged, rules), rules)),
      holdShares: !isProven,
    });
    const record = storedRecord(encodeRecord(id, registers, rules, previous), { _rev, _attachments, _meta });
    return writeOf(previous, record as Row);
  };
  return writePrepared(inner, rows, context, stamp, (row) => presented(row, rules));
}

/** The document without what JSON cannot hold, if the collection may hold it as it will be read. */
function checkedDocument({ rules, validators }: SyncedCollection, before: Registers, written: Row): SyncDocument {
  const clean = cleanValue(appPart(written), '') as SyncDocument;
  const breach = breachOfWrite(validators, () => viewOf(before, rules), completeDocument(clean, rules));
  if (breach) throw documentInvalid(breach);
  return clean;
}

/** There is no merge state to tell a default from a choice, so it is stored as one. The same reference if nothing is missing. */
function withDefaults(row: Row, standard: SyncObject): Row {
  const missing = Object.entries(standard).filter(([property]) => row[property] === undefined);
  return missing.length === 0 ? row : Object.assign({}, row, Object.fromEntries(missing));
}

/**
 * Writes what `prepare` makes of each row; a refusal concerns its own row only. The answer names the rows that were given, and how what was written
 * is shown where that is otherwise.
 */
async function writePrepared(
  inner: RowStorage,
  rows: Write[],
  context: string,
  prepare: (row: Write) => Write,
  present: (row: Row) => Row,
): Promise<Answer> {
  const refused: RxStorageWriteError<StoredRecord>[] = [];
  const prepared: Write[] = [];
  const givenById = new Map(rows.map((row) => [idOf(row.document, inner), row]));
  for (const [id, row] of givenById) {
    try {
      prepared.push(prepare(row));
    } catch (error) {
      if (!(error instanceof SyncError) || rows.length === 1) throw error;
      refused.push(refusedRow(row, id, error, context));
    }
  }
  if (prepared.length === 0) return { error: refused };
  const { error } = await inner.bulkWrite(prepared, context);
  const conflicts = error.map((conflict) => ({
    ...conflict,
    writeRow: givenById.get(conflict.documentId),
    ...('documentInDb' in conflict && { documentInDb: present(conflict.documentInDb as Row) }),
  }));
  const failed = new Set(error.map(({ documentId }) => documentId));
  const shown: Differences[] = [];
  for (const { document } of prepared) {
    const id = idOf(document, inner);
    const given = givenById.get(id)!.document;
    if (failed.has(id) || document === given || document._deleted) continue;
    const differences = shownOtherwise(given, document, present, primaryKeyOf(inner));
    if (differences) shown.push(differences);
  }
  const errors = [...(conflicts as RxStorageWriteError<StoredRecord>[]), ...refused];
  return shown.length > 0 ? { error: errors, shown } : { error: errors };
}
