/** A device with many documents, and the waiting for what becomes of them. */
import type { Page } from 'playwright-core';
import { makeDocuments } from './documents';
import type { Stage } from './stage';

const DOCUMENTS_AT_ONCE = 500;

/** Opens the engine and inserts documents; resolves with their ids when two relays have them all. */
export async function fill(page: Page, count: number, seed?: number): Promise<readonly string[]> {
  await page.evaluate(async () => {
    window.engine = await window.openEngine();
    await window.engine.synced();
  });
  const documents = makeDocuments(count, seed);
  for (let from = 0; from < count; from += DOCUMENTS_AT_ONCE)
    await page.evaluate(
      async (items) => void (await window.engine.db.items.bulkInsert(items)),
      documents.slice(from, from + DOCUMENTS_AT_ONCE),
    );
  await untilDurable(page);
  return documents.map(({ id }) => id);
}

export function untilDurable(page: Page): Promise<void> {
  return page.evaluate(
    () =>
      new Promise<void>((durable) => {
        const subscription = window.engine.status$.subscribe(({ pending }) => {
          if (pending > 0) return;
          setTimeout(() => subscription.unsubscribe());
          durable();
        });
      }),
  );
}

/** Resolves when nothing was published for so long that compaction, which begins after 5 s without a flush, must be over. */
export function untilQuiet({ relays }: Pick<Stage, 'relays'>, quietMs = 25_000): Promise<void> {
  return new Promise((quiet) => {
    const finish = () => {
      for (const end of ends) end();
      quiet();
    };
    let timer = setTimeout(finish, quietMs);
    const ends = relays.map((relay) =>
      relay.onFrame(({ direction, text }) => {
        if (direction !== 'in' || !text.startsWith('["EVENT"')) return;
        clearTimeout(timer);
        timer = setTimeout(finish, quietMs);
      }),
    );
  });
}
