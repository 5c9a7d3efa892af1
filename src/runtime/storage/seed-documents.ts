/** Defaults of the app: joined as if they had been received, so that they never win over what a user wrote on any device. */
import { ErrorCode, SyncError } from '../core/errors';
import type { SyncDocument } from '../core/json';
import { seedRegisters } from '../crdt/local-write';
import type { Store } from '../contracts/store';
import type { RecordCollection, RecordSource } from './record-collection';
import { checkedId } from '../crdt/document-key';
import { documentInvalid } from '../crdt/validate';
import { cleanValue } from '../crdt/json-value';
import { completeDocument } from '../crdt/view';

/** How many documents one compare-and-swap takes. */
const batchSize = 100;

/**
 * @param version 0 to 65,535: a later one of the app's defaults wins over an earlier one.
 * @throws SyncError DOCUMENT_INVALID, VALUE_UNSUPPORTED or VALUE_TOO_LARGE before anything is written.
 */
export async function seedDocuments(
  { collections }: Pick<RecordSource, 'collections'>,
  store: Store,
  { collection: name, documents, version }: { collection: string; documents: readonly SyncDocument[]; version: number },
): Promise<void> {
  const collection = collections.get(name);
  if (!collection) {
    throw new SyncError(
      ErrorCode.SchemaUnsupported,
      `There is no collection "${name}" that syncs, so it cannot be seeded.`,
    );
  }
  if (!Number.isInteger(version) || version < 0 || version > 65_535) {
    throw new SyncError(ErrorCode.DocumentInvalid, 'The version of a seed has to be a whole number from 0 to 65,535.');
  }
  const seeds = documents.map((document) => registersOf(document, collection, version));
  for (let start = 0; start < seeds.length; start += batchSize) {
    await store.join(name, seeds.slice(start, start + batchSize));
  }
}

function registersOf(document: SyncDocument, { rules, validators }: RecordCollection, version: number) {
  const clean = cleanValue(document, '') as SyncDocument;
  const id = checkedId(clean[rules.primaryKey], rules.primaryKey);
  const breach = validators.strict(completeDocument(clean, rules));
  if (breach) throw documentInvalid(breach);
  return { id, registers: seedRegisters(clean, rules, version) };
}
