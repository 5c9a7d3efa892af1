/** What a document is called on the wire: its collection and its id (docs/protocol.md, section 2). Refused here is what no entry could name. */
import { ErrorCode, SyncError } from '../core/errors';
import { utf8Bytes } from './json-value';

/** Of UTF-8. */
export const MAX_COLLECTION_BYTES = 256;
export const MAX_ID_BYTES = 1_024;

/** Whether an entry can name a collection so. */
export const isCollectionName = (value: unknown): value is string =>
  isText(value, MAX_COLLECTION_BYTES) && !value.includes('\u0000');

/** Whether an entry can name a document so. */
export const isDocumentId = (value: unknown): value is string => isText(value, MAX_ID_BYTES);

function isText(value: unknown, maxBytes: number): value is string {
  if (typeof value !== 'string' || value === '' || value.length > maxBytes) return false;
  // A unit of UTF-16 takes three bytes at most.
  return value.length * 3 <= maxBytes || utf8Bytes(value) <= maxBytes;
}

/**
 * A half of a surrogate pair may stand alone: JSON escapes it, and IndexedDB compares keys by UTF-16 units, so the id is the same on every device.
 * @throws SyncError DOCUMENT_INVALID for what is not a text or an empty one, VALUE_TOO_LARGE; with the name of the primary key, never with the id.
 */
export function checkedId(id: unknown, primaryKey: string): string {
  if (isDocumentId(id)) return id;
  if (typeof id !== 'string' || id === '') {
    throw new SyncError(
      ErrorCode.DocumentInvalid,
      `The primary key "${primaryKey}" of the document ${id === undefined ? 'is missing' : `is ${id === '' ? 'empty' : 'not a string'}`}. Nothing was written; give each document an id, such as crypto.randomUUID().`,
    );
  }
  throw new SyncError(
    ErrorCode.ValueTooLarge,
    `The primary key "${primaryKey}" of the document takes ${utf8Bytes(id)} bytes; an id that syncs may take ${MAX_ID_BYTES}. Nothing was written; use a shorter id.`,
  );
}

/** @throws SyncError SCHEMA_UNSUPPORTED */
export function checkCollectionName(name: string): void {
  const value: unknown = name;
  if (isCollectionName(value)) return;
  throw new SyncError(
    ErrorCode.SchemaUnsupported,
    `The collection "${name.slice(0, 40)}" cannot sync under this name: it takes 1 to ${MAX_COLLECTION_BYTES} bytes, without a zero byte. Give it another name in schema.ts.`,
  );
}
