/** What a device says of relays of which some are silent, wiped, slow or down (docs/protocol.md, section 5, "What a read proves"). */
import { ReadCompleteness, RelayState, SyncPhase } from '../../src/runtime/core/status';
import type { SyncStatus } from '../../src/runtime/core/status';
import { startRelay } from '../../src/relay';
import type { RelayOptions, RunningRelay } from '../../src/relay';
import { startChaosProxy } from '../../src/relay/chaos';
import type { ChaosProxy } from '../../src/relay/chaos';
import { config, Device, makeNotes, saysThatAllIsStored } from '../support/engine-on-relays';
import type { DeviceOptions } from '../support/engine-on-relays';
import { eventually } from './support';

jest.setTimeout(60_000);

const notes = makeNotes('note', 16, 6_000);
const written = makeNotes('written', 1, 100);

let relays: RunningRelay[];
let proxies: ChaosProxy[];
let devices: Device[];
let users = 0;
beforeEach(() => {
  relays = [];
  proxies = [];
  devices = [];
});
afterEach(async () => {
  await Promise.all(devices.map((device) => device.stop()));
  await Promise.all([...proxies, ...relays].map((server) => server.stop()));
  expect(devices.flatMap(({ falseClaims }) => falseClaims)).toEqual([]);
});

async function start(...options: readonly RelayOptions[]): Promise<readonly string[]> {
  relays = await Promise.all(options.map((each) => startRelay(each)));
  users += 1;
  return relays.map(({ url }) => url);
}

async function open(urls: readonly string[], options: Partial<DeviceOptions> = {}): Promise<Device> {
  const device = await Device.open({ identity: [`user-${users}`, 'somebody'], relays: urls, ...options });
  devices.push(device);
  return device;
}

/** Another device has stored the notes on all relays, and is gone. */
async function fill(urls: readonly string[]): Promise<void> {
  const other = await open(urls);
  await other.write(notes);
  await other.untilStored();
  const count = Math.max(...relays.map((relay) => relay.events().length));
  await eventually(() => relays.every((relay) => relay.events().length === count), 'each relay to hold everything');
  await other.stop();
  devices = [];
}

async function msUntil(promise: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await promise;
  return performance.now() - startedAt;
}

test('a device that can reach one of three relays stores there what it writes, and says that this is partial', async () => {
  const urls = await start({}, {}, {});
  await Promise.all(relays.slice(1).map((relay) => relay.pause()));
  const device = await open(urls);
  await device.write(written);
  await device.until(({ phase }) => phase === SyncPhase.Partial);
  const other = await open(urls, { expected: written });
  await other.untilShows(written);
  expect(device.engine.status.pending).toBe(1);
});

test('a device that can reach no relay says offline, not starting', async () => {
  const urls = await start({}, {}, {});
  await Promise.all(relays.map((relay) => relay.pause()));
  const device = await open(urls);
  await device.until(({ phase }) => phase === SyncPhase.Offline);
});

test('one healthy, one silent and one down: everything is read, and said to be partial', async () => {
  const urls = await start({}, { silent: true }, {});
  await fill(urls);
  await relays[2]!.pause();

  const device = await open(urls, { expected: notes });
  const statuses: SyncStatus[] = [];
  device.engine.status$.subscribe((status) => statuses.push(status));
  await device.untilShows(notes);
  await device.write(written);
  expect(await msUntil(device.engine.synced())).toBeLessThan(20_000);
  const { completeness, unread } = await device.until(({ phase }) => phase === SyncPhase.Partial);
  expect({ completeness, unread }).toEqual({ completeness: ReadCompleteness.Partial, unread: [urls[1], urls[2]] });
  // The write is stored on the healthy one; the silent one does not count.
  await eventually(
    () => relays[0]!.events().length > relays[2]!.events().length,
    'the write to reach the healthy relay',
  );
  const { relays: states } = await device.until(({ relays: each }) => each[1]?.state === RelayState.Silent);
  expect(states.map(({ state }) => state)).toEqual([RelayState.Live, RelayState.Silent, RelayState.Waiting]);
  expect(device.engine.status.pending).toBeGreaterThan(0);
  expect(statuses.filter(saysThatAllIsStored)).toEqual([]);
});

test('one healthy, one wiped and one down: everything is read, in full once the wiped one gives back what was written', async () => {
  const urls = await start({}, {}, {});
  await fill(urls);
  relays[1]!.wipe();
  await relays[2]!.pause();

  const device = await open(urls, { expected: notes });
  await device.engine.synced();
  expect(device.engine.status.completeness).toBe(ReadCompleteness.Complete);
  await device.untilShows(notes);
  await device.write(written);
  await device.untilStored();
  const stored = relays[0]!.events().length;
  await eventually(() => relays[1]!.events().length === stored, 'the wiped relay to be filled', 30_000);
});

test('two wiped ones that answer at once, and a slow one: nothing is said before the slow one has been read', async () => {
  const urls = await start({}, {}, {});
  await fill(urls);
  relays[0]!.wipe();
  relays[1]!.wipe();
  proxies = [await startChaosProxy({ target: urls[2]! })];
  proxies[0]!.on('latency', { ms: 1_500, jitterMs: 0 });
  // It takes several times this latency to connect, to ask and to be told; patience is longer, as fifteen seconds are for one that takes ten.
  const patient = { ...config, reading: { ...config.reading, patienceMs: 15_000 } };

  const device = await open([urls[0]!, urls[1]!, proxies[0]!.url], { expected: notes, changes: { config: patient } });
  const isTwoAnswered = ({ relays: [one, two] }: SyncStatus) =>
    [one, two].every((relay) => relay?.state === RelayState.Live);
  expect((await device.until(isTwoAnswered)).completeness).toBe(ReadCompleteness.Pending);
  await device.engine.synced();
  expect(await device.notes()).toHaveLength(notes.length);
  await device.untilStored();
});

test('an account that is empty on three honest relays: online and synced within two seconds', async () => {
  const urls = await start({ mode: 'strfry' }, { mode: 'nostream' }, { mode: 'khatru' });
  const device = await open(urls);
  const syncedMs = await msUntil(device.engine.synced());
  const onlineMs = syncedMs + (await msUntil(device.until(saysThatAllIsStored)));
  expect(onlineMs).toBeLessThan(2_000);
});
