/** What the app kept in the browser before it synced, brought in once. */
/* eslint-disable no-restricted-globals -- the only place that reads what apps have left there, and clears it */
import { ErrorCode, SyncError } from '../../core/errors';
import type { SyncObject } from '../../core/json';
import { accessCollection } from '../rxdb/collection-access';
import type { SyncDatabaseOf } from '../rxdb/database';
import type { PatchDocument } from '../rxdb/patch';

/** What an import needs of an engine. */
export interface ImportingEngine<Documents> {
  readonly db: SyncDatabaseOf<Documents>;
  readonly patch: PatchDocument<Documents>;
  synced(): Promise<void>;
}

/** Documents by collection. */
export type DocumentsToImport<Documents> = {
  readonly [Name in keyof Documents]?: readonly Partial<Documents[Name]>[];
};

/** What to look for in localStorage. */
export interface OldKeys {
  /** They are removed, with all that they hold, when the documents are in the database. One that was changed meanwhile stays for the next time. */
  readonly keys: readonly string[];
  /** How long to wait for what other devices have written; 5,000 ms by itself. */
  readonly patienceMs?: number;
}

export interface OldData<Documents> extends OldKeys {
  /** What the texts under the keys come to, null for a key that is not there. What it throws leaves the keys as they are. */
  readonly documents: (...texts: readonly (string | null)[]) => DocumentsToImport<Documents>;
}

const PATIENCE_MS = 5_000;

/**
 * Brings documents that the app kept in localStorage into the database of the user who is signed in, once: with the last of them the keys go. They are that
 * user's from the beginning on: what could not be brought in yet is not the next one's. A document that is stored, or was until somebody removed it, stays as
 * it is, on whichever device that happened. So the import waits until what other devices have written is here, but not for long: without a network it goes
 * ahead. Call it before anything is seeded, because a seed counts as stored.
 * @returns whether there was something of this user's to import.
 * @throws SyncError DOCUMENT_INVALID, VALUE_UNSUPPORTED or VALUE_TOO_LARGE for a document that cannot be: the others are in, and the keys stay; ENGINE_CLOSED.
 * @example
 * await importOnce(engine, { keys: ['todos'], documents: (text) => ({ todos: JSON.parse(text ?? '[]') }) });
 */
export async function importOnce<Documents>(
  engine: ImportingEngine<Documents>,
  { keys, documents, patienceMs = PATIENCE_MS }: OldData<Documents>,
): Promise<boolean> {
  const texts = keys.map((key) => localStorage.getItem(key));
  if (texts.every((text) => text === null)) return false;
  // One for each key: a later version of the app may name others beside it.
  const claims = keys.map((key) => `zero-backend-sync/import-of/${key}`);
  const { name } = engine.db;
  if (claims.some((claim) => (localStorage.getItem(claim) ?? name) !== name)) return false;
  for (const claim of claims) localStorage.setItem(claim, name);
  const old = Object.entries(documents(...texts)) as unknown as readonly [
    keyof Documents & string,
    readonly SyncObject[],
  ][];
  await syncedWithin(engine, patienceMs);
  await allOf(old.map(([collection, items]) => importInto(engine, collection, items)));
  // What another tab has written meanwhile comes in the next time.
  const done = keys.filter((key, at) => localStorage.getItem(key) === texts[at]);
  for (const key of done) localStorage.removeItem(key);
  if (done.length === keys.length) for (const claim of claims) localStorage.removeItem(claim);
  return true;
}

async function syncedWithin(engine: { synced(): Promise<void> }, patienceMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, patienceMs)));
  await Promise.race([engine.synced(), patience]).finally(() => clearTimeout(timer));
}

async function importInto<Documents>(
  { db, patch }: ImportingEngine<Documents>,
  name: keyof Documents & string,
  items: readonly SyncObject[],
): Promise<void> {
  const { primaryKey, everStored } = accessCollection(db, name);
  const ids = items.map((item) => idOf(item, primaryKey));
  const known = await everStored(ids);
  const fresh = items.filter((_item, at) => !known.has(ids[at]!));
  await allOf(
    fresh.map((item) => patch(name, idOf(item, primaryKey), (stored) => (stored ? undefined : (item as never)))),
  );
}

/** One that is refused keeps none of the others out. */
async function allOf(written: readonly Promise<unknown>[]): Promise<void> {
  const refused = (await Promise.allSettled(written)).find(({ status }) => status === 'rejected');
  if (refused) throw (refused as PromiseRejectedResult).reason;
}

function idOf(item: SyncObject, primaryKey: string): string {
  const id = item[primaryKey];
  if (typeof id === 'string' && id !== '') return id;
  throw new SyncError(ErrorCode.DocumentInvalid, `A document to import has no ${primaryKey}, or one that is no text.`);
}
