/** What the main thread sees of a collection's storage: documents without merge state, and without what only a newer version knows. */
import { map } from 'rxjs';
import type { EventBulk, RxStorageChangeEvent } from 'rxdb/plugins/core';
import type { SyncDocument } from '../../core/json';
import { appPart } from '../record-codec';
import type { Row, RowSchema, RowStorage } from './rows';
import type { MergeRules } from '../../crdt/merge-rules';
import type { Turns } from '../write-priority';
import { completeDocument, knownPart } from '../../crdt/view';

export type Bulk = EventBulk<RxStorageChangeEvent<Row>, unknown>;

export interface PortOptions {
  readonly inner: RowStorage;
  /** Told of what the app writes, from its beginning to its end. */
  readonly turns: Turns;
  /** As the main thread knows it. */
  readonly schema: RowSchema;
  readonly bulkWrite: RowStorage['bulkWrite'];
  readonly present: (row: Row) => Row;
  /** Called when the collection is closed or removed. */
  readonly forget?: () => void;
}

/** The instance that the main thread talks to. */
export function portTo({ inner, turns, schema, bulkWrite, present, forget = () => {} }: PortOptions): RowStorage {
  const presentAll = (rows: readonly Row[]) => rows.map(present);
  return {
    databaseName: inner.databaseName,
    collectionName: inner.collectionName,
    schema,
    internals: inner.internals,
    options: inner.options,
    bulkWrite: (rows, context) => turns.take(bulkWrite(rows, context)),
    findDocumentsById: async (ids, withDeleted) => presentAll(await inner.findDocumentsById(ids, withDeleted)),
    query: async (query) => ({ documents: presentAll((await inner.query(query)).documents) }),
    count: (query) => inner.count(query),
    getAttachmentData: (...which) => inner.getAttachmentData(...which),
    changeStream: () => inner.changeStream().pipe(map((bulk) => presentedBulk(bulk as Bulk, present))),
    // RxDB would remove deletions for good, and with them what keeps old devices from bringing documents back.
    cleanup: async () => true,
    close() {
      forget();
      return inner.close();
    },
    remove() {
      forget();
      return inner.remove();
    },
  };
}

function presentedBulk(bulk: Bulk, present: (row: Row) => Row): Bulk {
  const events = bulk.events.map((event) => ({
    ...event,
    documentData: present(event.documentData),
    ...(event.previousDocumentData && { previousDocumentData: present(event.previousDocumentData as Row) }),
  }));
  return { ...bulk, events: events as Bulk['events'] };
}

export function presented(row: Row, rules: MergeRules): Row {
  const { _rev, _attachments, _deleted } = row;
  const { zbs: _zbs, ...meta } = row._meta;
  return Object.assign({}, documentShown(row, rules), { _rev, _attachments, _deleted, _meta: meta }) as unknown as Row;
}

/** Another version of the app, in another tab or before this one, may have stored it without what this one fills in, or with other defaults. */
export function documentShown(row: Row, rules: MergeRules): SyncDocument {
  return completeDocument(knownPart(appPart(row), rules), rules);
}
