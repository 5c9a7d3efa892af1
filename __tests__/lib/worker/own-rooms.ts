/** The rooms around the own slots, over a vault that seals nothing, a ledger in memory and a store that is a map. */
import { createMemoryLedger, emptyLedgerDisk } from '../../../src/lib/worker/memory-ledger';
import { createWriterLedger } from '../../../src/lib/worker/ledger';
import { createOwnSlots } from '../../../src/lib/worker/own-slots';
import type { OwnSlot } from '../../../src/lib/worker/own-slots';
import type { Head, Store } from '../../../src/lib/worker/ports';
import { createPublishing } from '../../../src/lib/worker/publishing';
import type { Register, Registers, Stamp } from '../../../src/lib/worker/registers';
import { keyOf, NOTHING } from '../../../src/lib/worker/slot-content';
import type { ContentDocument, SlotContent } from '../../../src/lib/worker/slot-content';
import type { SyncProblem, SyncValue } from '../../../src/lib/types';
import { createDice } from '../../simulation/random';
import { createStandInVault, Seals } from '../../simulation/stand-in-vault';

export const OWN = 'b'.repeat(32);
export const LESSER = 'a'.repeat(32);
export const GREATER = 'c'.repeat(32);

export const stampOf = (ms: number, deviceId = OWN): Stamp =>
  `${ms.toString(16).padStart(12, '0')}0000${deviceId.slice(0, 16)}`;

export const leaf = (ms: number, value: SyncValue, deviceId = OWN): Register => ({
  stamp: stampOf(ms, deviceId),
  value,
});

export const noteOf = (
  id: string,
  leaves: { [name: string]: Register },
  life: Partial<Registers> = {},
): ContentDocument => ({
  collection: 'notes',
  id,
  registers: { ...life, leaves: new Map(Object.entries(leaves)) },
});

export function createRooms() {
  const seals = new Seals();
  const vault = createStandInVault(seals, createDice(1));
  const disk = emptyLedgerDisk();
  const ledger = createWriterLedger(
    createMemoryLedger(() => OWN, disk),
    () => {},
  );
  const offered: Head[] = [];
  const problems: SyncProblem[] = [];
  const time = { ms: Date.UTC(2026, 0, 1) };
  const clock = { now: () => time.ms, after: () => () => {} };
  const ownSlots = createOwnSlots({
    ...{ vault, clock, createdAtOffset: () => 0 },
    laneOf: (collection) => (collection === 'notes' ? '' : collection),
  });
  ownSlots.begin(OWN);
  const publishing = createPublishing({
    ...{ ownSlots, vault, ledger },
    offer: (head) => offered.push(head),
    onProblem: (problem) => problems.push(problem),
  });

  /** A delta slot of its own with these documents. */
  async function writeDelta(...documents: ContentDocument[]): Promise<OwnSlot> {
    const slot = await ownSlots.openDelta('', 4);
    const filled = await publishing.fill(slot, NOTHING, documents, 32_768);
    await publishing.write(filled!);
    slot.full = true;
    time.ms += 1000;
    return slot;
  }

  /** The newest version of a slot is read back from enough relays. */
  const readBack = (slot: OwnSlot) => publishing.settle(slot.version!);

  return {
    ...{ seals, vault, disk, ledger, offered, problems, time, clock, ownSlots, publishing },
    writeDelta,
    readBack,
  };
}

export type Rooms = ReturnType<typeof createRooms>;

export const idsIn = (content: SlotContent): readonly string[] => [...content.values()].map(({ id }) => id).sort();

/** A store that holds these documents and takes everything that is joined, but what `refuses` says. */
export function createMapStore(documents: readonly ContentDocument[] = [], refuses = (_id: string) => false) {
  const stored = new Map(documents.map((document) => [keyOf(document), document]));
  const joins: string[][] = [];
  const store: Store = {
    collections: ['notes'],
    async read(collection, ids) {
      const found = ids.flatMap((id) => stored.get(keyOf({ collection, id })) ?? []);
      return new Map(found.map((document) => [document.id, document]));
    },
    async join(collection, inbound) {
      joins.push(inbound.map(({ id }) => id));
      const refused = inbound.filter(({ id }) => refuses(id));
      return {
        joined: inbound.filter(({ id }) => !refuses(id)),
        quarantined: refused.map(({ id, registers }) => ({
          collection,
          id,
          registers,
          reason: 'it breaks the schema',
        })),
      };
    },
    async *scan() {
      yield [...stored.values()];
    },
    settleShares: async () => {},
    changes: () => () => {},
  };
  return { store, joins };
}
