/**
 * What a write returns, as the worker shows it. RxDB makes the returned document of the very row that it handed to the storage, and keeps it; the
 * worker says in its answer (storage/rxdb/shown-rows.ts) what it shows otherwise, and that is put into the row before RxDB looks at it.
 */
import type { BulkWriteRow, RxStorage } from 'rxdb/plugins/core';

type Properties = Record<string, unknown>;

/** A part of the worker's answer: of each such document the primary key and what differs, `undefined` for what is not there. */
export interface ShownOtherwise {
  readonly shown?: readonly Readonly<Properties>[];
}

/** The storage with every written row as it is shown. */
export function withShownRows(storage: RxStorage<unknown, unknown>): RxStorage<unknown, unknown> {
  return {
    name: storage.name,
    rxdbVersion: storage.rxdbVersion,
    async createStorageInstance(params) {
      const instance = await storage.createStorageInstance(params);
      const { bulkWrite } = instance;
      const { primaryKey } = instance.schema as { readonly primaryKey: string | { readonly key: string } };
      const idProperty = typeof primaryKey === 'string' ? primaryKey : primaryKey.key;
      instance.bulkWrite = async (rows, context) => {
        const answer = await bulkWrite.call(instance, rows, context);
        const { shown } = answer as typeof answer & ShownOtherwise;
        if (shown) showRows(rows as unknown as BulkWriteRow<Properties>[], shown, idProperty);
        return answer;
      };
      return instance;
    },
  };
}

function showRows(
  rows: readonly BulkWriteRow<Properties>[],
  shown: NonNullable<ShownOtherwise['shown']>,
  idProperty: string,
): void {
  const documents = new Map(rows.map(({ document }) => [document[idProperty], document as Properties]));
  for (const differences of shown) {
    const document = documents.get(differences[idProperty]);
    if (!document) continue;
    for (const [property, value] of Object.entries(differences)) {
      if (value === undefined) delete document[property];
      else document[property] = value;
    }
  }
}
