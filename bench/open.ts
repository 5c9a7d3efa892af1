/** Opening: when the first query answers, what the main thread notices of the key derivation, what a read and an optimistic write cost. */
import type { Page } from 'playwright-core';
import { report } from './report';
import { makeDocuments } from './support/documents';
import { percentile, setStage } from './support/stage';

const RUNS = 5;
const FRAME_MS = 1000 / 60;

async function main(): Promise<void> {
  const stage = await setStage();
  try {
    const firstQueries: number[] = [];
    const longTasks: number[] = [];
    let reads: readonly number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const { page, close } = await stage.openDevice();
      const opened = await open(page);
      firstQueries.push(opened.firstQueryMs);
      longTasks.push(opened.longTasks);
      if (run === RUNS - 1) reads = await readLoaded(page);
      await close();
    }
    const { page, close } = await stage.openDevice();
    const writes = await page.evaluate(() => window.measureOptimisticWrites(30));
    await close();
    await report('open', {
      'open.to_first_query_ms': { value: percentile(firstQueries, 0.5), unit: 'ms' },
      'open.long_tasks': { value: Math.max(...longTasks), unit: 'tasks', budget: 0 },
      'open.read_loaded_ms': { value: percentile(reads, 0.5), unit: 'ms', budget: 1 },
      'open.optimistic_frames': { value: Math.ceil(percentile(writes, 0.5) / FRAME_MS), unit: 'frames', budget: 1 },
    });
  } finally {
    await stage.close();
  }
}

/** Opens a new installation and watches the main thread until the keys are there, which `synced` waits for. */
function open(page: Page): Promise<{ readonly firstQueryMs: number; readonly longTasks: number }> {
  return page.evaluate(async () => {
    const tasks: number[] = [];
    const start = performance.now();
    const engine = await window.openEngine();
    Object.assign(window, { engine });
    await engine.db.items.find({ limit: 50 }).exec();
    const firstQueryMs = performance.now() - start;
    // What came before is the app's own start; the derivation is still going on in the worker.
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({
      type: 'longtask',
    });
    await engine.synced();
    return { firstQueryMs, longTasks: tasks.length };
  });
}

function readLoaded(page: Page): Promise<readonly number[]> {
  return page.evaluate(
    async (documents) => {
      await window.engine.db.items.bulkInsert(documents as never);
      const times: number[] = [];
      for (const { id } of documents as readonly { readonly id: string }[]) {
        await window.engine.db.items.findOne(id).exec();
        const start = performance.now();
        await window.engine.db.items.findOne(id).exec();
        times.push(performance.now() - start);
      }
      return times;
    },
    makeDocuments(200) as unknown[],
  );
}

void main();
