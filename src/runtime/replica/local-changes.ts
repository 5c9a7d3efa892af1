/**
 * What this installation has written, in this tab or another, on its way to the outbox: as it is committed, and by comparison what was
 * committed when no listener was there.
 */
import { isAuthoredBy, partOf } from './maintenance/slot-coverage';
import type { Device, Ledger } from '../persistence/ledger';
import { greatestStamp } from '../crdt/join';
import type { Outbox } from './outgoing/outbox';
import type { OwnSlots } from './slots/own-slots';
import { ChangeOrigin } from '../contracts/store';
import type { Store, StoreChange } from '../contracts/store';
import type { Stamp } from '../crdt/registers';
import { withPredecessors } from './slots/predecessors';
import { keyOf } from './slots/slot-content';
import type { Reconcile } from './maintenance/reconcile';

export interface LocalChangesOptions {
  readonly store: Store;
  readonly ledger: Pick<Ledger, 'refreshDevice'>;
  readonly ownSlots: OwnSlots;
  readonly outbox: Outbox;
  readonly reconcile: Reconcile;
}

export type LocalChanges = ReturnType<typeof createLocalChanges>;

export function createLocalChanges({ store, ledger, ownSlots, outbox, reconcile }: LocalChangesOptions) {
  let deviceIds: readonly string[] = [];
  /** Documents were compared with what the ledger has. Whether the relays have that too is known to `durability.ts`. */
  let isCompared = false;
  let mustCompareAgain = false;
  let isStopped = false;
  let endChanges: (() => void) | undefined;

  const isOwn = (stamp: Stamp): boolean => isAuthoredBy(deviceIds)(stamp);

  /** Listens from now on, for writes of this device and of those that it was before. */
  function begin(device: Device): void {
    deviceIds = [device.id, ...device.former];
    endChanges = store.changes(noteChange);
  }

  function noteChange({ collection, origin, documents }: StoreChange): void {
    if (isStopped) return;
    if (origin === ChangeOrigin.Merge) {
      for (const { id } of documents) ownSlots.noteSuperseded(keyOf({ collection, id }), 1);
      return;
    }
    const written = documents.flatMap(({ id, registers }) => {
      const stamp = greatestStamp(registers);
      if (stamp === undefined || !isOwn(stamp)) return [];
      const write = partOf({ collection, id, registers }, (own) => own === stamp);
      return write.map((part) => withPredecessors(part, registers));
    });
    outbox.add(written);
    for (const document of documents) outbox.holdBack(collection, document);
  }

  /** The first comparison, to which the slots that the ledger has must have been restored. Resolves with whether others' writes are missing. */
  async function compareFirst(): Promise<boolean> {
    const isMissing = await compare();
    while (mustCompareAgain && !isStopped) await compareNow();
    isCompared = !isStopped;
    return isMissing;
  }

  /** Another tab may have ended between a write and its announcement, or adopted a guest's documents, which count as own then. */
  async function compareAgain(): Promise<void> {
    mustCompareAgain = true;
    if (isCompared && !isStopped) await compareNow();
  }

  async function compareNow(): Promise<void> {
    mustCompareAgain = false;
    const { former } = await ledger.refreshDevice();
    deviceIds = [...new Set([...deviceIds, ...former])];
    await compare();
  }

  /** What this installation has written and no slot carries is still to be published. */
  const compare = (): Promise<boolean> => reconcile({ counts: () => true, isWanted: isOwn });

  return {
    begin,
    compareFirst,
    compareAgain,
    isOwn,
    get isCompared(): boolean {
      return isCompared;
    },
    /** Those whose writes count as own, the present one first. */
    get deviceIds(): readonly string[] {
      return deviceIds;
    },
    /** The installation writes as another device from now on. */
    become({ id, former }: Device): void {
      deviceIds = [id, ...former];
    },
    stop(): void {
      isStopped = true;
      endChanges?.();
    },
  };
}
