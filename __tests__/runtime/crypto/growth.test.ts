/** What later builds may add harms no earlier one. The bytes of the later ones stand here as they are; the earlier one is frozen in decoder-v1.ts. */
import { deflateRawSync } from 'node:zlib';
import { finalizeEvent } from 'nostr-tools/pure';
import fc from 'fast-check';
import { Tier } from '../../../src/runtime/contracts/slot';
import type { ContentPayload, ManifestPayload, NostrEvent } from '../../../src/runtime/contracts/slot';
import type { Store } from '../../../src/runtime/contracts/store';
import { Refusal } from '../../../src/runtime/contracts/vault';
import type { Vault } from '../../../src/runtime/contracts/vault';
import { encodeLive } from '../../../src/runtime/replica/slots/manifest';
import { entriesOf, joinContent, keyOf, NOTHING } from '../../../src/runtime/replica/slots/slot-content';
import { createDamage } from '../../../src/runtime/replica/incoming/damage';
import { createInbound } from '../../../src/runtime/replica/incoming/inbound';
import { createQuarantine } from '../../../src/runtime/replica/incoming/quarantine';
import { createRemoteSlots } from '../../../src/runtime/replica/slots/remote-slots';
import { inflate } from '../../../src/runtime/crypto/deflate';
import * as reference from '../../vectors/reference';
import vectors from '../../vectors/envelopes.json';
import { createMapStore, createSlotModules, manifestOf } from '../replica/slot-modules';
import { anySteps, statesOf } from '../crdt/merge-worlds';
import { decodeV1 } from './decoder-v1';
import { keys, onTheWire, openVault } from './vault-support';

const dev = '00112233445566778899aabbccddeeff';
const createdAt = 1_700_000_000;
const nonce = Buffer.from('0102030405060708090a0b0c', 'hex');

let vault: Vault;
beforeAll(async () => {
  vault = await openVault();
});

/** An event as a later build seals it: payload as text, or whatever stands in its place. */
async function sealed(text: string, tier: number, { idx = 0, version = 1, at = createdAt } = {}): Promise<NostrEvent> {
  const d = await vault.addressOf({ deviceId: dev, tier, index: idx });
  const slotKeys = { pubkey: vectors.pubkey, sealKey: keys.seal };
  const plain = reference.padded(deflateRawSync(Buffer.from(text)));
  const content = reference.envelope(slotKeys, d, at, nonce, plain, version);
  const { kind, tags, ...unsigned } = reference.unsigned(vectors.pubkey, d, at, content);
  return onTheWire(finalizeEvent({ ...unsigned, kind, tags: tags.map((tag) => [...tag]) }, keys.sign));
}

/** The reading side of a device of this build. */
function createReader() {
  const { disk, ledger, ownSlots, unread } = createSlotModules();
  const { store: map } = createMapStore();
  const merged: unknown[] = [];
  const store: Store = {
    ...map,
    join: (collection, documents) => {
      merged.push(...documents);
      return map.join(collection, documents);
    },
  };
  const damage = createDamage();
  const failures: unknown[] = [];
  const inbound = createInbound({
    ...{ vault, store, clock: { now: Date.now, monotonic: Date.now, after: () => () => {} }, ownSlots, unread, damage },
    remoteSlots: createRemoteSlots({ vault, ledger, offer: () => {}, yieldToEventLoop: async () => {} }),
    quarantine: createQuarantine(store, ledger),
    frameLagMs: () => 0,
    yieldToEventLoop: async () => {},
    onOpened: async () => {},
    onDevice: () => {},
    wasRead: () => true,
    onReclaimed: async () => {},
    onForeign: async () => {},
    onMerged: () => {},
    onNote: () => {},
    onFailed: (error) => failures.push(error),
  });
  return {
    ...{ disk, merged, damage, failures },
    async receive(event: NostrEvent) {
      const answer = await inbound.receive(event, 'wss://relay', async () => vault.verify(event));
      await inbound.drained();
      return answer;
    },
  };
}

const stamp = '018bcfe5680000000011223344556677';
const later = '018bcfe5680000010011223344556677';

/** Keys of the payload, a collection, and properties with strategies and values that this build knows nothing of. */
const LATER_DELTA = `{"v":3,"dev":"${dev}","tier":0,"idx":0,"seq":9,"kit":"2.7.0","schema":{"notes":[4,{"a":null}]},"e":[
["notes","n1",{"/title":["${stamp}","a title"],"/later/nested/~":["${stamp}"],"/later/list":["${later}",[{"deep":[null,1.5e300,"\\ud83d\\ude00"]}]],
"/later/marks+\\"x\\"":["${stamp}",true],"/later/count#0011223344556677":["${stamp}",["${later}",-2.5]]},"${stamp}"],
["laters","l1",{"/anything":["${stamp}",{"of":{"any":["shape"]}}]},"${stamp}",null]],"z":[[[]]]}`;

test('a later delta is merged whole, and a collection that only it knows is set aside', async () => {
  const { receive, merged, disk, damage, failures } = createReader();
  const event = await sealed(LATER_DELTA, 0);
  expect(await receive(event)).toMatchObject({ version: { seq: 9 } });
  expect(merged).toEqual([
    {
      ...{ collection: 'notes', id: 'n1' },
      registers: {
        inserted: stamp,
        leaves: new Map<string, unknown>([
          ['/title', { stamp, value: 'a title' }],
          ['/later/nested/~', { stamp }],
          ['/later/list', { stamp: later, value: [{ deep: [null, 1.5e300, '😀'] }] }],
          ['/later/marks+"x"', { stamp, value: true }],
          ['/later/count#0011223344556677', { stamp, value: [later, -2.5] }],
        ]),
      },
    },
  ]);
  expect([...disk.quarantine.values()]).toMatchObject([
    { collection: 'laters', id: 'l1', registers: { leaves: new Map([['/anything', expect.anything()]]) } },
  ]);
  // The event itself is kept as it came, with everything that this build does not know.
  expect([...disk.slots.values()].map((record) => record.event)).toEqual([event]);
  expect([damage.parts, disk.unread.size, failures]).toEqual([0, 0, []]);
});

const LATER_MANIFEST = `{"dev":"${dev}","tier":2,"idx":0,"seq":4,"live":[[0,0,9],[7,2,1,1]],"seen":{"${dev}":3},"label":"Phone",
"later":{"of":["any",{"shape":1e300}]},"__proto__":{"label":"x"},"constructor":null}`;

test('a later manifest is read for what this build knows of it', async () => {
  const { receive, disk, failures } = createReader();
  const event = await sealed(LATER_MANIFEST, 2);
  expect(await receive(event)).toMatchObject({
    names: [await vault.addressOf({ deviceId: dev, tier: Tier.Delta, index: 0 })],
    seqs: [9],
  });
  expect([...disk.slots.values()].map((record) => record.event)).toEqual([event]);
  expect(failures).toEqual([]);
});

test.each([
  ['a tier', `{"dev":"${dev}","tier":7,"idx":4294967295,"seq":1,"body":{"of":"any shape"}}`, 7, { idx: 0xffff_ffff }],
  ['the last tier', `{"dev":"${dev}","tier":255,"idx":0,"seq":1}`, 255, {}],
  ['an envelope', 'not even JSON', 0, { version: 2 }],
  ['the last envelope', '', 0, { version: 255 }],
])('%s that only a later build knows counts nowhere, and is kept as it came', async (_what, text, tier, where) => {
  const { receive, disk, merged, damage, failures } = createReader();
  const event = await sealed(text, tier, where);
  expect(await receive(event)).toBe(Refusal.UnknownVersion);
  expect([...disk.unread.values()].map((record) => record.event)).toEqual([event]);
  expect([merged, disk.slots.size, disk.quarantine.size, damage.parts, failures]).toEqual([[], 0, 0, 0, []]);
});

describe('the first build reads what this one writes', () => {
  const written = async (payload: ContentPayload | ManifestPayload) => {
    const { deflated } = await vault.pack(payload);
    return decodeV1(Buffer.from(await inflate(Uint8Array.from(deflated), 1_048_576)).toString());
  };

  test('of any documents', async () => {
    const states = fc.sample(anySteps, { seed: 4, numRuns: 100 }).flatMap((steps) => statesOf(steps).slice(-1));
    const documents = states.map((registers, index) => ({ collection: 'notes', id: `n${index}`, registers }));
    const content = joinContent(NOTHING, documents);
    const payload: ContentPayload = { dev, tier: Tier.Page, idx: 7, seq: 12, e: entriesOf(content) };
    const read = await written(payload);
    expect(read).toMatchObject({ dev, tier: 1, idx: 7, seq: 12 });
    expect(read!.documents).toHaveLength(content.size);
    for (const document of read!.documents!) {
      const { registers } = content.get(keyOf(document!))!;
      expect([document!.inserted, document!.deleted]).toEqual([registers.inserted, registers.deleted]);
      expect(document!.leaves).toEqual(registers.leaves);
    }
  });

  test('of its manifest', async () => {
    const slot = (tier: Tier, index: number, seq: number) => ({ deviceId: dev, tier, index, seq });
    const live = encodeLive([slot(Tier.Delta, 0, 5), slot(Tier.Delta, 1, 6), slot(Tier.Page, 7, 1)]);
    const read = await written(manifestOf({ dev, seq: 3, live, seen: { [dev]: 2 }, label: 'Laptop' }));
    expect(read).toEqual({
      dev,
      tier: 2,
      idx: 0,
      seq: 3,
      live: [
        [0, 0, 5, 6],
        [1, 7, 1],
      ],
    });
  });
});
