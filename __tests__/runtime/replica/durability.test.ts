/** What counts as stored, and as read. */
import { createDurability } from '../../../src/runtime/replica/durability';
import { ReadCompleteness } from '../../../src/runtime/core/status';
import { Tier } from '../../../src/runtime/contracts/slot';
import type { SlotVersion } from '../../../src/runtime/contracts/slot';
import { OwnedClock } from '../../support/owned-clock';

const OWN = 'a'.repeat(32);
const version: SlotVersion = { d: 'd', deviceId: OWN, tier: Tier.Delta, index: 0, seq: 1, createdAt: 1, nonce: 'n' };
const settled = () => new Promise((resolve) => setImmediate(resolve));

function createScene() {
  const storedOn: (readonly string[])[] = [];
  const reads: number[] = [];
  const durability = createDurability({
    ...{ relays: ['one', 'two', 'three'], durableOn: 2, clock: new OwnedClock() },
    mesh: {
      proof: { completeness: ReadCompleteness.Pending, read: new Set<string>(), isAllAnswered: false },
      readyRelays: 5,
    } as never,
    store: { settleShares: async () => {} } as never,
    ownSlots: { deviceId: OWN } as never,
    slotWriter: {
      async settle(_version: SlotVersion, relays: readonly string[]) {
        storedOn.push(relays);
        return undefined;
      },
    } as never,
    inbound: { drained: async () => {} } as never,
    ...{ isStopped: () => false, isFailed: () => false, isCompared: () => true },
    ...{ onStored: async () => {}, onDurable() {}, onSynced() {}, onProven() {} },
    onRead: () => reads.push(durability.completeReads.size),
    onFailed(error: unknown) {
      throw error;
    },
  });
  return { durability, storedOn, reads };
}

test('a version is durable when two relays of the list hold it, and is noted with their addresses', async () => {
  const { durability, storedOn } = createScene();
  durability.noteStored(version, 'one');
  await settled();
  expect(storedOn).toEqual([]);
  durability.noteStored(version, 'three');
  await settled();
  expect(storedOn).toEqual([['one', 'three']]);
});

test('a relay that is not in the list counts for nothing that is stored', async () => {
  const { durability, storedOn } = createScene();
  for (const relay of ['one', 'former', 'of another device']) durability.noteStored(version, relay);
  await settled();
  expect(storedOn).toEqual([]);
  expect(durability.storedOn.count(version)).toBe(1);
});

test('nor for what was read from enough relays, but it was read', async () => {
  const { durability, reads } = createScene();
  const present = new Map([[version.d, version]]);
  for (const relay of ['former', 'of another device']) durability.noteRead(relay, present, true);
  await settled();
  expect([durability.completeReads.size, reads]).toEqual([0, []]);
  expect(['former', 'one'].map(durability.wasRead)).toEqual([true, false]);
  for (const relay of ['one', 'two']) durability.noteRead(relay, present, true);
  await settled();
  expect(reads).toEqual([2, 2]);
  expect(durability.wasRead('one')).toBe(true);
});
