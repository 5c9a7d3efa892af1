import { ReadCompleteness } from '../../../../src/runtime/core/status';
import { GREATER, OWN } from '../slot-modules';
import { createMaintenanceModules, settings, theirs } from './maintenance-modules';
import type { MaintenanceModules } from './maintenance-modules';

const { idleMs, adoptAfterMs, auditIntervalMs } = settings;

describe('what another device wrote and no relay holds any more', () => {
  const start = Date.UTC(2026, 0, 1);
  const restart = ({ maintenance }: MaintenanceModules, missingSince: number) =>
    maintenance.restore({
      ...{ device: { id: OWN, former: [] }, key: undefined, slots: [], reservations: [], unread: [] },
      quarantined: [],
      missingSince,
      relays: undefined,
    });
  /** The audit comes when the device has been idle. */
  const aDayBefore = start + idleMs - adoptAfterMs;

  test('is adopted, with its stamps, when it is still missing a day later', async () => {
    const { audit, clock, published } = createMaintenanceModules({ documents: [theirs] });
    await audit();
    await clock.advance(adoptAfterMs - auditIntervalMs);
    expect([...(await published()).values()]).toEqual([]);
    await clock.advance(auditIntervalMs);
    expect([...(await published()).values()]).toEqual([theirs]);
  });

  test.each([
    ['is adopted then', 0, ['y']],
    ['waits for what is left of the day', 1, []],
  ])('and had been missing before a restart %s', async (_what, lateMs, adopted) => {
    const world = createMaintenanceModules({ documents: [theirs] });
    restart(world, aDayBefore + lateMs);
    await world.audit();
    expect(await world.publishedIds()).toEqual(adopted);
  });

  test('is in the ledger with the time when it was first missing', async () => {
    const { audit, disk } = createMaintenanceModules({ documents: [theirs] });
    await audit();
    await audit();
    expect(disk.missingSince).toBe(start + idleMs);
  });

  test('does not begin to wait anew because the app was paused in the middle of an audit', async () => {
    let isStopped = false;
    const { maintenance, audit, store, disk } = createMaintenanceModules({
      documents: [theirs],
      isStopped: () => isStopped,
    });
    await audit();
    const { scan } = store;
    store.scan = async function* (...which) {
      isStopped = true;
      maintenance.stop();
      yield* scan(...which);
    };
    await audit();
    expect(isStopped).toBe(true);
    expect(disk.missingSince).toBe(start + idleMs);
  });

  test('is not recorded as missing by an audit that ends after the app was paused', async () => {
    const { maintenance, audit, store, disk } = createMaintenanceModules({ documents: [theirs] });
    const { scan } = store;
    store.scan = async function* (...which) {
      yield* scan(...which);
      maintenance.stop();
    };
    await audit();
    expect(disk.missingSince).toBeUndefined();
  });

  test('begins to wait anew after it was there again', async () => {
    const { audit, disk, receiveStored, sealedBy, clock, publishedIds } = createMaintenanceModules({
      documents: [theirs],
    });
    await audit();
    await receiveStored(sealedBy(GREATER, [theirs]));
    await audit();
    expect(disk.missingSince).toBeUndefined();
    await clock.advance(2 * adoptAfterMs);
    expect(await publishedIds()).toEqual([]);
  });

  test('is missing no longer when it was adopted', async () => {
    const world = createMaintenanceModules({ documents: [theirs] });
    world.disk.missingSince = aDayBefore;
    restart(world, aDayBefore);
    await world.audit();
    expect(world.disk.missingSince).toBeUndefined();
  });

  test.each([
    ['is adopted if all relays in use were read', ReadCompleteness.Complete, [], ['y']],
    ['is not adopted while one in use may still show it', ReadCompleteness.Complete, ['wss://down.test'], []],
    ['is not adopted if fewer were read than make a write durable', ReadCompleteness.Partial, [], []],
  ])('%s', async (_when, completeness, awaited, adopted) => {
    const world = createMaintenanceModules({ documents: [theirs] });
    world.mesh.proof = { ...world.mesh.proof, completeness, awaited };
    restart(world, aDayBefore);
    await world.audit();
    expect(await world.publishedIds()).toEqual(adopted);
  });

  test('is not missing yet while a relay in use was not read', async () => {
    const { audit, mesh, disk } = createMaintenanceModules({ documents: [theirs] });
    mesh.proof = { ...mesh.proof, awaited: ['wss://unread.test'] };
    await audit();
    expect(disk.missingSince).toBeUndefined();
  });

  test('is published at once when the ledger was lost, because it may be this device’s own', async () => {
    const { audit, maintenance, publishedIds } = createMaintenanceModules({ documents: [theirs] });
    maintenance.adoptAtOnce();
    await audit();
    expect(await publishedIds()).toEqual(['y']);
  });

  test('waits again in the audits after the first one since the ledger was lost', async () => {
    const { audit, maintenance, store, publishedIds } = createMaintenanceModules();
    maintenance.adoptAtOnce();
    await audit();
    store.scan = async function* () {
      yield [theirs];
    };
    await audit();
    expect(await publishedIds()).toEqual([]);
  });
});
