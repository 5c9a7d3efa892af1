/** What callers in JavaScript give as an identity. */
import 'fake-indexeddb/auto';
import { SyncEngine } from '../../src/lib/engine';
import { ErrorCode } from '../../src/runtime/core/errors';
import { createWorkerSession } from '../../src/runtime/worker';
import { inProcessEnvironment } from '../support/in-process';
import { noBorders, openInBrowser } from '../support/browser-device';

let logged: jest.SpyInstance;
beforeEach(() => (logged = jest.spyOn(console, 'error').mockImplementation(() => {})));
afterEach(() => logged.mockRestore());

const wrong: readonly unknown[] = [
  ...[undefined, false, true, '', ' ', 'user-1', 0, 42, NaN, 1.5, 1n, Symbol('user'), () => 'user-1', new Date(0)],
  ...[{}, { 0: 'user-1', length: 1 }, new Set(['user-1']), new String('user-1')],
  ...[
    [],
    [undefined],
    [null],
    [''],
    ['\t'],
    [NaN],
    [1.5],
    [2 ** 53],
    [1n],
    [{}],
    [[]],
    [['user-1']],
    [true],
    new Array(1),
  ],
  ...[['user-1', undefined], ['user-1', null], ['user-1', ''], ['a\0b'], ['\ud800'], ['x'.repeat(2_000)]],
];

test.each(wrong.map((identity) => [identity]))('%p opens nothing, and is said on the console', async (identity) => {
  const opening = openInBrowser({ identity: identity as never, relays: [] }, noBorders());
  await expect(opening).rejects.toMatchObject({ code: ErrorCode.IdentityInvalid });
  expect(logged).toHaveBeenCalledTimes(1);
  expect(logged.mock.calls[0]![0]).toContain(ErrorCode.IdentityInvalid);
  expect(await indexedDB.databases()).toEqual([]);
});

test('an engine without an identity opens nothing', async () => {
  await expect(SyncEngine.open({} as never)).rejects.toMatchObject({ code: ErrorCode.IdentityInvalid });
});

test.each([['user-1'], [42]])('%p alone is answered with how to give it', async (identity) => {
  const opening = openInBrowser({ identity: identity as never, relays: [] }, noBorders());
  await expect(opening).rejects.toThrow('[user.id]');
});

test.each([[undefined], [false], [''], [0], [[]], [[undefined]]])(
  'a worker that is asked for %p opens nothing',
  async (identity) => {
    const openInstallation = jest.fn();
    const listener = { onStorage: () => {}, onStatus: () => {}, onSynced: () => {}, onWarning: () => {} };
    const session = createWorkerSession({ ...inProcessEnvironment(), openInstallation }, listener);
    await expect(session.open({ identity: identity as never })).rejects.toMatchObject({
      code: ErrorCode.IdentityInvalid,
    });
    expect(openInstallation).not.toHaveBeenCalled();
  },
);
