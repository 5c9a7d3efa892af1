/**
 * The whole engine, three devices of one user whose clocks differ, over three relays of three kinds behind chaos proxies, on real sockets.
 */
import { WebSocket } from 'ws';
import { SyncEngine } from '../../src/lib/engine';
import appConfig from '../../src/lib/config.json';
import defaults from '../../src/runtime/core/defaults.json';
import type { Note } from '../../src/lib/schema';
import { ErrorCode } from '../../src/runtime/core/errors';
import { inProcessEnvironment, inProcessWorkers } from '../support/in-process';
import type { SocketLike } from '../../src/runtime/relay/socket';
import { startRelay } from '../../src/relay';
import type { NostrEvent, RelayMode, RunningRelay } from '../../src/relay';
import { createSwitchboard, startChaosProxy } from '../../src/relay/chaos';
import type { ChaosProxy, FaultSettings } from '../../src/relay/chaos';
import { eventually } from './support';

const configJson = { ...appConfig, ...defaults };

jest.setTimeout(180_000);

const modes: readonly RelayMode[] = ['strfry', 'nostr-rs-relay', 'khatru'];
/** Patience is made short, since a test cannot wait for minutes; everything else is as it ships. */
const config = {
  ...configJson,
  iterations: 100_000,
  connection: {
    ...configJson.connection,
    connectTimeoutMs: 1_000,
    answerTimeoutMs: 1_000,
    silenceMs: 5_000,
    probeTimeoutMs: 1_000,
  },
  reading: { ...configJson.reading, repairDelayMs: 500, repairJitterMs: 1_000 },
  // What the proxies forge would cost each relay its place for a day (mesh-floods.test.ts), and here all of them are to heal.
  inbound: { ...configJson.inbound, misdeeds: 1_000_000, strayFrames: 1_000_000, strayBytes: 1_073_741_824 },
};

interface Device {
  readonly name: string;
  readonly engine: SyncEngine;
  /** What the app was told is committed: note id -> title. Each device writes notes of its own. */
  readonly acknowledged: Map<string, string>;
  edits: number;
}

let relays: RunningRelay[];
let proxies: ChaosProxy[];
let devices: Device[];
/** When each relay was sent an event of ours, ms. */
let publishedAtMs: number[][];
/** Whether some address has been published at each relay more than once. */
let rewritten: { isTrue: boolean }[];
let sockets: Set<WebSocket>;
const unhandled: unknown[] = [];
const noteUnhandled = (reason: unknown) => unhandled.push(reason);

beforeEach(async () => {
  process.on('unhandledRejection', noteUnhandled);
  devices = [];
  sockets = new Set();
  relays = await Promise.all(modes.map((mode) => startRelay({ mode })));
  proxies = await Promise.all(relays.map(({ url }) => startChaosProxy({ target: url })));
  publishedAtMs = relays.map(() => []);
  rewritten = relays.map(() => ({ isTrue: false }));
  for (const [n, relay] of relays.entries()) {
    const eventByAddress = new Map<string, string>();
    relay.onFrame(({ direction, text }) => {
      if (direction !== 'in' || !text.startsWith('["EVENT"')) return;
      publishedAtMs[n]!.push(Date.now());
      const [, { id, tags }] = JSON.parse(text) as [string, NostrEvent];
      const address = tags[0]![1]!;
      if ((eventByAddress.get(address) ?? id) !== id) rewritten[n]!.isTrue = true;
      eventByAddress.set(address, id);
    });
  }
});

afterEach(async () => {
  await Promise.all(devices.map(({ engine }) => engine.close()));
  await Promise.all(proxies.map((proxy) => proxy.stop()));
  await Promise.all(relays.map((relay) => relay.stop()));
  process.off('unhandledRejection', noteUnhandled);
  expect(unhandled.splice(0)).toEqual([]);
});

async function open(name: string, skewMs = 0): Promise<Device> {
  const environment = inProcessEnvironment();
  const engine = await SyncEngine.open({
    identity: ['user-7', 'f3b1c5a0-chaos'],
    relays: proxies.map(({ url }) => url),
    createWorker: inProcessWorkers({
      ...environment,
      config,
      label: name,
      clock: { ...environment.clock, now: () => Date.now() + skewMs },
      createSocket: (url) => {
        const socket = new WebSocket(url, { perMessageDeflate: false });
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
        return socket as unknown as SocketLike;
      },
    }),
  });
  const device = { name, engine, acknowledged: new Map(), edits: 0 };
  devices.push(device);
  return device;
}

/** An edit of one of the device's own notes, and a tag on a note that all share. */
async function edit(device: Device): Promise<void> {
  const edits = (device.edits += 1);
  const id = `${device.name}-${edits % 6}`;
  await device.engine.patch('notes', id, { title: `edit ${edits}`, order: edits });
  device.acknowledged.set(id, `edit ${edits}`);
  if (edits % 3 > 0) return;
  const shared = await device.engine.patch('notes', 'shared', { title: 'shared', order: 0 });
  await shared.incrementalModify((note) => ({ ...note, tags: [...note.tags, `${device.name}-${edits}`] }));
  device.acknowledged.set(`tag ${device.name}-${edits}`, '');
}

async function read({ engine }: Device): Promise<readonly Note[]> {
  const notes = await engine.db.notes.find().exec();
  return notes
    .map(({ id, title, body, done, order, tags }) => ({ id, title, body, done, order, tags: [...tags].sort() }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The acknowledged writes of all devices that a device does not show. */
async function missing(device: Device): Promise<readonly string[]> {
  const notes = new Map((await read(device)).map((note) => [note.id, note]));
  const tags = new Set(notes.get('shared')?.tags ?? []);
  return devices.flatMap(({ acknowledged }) =>
    [...acknowledged]
      .filter(([key, title]) => (key.startsWith('tag ') ? !tags.has(key.slice(4)) : notes.get(key)?.title !== title))
      .map(([key]) => key),
  );
}

async function untilEqual(limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const states = await Promise.all(devices.map(async (device) => JSON.stringify(await read(device))));
    const lost = (await Promise.all(devices.map(missing))).flat();
    if (lost.length === 0 && new Set(states).size === 1) return;
    if (Date.now() > deadline) throw new Error(`After ${limitMs} ms: missing ${lost.join(', ')}; ${states.join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The newest event of each address on any relay. */
function heads(): readonly string[] {
  const newest = new Map<string, { readonly id: string; readonly at: number }>();
  for (const { id, tags, created_at } of relays.flatMap((relay) => relay.events())) {
    const d = String(tags[0]?.[1]);
    if ((newest.get(d)?.at ?? -1) < created_at) newest.set(d, { id, at: created_at });
  }
  return [...newest.values()].map(({ id }) => id);
}

async function untilEveryRelayHoldsEveryHead(): Promise<void> {
  const lacking = () =>
    relays.map((relay) => {
      const stored = new Set(relay.events().map(({ id }) => id));
      return heads().filter((id) => !stored.has(id)).length;
    });
  await eventually(() => lacking().every((count) => count === 0), 'every relay to hold every head', 90_000).catch(
    (error) => {
      throw new Error(`${error.message}; lacking: ${lacking().join(', ')} of ${heads().length}`);
    },
  );
}

function heal(): void {
  for (const proxy of proxies) {
    proxy.heal();
    proxy.cutAll();
  }
}

const isReady = ({ engine }: Device) => engine.status.relays.length === 3 && engine.status.lastSyncedAt !== null;

it.each<[string, FaultSettings]>([
  ['relay-wiped', {}],
  ['relay-rolled-back', {}],
  ['ok-then-crash', {}],
  ['ok-duplicate-not-stored', {}],
  ['truncated-page', { limit: 1 }],
  ['stored-live-gap', { ms: 60_000 }],
  ['client-dies-before-ack', {}],
])('goes on, loses nothing and heals with %s at one relay', async (fault, settings) => {
  const [one, two] = [await open('one'), await open('two')];
  await Promise.all([one.engine.synced(), two.engine.synced()]);
  // Faults that bring the past back need one.
  for (let n = 0; n < 8 || (n < 200 && !rewritten[0]!.isTrue); n += 1) {
    await edit(n % 2 ? one : two);
    if (n % 4 === 3) await untilEqual(20_000);
  }
  await untilEqual(20_000);
  proxies[0]!.on(fault, settings);
  if (fault !== 'client-dies-before-ack') proxies[0]!.cutAll();
  for (let n = 0; n < 8; n += 1) await edit(n % 2 ? one : two);
  await untilEqual(20_000);
  const third = await open('three');
  await third.engine.synced();
  await untilEqual(20_000);
  await eventually(() => proxies[0]!.fired(fault) > 0, `${fault} to fire`, 20_000);
  heal();
  await untilEveryRelayHoldsEveryHead();
  await untilEqual(20_000);
});

it('loses nothing under random mixes at all three relays', async () => {
  const mix = [
    'latency', 'throttled-bandwidth', 'drop-mid-stream', 'close-1001', 'black-hole', 'black-hole-up', 'black-hole-down', 'accept-then-drop',
    'upgrade-hangs', 'upgrade-503', 'connection-refused', 'flapping', 'ok-false', 'ok-never', 'ok-late', 'ok-not-stored', 'ok-duplicate-not-stored',
    'ok-replaced', 'ok-wrong-id', 'ok-then-crash', 'ok-out-of-order', 'rate-limit', 'eose-swallowed', 'eose-early', 'eose-hint-lies', 'closed-on-req',
    'closed-mid-life', 'notice-instead-of-closed', 'live-event-lost', 'stored-live-gap', 'duplicates', 'reorder', 'old-version-replayed',
    'different-heads', 'truncated-page', 'stranger-event', 'other-kind', 'wrong-subscription', 'forged-content-first', 'future-forgery',
    'bad-signature', 'malformed-frame', 'huge-frame', 'binary-frame', 'deep-json', 'relay-wiped', 'relay-rolled-back', 'client-dies-before-ack',
  ]; // prettier-ignore
  const seconds = Number(process.env.CHAOS_SECONDS ?? 30);
  const three = [await open('one'), await open('two', -120_000), await open('three', 300_000)];
  await eventually(() => three.every(isReady), 'three devices to be ready', 30_000);
  const ends = Date.now() + seconds * 1000;
  let next = 0;
  for (let round = 0; Date.now() < ends; round += 1) {
    const proxy = proxies[round % 3]!;
    proxy.heal();
    if (round % 4 === 3) proxy.cutAll();
    for (let count = 0; count < 3; count += 1) proxy.on(mix[next++ % mix.length]!, { probability: 0.3 });
    for (let count = 0; count < 5; count += 1) {
      await edit(three[Math.floor(Math.random() * 3)]!);
      await new Promise((resolve) => setTimeout(resolve, 80));
    }
  }
  const fired = proxies.map(({ switchboard }) => Object.keys(switchboard.counts()).length);
  heal();
  await untilEqual(60_000);
  await untilEveryRelayHoldsEveryHead();

  const fresh = await open('fresh');
  await fresh.engine.synced();
  await untilEqual(20_000);
  expect(fired.reduce((a, b) => a + b)).toBeGreaterThan(20);
  await eventually(
    () => relays.every(({ connections }) => connections === 4) && sockets.size === 12,
    'one socket for each device and relay',
    30_000,
  );
  for (const times of publishedAtMs)
    expect(mostInAnySecond(times)).toBeLessThanOrEqual(4 * (config.publishing.burst + config.publishing.maxPerSecond));
});

it('carries on when all relays vanish at once and come back', async () => {
  const all = createSwitchboard();
  await Promise.all(proxies.map((proxy) => proxy.stop()));
  proxies = await Promise.all(relays.map(({ url }) => startChaosProxy({ target: url, faults: all })));
  const [one, two] = [await open('one'), await open('two')];
  await eventually(() => [one, two].every(isReady), 'both devices to be ready', 30_000);
  all.on('relay-down');
  for (let n = 0; n < 10; n += 1) await edit(n % 2 ? one : two);
  await eventually(() => one.engine.status.pending > 0, 'the status to say what is pending');
  all.heal();
  await untilEqual(60_000);
  await eventually(
    () => [one, two].every(({ engine }) => engine.status.pending === 0),
    'everything to be durable',
    60_000,
  );
});

it('goes on with two of three relays down, counts nothing as stored and says why; one more relay settles it', async () => {
  const [one, two] = [await open('one'), await open('two')];
  await eventually(() => [one, two].every(isReady), 'both devices to be ready', 30_000);
  for (const proxy of proxies.slice(1)) proxy.on('relay-down');
  for (let n = 0; n < 6; n += 1) await edit(n % 2 ? one : two);
  await untilEqual(20_000);
  const codes = () => one.engine.status.problems.map(({ code }) => code);
  await eventually(() => codes().includes(ErrorCode.RelaysTooFew), 'the status to say that durability is short', 30_000);
  expect(one.engine.status.pending).toBeGreaterThan(0);

  proxies[1]!.heal();
  one.engine.pause();
  one.engine.resume();
  await eventually(() => one.engine.status.pending === 0, 'everything to be durable', 60_000);
}); // prettier-ignore

it.each(['ok-not-stored', 'ok-duplicate-not-stored', 'live-event-lost', 'old-version-replayed', 'forged-content-first'])(
  'is not deceived by two of three relays that have %s in common',
  async (fault) => {
    const [one, two] = [await open('one'), await open('two')];
    await eventually(() => [one, two].every(isReady), 'both devices to be ready', 30_000);
    for (const proxy of proxies.slice(1)) proxy.on(fault);
    for (let n = 0; n < 12; n += 1) await edit(n % 2 ? one : two);
    await untilEqual(20_000);
    const isKept = !fault.includes('not-stored');
    const pending = () => one.engine.status.pending;
    await eventually(() => (isKept ? pending() === 0 : pending() > 0), 'the status to say what is stored', 30_000);
    const three = await open('three');
    await three.engine.synced();
    await untilEqual(20_000);

    heal();
    await eventually(() => pending() === 0, 'everything to be durable', 60_000);
    await untilEveryRelayHoldsEveryHead();
  },
); // prettier-ignore

it('publishes a thousand edits made offline without a refusal for rate', async () => {
  const refusals: string[] = [];
  for (const relay of relays)
    relay.onFrame(({ direction, text }) => {
      if (direction === 'out' && /^\["OK","[0-9a-f]+",false/.test(text)) refusals.push(text);
    });
  const [one, two] = [await open('one'), await open('two')];
  await eventually(() => [one, two].every(isReady), 'both devices to be ready', 30_000);
  one.engine.pause();
  for (let n = 0; n < 1_000; n += 1) {
    await one.engine.patch('notes', `offline-${n % 300}`, { title: `edit ${n}`, order: n });
    one.acknowledged.set(`offline-${n % 300}`, `edit ${n}`);
  }
  await eventually(() => one.engine.status.pending === 300, 'the status to count what waits');
  one.engine.resume();
  const isDurable = () => one.engine.status.pending === 0 && one.engine.status.relays.length === 3;
  await eventually(isDurable, 'everything to be durable', 60_000);
  await untilEqual(30_000);
  expect(refusals).toEqual([]);
});

function mostInAnySecond(times: readonly number[]): number {
  return times.reduce(
    (most, start, n) => Math.max(most, times.slice(n).filter((time) => time < start + 1_000).length),
    0,
  );
}
