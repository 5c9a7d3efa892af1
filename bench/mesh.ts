/**
 * The mesh in two browsers while relays fail: how soon sync is live again, what a black-holed relay costs, how fast a backlog drains,
 * whether anything is lost, and how quiet it is when nothing happens. A chaos proxy stands in front of each of three relays. Before the browsers
 * open, what the three relays themselves take, since each figure contains that.
 */
import type { Page } from 'playwright-core';
import { startChaosProxy } from '../src/relay/chaos';
import type { ChaosProxy } from '../src/relay/chaos';
import { report } from './report';
import { timeRelayHops } from './support/relay-hop';
import { percentile, setStage } from './support/stage';
import type { Device, Stage } from './support/stage';

const HOPS = 200;
const FAILOVER_EDITS = 40;
const BACKLOG = 1_000;
const CHAOS_MS = 30_000;
const IDLE_MS = 120_000;
const MIXES = [
  'latency',
  'ok-false',
  'ok-never',
  'ok-not-stored',
  'duplicates',
  'reorder',
  'live-event-lost',
  'closed-on-req',
  'old-version-replayed',
  'huge-frame',
  'drop-mid-stream',
] as const;

async function main(): Promise<void> {
  const stage = await setStage();
  const proxies = await Promise.all(stage.relays.map(({ url }) => startChaosProxy({ target: url })));
  try {
    const urls = stage.relays.map(({ url }) => url);
    // The first run warms the relays up.
    await timeRelayHops(urls, HOPS);
    const hops = await timeRelayHops(urls, HOPS);
    for (const relay of stage.relays) relay.wipe();
    const [writer, reader] = [await openDevice(stage, proxies), await openDevice(stage, proxies)];
    const idle = await countIdleFrames(stage, 2);
    const reconnect = await timeReconnect(writer.page, proxies);
    const failover = await timeFailover(writer.page, reader.page, proxies[0]!);
    const heal = await timeHeal(writer.page, reader.page, proxies);
    const drain = await timeDrain(writer.page, proxies);
    const chaos = await countLost(stage, proxies, [writer, reader]);
    await report('mesh', {
      'mesh.relay_hop_p50_ms': { value: percentile(hops, 0.5), unit: 'ms', budget: 2.5 },
      'mesh.reconnect_to_live_ms': { value: reconnect, unit: 'ms', budget: 1_000 },
      'mesh.failover_p50_ms': { value: percentile(failover, 0.5), unit: 'ms' },
      'mesh.failover_p95_ms': { value: percentile(failover, 0.95), unit: 'ms', budget: 500 },
      'mesh.heal_to_equal_ms': { value: heal, unit: 'ms', budget: 5_000 },
      'mesh.drain_1000_edits_s': { value: drain / 1000, unit: 's', budget: 30 },
      'mesh.chaos_lost': { value: chaos.lost, unit: 'writes', budget: 0 },
      'mesh.chaos_writes': { value: chaos.writes, unit: 'writes' },
      'mesh.idle_frames_per_min': { value: idle, unit: 'frames', budget: 4 },
    });
  } finally {
    await stage.close();
    await Promise.all(proxies.map((proxy) => proxy.stop()));
  }
}

async function openDevice(stage: Stage, proxies: readonly ChaosProxy[]): Promise<Device> {
  const device = await stage.openDevice({ identity: 'mesh', relays: proxies.map(({ url }) => url) });
  await device.page.evaluate(async () => {
    window.engine = await window.openEngine();
    const seen = new Map<string, number>();
    const waiting = new Map<string, (at: number) => void>();
    window.engine.db.items.find().$.subscribe((documents) => {
      const at = performance.timeOrigin + performance.now();
      for (const { title } of documents) {
        if (seen.has(title)) continue;
        seen.set(title, at);
        waiting.get(title)?.(at);
      }
    });
    window.titleSeen = (title) =>
      new Promise((resolve) => {
        const at = seen.get(title);
        if (at === undefined) waiting.set(title, resolve);
        else resolve(at);
      });
    await window.engine.synced();
  });
  return device;
}

/** Frames a minute in either direction on the busiest relay, for each device, when nothing has been edited for a while. */
async function countIdleFrames(stage: Stage, devices: number): Promise<number> {
  await pass(30_000);
  const counts = stage.relays.map(() => 0);
  const ends = stage.relays.map((relay, index) => relay.onFrame(() => (counts[index]! += 1)));
  await pass(IDLE_MS);
  for (const end of ends) end();
  return Math.max(...counts) / devices / (IDLE_MS / 60_000);
}

/** From `online` until all relays are live. */
async function timeReconnect(page: Page, proxies: readonly ChaosProxy[]): Promise<number> {
  cutOff(proxies);
  await pass(20_000);
  for (const proxy of proxies) proxy.heal();
  return page.evaluate(async () => {
    const began = performance.now();
    window.dispatchEvent(new Event('online'));
    await new Promise<void>((resolve) => {
      window.engine.status$.subscribe(({ relays }) => {
        if (relays.every(({ state }) => state === 'live')) resolve();
      });
    });
    return performance.now() - began;
  });
}

/** Edit on one device to observer on the other, with one of three relays black-holed. */
async function timeFailover(writer: Page, reader: Page, proxy: ChaosProxy): Promise<readonly number[]> {
  proxy.on('black-hole');
  const times: number[] = [];
  for (let edit = 0; edit < FAILOVER_EDITS; edit++) {
    const title = `failover ${edit}`;
    const seen = reader.evaluate((wanted) => window.titleSeen(wanted), title);
    const at = await writer.evaluate(async (title) => {
      const at = performance.timeOrigin + performance.now();
      await window.engine.patch('items', 'failover', { title, order: 1 });
      return at;
    }, title);
    times.push((await seen) - at);
    await pass(500 + (edit % 7) * 50);
  }
  proxy.heal();
  proxy.cutAll();
  return times;
}

/** Both devices edit while no relay can be reached; from `online` until they are equal. */
async function timeHeal(writer: Page, reader: Page, proxies: readonly ChaosProxy[]): Promise<number> {
  cutOff(proxies);
  await Promise.all([editMany(writer, 'heal-writer', 20), editMany(reader, 'heal-reader', 20)]);
  await pass(5_000);
  const began = performance.now();
  comeBack(proxies);
  await Promise.all([online(writer), online(reader)]);
  await until(async () => (await contents(writer)) === (await contents(reader)), 60_000);
  return performance.now() - began;
}

/** A thousand edits made without a network; from `online` until all of them are stored. */
async function timeDrain(page: Page, proxies: readonly ChaosProxy[]): Promise<number> {
  cutOff(proxies);
  await editMany(page, 'backlog', BACKLOG);
  await until(async () => (await pending(page)) >= BACKLOG, 10_000);
  const began = performance.now();
  comeBack(proxies);
  await online(page);
  await settled(page);
  return performance.now() - began;
}

/** Random faults at all relays while both devices edit; acknowledged writes that any device, or a new one, lacks after healing. */
async function countLost(
  stage: Stage,
  proxies: readonly ChaosProxy[],
  devices: readonly Device[],
): Promise<{ readonly lost: number; readonly writes: number }> {
  const ends = Date.now() + CHAOS_MS;
  let edits = 0;
  for (let round = 0; Date.now() < ends; round++) {
    const proxy = proxies[round % proxies.length]!;
    proxy.heal();
    for (let count = 0; count < 3; count++)
      proxy.on(MIXES[Math.floor(Math.random() * MIXES.length)]!, { probability: 0.3 });
    if (round % 4 === 3) proxy.cutAll();
    for (const { page } of devices) await editMany(page, `chaos-${edits++}`, 3);
    await pass(200);
  }
  comeBack(proxies);
  for (const { page } of devices) await online(page);
  for (const { page } of devices) await settled(page);
  const fresh = await openDevice(stage, proxies);
  const pages = [...devices, fresh].map(({ page }) => page);
  const wanted = Array.from({ length: edits }, (_, edit) => [0, 1, 2].map((index) => `chaos-${edit}-${index}`)).flat();
  const missing = async () =>
    (await Promise.all(pages.map((page) => countMissing(page, wanted)))).reduce((a, b) => a + b);
  await until(async () => (await missing()) === 0, 60_000).catch(() => undefined);
  return { lost: await missing(), writes: wanted.length };
}

function cutOff(proxies: readonly ChaosProxy[]): void {
  for (const proxy of proxies) {
    proxy.on('connection-refused');
    proxy.cutAll();
  }
}

function comeBack(proxies: readonly ChaosProxy[]): void {
  for (const proxy of proxies) proxy.heal();
}

const online = (page: Page): Promise<boolean> => page.evaluate(() => window.dispatchEvent(new Event('online')));

const editMany = (page: Page, prefix: string, count: number): Promise<void> =>
  page.evaluate(
    async ([prefix, count]) => {
      for (let index = 0; index < Number(count); index++) {
        const id = `${prefix}-${index}`;
        await window.engine.patch('items', id, { title: id, order: index });
      }
    },
    [prefix, count] as const,
  );

/** Resolves when nothing is pending any more. */
const settled = (page: Page): Promise<void> =>
  page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        window.engine.status$.subscribe(({ pending }) => {
          if (pending === 0) resolve();
        });
      }),
  );

const pending = (page: Page): Promise<number> =>
  page.evaluate(
    () => new Promise<number>((resolve) => window.engine.status$.subscribe((status) => resolve(status.pending))),
  );

const contents = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const items = await window.engine.db.items.find().exec();
    return JSON.stringify(items.map(({ id, title }) => [id, title]).sort());
  });

const countMissing = (page: Page, ids: readonly string[]): Promise<number> =>
  page.evaluate(
    async (wanted) => {
      const items = await window.engine.db.items.find().exec();
      const present = new Set(items.map(({ id }) => id));
      return wanted.filter((id) => !present.has(id)).length;
    },
    [...ids],
  );

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(condition: () => Promise<boolean>, limitMs: number): Promise<void> {
  const ends = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > ends) throw new Error(`Not within ${limitMs} ms: ${condition.toString()}`);
    await pass(20);
  }
}

void main();
