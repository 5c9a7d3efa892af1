/** Two tabs of one browser: how soon an edit of one shows in the other, and how soon the other syncs when the one that did is gone. */
import type { Page } from 'playwright-core';
import { report } from './report';
import { untilDurable } from './support/fill';
import { openAndSync, watchTitles } from './support/titles';
import { percentile, setStage } from './support/stage';
import type { Device, Stage } from './support/stage';

const EDITS = 100;
const CRASHES = 5;
/** For what a worker has sent before it stopped. */
const IN_FLIGHT_MS = 100;
/** A worker may stop between any two of its requests to IndexedDB, so a few freezes show nothing. */
const FREEZES = 50;

async function main(): Promise<void> {
  const stage = await setStage();
  try {
    const edits = await timeEdits(stage);
    const crashes: number[] = [];
    const freezes: number[] = [];
    for (let at = 0; at < CRASHES; at++) crashes.push(await timeHandover(stage, `crash-${at}`, crash));
    // Every other one in the middle of many writes.
    for (let at = 0; at < FREEZES; at++)
      freezes.push(await timeHandover(stage, `freeze-${at}`, at % 2 === 0 ? freeze : freezeWriting));
    console.log(
      `handover after a freeze, ms: ${[...freezes]
        .sort((a, b) => a - b)
        .map(Math.round)
        .join(' ')}`,
    );
    await report('tabs', {
      'tabs.edit_to_other_tab_p50_ms': { value: percentile(edits, 0.5), unit: 'ms' },
      'tabs.edit_to_other_tab_p95_ms': { value: percentile(edits, 0.95), unit: 'ms', budget: 50 },
      'tabs.handover_ms': { value: Math.max(...crashes, ...freezes), unit: 'ms', budget: 2_000 },
      'tabs.handover_after_crash_ms': { value: Math.max(...crashes), unit: 'ms' },
      'tabs.handover_after_freeze_p50_ms': { value: percentile(freezes, 0.5), unit: 'ms' },
      'tabs.handover_after_freeze_ms': { value: Math.max(...freezes), unit: 'ms' },
    });
  } finally {
    await stage.close();
  }
}

async function timeEdits(stage: Stage): Promise<readonly number[]> {
  const device = await stage.openDevice({ identity: 'tabs' });
  const other = await openTab(device);
  for (const page of [device.page, other]) await openAndSync(page);
  await watchTitles(other);
  const times: number[] = [];
  for (let edit = 0; edit < EDITS; edit++) {
    const title = `edit ${edit}`;
    const at = await device.page.evaluate(async (title) => {
      const startedAt = performance.timeOrigin + performance.now();
      await window.engine.patch('items', 'shared', { title, order: 0 });
      return startedAt;
    }, title);
    times.push((await other.evaluate((title) => window.titleSeen(title), title)) - at);
    await other.waitForTimeout(50);
  }
  await device.close();
  return times;
}

/**
 * From the end of the tab that syncs to the first event that the other tab publishes of an edit of its own: what a user of that tab waits
 * before the rest of the world hears from it.
 */
async function timeHandover(stage: Stage, identity: string, end: (device: Device) => Promise<void>): Promise<number> {
  const device = await stage.openDevice({ identity });
  await openAndSync(device.page);
  const other = await openTab(device);
  await openAndSync(other);
  await device.page.evaluate(() => window.engine.patch('items', 'first', { title: 'first', order: 0 }).then(() => {}));
  await untilDurable(device.page);
  await end(device);
  const start = performance.now();
  const published = new Promise<number>((heard) => {
    for (const relay of stage.relays)
      relay.onFrame(({ direction, text }) => {
        if (direction === 'in' && text.startsWith('["EVENT"')) heard(performance.now());
      });
  });
  await other.evaluate(() => window.engine.patch('items', 'second', { title: 'second', order: 1 }).then(() => {}));
  const took = (await published) - start;
  await device.close();
  return took;
}

async function crash({ page, devtools }: Device): Promise<void> {
  const crashed = new Promise((resolve) => page.once('crash', resolve));
  devtools.send('Page.crash').catch(() => {});
  await crashed;
}

/** The browser's own freezing stops a page's tasks but not its worker; what stops a worker is what counts here. Resolves when it has stopped. */
async function freeze({ page }: Device): Promise<void> {
  const [worker] = page.workers();
  if (!worker) throw new Error('The engine has started no worker.');
  const frozen = page.waitForEvent('console', (message) => message.text() === 'frozen');
  void worker
    .evaluate(() => {
      console.log('frozen');
      const end = Date.now() + 20_000;
      while (Date.now() < end);
    })
    .catch(() => {});
  await frozen;
  // What the worker had sent arrives.
  await page.waitForTimeout(IN_FLIGHT_MS);
}

async function freezeWriting(device: Device): Promise<void> {
  await device.page.evaluate(() => {
    let edits = 0;
    const edit = (): void => {
      const order = edits++;
      void window.engine.patch('items', `edit-${order % 5}`, { title: `edit ${order}`, order }).then(edit);
    };
    edit();
  });
  await device.page.waitForTimeout(100 + Math.random() * 500);
  await freeze(device);
}

async function openTab({ context, page }: Device): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto(page.url());
  return tab;
}

void main();
