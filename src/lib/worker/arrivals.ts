/**
 * Arrivals: opened slots of other devices on their way into the documents. Edits overtake a bulk that is still being merged; a bulk
 * goes in batches of 100 documents with a gap that grows with the frame lag of the main thread. A slot is recorded only after
 * its last document was merged, so a crash in between merges it again.
 */
import type { Clock, NostrEvent, Quarantined, SlotVersion, Store } from './ports';
import { byCollection } from './slot-content';
import type { ContentDocument, SlotContent } from './slot-content';

export interface Arrival {
  readonly version: SlotVersion;
  readonly event: NostrEvent;
  readonly content: SlotContent;
}

export interface ArrivalsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly frameLagMs: () => number;
  /** Everything of the slot is merged; what the schema refuses is in `quarantined`. Awaited before the next arrival. */
  readonly onMerged: (arrival: Arrival, quarantined: readonly Quarantined[]) => Promise<void>;
  readonly onFailed: (error: unknown) => void;
}

const BATCH = 100;
/** Between two batches of a bulk even where no frame is late: IndexedDB serves the app's own writes in the gap. */
const MIN_GAP_MS = 4;
const MAX_GAP_MS = 100;

interface Job {
  readonly arrival: Arrival;
  rest: readonly ContentDocument[];
  readonly quarantined: Quarantined[];
}

export type Arrivals = ReturnType<typeof createArrivals>;

export function createArrivals({ store, clock, frameLagMs, onMerged, onFailed }: ArrivalsOptions) {
  const edits: Job[] = [];
  const bulks: Job[] = [];
  let running: Promise<void> | undefined;
  let stopped = false;

  function push(arrival: Arrival): void {
    const job = { arrival, rest: [...arrival.content.values()], quarantined: [] };
    (job.rest.length <= BATCH ? edits : bulks).push(job);
    running ??= run();
  }

  async function run(): Promise<void> {
    // Whoever pushes several at once has them all in the queue before the first is looked at.
    await Promise.resolve();
    try {
      for (let job = next(); job && !stopped; job = next()) {
        await mergeBatch(job);
        if (job.rest.length === 0) {
          remove(job);
          if (!stopped) await onMerged(job.arrival, job.quarantined);
        }
        if (bulks.length > 0 && edits.length === 0) await pause(gapMs());
      }
    } catch (error) {
      stopped = true;
      onFailed(error);
    } finally {
      running = undefined;
    }
  }

  const next = (): Job | undefined => edits[0] ?? bulks[0];

  function remove(job: Job): void {
    for (const queue of [edits, bulks]) if (queue[0] === job) queue.shift();
  }

  async function mergeBatch(job: Job): Promise<void> {
    const batch = job.rest.slice(0, BATCH);
    job.rest = job.rest.slice(BATCH);
    for (const [collection, documents] of byCollection(batch)) {
      if (store.collections.includes(collection)) {
        const { quarantined } = await store.join(collection, documents);
        job.quarantined.push(...quarantined);
      } else job.quarantined.push(...documents.map((document) => ({ ...document, reason: 'unknown collection' })));
    }
  }

  const gapMs = () => Math.min(MAX_GAP_MS, Math.max(MIN_GAP_MS, 2 * frameLagMs()));
  const pause = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));

  return {
    push,
    /** Resolves when all that has arrived so far is merged. */
    async drained(): Promise<void> {
      while (running) await running;
    },
    stop() {
      stopped = true;
    },
  };
}
