/** What the end-to-end tests do with a page of the bench app, whose `window.openEngine()` opens the engine. */
import type { Page } from 'playwright-core';
import type { Item } from '../../bench/app/schema';

/** Opens the engine of a page and waits until everything that others have stored is there. */
export async function openEngine(page: Page, { synced = true } = {}): Promise<void> {
  await page.evaluate(async (synced) => {
    const engine = await window.openEngine();
    Object.assign(window, { engine });
    if (synced) await engine.synced();
  }, synced);
}

export const patch = (page: Page, id: string, partial: Partial<Item>): Promise<void> =>
  page.evaluate(
    async ([id, partial]) => {
      await window.engine.patch('items', id, partial);
    },
    [id, partial] as const,
  );

export const remove = (page: Page, id: string): Promise<void> =>
  page.evaluate(async (id) => {
    const document = (await window.engine.db.items.findOne(id).exec()) as unknown as { remove(): Promise<void> };
    await document.remove();
  }, id);

export const read = (page: Page, id: string): Promise<Item | null> =>
  page.evaluate(async (id) => {
    const document = (await window.engine.db.items.findOne(id).exec()) as unknown as { toJSON(): Item } | null;
    return document?.toJSON() ?? null;
  }, id);

export const countItems = (page: Page): Promise<number> => page.evaluate(() => window.engine.db.items.count().exec());

/** Resolves when nothing is pending any more: every write was seen stored on two relays. */
export const untilDurable = (page: Page): Promise<void> =>
  page.evaluate(
    () =>
      new Promise<void>((durable) => {
        const subscription = window.engine.status$.subscribe(({ pending, lastSyncedAt }) => {
          if (pending > 0 || lastSyncedAt === null) return;
          setTimeout(() => subscription.unsubscribe());
          durable();
        });
      }),
  );

/** Waits until a document is what `isRight` wants; fails with what it was last. */
export async function untilDocument(
  page: Page,
  id: string,
  isRight: (item: Item | null) => boolean,
  timeoutMs = 20_000,
): Promise<Item | null> {
  return until(() => read(page, id), isRight, timeoutMs);
}

export async function until<Value>(
  look: () => Promise<Value>,
  isRight: (value: Value) => boolean,
  timeoutMs = 20_000,
): Promise<Value> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (isRight(value)) return value;
    if (Date.now() > end) throw new Error(`After ${timeoutMs} ms it still was ${JSON.stringify(value)}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
