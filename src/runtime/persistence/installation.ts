/**
 * What an installation of an app remembers beside documents and ledgers: its secret key, with which databases are named so that a name reveals
 * nothing about its identity (docs/protocol.md, section 1), in which format the documents of each database and under which schema its collections
 * are stored, and whose the guest databases are.
 */
import { ErrorCode, SyncError } from '../core/errors';
import { openReopeningDatabase } from './reopening-database';
import type { ReopeningDatabase } from './reopening-database';
import type { MarkedTables } from './marks';
import { checkFormat, keepUnknown, STORED_FORMAT } from './stored-format';
import type { Clock } from '../core/clock';
import type { ServedList } from '../core/config/served-list';
import type { Strategies } from '../crdt/merge-rules';

/** What is recorded of a collection when it is opened. */
export interface CollectionRecord {
  readonly strategies: Strategies;
  /** As JSON. */
  readonly schema: string;
}

/** What is recorded of the documents of a database before the first is written. */
interface DocumentsRecord {
  /** That of the newest record among them. */
  readonly format: number;
}

/** The guest databases of an app in this browser, by name. */
export interface Guests {
  /** Where a guest writes now; none before the first guest, and after a user has claimed it. */
  readonly present?: string;
  /** Those that are a user's already, with the name of the user's database, until nothing is left in them. */
  readonly claims: { readonly [guest: string]: string };
  /** The collections that were opened in each, and whether anything was written: another version of the app may not have them. */
  readonly collections?: { readonly [guest: string]: { readonly [collection: string]: boolean } };
}

const noGuests: Guests = { claims: {} };

/** Every change keeps what only a newer version of the app knows of a record, or is refused with STORAGE_NEWER. */
export interface Installation {
  /** The r of docs/protocol.md as a key for HMAC-SHA256 that cannot be exported. */
  readonly key: CryptoKey;
  /**
   * Must be called before anything of the database is opened.
   * @throws SyncError STORAGE_NEWER if a newer version of the app has written documents in it that this one cannot read
   */
  admitDatabase(databaseName: string): Promise<void>;
  /** @param collection a name that is unique in this browser. */
  readCollection(collection: string): Promise<CollectionRecord | undefined>;
  writeCollection(collection: string, record: CollectionRecord): Promise<void>;
  /** Forgets how the documents of a database were stored. */
  forgetDatabase(databaseName: string): Promise<void>;
  /**
   * Changes what is known of an app's guest databases in one transaction, and resolves with it. `update` keeps the properties that it does not know.
   * @param app a name that is unique to the app in this browser.
   */
  updateGuests(app: string, update: (guests: Guests) => Guests): Promise<Guests>;
  /** What the file at `relaysUrl` gave last; undefined before the first time. */
  readServedList(): Promise<ServedList | undefined>;
  /** In one transaction. The same reference from `update` changes nothing. */
  updateServedList(update: (known: ServedList | undefined) => ServedList): Promise<ServedList>;
  close(): void;
}

enum Table {
  Key = 'key',
  Documents = 'documents',
  Collections = 'collections',
  Guests = 'guests',
  Relays = 'relays',
}

interface Tables extends MarkedTables {
  [Table.Key]: { key: string; value: Uint8Array };
  [Table.Documents]: { key: string; value: DocumentsRecord };
  [Table.Collections]: { key: string; value: CollectionRecord };
  [Table.Guests]: { key: string; value: Guests };
  [Table.Relays]: { key: string; value: ServedList };
}

/** The mark of all records that change (marks.ts). */
const RECORDS = 'records';

const SERVED_LIST = 'served';

/** A collection's name in `readCollection`. */
export const collectionKey = (databaseName: string, collection: string): string => `${databaseName}/${collection}`;

const keyBytes = 32;
/** An IndexedDB that does not answer at all is blocked: by another tab that is deleting it, or by the browser. */
const openTimeoutMs = 10_000;

/**
 * Opens what this browser remembers for an app, making a key the first time; two tabs at once get the same one. Other apps of the site have others.
 * @throws SyncError STORAGE_BLOCKED when the browser refuses IndexedDB or it does not answer, STORAGE_NEWER when a newer version of the app
 * has changed it.
 */
export async function openInstallation(appId: string, clock: Clock): Promise<Installation> {
  const [database, bytes] = await inTime(clock, openDatabase(appId));
  return {
    key: await importKey(bytes),
    async admitDatabase(databaseName) {
      await database.update(
        RECORDS,
        [Table.Documents],
        (transaction) => transaction.objectStore(Table.Documents).get(databaseName),
        (known) =>
          admits(known)
            ? (transaction) => [transaction.objectStore(Table.Documents).put({ format: STORED_FORMAT }, databaseName)]
            : undefined,
      );
    },
    readCollection: (collection) =>
      database.read([Table.Collections], (transaction) => transaction.objectStore(Table.Collections).get(collection)),
    async writeCollection(collection, record) {
      await database.update(
        RECORDS,
        [Table.Collections],
        (transaction) => transaction.objectStore(Table.Collections).get(collection),
        (known) => (transaction) => [
          transaction.objectStore(Table.Collections).put(keepUnknown(known, record), collection),
        ],
      );
    },
    async forgetDatabase(databaseName) {
      // '0' is the character after '/'.
      const range = IDBKeyRange.bound(`${databaseName}/`, `${databaseName}0`, false, true);
      await database.change([Table.Documents, Table.Collections], {}, (transaction) => [
        transaction.objectStore(Table.Documents).delete(databaseName),
        transaction.objectStore(Table.Collections).delete(range),
      ]);
    },
    async updateGuests(app, update) {
      let after = noGuests;
      await database.update(
        RECORDS,
        [Table.Guests],
        (transaction) => transaction.objectStore(Table.Guests).get(app),
        (known = noGuests) => {
          after = update(known);
          return after === known ? undefined : (transaction) => [transaction.objectStore(Table.Guests).put(after, app)];
        },
      );
      return after;
    },
    readServedList: () =>
      database.read([Table.Relays], (transaction) => transaction.objectStore(Table.Relays).get(SERVED_LIST)),
    async updateServedList(update) {
      let after: ServedList | undefined;
      await database.update(
        RECORDS,
        [Table.Relays],
        (transaction) => transaction.objectStore(Table.Relays).get(SERVED_LIST),
        (known) => {
          const next = (after = update(known));
          if (next === known) return undefined;
          return (transaction) => [transaction.objectStore(Table.Relays).put(keepUnknown(known, next), SERVED_LIST)];
        },
      );
      return after!;
    },
    close: database.close,
  };
}

/** An installation that is forgotten with the process. */
export async function temporaryInstallation(): Promise<Installation> {
  const documents = new Map<string, DocumentsRecord>();
  const records = new Map<string, CollectionRecord>();
  const guests = new Map<string, Guests>();
  let served: ServedList | undefined;
  return {
    key: await importKey(newBytes()),
    async admitDatabase(databaseName) {
      if (admits(documents.get(databaseName))) documents.set(databaseName, { format: STORED_FORMAT });
    },
    readCollection: async (collection) => records.get(collection),
    async writeCollection(collection, record) {
      records.set(collection, keepUnknown(records.get(collection), record));
    },
    async forgetDatabase(databaseName) {
      documents.delete(databaseName);
      for (const key of records.keys()) if (key.startsWith(`${databaseName}/`)) records.delete(key);
    },
    async updateGuests(app, update) {
      const after = update(guests.get(app) ?? noGuests);
      guests.set(app, after);
      return after;
    },
    readServedList: async () => served,
    updateServedList: async (update) => (served = update(served)),
    close() {},
  };
}

/** Whether it is to be recorded that documents of the present format are written; where newer ones are, this throws. */
function admits(known: DocumentsRecord | undefined): boolean {
  checkFormat(known?.format);
  return known === undefined;
}

/** The app's id is in the name, so that no other app of the site, whatever version of the kit it has, finds this one. */
const installationName = (appId: string) => `zero-backend-sync/${appId}`;

async function openDatabase(appId: string): Promise<readonly [ReopeningDatabase<Tables>, Uint8Array]> {
  const name = installationName(appId);
  const database = await openReopeningDatabase<Tables>(name, 1, [RECORDS], (upgrading, transaction) => {
    for (const table of Object.values(Table)) upgrading.createObjectStore(table);
    transaction
      .objectStore(Table.Key)
      .put(newBytes(), 'r')
      .catch(() => {});
  });
  const bytes = await database.read([Table.Key], (transaction) => transaction.objectStore(Table.Key).get('r'));
  return [database, bytes!];
}

function inTime<Result>(clock: Clock, opening: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(openTimeoutMs, () => reject(blocked('it does not answer')));
    const refuse = (error: unknown) =>
      reject(error instanceof SyncError ? error : blocked(error instanceof Error ? error.name : String(error)));
    opening.then(resolve, refuse).finally(cancel);
  });
}

function newBytes(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(keyBytes));
}

function importKey(bytes: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes as BufferSource, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

function blocked(reason: string): SyncError {
  return new SyncError(
    ErrorCode.StorageBlocked,
    `This browser keeps IndexedDB from the page (${reason}). Close other tabs of this site, leave private browsing, or allow site data, then reload.`,
  );
}
