/** 100,000 documents on one device: what they cost at its start, in memory, and on a device that is new; and that honest relays keep their places. */
import type { Page } from 'playwright-core';
import { report } from './report';
import { fill, untilQuiet } from './support/fill';
import { setStage } from './support/stage';
import type { Device } from './support/stage';
import { RelayState } from '../src/runtime/core/status';

const DOCUMENTS = 100_000;
const IDENTITY = 'scale';

async function main(): Promise<void> {
  const stage = await setStage();
  try {
    const device = await stage.openDevice({ identity: IDENTITY });
    await fill(device.page, DOCUMENTS);
    await untilQuiet(stage);
    const starts: number[] = [];
    for (let start = 0; start < 3; start++) {
      await device.page.reload();
      starts.push(await timeFirstQuery(device.page));
    }
    await device.page.evaluate(() => window.engine.synced());
    const usedMb = await memoryOfWorker(device);
    await device.close();

    const newDevice = await stage.openDevice({ identity: IDENTITY });
    const { tookMs, losses } = await timeSync(newDevice.page);
    for (const loss of losses) process.stderr.write(`${loss}\n`);
    await report('scale', {
      'scale.worker_mb': { value: usedMb, unit: 'MB', budget: 150 },
      'scale.start_to_first_query_ms': { value: Math.max(...starts), unit: 'ms', budget: 3_000 },
      'scale.new_device_s': { value: tookMs / 1000, unit: 's' },
      'scale.new_device_relays_lost': { value: losses.length, unit: 'relays', budget: 0 },
    });
  } finally {
    await stage.close();
  }
}

/** From the call of `open` to the fifty first documents. */
function timeFirstQuery(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const start = performance.now();
    window.engine = await window.openEngine();
    const rows = await window.engine.db.items.find({ sort: [{ order: 'asc' }], limit: 50 }).exec();
    if (rows.length !== 50) throw new Error(`The first query found ${rows.length} documents.`);
    return performance.now() - start;
  });
}

/** The heap of the worker after a collection of garbage, in MB. */
async function memoryOfWorker({ page, devtools }: Device): Promise<number> {
  const [worker] = page.workers();
  if (!worker) throw new Error('The engine has started no worker.');
  await devtools.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  const { targetInfos } = await devtools.send('Target.getTargets');
  const target = targetInfos.find(({ type, url }) => type === 'worker' && url === worker.url());
  if (!target) throw new Error('The browser does not show the worker.');
  const { sessionId } = await devtools.send('Target.attachToTarget', { targetId: target.targetId, flatten: false });
  let lastId = 0;
  const ask = (method: string) =>
    new Promise<{ readonly usedSize?: number }>((answered) => {
      const id = (lastId += 1);
      devtools.on('Target.receivedMessageFromTarget', ({ message }) => {
        const answer = JSON.parse(message);
        if (answer.id === id) answered(answer.result);
      });
      void devtools.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method }) });
    });
  await ask('HeapProfiler.collectGarbage');
  const { usedSize } = await ask('Runtime.getHeapUsage');
  if (usedSize === undefined) throw new Error('The browser does not say how much memory the worker uses.');
  return usedSize / 1_000_000;
}

interface Sync {
  readonly tookMs: number;
  /** Every relay that was given up or disconnected meanwhile, in the words of the status. */
  readonly losses: readonly string[];
}

function timeSync(page: Page): Promise<Sync> {
  return page.evaluate(
    async ([documents, waiting, demoted]) => {
      const start = performance.now();
      const engine = await window.openEngine();
      const reached = new Set<string>();
      const losses = new Map<string, string>();
      engine.status$.subscribe(({ relays }) => {
        for (const { url, state, words } of relays)
          if (state !== waiting && state !== demoted) reached.add(url);
          else if (reached.has(url)) losses.set(url, `${url}: ${words}`);
      });
      await engine.synced();
      const tookMs = performance.now() - start;
      const count = await engine.db.items.count().exec();
      if (count < documents) throw new Error(`Only ${count} documents had arrived when synced() resolved.`);
      return { tookMs, losses: [...losses.values()] };
    },
    [DOCUMENTS, RelayState.Waiting, RelayState.Demoted] as const,
  );
}

void main();
