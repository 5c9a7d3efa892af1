import type { WorkerLike } from 'zero-backend-sync/page';
import { SyncEngine } from '../../src/lib/engine';
import { ErrorCode } from '../../src/lib/types';

jest.mock('../../src/lib/schema', () => ({
  collections: {
    notes: {
      schema: {
        ...{ version: 0, primaryKey: 'id', type: 'object', required: ['id'] },
        properties: { id: { type: 'string', maxLength: 40 }, deleted: { type: 'boolean' } },
      },
    },
  },
}));

test('a schema that the local database cannot take starts no worker', async () => {
  const createWorker = jest.fn<WorkerLike<never, never>, []>();
  await expect(SyncEngine.open({ identity: ['ada'], createWorker } as never)).rejects.toMatchObject({
    code: ErrorCode.SchemaUnsupported,
    message: expect.stringContaining('"deleted"') as string,
  });
  expect(createWorker).not.toHaveBeenCalled();
});
