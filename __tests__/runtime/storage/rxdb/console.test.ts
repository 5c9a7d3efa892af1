/** What RxDB says in the console of an app: nothing. */
import 'fake-indexeddb/auto';
import { createRxDatabase } from 'rxdb/plugins/core';
import { createDexieStorage } from '../../../../src/runtime/storage/rxdb/dexie-storage';

const METHODS = ['debug', 'log', 'info', 'warn', 'error'] as const;

test('RxDB says nothing when a database is opened, written, read and closed', async () => {
  const said = METHODS.map((method) => jest.spyOn(console, method).mockImplementation(() => {}));
  const database = await createRxDatabase({ name: 'console', storage: createDexieStorage() });
  const { items } = await database.addCollections({
    items: {
      schema: {
        ...{ version: 0, primaryKey: 'id', type: 'object', required: ['id'] },
        properties: { id: { type: 'string', maxLength: 40 } },
      },
    },
  });
  await items!.insert({ id: 'one' });
  expect(await items!.find().exec()).toHaveLength(1);
  await database.close();
  expect(said.flatMap(({ mock }) => mock.calls)).toEqual([]);
});
