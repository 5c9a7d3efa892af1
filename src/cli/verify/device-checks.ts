/** What two devices show each other, and how smoothly. */
import type { Page } from 'playwright-core';
import { failed, type VerifyCheck } from './check';
import { waitForText } from './driver';
import { watchFrames, type Frames } from './frames';
import type { Stage } from './stage';

const edits = 10;
const propagationBudgetMs = 500;

export const propagation: VerifyCheck = {
  id: 'propagation',
  title: 'An edit reaches the other browser within 500 ms',
  async run(stage) {
    const { patienceMs } = stage;
    const [first, second] = stage.devices;
    // The first edit waits for keys and connections; it is not what is measured.
    if ((await timeOf(stage, first.page, second.page, 3 * patienceMs)) === null)
      return failed(`Nothing arrived within ${(3 * patienceMs) / 1000} s. ${problemsOf(stage)}`);
    const times: number[] = [];
    for (let edit = 0; edit < edits; edit++) {
      const [from, to] = edit % 2 === 0 ? [first, second] : [second, first];
      const time = await timeOf(stage, from.page, to.page, patienceMs);
      if (time === null)
        return failed(
          `Edit ${edit + 1} of ${edits} did not arrive within ${patienceMs / 1000} s. ${problemsOf(stage)}`,
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
  async run(stage) {
    const { patienceMs } = stage;
    const text = await write(stage, 0);
    if ((await waitForText(stage.devices[1].page, stage.driver, text, patienceMs)) === null)
      return failed('The last edit before closing did not arrive.');
    await stage.reopen();
    const started = Date.now();
    const seen = await Promise.all(stage.devices.map(({ page }) => waitForText(page, stage.driver, text, patienceMs)));
    const missing = seen.filter((at) => at === null).length;
    if (missing > 0) return failed(`${missing} of 2 browsers did not show it again. ${problemsOf(stage)}`);
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
  async run(stage) {
    const { patienceMs } = stage;
    const [first, second] = stage.devices;
    const times: number[] = [];
    // Each in turn: which of them the app leans on is not known from outside.
    for (const [index, gateway] of stage.gateways.entries()) {
      gateway.block();
      try {
        const time = await timeOf(stage, first.page, second.page, patienceMs);
        if (time === null)
          return failed(
            `With ${stage.relays[index]} blocked nothing arrived within ${patienceMs / 1000} s. ${problemsOf(stage)}`,
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
  async run(stage) {
    const atRest = await watchFrames(stage.devices[1].page, () => pause(2000));
    const limit = atRest.blockedPercent + blockingBudget;
    let best = await watchBurst(stage);
    // A busy machine holds up one round or the other; an app that blocks its page does so in each.
    for (let round = 1; round < 3 && best.blockedPercent > limit; round++) {
      const next = await watchBurst(stage);
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
function watchBurst(stage: Stage): Promise<Frames> {
  const [first, second] = stage.devices;
  return watchFrames(second.page, async () => {
    let last = '';
    for (let edit = 0; edit < 20; edit++) {
      last = stage.nextText();
      await stage.driver.write(first.page, last);
      await pause(50);
    }
    // Seldom, because looking is work for the page, too.
    for (let look = 0; look < 40 && (await stage.driver.read(second.page)) !== last; look++) await pause(250);
  });
}

async function write(stage: Stage, device: 0 | 1): Promise<string> {
  const text = stage.nextText();
  await stage.driver.write(stage.devices[device].page, text);
  return text;
}

/** ms from the moment before writing on one page until the other shows it. */
async function timeOf(stage: Stage, from: Page, to: Page, timeoutMs: number): Promise<number | null> {
  const text = stage.nextText();
  const started = Date.now();
  const [at] = await Promise.all([waitForText(to, stage.driver, text, timeoutMs), stage.driver.write(from, text)]);
  return at === null ? null : at - started;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function problemsOf({ devices }: Stage): string {
  const problems = [...new Set(devices.flatMap((device) => device.problems))];
  return problems.length === 0 ? '' : `The pages said: ${problems.slice(0, 3).join(' | ').slice(0, 400)}`;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
