/** How much memory the renderers of a browser take, workers included: what the system counts for each process. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser, CDPSession } from 'playwright-core';

const run = promisify(execFile);
const EVERY_MS = 500;

export interface MemoryWatch {
  /** What was seen so far is the memory at rest. */
  markRest(): void;
  /** Bytes by which any one renderer has exceeded its own memory at rest since `markRest`. */
  readonly growth: number;
  stop(): Promise<void>;
}

/** Looks at all renderers again and again. One that was started after `markRest` has no rest and does not count. */
export async function watchMemory(browser: Browser): Promise<MemoryWatch> {
  const devtools = await browser.newBrowserCDPSession();
  const peaks = new Map<number, number>();
  let rest: ReadonlyMap<number, number> = new Map();
  let isStopped = false;
  const look = async (): Promise<void> => {
    for (const [pid, bytes] of await residentBytes(devtools)) peaks.set(pid, Math.max(bytes, peaks.get(pid) ?? 0));
  };
  await look();
  const looking = (async () => {
    while (!isStopped) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  })();
  return {
    markRest() {
      rest = new Map(peaks);
      peaks.clear();
    },
    get growth() {
      return Math.max(0, ...[...peaks].map(([pid, peak]) => peak - (rest.get(pid) ?? Infinity)));
    },
    async stop() {
      isStopped = true;
      await looking;
      await devtools.detach();
    },
  };
}

async function residentBytes(devtools: CDPSession): Promise<ReadonlyMap<number, number>> {
  const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
  const pids = processInfo.flatMap(({ type, id }) => (type === 'renderer' ? [id] : []));
  if (pids.length === 0) return new Map();
  // `ps` fails when one of them has ended meanwhile, and still lists the others.
  const { stdout } = await run('ps', ['-o', 'pid=,rss=', '-p', pids.join()]).catch(
    (error) => error as { stdout: string },
  );
  const lines = stdout.trim().split('\n');
  return new Map(lines.map((line) => line.trim().split(/\s+/).map(Number)).map(([pid, kb]) => [pid!, kb! * 1024]));
}
