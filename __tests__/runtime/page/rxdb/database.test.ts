import { Subject } from 'rxjs';
import { overwritable } from 'rxdb/plugins/core';
import type { MessageFromRemote } from 'rxdb/plugins/storage-remote';
import { ErrorCode } from '../../../../src/runtime/core/errors';
import { checkCollections, openDatabase } from '../../../../src/runtime/page/rxdb/database';
import { toOpeningError, toSyncError } from '../../../../src/runtime/page/rxdb/storage-errors';
import { createRxdbLayer } from '../../../../src/runtime/storage/rxdb/rxdb-layer';

const definitionsWith = (property: string) => ({
  notes: {
    schema: {
      ...{ version: 0, primaryKey: 'id', type: 'object' },
      properties: { id: { type: 'string', maxLength: 40 }, [property]: { type: 'string' } },
    } as const,
  },
});

const silent = { messages$: new Subject<MessageFromRemote>(), send: () => {}, close: async () => {} };
const onPage = (definitions: object) => openDatabase('0123456789abcdef', silent, definitions as never);
const inWorker = async (definitions: object) =>
  createRxdbLayer().openDatabase({
    databaseName: '0123456789abcdef',
    collections: definitions,
    newToken: () => '0'.repeat(32),
  } as never);

const places = [
  ['before the worker is started', async (definitions: object) => checkCollections(definitions as never)],
  ['when the database is opened', onPage],
] as const;

describe.each(places)('%s', (_when, open) => {
  test.each(['collection', 'primary', 'deleted', 'toJSON', 'getLatest', 'revision', 'remove', 'get', '_owner', 'id$'])(
    'refuses a property called %s before RxDB meets it',
    async (name) => {
      await expect(open(definitionsWith(name))).rejects.toMatchObject({
        code: ErrorCode.SchemaUnsupported,
        message: expect.stringContaining(`"${name}"`) as string,
      });
    },
  );

  test('refuses the dev-mode plugin of RxDB', async () => {
    const isDevMode = jest.spyOn(overwritable, 'isDevMode').mockReturnValue(true);
    await expect(open(definitionsWith('title'))).rejects.toMatchObject({ code: ErrorCode.SchemaUnsupported });
    isDevMode.mockRestore();
  });
});

test('the worker refuses what no device could check, and of a collection that syncs what could not be merged', async () => {
  const notes = (property: object, more: object = {}) => ({
    notes: {
      schema: {
        ...definitionsWith('a').notes.schema,
        properties: { id: { type: 'string', maxLength: 40 }, a: property },
      },
      ...more,
    },
  });
  const refusal = { code: ErrorCode.SchemaUnsupported };
  await expect(inWorker(notes({ pattern: '(' }))).rejects.toMatchObject(refusal);
  await expect(inWorker(notes({ pattern: '(' }, { sync: false }))).rejects.toMatchObject(refusal);
  const deep = { type: 'object', required: ['b'], 'x-merge': 'deep' };
  await expect(inWorker(notes(deep))).rejects.toMatchObject(refusal);
});

test('errors of code, of RxDB and of the storage have codes of their own', () => {
  const rxError = (code: string) => Object.assign(new Error('RxDB'), { name: `RxError (${code})`, rxdb: true, code });
  expect(toSyncError(new TypeError('x is undefined')).code).toBe(ErrorCode.RuntimeFailed);
  expect(toSyncError(rxError('QU5')).code).toBe(ErrorCode.RuntimeFailed);
  expect(toSyncError(new Error('disk')).code).toBe(ErrorCode.StorageFailed);
  expect(toOpeningError(rxError('SC39'))).toMatchObject({
    code: ErrorCode.SchemaUnsupported,
    message: expect.stringContaining('SC39') as string,
  });
  expect(toOpeningError(rxError('DB8')).code).toBe(ErrorCode.AlreadyOpen);
});
