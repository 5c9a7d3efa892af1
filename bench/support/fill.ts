/** A device with many documents, and the waiting for what becomes of them. */
import type { Page } from 'playwright-core';
import type { Item } from '../app/schema';
import { makeDocuments } from './documents';
import type { Stage } from './stage';

const DOCUMENTS_AT_ONCE = 500;

/** Opens the engine and inserts documents; resolves with their ids when two relays have them all. */
export async function fill(page: Page, count: number, seed?: number): Promise<readonly string[]> {
  await openSynced(page);
  const documents = makeDocuments(count, seed);
  await insert(page, documents);
  return documents.map(({ id }) => id);
}

export function openSynced(page: Page): Promise<void> {
  return page.evaluate(async () => {
    window.engine = await window.openEngine();
    await window.engine.synced();
  });
}

/** Resolves when two relays have all documents. */
export async function insert(page: Page, documents: readonly Item[]): Promise<void> {
  // It counts as pending a little after it was inserted.
  const isPending = untilPending(page, true);
  for (let from = 0; from < documents.length; from += DOCUMENTS_AT_ONCE)
    await page.evaluate(
      async (items) => void (await window.engine.db.items.bulkInsert(items)),
      documents.slice(from, from + DOCUMENTS_AT_ONCE),
    );
  await isPending;
  await untilDurable(page);
}

export const untilDurable = (page: Page): Promise<void> => untilPending(page, false);

function untilPending(page: Page, isAny: boolean): Promise<void> {
  return page.evaluate(
    (isAny) =>
      new Promise<void>((reached) => {
        const subscription = window.engine.status$.subscribe(({ pending }) => {
          if (pending > 0 !== isAny) return;
          setTimeout(() => subscription.unsubscribe());
          reached();
        });
      }),
    isAny,
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
