/** What two devices show each other, and how smoothly. */
import { failed, passed, type Outcome, type VerifyCheck } from './check';
import { isEventOfApp, problemsOf, whyNothingArrived } from './diagnosis';
import { watchFrames, type Frames } from './device/frames';
import { VerifyCode } from './failure';
import type { TestBed } from './test-bed';
import { pause } from './time-limit';

const edits = 10;
const propagationBudgetMs = 500;

export const propagation: VerifyCheck = {
  id: 'propagation',
  title: 'An edit reaches the other browser within 500 ms',
  needs: 'devices',
  async run(testBed) {
    const { arrivalMs } = testBed.limits;
    // The first edit waits for keys and connections; it is not what is measured.
    const first = await sendEdit(testBed, 0, 3 * arrivalMs, 'Nothing arrived');
    testBed.hasSynced = 'ms' in first;
    if (!('ms' in first)) return first;
    const times: number[] = [];
    for (let edit = 0; edit < edits; edit++) {
      const sent = await sendEdit(
        testBed,
        edit % 2 === 0 ? 0 : 1,
        arrivalMs,
        `Edit ${edit + 1} of ${edits} did not arrive`,
      );
      if (!('ms' in sent)) return sent;
      times.push(sent.ms);
    }
    times.sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)] ?? Infinity;
    const says = `Half of ${edits} edits, in both directions, arrived within ${median} ms of being written.`;
    const figures = { medianMs: median, slowestMs: times.at(-1) ?? 0, budgetMs: propagationBudgetMs };
    return median < propagationBudgetMs ? passed(says, figures) : failed(VerifyCode.TooSlow, says, figures);
  },
};

export const restored: VerifyCheck = {
  id: 'restored',
  title: 'After both browsers were closed, everything is there again',
  needs: 'devices',
  async run(testBed) {
    const { driver, limits } = testBed;
    const sent = await sendEdit(testBed, 0, limits.arrivalMs, 'The last edit before closing did not arrive');
    if (!('ms' in sent)) return sent;
    await testBed.reopen();
    const started = Date.now();
    const seen = await Promise.all(
      testBed.devices.map((device) => driver.waitForText(device, sent.text, limits.arrivalMs)),
    );
    const missing = seen.filter((at) => at === null).length;
    if (missing > 0)
      return failed(
        VerifyCode.NotRestored,
        `${missing} of 2 browsers did not show it again. A driver's open(page) has to bring a page that was opened again to the same user and view.${problemsOf(testBed)}`,
      );
    return passed('Both browsers showed it again.', {
      shownAfterMs: Math.max(...seen.map((at) => (at ?? started) - started)),
    });
  },
};

export const blocked: VerifyCheck = {
  id: 'blocked',
  title: 'With one relay blocked, sync goes on',
  needs: 'devices',
  async run(testBed) {
    const { arrivalMs } = testBed.limits;
    const times: number[] = [];
    // Each in turn: which of them the app leans on is not known from outside.
    for (const gateway of testBed.gateways) {
      gateway.block();
      try {
        const sent = await sendEdit(testBed, 0, arrivalMs, '');
        if (!('ms' in sent))
          return failed(
            VerifyCode.RelayNeeded,
            `With ${gateway.relay} blocked nothing arrived within ${arrivalMs / 1000} s.${problemsOf(testBed)}`,
          );
        times.push(sent.ms);
      } finally {
        gateway.unblock();
      }
    }
    return passed(`Each of ${times.length} relays was blocked once, and an edit arrived all the same.`, {
      slowestMs: Math.max(...times),
    });
  },
};

/** Percentage points of the time that the main thread may be held up for more than 50 ms beyond what it is at rest. */
const blockingBudget = 5;
const burst = 20;

export const frames: VerifyCheck = {
  id: 'frames',
  title: 'No frames are dropped while syncing',
  needs: 'devices',
  async run(testBed) {
    const atRest = await watchFrames(testBed.devices[1].page, () => pause(2000));
    const limit = atRest.blockedPercent + blockingBudget;
    let best: Frames | null = null;
    // A busy machine holds up one round or the other; an app that blocks its page does so in each.
    for (let round = 0; round < 3 && (best === null || best.blockedPercent > limit); round++) {
      const { frames: next, failure } = await watchBurst(testBed);
      // Nothing may have arrived just because the page is held up.
      if (failure !== null && next.blockedPercent <= limit) return failure;
      if (best === null || next.blockedPercent < best.blockedPercent) best = next;
    }
    const seen = best ?? atRest;
    const says = `While ${burst} edits came in, tasks of more than 50 ms held up the page for ${tenths(seen.blockedPercent)} % of the time; at rest ${tenths(atRest.blockedPercent)} %.`;
    const figures = {
      blockedPercent: tenths(seen.blockedPercent),
      longestTaskMs: Math.round(seen.longestTaskMs),
      lateFramesPercent: tenths(seen.latePercent),
      lateFramesAtRestPercent: tenths(atRest.latePercent),
    };
    return seen.blockedPercent <= limit ? passed(says, figures) : failed(VerifyCode.FramesDropped, says, figures);
  },
};

/** How the second page runs while edits of the first one arrive. A page that nothing reaches drops no frames, which says nothing. */
async function watchBurst(testBed: TestBed): Promise<{ readonly frames: Frames; readonly failure: Outcome | null }> {
  const { driver } = testBed;
  const [first, second] = testBed.devices;
  const since = testBed.frames.length;
  let last = '';
  let hasArrived = false;
  const seen = await watchFrames(second.page, async () => {
    for (let edit = 0; edit < burst; edit++) {
      last = testBed.nextText();
      await driver.write(first, last);
      await pause(50);
    }
    const end = Date.now() + testBed.limits.arrivalMs;
    // Seldom, because looking is work for the page, too.
    while (!(hasArrived = (await driver.read(second)) === last) && Date.now() < end) await pause(250);
  });
  if (hasArrived) return { frames: seen, failure: null };
  const failure = await whyNothingArrived(testBed, {
    text: last,
    from: 0,
    since,
    after: `The last of ${burst} edits did not arrive within ${testBed.limits.arrivalMs / 1000} s.`,
  });
  return { frames: seen, failure };
}

/** Writes on one device and waits for the other: with the time in ms from the end of writing until it showed, or why it did not. */
async function sendEdit(
  testBed: TestBed,
  from: 0 | 1,
  timeoutMs: number,
  what: string,
): Promise<{ readonly text: string; readonly ms: number } | Outcome> {
  const { devices, driver, limits } = testBed;
  const text = testBed.nextText();
  const since = testBed.frames.length;
  await driver.write(devices[from], text);
  const written = Date.now();
  const to = devices[from === 0 ? 1 : 0];
  let at = await driver.waitForText(to, text, Math.min(timeoutMs, limits.arrivalMs));
  // What is not even sent by now has nothing to wait for.
  if (at === null && testBed.frames.slice(since).some(isEventOfApp))
    at = await driver.waitForText(to, text, timeoutMs - limits.arrivalMs);
  if (at !== null) return { text, ms: at - written };
  const after = `${what} within ${Math.round((Date.now() - written) / 1000)} s.`;
  return whyNothingArrived(testBed, { text, from, since, after });
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
