/**
 * What is not synced while the documents have not been compared with the slots: before the first comparison, while paused, stopped or between two
 * writers. Only what was known to be unsynced and what changes meanwhile can be counted then, so the count is a lower bound.
 */
import { isAuthoredBy } from './maintenance/slot-coverage';
import type { Ledger } from '../persistence/ledger';
import { greatestStamp } from '../crdt/join';
import type { Store, StoreChange } from '../contracts/store';
import type { Stamp } from '../crdt/registers';
import { documentKey } from './slots/slot-content';

export interface UnsyncedOptions {
  readonly store: Store;
  /** Knows which devices' writes count as own. */
  readonly ledger: Pick<Ledger, 'device'>;
  readonly onChanged: () => void;
}

export type Unsynced = ReturnType<typeof createUnsynced>;

export function createUnsynced({ store, ledger, onChanged }: UnsyncedOptions) {
  const keys = new Set<string>();
  /** What others have written, until it shows whether it counts as own: a guest's documents arrive before it is told that they are adopted. */
  const others = new Map<string, Stamp>();
  let atLeast = 0;
  let endChanges: (() => void) | undefined;

  function noteChange({ collection, documents }: StoreChange): void {
    const isOwn = ownStamps();
    for (const { id, registers, holdsShares } of documents) {
      const key = documentKey(collection, id);
      const stamp = greatestStamp(registers);
      if (holdsShares || (stamp !== undefined && isOwn(stamp))) keys.add(key);
      else if (stamp !== undefined) others.set(key, stamp);
    }
    onChanged();
  }

  /** Other devices' writes may count as own from now on. */
  function noteDevices(): void {
    const isOwn = ownStamps();
    for (const [key, stamp] of others) {
      if (!isOwn(stamp)) continue;
      others.delete(key);
      keys.add(key);
    }
    onChanged();
  }

  const ownStamps = () => isAuthoredBy([ledger.device.id, ...ledger.device.former]);

  return {
    /** Counts from now on, or goes on counting, with documents that are known to wait, and not fewer than `count`. */
    begin(known: Iterable<string> = [], count = 0): void {
      for (const key of known) keys.add(key);
      atLeast = Math.max(atLeast, count);
      endChanges ??= store.changes(noteChange);
    },
    noteDevices,
    /** Documents that wait, together with these. */
    count(known: Iterable<string> = []): number {
      return Math.max(atLeast, new Set([...keys, ...known]).size);
    },
    /** A writer has compared, and counts exactly. */
    end(): void {
      endChanges?.();
      endChanges = undefined;
      keys.clear();
      others.clear();
      atLeast = 0;
    },
  };
}
