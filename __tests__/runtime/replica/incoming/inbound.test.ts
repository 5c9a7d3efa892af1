import { createRemoteSlots } from '../../../../src/runtime/replica/slots/remote-slots';
import { createDamage } from '../../../../src/runtime/replica/incoming/damage';
import { createInbound } from '../../../../src/runtime/replica/incoming/inbound';
import { Refusal } from '../../../../src/runtime/contracts/vault';
import { Tier } from '../../../../src/runtime/contracts/slot';
import type { SealedEvent, SlotVersion } from '../../../../src/runtime/contracts/slot';
import { createQuarantine } from '../../../../src/runtime/replica/incoming/quarantine';
import { entriesOf, keyOf } from '../../../../src/runtime/replica/slots/slot-content';
import type { ContentDocument } from '../../../../src/runtime/replica/slots/slot-content';
import { createMapStore, createSlotModules, GREATER, leaf, noteOf, OWN } from '../slot-modules';

const note = noteOf('x', { '/title': leaf(1, 'a title', GREATER) });

function setUp() {
  const modules = createSlotModules();
  const { store, joins } = createMapStore();
  const merged: SlotVersion[] = [];
  const failures: unknown[] = [];
  const foreign = jest.fn(async () => modules.ownSlots.begin('e'.repeat(32)));
  const damage = createDamage();
  const inbound = createInbound({
    ...modules,
    store,
    damage,
    remoteSlots: createRemoteSlots({
      ...{ vault: modules.vault, ledger: modules.ledger, yieldToEventLoop: async () => {} },
      offer: (head) => modules.offered.push(head),
    }),
    quarantine: createQuarantine(store, modules.ledger),
    frameLagMs: () => 0,
    onForeign: foreign,
    onMerged: (version) => merged.push(version),
    onFailed: (error) => failures.push(error),
  });
  let nonces = 0;
  const sealed = (deviceId: string, documents: readonly ContentDocument[], createdAt = 100): SealedEvent => {
    const content = new Map(documents.map((document) => [keyOf(document), document]));
    const payload = { dev: deviceId, tier: Tier.Delta, idx: 0, seq: createdAt, e: entriesOf(content) } as const;
    return modules.seals.seal(payload, createdAt, `${++nonces}`.padStart(24, '0'));
  };
  const receive = async (event: SealedEvent) => {
    const answer = await inbound.receive(event);
    await inbound.drained();
    return answer;
  };
  return { ...modules, damage, inbound, receive, sealed, joins, merged, failures, foreign };
}

test('a slot of another device is merged, then recorded, then offered to the relays that lack it', async () => {
  const { receive, sealed, joins, merged, offered, disk } = setUp();
  await receive(sealed(GREATER, [note]));
  expect(joins).toEqual([['x']]);
  expect([...disk.slots.values()].map(({ version }) => version)).toEqual(merged);
  expect(offered.map(({ version, own }) => [version, own])).toEqual([[merged[0], false]]);
});

test('the same version from another relay is not merged again', async () => {
  const { receive, sealed, joins } = setUp();
  const event = sealed(GREATER, [note]);
  await receive(event);
  await receive(event);
  expect(joins).toHaveLength(1);
});

test('an older version that comes late is merged, and is not taken for the newest', async () => {
  const { receive, sealed, joins, disk } = setUp();
  await receive(sealed(GREATER, [note], 200));
  await receive(sealed(GREATER, [noteOf('y', {})], 100));
  expect(joins).toEqual([['x'], ['y']]);
  expect([...disk.slots.values()].map(({ version }) => version.createdAt)).toEqual([200]);
});

test('contents that are genuine under a spoilt signature are merged, and a good copy is still wanted', async () => {
  const { receive, sealed, joins, offered } = setUp();
  const event = sealed(GREATER, [note]);
  await receive({ ...event, sig: 'spoilt' } as SealedEvent);
  expect([joins.length, offered.length]).toEqual([1, 0]);
  await receive(event);
  expect(offered).toHaveLength(1);
});

test('what does not open enters nothing', async () => {
  const { receive, sealed, joins } = setUp();
  const event = sealed(GREATER, [note]);
  expect(await receive({ ...event, created_at: event.created_at + 1 } as SealedEvent)).toBe(Refusal.Forged);
  expect(joins).toEqual([]);
});

test('an own version that the ledger knows is nothing new', async () => {
  const { receive, writeDelta, joins, foreign } = setUp();
  const slot = await writeDelta(note);
  await receive(slot.record!.event);
  expect(foreign).not.toHaveBeenCalled();
  expect(joins).toEqual([]);
});

test('an own slot that somebody else wrote means another device id, and its contents are merged', async () => {
  const { receive, sealed, joins, foreign } = setUp();
  await receive(sealed(OWN, [note]));
  expect(foreign).toHaveBeenCalledTimes(1);
  expect(joins).toEqual([['x']]);
});

test('a manifest tells the addresses that are live, with their numbers', async () => {
  const { receive, seals, inbound } = setUp();
  const manifest = {
    dev: GREATER,
    tier: Tier.Manifest,
    idx: 0,
    seq: 3,
    live: [[Tier.Page, 2, 8]],
    seen: {},
    label: '',
  } as const;
  const answer = await receive(seals.seal(manifest, 100, 'f'.repeat(24)));
  expect(answer).toMatchObject({
    names: [seals.addressOf({ deviceId: GREATER, tier: Tier.Page, index: 2 })],
    seqs: [8],
  });
  expect([...inbound.manifests()].map(({ deviceId, seq }) => [deviceId, seq])).toEqual([[GREATER, 3]]);
});

test('after the end nothing is merged any more', async () => {
  const { receive, sealed, joins, inbound } = setUp();
  inbound.stop();
  await receive(sealed(GREATER, [note]));
  expect(joins).toEqual([]);
});
