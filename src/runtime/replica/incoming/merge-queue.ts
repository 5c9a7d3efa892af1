/**
 * The merge queue: opened slots of other devices that are still to be merged into the documents. Edits are merged before the rest of a bulk;
 * bulks go in batches of 100 documents, two at a time: while one is stored, the next is joined. When frames of the main thread come late, a
 * pause follows each batch. A slot is recorded only after its last document was merged, so a crash in between merges it again.
 */
import type { Clock } from '../../core/clock';
import type { NostrEvent, SlotVersion } from '../../contracts/slot';
import type { Quarantined, Store } from '../../contracts/store';
import { byCollection, keyOf } from '../slots/slot-content';
import type { ContentDocument, SlotContent } from '../slots/slot-content';

export interface Arrival {
  readonly version: SlotVersion;
  readonly event: NostrEvent;
  /** What is to be merged: what is in the event, and what was kept in quarantine of the same documents. */
  readonly content: SlotContent;
  /** What is in the event. */
  readonly published: SlotContent;
}

export interface MergeQueueOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly frameLagMs: () => number;
  /** Everything of the slot is merged; what the schema refuses is in `quarantined`. Awaited before the next arrival is recorded. */
  readonly onMerged: (arrival: Arrival, quarantined: readonly Quarantined[]) => Promise<void>;
  readonly onFailed: (error: unknown) => void;
}

const BATCH = 100;
/** Frames are never exactly on time. */
const TOLERABLE_LAG_MS = 3;
const MAX_GAP_MS = 100;
/** While so many documents wait, no more bulks are opened. Enough for some batches ahead of the database. */
const MAX_WAITING = 2_000;

/** A slot of which documents are left to take. */
interface Job {
  readonly arrival: Arrival;
  readonly documents: readonly ContentDocument[];
  taken: number;
  readonly quarantined: Quarantined[];
}

/** Documents of one or several slots that are merged at once. */
interface Batch {
  readonly parts: readonly { readonly job: Job; readonly documents: readonly ContentDocument[] }[];
  /** Slots whose last documents are in it. */
  readonly completed: readonly Job[];
}

export type MergeQueue = ReturnType<typeof createMergeQueue>;

export function createMergeQueue({ store, clock, frameLagMs, onMerged, onFailed }: MergeQueueOptions) {
  const edits: Job[] = [];
  const bulks: Job[] = [];
  let running: Promise<void> | undefined;
  let stopped = false;
  let waitingDocuments = 0;
  let awaitingRoom: (() => void)[] = [];

  function push(arrival: Arrival): void {
    const job = { arrival, documents: [...arrival.content.values()], taken: 0, quarantined: [] };
    (job.documents.length <= BATCH ? edits : bulks).push(job);
    waitingDocuments += job.documents.length;
    running ??= run();
  }

  async function run(): Promise<void> {
    // Whoever pushes several at once has them all in the queue before the first is looked at.
    await Promise.resolve();
    let before = Promise.resolve();
    try {
      for (let batch = nextBatch(); batch && !stopped; batch = nextBatch()) {
        const merging = mergeBatch(batch, before);
        // It is awaited a round later, and may fail before.
        merging.catch(() => {});
        await before;
        before = merging;
        if (edits.length + bulks.length === 0) await before;
        else if (edits.length === 0 && gapMs() > 0) await pause(gapMs());
      }
      await before;
    } catch (error) {
      stop();
      onFailed(error);
    } finally {
      running = undefined;
    }
  }

  /** An edit alone, or of the bulks as many documents as fit. */
  function nextBatch(): Batch | undefined {
    const queue = edits.length > 0 ? edits : bulks;
    const parts: { job: Job; documents: readonly ContentDocument[] }[] = [];
    const completed: Job[] = [];
    for (let free = BATCH; free > 0 && queue[0] && (queue === bulks || parts.length === 0);) {
      const job = queue[0];
      const documents = job.documents.slice(job.taken, job.taken + free);
      job.taken += documents.length;
      free -= documents.length;
      parts.push({ job, documents });
      if (job.taken < job.documents.length) break;
      completed.push(job);
      queue.shift();
    }
    return parts.length > 0 ? { parts, completed } : undefined;
  }

  /** Slots are recorded in the order in which they came: after those of the batch before. */
  async function mergeBatch({ parts, completed }: Batch, before: Promise<void>): Promise<void> {
    const refused = await join(parts.flatMap(({ documents }) => documents));
    if (refused.size > 0)
      for (const { job, documents } of parts)
        job.quarantined.push(...documents.flatMap((document) => refused.get(keyOf(document)) ?? []));
    await before;
    waitingDocuments -= parts.reduce((sum, { documents }) => sum + documents.length, 0);
    releaseIfRoom();
    for (const { arrival, quarantined } of completed) if (!stopped) await onMerged(arrival, quarantined);
  }

  async function join(batch: readonly ContentDocument[]): Promise<ReadonlyMap<string, Quarantined>> {
    const refused = new Map<string, Quarantined>();
    for (const [collection, documents] of byCollection(batch)) {
      const { quarantined } = store.collections.includes(collection)
        ? await store.join(collection, documents)
        : { quarantined: documents.map((document) => ({ ...document, reason: 'unknown collection' })) };
      for (const document of quarantined) refused.set(keyOf(document), document);
    }
    return refused;
  }

  function releaseIfRoom(): void {
    if (!stopped && waitingDocuments >= MAX_WAITING) return;
    const released = awaitingRoom;
    awaitingRoom = [];
    for (const resolve of released) resolve();
  }

  function stop(): void {
    stopped = true;
    releaseIfRoom();
  }

  const gapMs = () => (frameLagMs() <= TOLERABLE_LAG_MS ? 0 : Math.min(MAX_GAP_MS, 2 * frameLagMs()));
  const pause = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));

  return {
    push,
    /** Resolves when the queue is short, or is not worked off any more. */
    room: (): Promise<void> =>
      new Promise((resolve) => {
        awaitingRoom.push(resolve);
        releaseIfRoom();
      }),
    /** Resolves when all that has arrived so far is merged. */
    async drained(): Promise<void> {
      while (running) await running;
    },
    stop,
  };
}
