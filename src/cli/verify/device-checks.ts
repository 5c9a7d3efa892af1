/** What two devices show each other, and how smoothly. */
import type { Page } from 'playwright-core';
import { failed, type VerifyCheck } from './check';
import { waitForText } from './driver';
import { watchFrames, type Frames } from './frames';
import type { TestBed } from './test-bed';

const edits = 10;
const propagationBudgetMs = 500;

export const propagation: VerifyCheck = {
  id: 'propagation',
  title: 'An edit reaches the other browser within 500 ms',
  async run(testBed) {
    const { arrivalTimeoutMs } = testBed;
    const [first, second] = testBed.devices;
    // The first edit waits for keys and connections; it is not what is measured.
    if ((await timeOf(testBed, first.page, second.page, 3 * arrivalTimeoutMs)) === null)
      return failed(`Nothing arrived within ${(3 * arrivalTimeoutMs) / 1000} s. ${problemsOf(testBed)}`);
    const times: number[] = [];
    for (let edit = 0; edit < edits; edit++) {
      const [from, to] = edit % 2 === 0 ? [first, second] : [second, first];
      const time = await timeOf(testBed, from.page, to.page, arrivalTimeoutMs);
      if (time === null)
        return failed(
          `Edit ${edit + 1} of ${edits} did not arrive within ${arrivalTimeoutMs / 1000} s. ${problemsOf(testBed)}`,
        );
      times.push(time);
    }
    times.sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)] ?? Infinity;
    return {
      passed: median < propagationBudgetMs,
      says: `Half of ${edits} edits, in both directions, arrived within ${median} ms.`,
      figures: { medianMs: median, slowestMs: times.at(-1) ?? 0, budgetMs: propagationBudgetMs },
    };
  },
};

export const restored: VerifyCheck = {
  id: 'restored',
  title: 'After both browsers were closed, everything is there again',
  async run(testBed) {
    const { arrivalTimeoutMs } = testBed;
    const text = await write(testBed, 0);
    if ((await waitForText(testBed.devices[1].page, testBed.driver, text, arrivalTimeoutMs)) === null)
      return failed('The last edit before closing did not arrive.');
    await testBed.reopen();
    const started = Date.now();
    const seen = await Promise.all(
      testBed.devices.map(({ page }) => waitForText(page, testBed.driver, text, arrivalTimeoutMs)),
    );
    const missing = seen.filter((at) => at === null).length;
    if (missing > 0) return failed(`${missing} of 2 browsers did not show it again. ${problemsOf(testBed)}`);
    return {
      passed: true,
      says: 'Both browsers showed it again.',
      figures: { shownAfterMs: Math.max(...seen.map((at) => (at ?? started) - started)) },
    };
  },
};

export const blocked: VerifyCheck = {
  id: 'blocked',
  title: 'With one relay blocked, sync goes on',
  async run(testBed) {
    const { arrivalTimeoutMs } = testBed;
    const [first, second] = testBed.devices;
    const times: number[] = [];
    // Each in turn: which of them the app leans on is not known from outside.
    for (const [index, gateway] of testBed.gateways.entries()) {
      gateway.block();
      try {
        const time = await timeOf(testBed, first.page, second.page, arrivalTimeoutMs);
        if (time === null)
          return failed(
            `With ${testBed.relays[index]} blocked nothing arrived within ${arrivalTimeoutMs / 1000} s. ${problemsOf(testBed)}`,
          );
        times.push(time);
      } finally {
        gateway.unblock();
      }
    }
    return {
      passed: true,
      says: `Each of ${times.length} relays was blocked once, and an edit arrived all the same.`,
      figures: { slowestMs: Math.max(...times) },
    };
  },
};

/** Percentage points of the time that the main thread may be held up for more than 50 ms beyond what it is at rest. */
const blockingBudget = 5;

export const frames: VerifyCheck = {
  id: 'frames',
  title: 'No frames are dropped while syncing',
  async run(testBed) {
    const atRest = await watchFrames(testBed.devices[1].page, () => pause(2000));
    const limit = atRest.blockedPercent + blockingBudget;
    let best = await watchBurst(testBed);
    // A busy machine holds up one round or the other; an app that blocks its page does so in each.
    for (let round = 1; round < 3 && best.blockedPercent > limit; round++) {
      const next = await watchBurst(testBed);
      if (next.blockedPercent < best.blockedPercent) best = next;
    }
    return {
      passed: best.blockedPercent <= limit,
      says: `While 20 edits arrived, tasks of more than 50 ms held up the page for ${tenths(best.blockedPercent)} % of the time; at rest ${tenths(atRest.blockedPercent)} %.`,
      figures: {
        blockedPercent: tenths(best.blockedPercent),
        longestTaskMs: Math.round(best.longestTaskMs),
        lateFramesPercent: tenths(best.latePercent),
        lateFramesAtRestPercent: tenths(atRest.latePercent),
      },
    };
  },
};

/** How the second page runs while edits of the first one arrive. */
function watchBurst(testBed: TestBed): Promise<Frames> {
  const [first, second] = testBed.devices;
  return watchFrames(second.page, async () => {
    let last = '';
    for (let edit = 0; edit < 20; edit++) {
      last = testBed.nextText();
      await testBed.driver.write(first.page, last);
      await pause(50);
    }
    // Seldom, because looking is work for the page, too.
    for (let look = 0; look < 40 && (await testBed.driver.read(second.page)) !== last; look++) await pause(250);
  });
}

async function write(testBed: TestBed, device: 0 | 1): Promise<string> {
  const text = testBed.nextText();
  await testBed.driver.write(testBed.devices[device].page, text);
  return text;
}

/** ms from the moment before writing on one page until the other shows it. */
async function timeOf(testBed: TestBed, from: Page, to: Page, timeoutMs: number): Promise<number | null> {
  const text = testBed.nextText();
  const started = Date.now();
  const [at] = await Promise.all([waitForText(to, testBed.driver, text, timeoutMs), testBed.driver.write(from, text)]);
  return at === null ? null : at - started;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function problemsOf({ devices }: TestBed): string {
  const problems = [...new Set(devices.flatMap((device) => device.problems))];
  return problems.length === 0 ? '' : `The pages said: ${problems.slice(0, 3).join(' | ').slice(0, 400)}`;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
