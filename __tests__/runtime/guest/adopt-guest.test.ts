/** What the adoption of several guests at once comes to; what becomes of their documents is in guest.test.ts. */
import { adoptGuests } from '../../../src/runtime/guest/adopt-guest';
import type { AdoptionOptions } from '../../../src/runtime/guest/adopt-guest';
import { inProcessEnvironment } from '../../support/in-process';
import { temporaryInstallation } from '../../../src/runtime/persistence/installation';

const letAllWork = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

test('fails with the first failure, but not before the last guest is left alone', async () => {
  const installation = await temporaryInstallation();
  const claims = { failing: 'user', slow: 'user' };
  await installation.updateGuests('app', () => ({ claims }));
  let endSlow = (_error: Error) => {};
  const openLedger = (guest: string) =>
    guest === 'failing'
      ? Promise.reject(new Error('first'))
      : new Promise<never>((_resolve, reject) => (endSlow = reject));
  let isSettled = false;
  const adopting = adoptGuests(
    {
      guests: { installation, locks: inProcessEnvironment().locks, app: 'app' },
      databaseName: 'user',
      collections: [],
      openLedger,
      signal: new AbortController().signal,
    } as unknown as AdoptionOptions,
    false,
  ).finally(() => (isSettled = true));
  const failed = expect(adopting).rejects.toThrow('first');

  await letAllWork();
  expect(isSettled).toBe(false);
  endSlow(new Error('second'));
  await failed;
});

test('leaves a guest database that holds a document which only a newer version of the app can read', async () => {
  const installation = await temporaryInstallation();
  await installation.updateGuests('app', () => ({ claims: { guest: 'user' } }));
  const { locks } = inProcessEnvironment();
  const batch = [
    { id: 'newer', registers: { leaves: new Map() }, isNewer: true },
    { id: 'mine', registers: { inserted: 'f', leaves: new Map() } },
  ];
  const joined: string[] = [];
  const documents = {
    store: {
      collections: ['notes'],
      async *scan() {
        yield batch;
      },
      async join(_collection: string, inbound: readonly { readonly id: string }[]) {
        joined.push(...inbound.map(({ id }) => id));
        return { joined: [], quarantined: [] };
      },
    },
    openAll: async () => {},
    copyLocalCollections: async () => {},
    close: async () => {},
  };
  const deleteDatabase = jest.fn();
  const onRefused = jest.fn();
  await adoptGuests(
    {
      guests: { installation, locks, app: 'app' },
      ...{ databaseName: 'user', collections: ['notes'], documents, deleteDatabase, onRefused },
      ledger: { adoptDevices: async () => {} },
      openLedger: async () => ({ device: { id: 'a', former: [] }, close: () => {} }),
      openDocuments: () => documents,
      onJoined: () => {},
      signal: new AbortController().signal,
    } as unknown as AdoptionOptions,
    false,
  );
  expect(new Set(joined)).toEqual(new Set(['mine']));
  expect(onRefused).toHaveBeenLastCalledWith(1);
  expect(deleteDatabase).not.toHaveBeenCalled();
});
