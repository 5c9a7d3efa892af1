/** What the app's definitions say of each collection. */
import { ErrorCode, SyncError } from '../core/errors';
import type { CollectionDefinitions, CollectionSettings } from '../core/schema';
import { asNames } from '../crdt/rename';
import type { Renames } from '../crdt/rename';

/** The settings of a collection; undefined for one that the app does not define, such as those that a storage layer keeps for itself. */
export function settingsOf(definitions: CollectionDefinitions, collection: string): CollectionSettings | undefined {
  return Object.hasOwn(definitions, collection) ? definitions[collection] : undefined;
}

/** @throws SyncError SCHEMA_UNSUPPORTED for a collection that renames and does not sync. */
export function renamesByCollection(definitions: CollectionDefinitions): ReadonlyMap<string, Renames> {
  const found = new Map<string, Renames>();
  for (const [name, { sync, renames }] of Object.entries(definitions)) {
    if (!renames) continue;
    if (sync === false) {
      throw new SyncError(
        ErrorCode.SchemaUnsupported,
        `The collection "${name}" does not sync, so nothing remembers under which name a property was written: take its "renames" out and copy the values in the app.`,
      );
    }
    found.set(name, asNames(renames));
  }
  return found;
}
