/** How smoothly a page runs while something happens. */
import type { Page } from 'playwright-core';

export interface Frames {
  /** The share of time that went into tasks of the page of more than 50 ms: each of them drops frames. */
  readonly blockedPercent: number;
  readonly longestTaskMs: number;
  /** The share of time between frames more than 50 ms apart, whoever kept the machine busy. */
  readonly latePercent: number;
}

export async function watchFrames(page: Page, during: () => Promise<unknown>): Promise<Frames> {
  const recorder = await page.evaluateHandle(() => {
    const state = { gaps: [] as number[], tasks: [] as number[], isOn: true };
    let last = performance.now();
    const tick = () => {
      const now = performance.now();
      state.gaps.push(now - last);
      last = now;
      if (state.isOn) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    new PerformanceObserver((list) => state.tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({
      entryTypes: ['longtask'],
    });
    return state;
  });
  await during();
  const { gaps, tasks } = await recorder.evaluate((state) => {
    state.isOn = false;
    return { gaps: state.gaps, tasks: state.tasks };
  });
  await recorder.dispose();
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const totalMs = Math.max(1, sum(gaps));
  return {
    blockedPercent: (100 * sum(tasks)) / totalMs,
    longestTaskMs: Math.max(0, ...tasks),
    latePercent: (100 * sum(gaps.filter((gap) => gap > 50))) / totalMs,
  };
}
