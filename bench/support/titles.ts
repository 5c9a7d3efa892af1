/** What benches do on a page: open its engine, and note when a title is shown. */
import type { Page } from 'playwright-core';

/** Resolves when the engine has read the relays. */
export async function openAndSync(page: Page): Promise<void> {
  await page.evaluate(async () => {
    window.engine = await window.openEngine();
    await window.engine.synced();
  });
}

/** From then on `window.titleSeen(title)` resolves with the time (ms since the epoch) at which the document `shared` showed the title for the first time. */
export async function watchTitles(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen = new Map<string, number>();
    const waiting = new Map<string, (at: number) => void>();
    window.engine.db.items.findOne('shared').$.subscribe((document) => {
      if (!document) return;
      const at = performance.timeOrigin + performance.now();
      seen.set(document.title, at);
      waiting.get(document.title)?.(at);
    });
    window.titleSeen = (title) =>
      new Promise((resolve) => {
        const at = seen.get(title);
        if (at === undefined) waiting.set(title, resolve);
        else resolve(at);
      });
  });
}
