/**
 * In which order a new device reads its relays (docs/protocol.md, section 5): one in full, and of the others only what that one has not shown. Without
 * an order each of them would send a copy of everything. A relay that stalls, trickles or has nothing does not hold up the others.
 */
import type { ReadingConfig } from '../../../core/config';
import type { Clock } from '../../../core/clock';
import { Shown } from '../../read-proof';

export enum ReadExtent {
  /** Everything that the relay has. */
  Full = 'full',
  /** What manifests do not name yet, and what they name and no relay has shown. */
  Short = 'short',
}

export interface ReadingOrderOptions {
  readonly clock: Clock;
  readonly config: Pick<ReadingConfig, 'firstReadStallMs' | 'firstReadMaxMs'>;
  /** Whether this device has written nothing yet. Any other device reads each relay in full, to find what a clone of it has written. */
  readonly isNewDevice: () => boolean;
}

export type ReadingOrder = ReturnType<typeof createReadingOrder>;

type Begin = (extent: ReadExtent) => void;

export function createReadingOrder({ clock, config, isNewDevice }: ReadingOrderOptions) {
  const waiting = new Map<string, Begin>();
  /** Relays that are being read in full. */
  const reading = new Set<string>();
  let isNew: boolean | undefined;
  /** A complete read has brought events of ours. */
  let isRead = false;
  /** Of the relay whose turn began last. Monotonic ms. */
  let beganAt = 0;
  let heardAt = 0;
  let cancelTimer = () => {};

  function beginFull(url: string, begin: Begin): void {
    waiting.delete(url);
    reading.add(url);
    beganAt = heardAt = clock.monotonic();
    begin(ReadExtent.Full);
  }

  function beginNext(): void {
    const [next] = waiting;
    if (next) beginFull(...next);
  }

  function release(extent: ReadExtent): void {
    for (const [url, begin] of [...waiting])
      if (extent === ReadExtent.Full) beginFull(url, begin);
      else if (waiting.delete(url)) begin(extent);
  }

  /** The next relay is read in full beside one that takes too long. */
  function watch(): void {
    cancelTimer();
    if (waiting.size === 0) return;
    const dueAt = Math.min(heardAt + config.firstReadStallMs, beganAt + config.firstReadMaxMs);
    const waitMs = dueAt - clock.monotonic();
    cancelTimer = clock.after(Math.max(0, waitMs), () => {
      if (clock.monotonic() >= Math.min(heardAt + config.firstReadStallMs, beganAt + config.firstReadMaxMs))
        beginNext();
      watch();
    });
  }

  return {
    /** False for a device that knows of something it has written: each read of it is full. */
    get isNewDevice(): boolean {
      return (isNew ??= isNewDevice());
    },
    /** Calls `begin` once, when it is the relay's turn. */
    request(url: string, begin: Begin): void {
      if (!this.isNewDevice) return begin(ReadExtent.Full);
      if (isRead) return begin(ReadExtent.Short);
      if (reading.size === 0) return beginFull(url, begin);
      waiting.set(url, begin);
      watch();
    },
    /** The relay has sent something of ours. */
    progressed(url: string): void {
      if (reading.has(url)) heardAt = clock.monotonic();
    },
    /** A complete read has ended, or the relay is asked no more: `Nothing` if it did not get that far. */
    ended(url: string, shown: Shown): void {
      waiting.delete(url);
      const wasReading = reading.delete(url);
      if (shown === Shown.Data) isRead = true;
      if (isRead) release(ReadExtent.Short);
      // Either nothing has been written yet, or this relay was wiped: what it shows decides nothing.
      else if (shown === Shown.Emptiness) release(ReadExtent.Full);
      else if (wasReading && reading.size === 0) beginNext();
      watch();
    },
    stop(): void {
      cancelTimer();
      waiting.clear();
    },
  };
}
