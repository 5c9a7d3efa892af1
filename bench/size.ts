/** What the engine weighs in an app that only opens it, built by CRACO, as a browser loads it; React is in neither. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { report } from './report';
import { root } from './support/build-app';
import { setStage } from './support/stage';

async function main(): Promise<void> {
  const stage = await setStage();
  try {
    const { page } = await stage.openDevice();
    await page.evaluate(async () => {
      const engine = await window.openEngine();
      await engine.synced();
    });
    const loadedScripts = () =>
      performance
        .getEntriesByType('resource')
        .map((entry) => entry.name)
        .filter((url) => url.endsWith('.js'));
    const [worker] = page.workers();
    if (!worker) throw new Error('The engine has started no worker.');
    const inWorker = [worker.url(), ...(await worker.evaluate(loadedScripts))];
    const onPage = (await page.evaluate(loadedScripts)).filter((url) => !inWorker.includes(url));
    const weigh = async (urls: readonly string[]) => {
      let bytes = 0;
      for (const url of new Set(urls)) bytes += gzip(await readFile(join(stage.build, new URL(url).pathname)));
      return bytes;
    };
    await report('size', {
      'size.main_gz': { value: await weigh(onPage), unit: 'B', budget: 60_000 },
      'size.worker_gz': { value: await weigh(inWorker), unit: 'B', budget: 150_000 },
      'size.black_box_gz': {
        value: gzip(await readFile(join(root, 'src/lib/worker/crypto.wasm'))),
        unit: 'B',
        budget: 5_000,
      },
    });
  } finally {
    await stage.close();
  }
}

const gzip = (bytes: Buffer): number => gzipSync(bytes, { level: 9 }).length;

void main();
