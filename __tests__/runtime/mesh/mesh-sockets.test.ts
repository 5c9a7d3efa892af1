import { generateSecretKey } from 'nostr-tools/pure';
import type { Head } from '../../../src/runtime/contracts/mesh';
import { startRelay, type RelayMode, type RunningRelay } from '../../../src/relay';
import { startChaosProxy, type ChaosProxy } from '../../../src/relay/chaos';
import { eventually, SocketDevice } from '../../support/socket-device';

jest.setTimeout(120_000);

const modes: readonly RelayMode[] = ['strfry', 'nostr-rs-relay', 'nostream'];
const secretKey = generateSecretKey();

interface Town {
  readonly relays: readonly RunningRelay[];
  readonly proxies: readonly ChaosProxy[];
  device(name: string, skew?: number): SocketDevice;
  close(): Promise<void>;
}

async function build(): Promise<Town> {
  // nostream's limit of 24 writes a minute is another matter: rate-limiter.test.ts.
  const relays = await Promise.all(
    modes.map((mode) => startRelay({ mode, limits: { addressableEventsPerMinute: 100_000 } })),
  );
  const proxies = await Promise.all(relays.map(({ url }) => startChaosProxy({ target: url })));
  const devices: SocketDevice[] = [];
  return {
    relays,
    proxies,
    device(name, skew) {
      const device = new SocketDevice({ name, skew, secretKey, urls: proxies.map(({ url }) => url), impatient: true });
      devices.push(device);
      device.mesh.start();
      return device;
    },
    async close() {
      for (const { mesh } of devices) mesh.stop();
      await Promise.all(proxies.map((proxy) => proxy.stop()));
      await Promise.all(relays.map((relay) => relay.stop()));
    },
  };
}

const holds = (relay: RunningRelay, { event }: Head): boolean => relay.events().some(({ id }) => id === event.id);

describe('on real sockets, with relays of three kinds', () => {
  let town: Town;
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);

  beforeEach(async () => {
    process.on('unhandledRejection', note);
    town = await build();
  });

  afterEach(async () => {
    await town.close();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('loses nothing under random mixes, with clocks that differ', async () => {
    const devices = [town.device('one', 0), town.device('two', -120), town.device('three', 300)];
    await eventually(() => devices.every(({ mesh }) => mesh.readyRelays === 3), 20_000);
    const faults = [
      'latency',
      'drop-mid-stream',
      'ok-false',
      'ok-never',
      'ok-not-stored',
      'duplicates',
      'reorder',
      'live-event-lost',
      'closed-on-req',
      'old-version-replayed',
      'stranger-event',
      'wrong-subscription',
      'huge-frame',
      'black-hole-down',
      'flapping',
      'eose-swallowed',
    ];
    const heads = () => devices.flatMap((device) => [...device.heads.values()]);
    const ends = Date.now() + 20_000;
    for (let round = 0; Date.now() < ends; round += 1) {
      const proxy = town.proxies[round % 3]!;
      proxy.heal();
      for (let count = 0; count < 3; count += 1)
        proxy.on(faults[Math.floor(Math.random() * faults.length)]!, { probability: 0.3 });
      for (let count = 0; count < 10; count += 1) {
        devices[Math.floor(Math.random() * 3)]!.write(Math.floor(Math.random() * 4));
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
    }
    for (const proxy of town.proxies) {
      proxy.heal();
      proxy.cutAll();
    }
    for (const { mesh } of devices) mesh.kick();
    await eventually(() => devices.every((device) => heads().every((head) => device.knows(head))), 30_000);
    await eventually(() => town.relays.every((relay) => heads().every((head) => holds(relay, head))), 60_000);
    const fresh = town.device('fresh');
    await eventually(() => heads().every((head) => fresh.knows(head)), 20_000);
  });
});
