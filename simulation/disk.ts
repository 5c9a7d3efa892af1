/** What a browser keeps on its disk, and an RxStorage over it: the part of the interface that the worker uses, in memory. */
import { Subject } from 'rxjs';
import { emptyLedgerDisk } from '../src/runtime/testing/memory-ledger';
import type { LedgerDisk } from '../src/runtime/testing/memory-ledger';
import type { Row, SyncedCollection } from '../src/runtime/storage/rxdb/stamping-storage';
import { Operation } from './worker-process';
import type { WorkerProcess } from './worker-process';

export interface Disk {
  readonly documents: Map<string, Map<string, Row>>;
  readonly ledger: LedgerDisk;
}

export const emptyDisk = (): Disk => ({ documents: new Map(), ledger: emptyLedgerDisk() });

/** As a backup tool would make it, between two transactions. */
export function copyDisk({ documents, ledger }: Disk): Disk {
  return {
    documents: new Map([...documents].map(([name, rows]) => [name, new Map(rows)])),
    ledger: {
      ...ledger,
      slots: new Map(ledger.slots),
      reservations: new Map(ledger.reservations),
      unread: new Map(ledger.unread),
      quarantine: new Map(ledger.quarantine),
      relays: new Map(ledger.relays),
    },
  };
}

export interface Commit {
  readonly collection: string;
  readonly context: string;
  readonly id: string;
  readonly previous: Row | undefined;
  readonly row: Row;
}

type Instance = SyncedCollection['inner'];

interface Bulk {
  readonly id: string;
  readonly events: readonly unknown[];
  readonly checkpoint: unknown;
  readonly context: string;
}

export interface DiskStorageOptions {
  readonly disk: Disk;
  readonly process: WorkerProcess;
  /** Told of each document in the very moment it is committed. */
  readonly onCommit: (commit: Commit) => void;
  /** Tells other tabs of a bulk, some time after it was committed. */
  readonly announce: (collection: string, bulk: Bulk) => void;
  /** Subscribes to bulks of other tabs. */
  readonly onAnnounced: (listener: (collection: string, bulk: Bulk) => void) => void;
}

/** The one kind of query that the worker makes: of rows by the time of their last write, then by key. */
interface Query {
  readonly query: {
    readonly selector: { readonly [field: string]: { readonly $eq?: number; readonly $gt?: number | string } };
    readonly limit: number;
  };
}

type Write = { readonly previous?: Row; readonly document: Row };
type Params = {
  readonly databaseName: string;
  readonly collectionName: string;
  readonly schema: { primaryKey: string };
};

export function createDiskStorage({ disk, process, onCommit, announce, onAnnounced }: DiskStorageOptions) {
  const streams = new Map<string, Subject<Bulk>>();
  onAnnounced((collection, bulk) => streams.get(collection)?.next(bulk));
  let bulks = 0;

  function open({ databaseName, collectionName, schema }: Params): Instance {
    const key = schema.primaryKey;
    const stream = new Subject<Bulk>();
    streams.set(collectionName, stream);
    // The disk may have been lost and replaced since, so it is looked up each time.
    const rows = (): Map<string, Row> => {
      let known = disk.documents.get(collectionName);
      if (!known) disk.documents.set(collectionName, (known = new Map()));
      return known;
    };

    const instance = {
      ...{ databaseName, collectionName, schema, options: {}, internals: {} },
      async bulkWrite(writes: readonly Write[], context: string) {
        await process.operation(Operation.Write);
        const error: unknown[] = [];
        const events: unknown[] = [];
        for (const writeRow of writes) {
          const { document, previous } = writeRow;
          const id = document[key] as string;
          const stored = rows().get(id);
          if (stored?._rev !== previous?._rev) {
            error.push({ status: 409, isError: true, documentId: id, writeRow, documentInDb: stored });
            continue;
          }
          rows().set(id, document);
          onCommit({ collection: collectionName, context, id, previous: stored, row: document });
          events.push({
            operation: stored ? (document._deleted ? 'DELETE' : 'UPDATE') : 'INSERT',
            ...{ documentId: id, documentData: document, previousDocumentData: stored },
          });
        }
        if (events.length > 0) {
          const bulk: Bulk = { id: `${databaseName}-${bulks++}`, events, checkpoint: {}, context };
          // The worker may die after its transaction and before anybody hears of it.
          await process.operation(Operation.Announce);
          announce(collectionName, bulk);
          stream.next(bulk);
        }
        return { error };
      },
      async findDocumentsById(ids: readonly string[], withDeleted: boolean) {
        await process.operation(Operation.Read);
        const found: Row[] = [];
        const stored = rows();
        for (const id of ids) {
          const row = stored.get(id);
          if (row && (withDeleted || !row._deleted)) found.push(row);
        }
        return found;
      },
      async query({ query }: Query) {
        await process.operation(Operation.Read);
        const { '_meta.lwt': time, [key]: ids } = query.selector;
        const isWanted = ({ _meta: { lwt } }: Row, id: string) =>
          (time!.$eq === undefined || (lwt === time!.$eq && id > ids!.$gt!)) &&
          lwt > ((time!.$gt as number | undefined) ?? -1);
        const found = [...rows()]
          .filter(([id, row]) => isWanted(row, id))
          .sort(([a, one], [b, other]) => one._meta.lwt - other._meta.lwt || (a < b ? -1 : 1))
          .map(([, row]) => row);
        return { documents: found.slice(0, query.limit) };
      },
      changeStream: () => stream,
      close: async () => {},
      remove: async () => {},
    };
    return instance as unknown as Instance;
  }

  return { name: 'disk', rxdbVersion: '0', createStorageInstance: async (params: Params) => open(params) };
}
