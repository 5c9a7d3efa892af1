import { collections } from '../../../src/lib/schema';
import type { CollectionSettings } from '../../../src/runtime/core/schema';
import { ErrorCode } from '../../../src/runtime/core/errors';
import type { Environment } from '../../../src/runtime/worker/environment';
import { inProcessEnvironment } from '../../support/in-process';
import { openSession } from '../../../src/runtime/worker/session';
import type { SessionListener } from '../../../src/runtime/worker/session';

type Settings = { -readonly [Setting in keyof CollectionSettings]: CollectionSettings[Setting] };
afterEach(() => {
  for (const added of ['sync', 'renames'] as const) delete (collections.preferences as Settings)[added];
});

/** An environment that counts what is open in it. */
function countingEnvironment(broken: Partial<Environment>) {
  const memory = inProcessEnvironment();
  const open = new Set<string>();
  const guestLocks: string[] = [];
  const environment: Environment = {
    ...memory,
    async openInstallation(appId) {
      open.add('installation');
      return { ...(await memory.openInstallation(appId)), close: () => open.delete('installation') };
    },
    async openLedger(...which) {
      open.add('ledger');
      return { ...(await memory.openLedger(...which)), close: () => open.delete('ledger') };
    },
    openChannel(databaseName) {
      open.add('channel');
      return { ...memory.openChannel(databaseName), close: () => open.delete('channel') };
    },
    locks: {
      request(name, options, hold) {
        guestLocks.push(name);
        return memory.locks.request(name, options, hold);
      },
    },
    ...broken,
  };
  const isFree = (lock: string) => memory.locks.request(lock, { signal: AbortSignal.timeout(1_000) }, async () => {});
  return { environment, open, isGuestFree: () => Promise.all(guestLocks.map(isFree)) };
}

const nobody: SessionListener = { onStorage() {}, onStatus() {}, onSynced() {}, onWarning() {} };
const failure = new Error('the disk is gone');
const fail = () => {
  throw failure;
};

describe.each([
  ['a guest', null],
  ['a user', ['user-1']],
])('a session of %s that cannot be opened leaves nothing open', (_whose, identity) => {
  test.each<[string, Partial<Environment>]>([
    ['without a ledger', { openLedger: () => Promise.reject(failure) }],
    ['without a channel to other tabs', { openChannel: fail }],
  ])('%s', async (_what, broken) => {
    const { environment, open, isGuestFree } = countingEnvironment(broken);
    await expect(openSession({ identity }, environment, nobody)).rejects.toBe(failure);
    expect([...open]).toEqual([]);
    await isGuestFree();
  });

  test('under a schema that cannot be', async () => {
    Object.assign(collections.preferences, { sync: false, renames: { '/old': '/name' } });
    const { environment, open, isGuestFree } = countingEnvironment({});
    const opening = openSession({ identity }, environment, nobody);
    await expect(opening).rejects.toMatchObject({ code: ErrorCode.SchemaUnsupported });
    expect([...open]).toEqual([]);
    await isGuestFree();
  });
});
