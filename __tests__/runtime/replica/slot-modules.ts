/** The modules around the own slots, over a vault that seals nothing, a ledger in memory and a store that is a map. */
import { createRemoteSlots } from '../../../src/runtime/replica/slots/remote-slots';
import { createMemoryLedger, emptyLedgerDisk } from '../../../src/runtime/testing/memory-ledger';
import { createQuarantine } from '../../../src/runtime/replica/incoming/quarantine';
import { createWriterLedger } from '../../../src/runtime/persistence/ledger';
import { createUnread } from '../../../src/runtime/replica/incoming/unread';
import { createOutbox } from '../../../src/runtime/replica/outgoing/outbox';
import { createOwnSlots } from '../../../src/runtime/replica/slots/own-slots';
import type { OwnSlot } from '../../../src/runtime/replica/slots/own-slots';
import { Tier } from '../../../src/runtime/contracts/slot';
import type { ManifestPayload } from '../../../src/runtime/contracts/slot';
import type { Head } from '../../../src/runtime/contracts/mesh';
import type { Store } from '../../../src/runtime/contracts/store';
import { createSlotWriter } from '../../../src/runtime/replica/outgoing/slot-writer';
import type { Register, Registers, Stamp } from '../../../src/runtime/crdt/registers';
import { entriesOf, joinContent, keyOf, NOTHING } from '../../../src/runtime/replica/slots/slot-content';
import type { ContentDocument, SlotContent } from '../../../src/runtime/replica/slots/slot-content';
import { createReconcile } from '../../../src/runtime/replica/maintenance/reconcile';
import type { Vault } from '../../../src/runtime/contracts/vault';
import type { SyncValue } from '../../../src/runtime/core/json';
import { createDice } from '../../../simulation/random';
import { createStandInVault, Seals } from '../../../simulation/stand-in-vault';
import type { Sealed } from '../../../simulation/stand-in-vault';
import { OwnedClock } from '../../support/owned-clock';

export const OWN = 'b'.repeat(32);
export const LESSER = 'a'.repeat(32);
/** Enough of a list. */
export const STORED_ON = ['wss://one', 'wss://two'];
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

/** A manifest of this device, unless something else is given. */
export const manifestOf = (changes: Partial<ManifestPayload> = {}): ManifestPayload => ({
  ...{ dev: OWN, tier: Tier.Manifest, idx: 0, seq: 1, live: [], seen: {}, relays: [], day: undefined },
  ...{ label: '', kit: '', schema: '', ext: {}, ...changes },
});

/** @param changes to the vault. */
export function createSlotModules(changes: (vault: Vault) => Partial<Vault> = () => ({})) {
  const seals = new Seals();
  const standIn = createStandInVault(seals, createDice(1));
  const vault = { ...standIn, ...changes(standIn) };
  const disk = emptyLedgerDisk();
  const clock = new OwnedClock();
  const ledger = createWriterLedger(
    createMemoryLedger(() => OWN, disk),
    clock,
    () => {},
  );
  const offered: Head[] = [];
  /** The wall clock, to be set to another time. */
  const time = {
    get ms() {
      return clock.now();
    },
    set ms(ms: number) {
      clock.jump(ms - clock.now());
    },
  };
  const unread = createUnread(ledger, (head) => offered.push(head));
  const ownSlots = createOwnSlots({
    ...{ vault, clock, createdAtOffset: () => 0, isUnread: unread.has },
    laneOf: (collection) => (collection === 'notes' ? '' : collection),
  });
  ownSlots.begin(OWN);
  const slotWriter = createSlotWriter({
    ...{ ownSlots, vault, ledger, clock, sureForMs: 1_000 },
    offer: (head) => offered.push(head),
  });

  /** A delta slot of its own with these documents. */
  async function writeDelta(...documents: ContentDocument[]): Promise<OwnSlot> {
    const slot = await ownSlots.openDelta('', 4);
    const filled = await slotWriter.fill(slot, NOTHING, documents, 32_768);
    await slotWriter.write(filled!);
    slot.full = true;
    time.ms += 1000;
    return slot;
  }

  /** The newest version of a slot is read back from enough relays. */
  const readBack = (slot: OwnSlot) => slotWriter.settle(slot.version!, STORED_ON);

  let sealedCount = 0;
  /** A delta slot of another device, as the relays give it. */
  function sealedBy(
    deviceId: string,
    documents: readonly ContentDocument[],
    { createdAt = 100, index = 0 } = {},
  ): Sealed {
    const content = joinContent(NOTHING, documents);
    const payload = { dev: deviceId, tier: Tier.Delta, idx: index, seq: createdAt, e: entriesOf(content) } as const;
    return seals.of(seals.seal(payload, createdAt, `${++sealedCount}`.padStart(24, '0')))!;
  }

  return {
    ...{ seals, vault, disk, ledger, offered, time, clock, unread, ownSlots, slotWriter },
    writeDelta,
    readBack,
    sealedBy,
  };
}

export type SlotModules = ReturnType<typeof createSlotModules>;

/** The same with what other devices have written, and with a reconciliation that publishes through an outbox into the own slots. */
export function createReconcilingModules(
  documents: readonly ContentDocument[] = [],
  isStopped = () => false,
  changes?: Parameters<typeof createSlotModules>[0],
  refuses?: (id: string) => boolean,
) {
  const modules = createSlotModules(changes);
  const { vault, ledger, clock, ownSlots, slotWriter } = modules;
  const { store, joins } = createMapStore(documents, refuses);
  const remoteSlots = createRemoteSlots({
    ...{ vault, ledger, yieldToEventLoop: async () => {} },
    offer: (head) => modules.offered.push(head),
  });
  const pageBytes = () => 32_768;
  const outbox = createOutbox({
    ...{ ownSlots, slotWriter, clock, pageBytes },
    laneOf: () => '',
    intervalMs: () => 50,
    mayPublish: () => true,
    runSerially: (work) => work(),
    onDurable: () => {},
    onPendingChanged: () => {},
    onFlushed: () => {},
    onFailed: (error) => {
      throw error;
    },
  });
  const quarantine = createQuarantine(store, ledger);
  const reconcile = createReconcile({ store, ownSlots, remoteSlots, outbox, quarantine, isStopped });

  /** Another device's slot was merged. */
  async function receive({ version, event }: Sealed): Promise<void> {
    await remoteSlots.keep(version, event);
  }

  /** All that the own slots hold. */
  async function published(): Promise<SlotContent> {
    await outbox.flush();
    let content = NOTHING;
    for (const slot of ownSlots.live()) content = joinContent(content, (await ownSlots.read(slot)).values());
    return content;
  }

  return { ...modules, store, joins, remoteSlots, outbox, quarantine, reconcile, pageBytes, receive, published };
}

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
