/**
 * Edit on one device to observer on another, over three relays, beside the floor of the same run: one IndexedDB transaction, one
 * signature, publish to first echo, one IndexedDB transaction.
 */
import type { Page } from 'playwright-core';
import { report } from './report';
import { bundleFloor, floorFolder } from './support/bundle-floor';
import { percentile, setStage } from './support/stage';
import { openAndSync } from './support/titles';

const EDITS = 100;
const BURST_PER_SECOND = 20;
const BURST_SECONDS = 5;

async function main(): Promise<void> {
  await bundleFloor('worker');
  const stage = await setStage({ '/floor/': floorFolder });
  try {
    const [writer, reader] = [
      await stage.openDevice({ identity: 'propagation' }),
      await stage.openDevice({ identity: 'propagation' }),
    ];
    const relays = stage.relays.map((relay) => relay.url);
    const key = await startFloor(writer.page, relays);
    await startFloor(reader.page, relays, key);
    for (const { page } of [writer, reader]) await openAndSync(page);
    await observe(reader.page);

    const edits: number[] = [];
    const floors: number[] = [];
    for (let edit = 0; edit < EDITS; edit++) {
      edits.push(await timeEdit(writer.page, reader.page, `single ${edit}`));
      floors.push(await timeFloor(writer.page, reader.page, edit));
      await writer.page.waitForTimeout(700 + (edit % 7) * 50);
    }
    const burst = await timeBurst(writer.page, reader.page);
    const overFloor = (fraction: number) => percentile(edits, fraction) / percentile(floors, fraction);
    await report('propagation', {
      'propagation.p50_over_floor': { value: overFloor(0.5), unit: 'x', budget: 2.5 },
      'propagation.p95_over_floor': { value: overFloor(0.95), unit: 'x', budget: 6 },
      'propagation.p50_ms': { value: percentile(edits, 0.5), unit: 'ms' },
      'propagation.p95_ms': { value: percentile(edits, 0.95), unit: 'ms', budget: 500 },
      'propagation.floor_p50_ms': { value: percentile(floors, 0.5), unit: 'ms' },
      'propagation.floor_p95_ms': { value: percentile(floors, 0.95), unit: 'ms' },
      'propagation.burst_p95_ms': { value: percentile(burst, 0.95), unit: 'ms', budget: 400 },
    });
  } finally {
    await stage.close();
  }
}

/** @returns the key that the other device's floor listens to. */
async function startFloor(page: Page, relays: readonly string[], secretKey?: string): Promise<string> {
  return page.evaluate(
    ({ relays, secretKey }) =>
      new Promise<string>((ready) => {
        const worker = new Worker('/floor/worker.js');
        const arrivals = new Map<string, (at: number) => void>();
        Object.assign(window, {
          floorEdit: (edit: number) => worker.postMessage({ edit }),
          floorArrival: (edit: string) => new Promise((arrived) => arrivals.set(edit, arrived)),
        });
        worker.onmessage = ({ data }) => {
          if (data.ready) ready(data.ready);
          else arrivals.get(data.arrived)?.(data.at);
        };
        worker.postMessage({ relays, secretKey });
      }),
    { relays: [...relays], secretKey },
  );
}

/** Notes when the watched document shows a title for the first time. */
async function observe(page: Page): Promise<void> {
  await page.evaluate(() => {
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
    Object.assign(window, {
      titleSeen: (title: string) =>
        new Promise((resolve) => (seen.has(title) ? resolve(seen.get(title)) : waiting.set(title, resolve))),
    });
  });
}

const edit = (page: Page, id: string, title: string): Promise<number> =>
  page.evaluate(
    async ([id, title]) => {
      const at = performance.timeOrigin + performance.now();
      await window.engine.patch('items', id!, { title: title!, order: 1 });
      return at;
    },
    [id, title],
  );

async function timeEdit(writer: Page, reader: Page, title: string): Promise<number> {
  const seen = reader.evaluate((wanted) => window.titleSeen(wanted), title);
  const at = await edit(writer, 'single', title);
  return (await seen) - at;
}

async function timeFloor(writer: Page, reader: Page, number: number): Promise<number> {
  const arrival = reader.evaluate((wanted) => window.floorArrival(wanted), String(number));
  const at = await writer.evaluate((wanted) => {
    const at = performance.timeOrigin + performance.now();
    window.floorEdit(wanted);
    return at;
  }, number);
  return (await arrival) - at;
}

/** Every edit of a burst goes to a document of its own, so that each has to arrive. */
async function timeBurst(writer: Page, reader: Page): Promise<readonly number[]> {
  const count = BURST_PER_SECOND * BURST_SECONDS;
  const sent = await writer.evaluate(
    async ([count, perSecond]) => {
      const times: number[] = [];
      const start = performance.now();
      for (let index = 0; index < count!; index++) {
        const wait = start + (index * 1000) / perSecond! - performance.now();
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        times.push(performance.timeOrigin + performance.now());
        void window.engine.patch('items', `burst-${index}`, { title: `burst ${index}`, order: index });
      }
      return times;
    },
    [count, BURST_PER_SECOND],
  );
  const seen = await reader.evaluate(
    (count) => Promise.all(Array.from({ length: count }, (_, index) => window.titleSeen(`burst ${index}`))),
    count,
  );
  return seen.map((at, index) => at - sent[index]!);
}

void main();
