import { Refusal } from '../../../src/runtime/contracts/vault';
import { EventIntake } from '../../../src/runtime/mesh/event-intake';
import type { ReceivedSlot } from '../../../src/runtime/contracts/mesh';
import type { NostrEvent } from '../../../src/runtime/contracts/slot';
import { Tier } from '../../../src/runtime/contracts/slot';
import { compareVersions } from '../../../src/runtime/contracts/version-order';
import { makeHead, openTestSlot, testKind, testPubkey } from '../../support/test-slots';
import type { TestSlot } from '../../support/test-slots';

const eventAt = (index: number): NostrEvent => makeHead({ index, createdAt: 1_700_000_000 }, false).event;

function makeIntake(
  remembered: number,
  idOf: (event: NostrEvent) => string = ({ id }) => id,
  open: (event: NostrEvent) => ReceivedSlot | Refusal = openTestSlot,
) {
  const opened: NostrEvent[] = [];
  const forgedBy: string[] = [];
  const undecryptable: unknown[] = [];
  const intake = new EventIntake({
    kind: testKind,
    pubkey: testPubkey,
    idOf,
    remembered,
    forged: (relayUrl) => void forgedBy.push(relayUrl),
    isSigned: ({ sig }) => sig !== 'spoilt',
    undecryptable: (event, relayUrl, refusal) => void undecryptable.push([event.id, relayUrl, refusal]),
    async receive(event) {
      opened.push(event);
      return open(event);
    },
  });
  const admit = (event: NostrEvent, relayUrl = 'wss://one.example') =>
    new Promise((resolve) => intake.admit(event, relayUrl, resolve));
  return { admit, opened, forgedBy, undecryptable, intake };
}

it('opens an event once, from however many relays it comes, even at the same time', async () => {
  const { admit, opened } = makeIntake(100);
  const answers = await Promise.all(['one', 'two', 'three'].map((name) => admit(eventAt(0), `wss://${name}.example`)));
  await admit(eventAt(0));
  expect(new Set(answers).size).toBe(1);
  expect(opened).toHaveLength(1);
});

it('hashes an event once, and a copy that differs from it in anything', async () => {
  const hashed: NostrEvent[] = [];
  const { admit, forgedBy } = makeIntake(100, (event) => {
    hashed.push(event);
    return event.content === eventAt(0).content && event.created_at === eventAt(0).created_at ? event.id : 'another';
  });
  for (const name of ['one', 'two', 'three']) await admit({ ...eventAt(0) }, `wss://${name}.example`);
  expect(hashed).toHaveLength(1);
  await admit({ ...eventAt(0), content: 'AAAA' }, 'wss://liar.example');
  await admit({ ...eventAt(0), created_at: 1 }, 'wss://other-liar.example');
  expect(hashed).toHaveLength(3);
  expect(forgedBy).toEqual(['wss://liar.example', 'wss://other-liar.example']);
});

it('remembers only so many, and opens again what it has forgotten', async () => {
  const { admit, opened } = makeIntake(10);
  for (let index = 0; index < 50; index += 1) await admit(eventAt(index));
  await admit(eventAt(49));
  expect(opened).toHaveLength(50);
  await admit(eventAt(0));
  expect(opened).toHaveLength(51);
});

it('remembers nothing of a forgery, and tells who passed it on', async () => {
  const { admit, opened, forgedBy } = makeIntake(10);
  const forged = { ...eventAt(0), content: 'AAAA' };
  for (let count = 0; count < 3; count += 1) expect(await admit(forged, 'wss://liar.example')).toBeUndefined();
  expect(opened).toHaveLength(3);
  expect(forgedBy).toEqual(Array(3).fill('wss://liar.example'));
});

it('believes the manifests of 256 devices, those that were written last', async () => {
  const { admit, intake } = makeIntake(10);
  for (let device = 0; device < 300; device += 1) {
    const slot = { device: `${device}`, tier: Tier.Manifest, createdAt: 1_000 + device, names: [] };
    await admit(makeHead(slot, false).event);
  }
  const times = [...intake.manifests.values()].map(({ version }) => version.createdAt);
  expect([times.length, Math.min(...times)]).toEqual([256, 1_044]);
});

it.each<[string, TestSlot, TestSlot]>([
  ['the newer of two manifests', { createdAt: 1_700_000_000 }, { createdAt: 1_700_000_001 }],
  ['the one with the greater nonce of one second', { createdAt: 1, nonce: 'one' }, { createdAt: 1, nonce: 'other' }],
])('believes %s, in whatever order they come', async (_which, ...slots) => {
  const heads = slots.map((slot) => makeHead({ ...slot, tier: Tier.Manifest, names: [] }));
  heads.sort((a, b) => compareVersions(a.version, b.version));
  for (const order of [heads, [...heads].reverse()]) {
    const { admit, intake } = makeIntake(10);
    for (const { event } of order) await admit(event);
    expect([...intake.manifests.values()].map(({ version }) => version)).toEqual([heads[1]!.version]);
  }
});

describe('what was signed with the keys and cannot be read', () => {
  const relays = ['wss://one.example', 'wss://two.example'];

  it.each([Refusal.Unreadable, Refusal.Malformed])('is told of every relay that has it (%s)', async (refusal) => {
    const { admit, undecryptable, forgedBy } = makeIntake(10, undefined, () => refusal);
    await Promise.all(relays.map((relay) => admit(eventAt(0), relay)));
    expect(undecryptable).toEqual(relays.map((relay) => [eventAt(0).id, relay, refusal]));
    expect(forgedBy).toEqual([]);
  });

  it('is a forgery if it is not even signed', async () => {
    const { admit, undecryptable, forgedBy } = makeIntake(10, undefined, () => Refusal.Malformed);
    await Promise.all(relays.map((relay) => admit({ ...eventAt(0), sig: 'spoilt' }, relay)));
    expect([undecryptable, forgedBy]).toEqual([[], relays]);
  });

  it('is not what a newer build wrote', async () => {
    const { admit, undecryptable } = makeIntake(10, undefined, () => Refusal.UnknownVersion);
    await admit(eventAt(0));
    expect(undecryptable).toEqual([]);
  });
});
