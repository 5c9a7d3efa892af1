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
