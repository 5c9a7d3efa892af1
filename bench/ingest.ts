/**
 * 10,000 documents arrive on a new device while two live queries of 50 rows are on screen and one insert is made every 60 ms: at full
 * speed and with the main thread slowed to a quarter, beside a plain Dexie bulk write of the same documents.
 */
import type { Page } from 'playwright-core';
import { report } from './report';
import { bundleFloor, floorFolder } from './support/bundle-floor';
import { makeDocuments } from './support/documents';
import type { Device, Stage } from './support/stage';
import { percentile, setStage } from './support/stage';

const DOCUMENTS = 10_000;
const IDLE_MS = 3_000;
const INSERT_EVERY_MS = 60;

interface Measured {
  readonly firstSyncMs: number;
  readonly idleInsertsMs: readonly number[];
  readonly insertsMs: readonly number[];
  readonly framesMs: readonly number[];
  readonly longTasks: number;
  readonly longestTaskMs: number;
}

async function main(): Promise<void> {
  await bundleFloor('dexie');
  const stage = await setStage({ '/floor/': floorFolder });
  try {
    const documents = makeDocuments(DOCUMENTS);
    await fill(stage, documents);
    const full = await ingest(stage, 1);
    const dexieMs = await timeDexie(full.device.page, documents);
    await full.device.close();
    const slow = await ingest(stage, 4);
    await slow.device.close();
    const late = slow.measured.framesMs.filter((ms) => ms > 20).length;
    await report('ingest', {
      'ingest.over_dexie': { value: full.measured.firstSyncMs / dexieMs, unit: 'x', budget: 3 },
      'ingest.first_sync_ms': { value: full.measured.firstSyncMs, unit: 'ms' },
      'ingest.dexie_ms': { value: dexieMs, unit: 'ms' },
      'ingest.long_tasks': { value: full.measured.longTasks, unit: 'tasks', budget: 0 },
      'ingest.insert_p95_ms': { value: percentile(full.measured.insertsMs, 0.95), unit: 'ms' },
      'ingest.insert_p95_over_idle': {
        value: percentile(full.measured.insertsMs, 0.95) / percentile(full.measured.idleInsertsMs, 0.95),
        unit: 'x',
        budget: 4,
      },
      'ingest.frames_over_20ms_pct_4x': { value: (100 * late) / slow.measured.framesMs.length, unit: '%', budget: 5 },
      'ingest.first_sync_ms_4x': { value: slow.measured.firstSyncMs, unit: 'ms' },
      'ingest.long_tasks_4x': { value: slow.measured.longTasks, unit: 'tasks' },
      'ingest.longest_task_ms_4x': { value: slow.measured.longestTaskMs, unit: 'ms' },
      'ingest.insert_p95_ms_4x': { value: percentile(slow.measured.insertsMs, 0.95), unit: 'ms' },
    });
  } finally {
    await stage.close();
  }
}

/** One device writes all documents, until the relays have them. */
async function fill(stage: Stage, documents: readonly unknown[]): Promise<void> {
  const { page, close } = await stage.openDevice({ identity: 'ingest' });
  await page.evaluate(async (documents) => {
    const engine = await window.openEngine();
    await engine.synced();
    for (let from = 0; from < documents.length; from += 500)
      await engine.db.items.bulkInsert(documents.slice(from, from + 500) as never);
    await new Promise<void>((durable) => engine.status$.subscribe(({ pending }) => pending === 0 && durable()));
  }, documents as unknown[]);
  await close();
}

async function ingest(
  stage: Stage,
  slowdown: number,
): Promise<{ readonly device: Device; readonly measured: Measured }> {
  const device = await stage.openDevice({ identity: 'ingest', relays: stage.relays.map((relay) => relay.url) });
  await device.devtools.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
  const measured = await measure(device.page);
  await device.devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  return { device, measured };
}

function measure(page: Page): Promise<Measured> {
  return page.evaluate(
    async ({ idleMs, everyMs }) => {
      const engine = await window.openEngine();
      engine.pause();
      Object.assign(window, { engine });
      for (const folder of [undefined, 'mine']) {
        const selector = folder ? { folder } : {};
        engine.db.items.find({ selector, sort: [{ order: 'asc' }], limit: 50 }).$.subscribe((rows) => {
          document.body.textContent = rows.map((row) => row.title).join('\n');
        });
      }
      let frames: number[] = [];
      let tasks: number[] = [];
      let lastFrame = performance.now();
      const onFrame = (at: number) => {
        frames.push(at - lastFrame);
        lastFrame = at;
        requestAnimationFrame(onFrame);
      };
      requestAnimationFrame(onFrame);
      new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({
        type: 'longtask',
      });
      let inserts: number[] = [];
      let number = 0;
      let stopped = false;
      const insertForEver = async () => {
        while (!stopped) {
          const at = performance.now();
          const order = 1_000_000 + number++;
          await engine.db.items.insert({
            id: crypto.randomUUID(),
            title: 'mine',
            body: '',
            folder: 'mine',
            author: 'me',
            order,
          });
          inserts.push(performance.now() - at);
          await new Promise((resolve) => setTimeout(resolve, everyMs));
        }
      };
      const inserting = insertForEver();
      await new Promise((resolve) => setTimeout(resolve, idleMs));
      const idleInserts = inserts;
      [inserts, frames, tasks] = [[], [], []];
      const start = performance.now();
      engine.resume();
      await engine.synced();
      const firstSyncMs = performance.now() - start;
      const result = {
        firstSyncMs,
        idleInsertsMs: idleInserts,
        insertsMs: inserts,
        framesMs: frames,
        longTasks: tasks.length,
        longestTaskMs: Math.max(0, ...tasks),
      };
      stopped = true;
      await inserting;
      const count = await engine.db.items.count().exec();
      if (count < 10_000) throw new Error(`Only ${count} documents had arrived when synced() resolved.`);
      return result;
    },
    { idleMs: IDLE_MS, everyMs: INSERT_EVERY_MS },
  );
}

/** The median of three runs in a worker of the same page. */
async function timeDexie(page: Page, documents: readonly unknown[]): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < 3; run++) {
    times.push(
      await page.evaluate(
        (documents) =>
          new Promise<number>((done) => {
            const worker = new Worker('/floor/dexie.js');
            worker.onmessage = ({ data }) => {
              worker.terminate();
              done(data);
            };
            worker.postMessage(documents);
          }),
        documents as unknown[],
      ),
    );
  }
  return percentile(times, 0.5);
}

void main();
