/** A storage that notes which of the app's collections are opened, and before the first write to one that it is written. */
import type { RxStorage } from 'rxdb/plugins/core';
import type { CollectionSettings } from '../../core/schema';
import type { CollectionRecorder } from '../layer';

export function recordCollections(
  storage: RxStorage<unknown, unknown>,
  recorder: CollectionRecorder,
  settingsOf: (collection: string) => CollectionSettings | undefined,
): RxStorage<unknown, unknown> {
  return {
    name: storage.name,
    rxdbVersion: storage.rxdbVersion,
    async createStorageInstance(params) {
      const { collectionName } = params;
      // RxDB keeps collections of its own, which are no part of the schema.
      if (!settingsOf(collectionName)) return storage.createStorageInstance(params);
      await recorder.opening(collectionName);
      const instance = await storage.createStorageInstance(params);
      const write = instance.bulkWrite.bind(instance);
      let recorded: Promise<void> | undefined;
      instance.bulkWrite = async (rows, context) => {
        recorded ??= recorder.writing(collectionName);
        await recorded.catch((error) => {
          // The next write tries again.
          recorded = undefined;
          throw error;
        });
        return write(rows, context);
      };
      return instance;
    },
  };
}
