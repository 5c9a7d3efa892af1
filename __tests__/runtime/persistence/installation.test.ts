import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { systemClock } from '../../../src/runtime/worker/browser-environment';
import { openInstallation } from '../../../src/runtime/persistence/installation';

test('a browser that knew no guests keeps its key, and with it every database', async () => {
  const bytes = new Uint8Array(32).fill(7);
  const former = await openDB('zero-backend-sync', 1, {
    upgrade(database) {
      for (const table of ['key', 'collections']) database.createObjectStore(table);
    },
  });
  await former.put('key', bytes, 'r');
  former.close();

  const { key, updateGuests, close } = await openInstallation(systemClock);
  const sign = (signing: CryptoKey) => crypto.subtle.sign('HMAC', signing, bytes);
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const same = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign']);
  expect(new Uint8Array(await sign(key))).toEqual(new Uint8Array(await sign(same)));
  expect(await updateGuests('app', (guests) => ({ ...guests, present: 'one' }))).toEqual({
    present: 'one',
    claims: {},
  });
  expect(await updateGuests('app', (guests) => guests)).toEqual({ present: 'one', claims: {} });
  close();
});
