/** Every fault of the registry alone, at one of three relays, with devices on real sockets. */
import { generateSecretKey } from 'nostr-tools/pure';
import type { SlotHead } from '../../../src/runtime/contracts/mesh';
import { startRelay, type RelayMode, type RunningRelay } from '../../../src/relay';
import { faults, startChaosProxy, type ChaosProxy, type FaultSettings } from '../../../src/relay/chaos';
import { eventually, SocketDevice } from '../../support/socket-device';

jest.setTimeout(120_000);

const modes: readonly RelayMode[] = ['strfry', 'nostr-rs-relay', 'khatru'];
const secretKey = generateSecretKey();

/** What a fault needs so that it shows within seconds. */
const settings: { readonly [fault: string]: FaultSettings } = {
  'close-1009-on-oversize': { bytes: 500 },
  'size-limit-below-nip-11': { bytes: 500 },
  'truncated-page': { limit: 1 },
  'eose-hint-lies': { limit: 1 },
  'laptop-sleep': { ms: 2_000 },
  expiry: { seconds: 0.05 },
  'rate-limit': { events: 1 },
  'stored-live-gap': { ms: 60_000 },
  retention: { days: 1 / 86_400 },
  // Inflating the largest takes a busy machine half a minute.
  'deflate-bomb-frame': { megabytes: 8 },
};

const elsewhere: { readonly [fault: string]: string } = {
  'dns-failure': 'needs a client that resolves names through the proxy',
  'ping-unanswered': 'browsers send no pings',
  'attacker-deletes': 'who holds the keys may delete (docs/threat-model.md)',
  'attacker-vanishes': 'who holds the keys may delete (docs/threat-model.md)',
  'clock-2-min-slow': 'the clock of a device: engine-clock.test.ts',
  'clock-5-min-fast': 'the clock of a device: engine-clock.test.ts',
  'clock-20-min-fast': 'the clock of a device: engine-clock.test.ts',
  'clock-2-h-slow': 'the clock of a device: engine-clock.test.ts',
  'clock-jumps-back': 'the clock of a device: engine-clock.test.ts',
  'client-dies-before-publish': 'the death of a whole engine: engine-chaos.test.ts',
  'client-dies-before-ack': 'the death of a whole engine: engine-chaos.test.ts',
  ...Object.fromEntries(
    faults
      .filter(({ section }) => section === 'nip-11')
      .map(({ name }) => [name, 'the devices of this test ask for no document: nip11.test.ts']),
  ),
};

let relays: readonly RunningRelay[];
let proxies: readonly ChaosProxy[];
let devices: SocketDevice[];
const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);

beforeEach(async () => {
  process.on('unhandledRejection', note);
  devices = [];
  relays = await Promise.all(modes.map((mode) => startRelay({ mode })));
  proxies = await Promise.all(relays.map(({ url }) => startChaosProxy({ target: url, secretKey })));
});
afterEach(async () => {
  for (const { mesh } of devices) mesh.stop();
  await Promise.all(proxies.map((proxy) => proxy.stop()));
  await Promise.all(relays.map((relay) => relay.stop()));
  process.off('unhandledRejection', note);
  expect(unhandled.splice(0)).toEqual([]);
});

function open(name: string): SocketDevice {
  const device = new SocketDevice({ name, secretKey, urls: proxies.map(({ url }) => url), impatient: true });
  devices.push(device);
  device.mesh.start();
  return device;
}

/** The newest version of every slot of every device. */
const heads = (): readonly SlotHead[] => devices.flatMap((device) => [...device.heads.values()]);
const knowsAll = (device: SocketDevice, all: readonly SlotHead[]) => all.every((head) => device.knows(head));

function holdsAll(relay: RunningRelay, all: readonly SlotHead[]): boolean {
  const ids = new Set(relay.events().map(({ id }) => id));
  return all.every(({ event }) => ids.has(event.id));
}

const here = faults.map(({ name }) => name).filter((name) => !(name in elsewhere));

test.each(here)('%s: what is written arrives, nothing is lost, all relays heal, a new device is complete', async (fault) => {
  const [proxy] = proxies as [ChaosProxy];
  const [one, two] = [open('one'), open('two')];
  await eventually(() => devices.every(({ mesh }) => mesh.readyRelays === 3), 20_000);
  // A past that can come back, or be lost: two versions of a slot that is not written any more.
  for (let version = 0; version < 2; version += 1) {
    for (const device of [one, two]) device.write(7);
    await eventually(() => relays.every((relay) => holdsAll(relay, heads())), 20_000);
  }

  proxy.on(fault, settings[fault]);
  for (const index of [0, 1, 2]) for (const device of [one, two]) device.write(index);
  await eventually(() => [one, two].every((device) => knowsAll(device, heads())), 20_000);
  proxy.cutAll();
  const during = open('during');
  await eventually(() => knowsAll(during, heads()), 20_000);
  const ends = Date.now() + 20_000;
  for (let attempt = 0; proxy.fired(fault) === 0 && Date.now() < ends; attempt += 1) {
    one.write(3 + (attempt % 4));
    await eventually(() => knowsAll(during, heads()), 20_000, 50);
  }
  expect(proxy.fired(fault)).toBeGreaterThan(0);

  proxy.heal();
  proxy.cutAll();
  for (const { mesh } of devices) mesh.kick();
  await eventually(() => relays.every((relay) => holdsAll(relay, heads())), 60_000);
  const fresh = open('fresh');
  await eventually(() => devices.every((device) => knowsAll(device, heads())), 20_000);
  expect(fresh.newest.size).toBe(heads().length);
}); // prettier-ignore

test('no fault is forgotten, and none is named that there is not', () => {
  const names = faults.map(({ name }) => name);
  expect([...Object.keys(elsewhere), ...Object.keys(settings)].filter((name) => !names.includes(name))).toEqual([]);
  expect(here.length).toBeGreaterThan(60);
});
