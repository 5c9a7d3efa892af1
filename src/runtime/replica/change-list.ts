/** After a change of the list of relays: what only relays of the former list hold is not durable any more, and waits for those of the new one. */
import { LedgerChangeKind } from '../persistence/ledger';
import type { LedgerChange, LedgerState, SlotRecord } from '../persistence/ledger';
import type { ReplicaSettings } from '../core/config';

/**
 * What the ledger has, as the present list makes it: the state itself and no changes if the list is that of last time, in whatever order.
 * @returns the changes that record it, which belong into one transaction
 */
export function underList(
  recorded: LedgerState,
  { relays, durableOn }: Pick<ReplicaSettings, 'relays' | 'durableOn'>,
): { readonly state: LedgerState; readonly changes: readonly LedgerChange[] } {
  if (isSameList(recorded.relays, relays)) return { state: recorded, changes: [] };
  const changed = new Map(
    recorded.slots.flatMap((record) =>
      record.version.deviceId === recorded.device.id && !isDurableOn(record, relays, durableOn)
        ? [[record, undurable(record)] as const]
        : [],
    ),
  );
  return {
    state: {
      ...recorded,
      relays,
      missingSince: undefined,
      slots: recorded.slots.map((record) => changed.get(record) ?? record),
    },
    changes: [
      { kind: LedgerChangeKind.Relays, relays },
      // What other devices wrote was missing from relays that may not be asked any more.
      { kind: LedgerChangeKind.MissingSince, at: undefined },
      ...[...changed.values()].map((record) => ({ kind: LedgerChangeKind.Slot, record }) as const),
    ],
  };
}

const isSameList = (a: readonly string[] | undefined, b: readonly string[]): boolean =>
  a !== undefined && a.length === b.length && b.every((url) => a.includes(url));

const isDurableOn = ({ durable, storedOn = [] }: SlotRecord, relays: readonly string[], durableOn: number): boolean =>
  durable && storedOn.filter((url) => relays.includes(url)).length >= durableOn;

/** All that it holds waits, also what an earlier version of it held: that was durable on the former list. */
function undurable({ storedOn: _storedOn, waiting: _waiting, ...record }: SlotRecord): SlotRecord {
  return { ...record, durable: false };
}
