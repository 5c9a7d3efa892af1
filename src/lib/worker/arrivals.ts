/**
 * Arrivals: opened slots of other devices on their way into the documents. Edits overtake a bulk that is still being merged; a bulk
 * goes in batches of 100 documents, with a gap between them when frames of the main thread come late. A slot is recorded only after
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
  /** Everything of the slot is merged; what the schema refuses is in `quarantined`. Awaited before the slot's next version. */
  readonly onMerged: (arrival: Arrival, quarantined: readonly Quarantined[]) => Promise<void>;
  readonly onFailed: (error: unknown) => void;
}

const BATCH = 100;
/** While IndexedDB stores the documents of one slot, those of the next are joined. */
const LANES = 2;
/** Frames are never exactly on time. */
const TOLERABLE_LAG_MS = 3;
const MAX_GAP_MS = 100;

interface Job {
  readonly arrival: Arrival;
  rest: readonly ContentDocument[];
  readonly quarantined: Quarantined[];
  /** One lane works on it. */
  isTaken: boolean;
}

export type Arrivals = ReturnType<typeof createArrivals>;

export function createArrivals({ store, clock, frameLagMs, onMerged, onFailed }: ArrivalsOptions) {
  const edits: Job[] = [];
  const bulks: Job[] = [];
  const lanes = new Set<Promise<void>>();
  let lanesAtWork = 0;
  let stopped = false;

  function push(arrival: Arrival): void {
    const job = { arrival, rest: [...arrival.content.values()], quarantined: [], isTaken: false };
    (job.rest.length <= BATCH ? edits : bulks).push(job);
    if (lanesAtWork === LANES) return;
    lanesAtWork += 1;
    const lane = work().finally(() => lanes.delete(lane));
    lanes.add(lane);
  }

  async function work(): Promise<void> {
    // Whoever pushes several at once has them all in the queue before the first is looked at.
    await Promise.resolve();
    try {
      for (let job = take(); job && !stopped; job = take()) {
        await mergeBatch(job);
        if (job.rest.length === 0) {
          if (!stopped) await onMerged(job.arrival, job.quarantined);
          remove(job);
        }
        job.isTaken = false;
        if (bulks.length > 0 && edits.length === 0 && gapMs() > 0) await pause(gapMs());
      }
    } catch (error) {
      if (stopped) return;
      stopped = true;
      onFailed(error);
    } finally {
      // In the same turn in which nothing more was found, so that nothing is pushed in vain.
      lanesAtWork -= 1;
    }
  }

  /** Edits go one after the other, and so do the versions of a slot. */
  function take(): Job | undefined {
    const [edit] = edits;
    const job =
      edit && !edit.isTaken && !isUnderWay(edit) ? edit : bulks.find((bulk) => !bulk.isTaken && !isUnderWay(bulk));
    if (job) job.isTaken = true;
    return job;
  }

  const isUnderWay = ({ arrival }: Job): boolean =>
    [...edits, ...bulks].some((other) => other.isTaken && other.arrival.version.d === arrival.version.d);

  function remove(job: Job): void {
    const queue = edits.includes(job) ? edits : bulks;
    queue.splice(queue.indexOf(job), 1);
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

  const gapMs = () => (frameLagMs() <= TOLERABLE_LAG_MS ? 0 : Math.min(MAX_GAP_MS, 2 * frameLagMs()));
  const pause = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));

  return {
    push,
    /** Resolves when all that has arrived so far is merged. */
    async drained(): Promise<void> {
      while (lanes.size > 0) await Promise.all(lanes);
    },
    stop() {
      stopped = true;
    },
  };
}
