/**
 * Devices that each have one bad relay among four, beside an observer that has none: how long local writes take, how soon edits reach the
 * observer, how much memory is used, and what becomes of the bad relay. A fifth relay is in reserve, so that a place can be lost.
 */
import type { Page } from 'playwright-core';
import { startRelay } from '../../src/relay';
import type { RunningRelay } from '../../src/relay';
import { startChaosProxy } from '../../src/relay/chaos';
import type { ChaosProxy, FaultSettings } from '../../src/relay/chaos';
import type { RelayStatus, SyncStatus } from '../../src/runtime/core/status';
import { keysOf } from './keys';
import { percentile } from './stage';
import type { Device, Stage } from './stage';
import { watchTitles } from './titles';

/** A local write beside each edit that is waited for, so that there are enough of them for a percentile. */
const WRITES_PER_ROUND = 4;
const ARRIVAL_TIMEOUT_MS = 30_000;
/** Written before the devices open. */
export const DOCUMENTS = 20;

export interface Fault {
  readonly name: string;
  /** What is switched on at the proxy, with its settings. Default: the fault of that name. */
  readonly switches?: { readonly [fault: string]: FaultSettings };
  /** On before the device opens; otherwise `begin` switches it on. */
  readonly fromTheStart?: boolean;
  /** The relay behind the proxy holds nothing; otherwise it holds what the other devices have written. */
  readonly isEmpty?: boolean;
}

/** A device like the others whose relays are all well, to compare with. */
export const control: Fault = { name: 'control', switches: {} };

/** One device and its bad relay. */
export interface Trial {
  readonly fault: Fault;
  readonly page: Page;
  readonly proxy: ChaosProxy;
  /** Switches the fault on, on connections that are in use. */
  begin(): void;
  status(): Promise<SyncStatus>;
  /** What the device says of the bad relay. */
  relay(): Promise<RelayStatus>;
}

export interface TrialGroup {
  readonly trials: readonly Trial[];
  readonly observer: Page;
  close(): Promise<void>;
}

export interface Times {
  readonly writesMs: readonly number[];
  readonly arrivalsMs: readonly number[];
}

/** All devices have one identity, which no other group may have. Resolves when each has read everything. */
export async function openTrials(stage: Stage, identity: string, faults: readonly Fault[]): Promise<TrialGroup> {
  const healthy = stage.relays.map(({ url }) => url);
  const [behind, reserve] = await Promise.all([startRelay(), startRelay()]);
  const relays: RunningRelay[] = [behind, reserve];
  const keys = await keysOf(identity);
  const observer = await openDevice(stage, identity, [behind.url, ...healthy]);
  const isDurable = untilDurable(observer.page);
  await write(observer.page, DOCUMENTS);
  await isDurable;
  const opened = await Promise.all(
    faults.map(async (fault) => {
      const target = fault.isEmpty ? await startRelay() : behind;
      if (fault.isEmpty) relays.push(target);
      const proxy = await startChaosProxy({ target: target.url, ...keys });
      if (fault.fromTheStart) switchOn(proxy, fault);
      const device = await openDevice(stage, identity, [proxy.url, ...healthy, reserve.url]);
      return { device, trial: trialOf(fault, device.page, proxy) };
    }),
  );
  await watchTitles(observer.page);
  return {
    trials: opened.map(({ trial }) => trial),
    observer: observer.page,
    async close() {
      await Promise.all([observer, ...opened.map(({ device }) => device)].map((device) => device.close()));
      await Promise.all(opened.map(({ trial }) => trial.proxy.stop()));
      await Promise.all(relays.map((relay) => relay.stop()));
    },
  };
}

function trialOf(fault: Fault, page: Page, proxy: ChaosProxy): Trial {
  const status = (): Promise<SyncStatus> => statusOf(page);
  return {
    fault,
    page,
    proxy,
    begin: () => switchOn(proxy, fault),
    status,
    relay: async () => {
      const found = (await status()).relays.find(({ url }) => url.startsWith(proxy.url));
      if (!found) throw new Error(`The status names no relay ${proxy.url}.`);
      return found;
    },
  };
}

function switchOn(proxy: ChaosProxy, { name, switches = { [name]: {} } }: Fault): void {
  for (const [fault, settings] of Object.entries(switches)) proxy.on(fault, settings);
}

async function openDevice(stage: Stage, identity: string, relays: readonly string[]): Promise<Device> {
  const device = await stage.openDevice({ identity, relays });
  await device.page.evaluate(async () => {
    window.engine = await window.openEngine();
    await window.engine.synced();
  });
  return device;
}

/** Edits on the devices in turn, at most one in `pauseMs`, for `forMs`, each at least once. Rejects if an edit does not arrive. */
export async function measure(
  { observer }: TrialGroup,
  trials: readonly Trial[],
  { forMs, pauseMs = 150 }: { readonly forMs: number; readonly pauseMs?: number },
): Promise<ReadonlyMap<string, Times>> {
  const times = new Map(
    trials.map(({ fault }) => [fault.name, { writesMs: [] as number[], arrivalsMs: [] as number[] }]),
  );
  const end = performance.now() + forMs;
  for (let round = 0; round < trials.length || performance.now() < end; round++) {
    const { fault, page } = trials[round % trials.length]!;
    const { writesMs, arrivalsMs } = times.get(fault.name)!;
    const { writes, arrival } = await timeRound(page, observer);
    writesMs.push(...writes);
    arrivalsMs.push(arrival);
    await page.waitForTimeout(pauseMs);
  }
  return times;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);
export const p95 = (values: readonly number[]): number => percentile(values, 0.95);

let titles = 0;

async function timeRound(
  page: Page,
  observer: Page,
): Promise<{ readonly writes: readonly number[]; readonly arrival: number }> {
  const title = `title ${++titles}`;
  const seen = observer.evaluate((title) => window.titleSeen(title), title);
  const { at, writes } = await page.evaluate(
    async ([title, count]) => {
      const at = performance.timeOrigin + performance.now();
      const writes: number[] = [];
      for (let index = 0; index < count; index++) {
        const start = performance.now();
        await window.engine.patch('items', index === 0 ? 'shared' : `local-${index}`, { title, order: index });
        writes.push(performance.now() - start);
      }
      return { at, writes };
    },
    [title, WRITES_PER_ROUND] as const,
  );
  return { writes, arrival: (await within(ARRIVAL_TIMEOUT_MS, seen, title)) - at };
}

async function within<Value>(timeoutMs: number, promise: Promise<Value>, what: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`"${what}" did not arrive within ${timeoutMs} ms.`)), timeoutMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const write = (page: Page, count: number): Promise<void> =>
  page.evaluate(async (count) => {
    for (let index = 0; index < count; index++)
      await window.engine.patch('items', `before-${index}`, { title: 'before', order: index });
  }, count);

const statusOf = (page: Page): Promise<SyncStatus> =>
  page.evaluate(
    () =>
      new Promise<SyncStatus>((told) => {
        const subscription = window.engine.status$.subscribe((status) => {
          setTimeout(() => subscription.unsubscribe());
          told(status as unknown as SyncStatus);
        });
      }),
  );

/** To be called before what is waited for is written, since `pending` counts it only a little later. */
async function untilDurable(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((durable) => {
        let wasPending = false;
        const subscription = window.engine.status$.subscribe(({ pending }) => {
          wasPending ||= pending > 0;
          if (!wasPending || pending > 0) return;
          setTimeout(() => subscription.unsubscribe());
          durable();
        });
      }),
  );
}
