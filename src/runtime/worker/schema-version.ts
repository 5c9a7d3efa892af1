/** Which version of the app's schema a device has, so that its owner's other devices can tell whether theirs is the same. */
import { toHex, toUtf8 } from '../core/bytes';
import type { SyncObject } from '../core/json';
import type { CollectionDefinitions } from '../core/schema';
import { canonicalJson } from '../crdt/json-value';

/**
 * 16 hex digits of a hash of what the definitions of the collections that sync say: their names, schemas and renames (docs/protocol.md, section 2). The
 * order in which they say it does not matter.
 */
export async function schemaVersionOf(collections: CollectionDefinitions): Promise<string> {
  const synced = Object.entries(collections).filter(([, { sync }]) => sync !== false);
  const said = synced.map(([name, { schema, renames = {} }]) => [name, { schema, renames }] as const);
  // Definitions are the app's own objects: as JSON, they hold nothing that is undefined.
  const json = JSON.parse(JSON.stringify(Object.fromEntries(said))) as SyncObject;
  const hash = await crypto.subtle.digest('SHA-256', toUtf8(canonicalJson(json)));
  return toHex(new Uint8Array(hash, 0, 8));
}
