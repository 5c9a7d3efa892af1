/**
 * The secret of this installation: 32 random bytes that never leave the browser. Database names are made with it, so that a name
 * tells nothing about the identity behind it (docs/protocol.md, section 1).
 */
import { openDB } from 'idb';
import { ErrorCode, SyncError } from '../types';
import type { Clock } from './ports';

const databaseName = 'zero-backend-sync';
const storeName = 'installation';
const keyName = 'r';
const keyBytes = 32;
/** An IndexedDB that does not answer at all is blocked: by another tab that is deleting it, or by the browser. */
const patienceMs = 10_000;

/**
 * Reads the key of this installation, making it the first time; two tabs at once get the same one.
 * @returns a key for HMAC-SHA256 that cannot be exported.
 * @throws SyncError STORAGE_BLOCKED when the browser refuses IndexedDB or it does not answer.
 */
export async function readInstallationKey(clock: Clock): Promise<CryptoKey> {
  return importInstallationKey(await inTime(clock, readOrMake()));
}

/** An installation that is forgotten with the process. */
export function temporaryInstallationKey(): Promise<CryptoKey> {
  return importInstallationKey(newBytes());
}

async function readOrMake(): Promise<Uint8Array> {
  const database = await openDB(databaseName, 1, {
    upgrade: (upgrading) => void upgrading.createObjectStore(storeName),
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
  try {
    // One transaction, so that of two tabs that find nothing one makes it and the other reads it.
    const transaction = database.transaction(storeName, 'readwrite');
    const known = (await transaction.store.get(keyName)) as Uint8Array | undefined;
    const bytes = known ?? newBytes();
    if (!known) await transaction.store.put(bytes, keyName);
    await transaction.done;
    return bytes;
  } finally {
    database.close();
  }
}

function inTime(clock: Clock, reading: Promise<Uint8Array>): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(patienceMs, () => reject(blocked('it does not answer')));
    reading.then(resolve, (error) => reject(blocked(String((error as Error)?.name ?? error)))).finally(cancel);
  });
}

function newBytes(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(keyBytes));
}

function importInstallationKey(bytes: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes as BufferSource, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

function blocked(reason: string): SyncError {
  return new SyncError(
    ErrorCode.StorageBlocked,
    `This browser keeps IndexedDB from the page (${reason}). Close other tabs of this site, leave private browsing, or allow site data, then reload.`,
  );
}
