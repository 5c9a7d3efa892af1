/** What the status says of devices whose apps name other relays. */
import { RelayOrigin } from '../../../src/runtime/core/status';
import { emptyLedgerDisk } from '../../../src/runtime/testing/memory-ledger';
import { KeyState } from '../../../src/runtime/persistence/ledger';
import { createPlace, openReplica } from '../../support/replica-scene';
import type { Place } from '../../support/replica-scene';
import { leaf, noteOf, stampOf } from './slot-modules';

jest.setTimeout(60_000);

const MINUTE_MS = 60_000;

/** An old build on the first three relays, and a new one on the last three. */
function createTown() {
  const place = createPlace({ relays: 6 });
  const urls = place.relays.map(({ url }) => url);
  const disk = () => ({ ...emptyLedgerDisk(), key: { check: 'the keys of a', state: KeyState.Free } });
  const home = (): Place => ({ ...place, disk: disk(), documents: new Map() });
  const homes = { old: home(), young: home() };
  return {
    clock: place.clock,
    openOld: () => openReplica(homes.old, { listed: urls.slice(0, 3), deviceId: '1'.repeat(32) }),
    openYoung: (former: readonly string[] = []) =>
      openReplica(homes.young, { listed: urls.slice(3), former, deviceId: '2'.repeat(32) }),
    oldUrls: urls.slice(0, 3),
  };
}

const note = (id: string) => noteOf(id, { '/body': leaf(1, id) }, { inserted: stampOf(1) });

test('no device was met: the lists share nothing, and the new one names no former relays', async () => {
  const { clock, openOld, openYoung } = createTown();
  const devices = [openOld(), openYoung()];
  devices.forEach((device, index) => device.write(note(`${index}`)));
  await clock.advance(30 * MINUTE_MS);
  for (const { status } of devices) {
    expect([status.pending, status.devicesMet, status.devicesApart]).toEqual([0, 0, 0]);
    expect(status.relays).toHaveLength(3);
  }
});

test('with former relays both are met, and the old build is told where the new one writes', async () => {
  const { clock, openOld, openYoung, oldUrls } = createTown();
  const old = openOld();
  old.write(note('old'));
  await clock.advance(MINUTE_MS);
  const young = openYoung(oldUrls);
  young.write(note('young'));
  await clock.until(() => old.status.devicesMet === 1 && young.status.devicesMet === 1, 11 * MINUTE_MS, 500);
  await clock.advance(MINUTE_MS);
  expect([old.status.devicesApart, young.status.devicesApart]).toEqual([1, 0]);
  const originsOf = ({ status }: typeof old) => status.relays.map(({ origin }) => origin);
  expect(originsOf(young).slice(3)).toEqual(Array(3).fill(RelayOrigin.Former));
  expect(originsOf(old).slice(3)).toEqual(Array(3).fill(RelayOrigin.Device));
  expect([old.status.durableOn, young.status.durableOn]).toEqual([2, 2]);
});

test('who was met is known after a restart, before any relay is connected', async () => {
  const { clock, openOld, openYoung, oldUrls } = createTown();
  const old = openOld();
  old.write(note('old'));
  await clock.advance(MINUTE_MS);
  const young = openYoung(oldUrls);
  await clock.until(() => young.status.devicesMet === 1, 11 * MINUTE_MS, 500);
  await clock.advance(MINUTE_MS);
  await young.replica.close();
  // An update has dropped the former relays: they are known from the other device.
  const again = openYoung();
  await clock.advance(2_000);
  expect([again.status.devicesMet, again.status.devicesApart]).toEqual([1, 1]);
  expect(again.status.relays.slice(3).map(({ url }) => url)).toEqual(oldUrls);
});
