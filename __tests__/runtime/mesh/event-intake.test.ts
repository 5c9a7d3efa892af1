import { Refusal } from '../../../src/runtime/contracts/vault';
import { EventIntake } from '../../../src/runtime/mesh/event-intake';
import { SignatureChecks } from '../../../src/runtime/mesh/signature-checks';
import type { Clock } from '../../../src/runtime/core/clock';
import type { ReceivedSlot } from '../../../src/runtime/contracts/mesh';
import type { NostrEvent } from '../../../src/runtime/contracts/slot';
import { Tier } from '../../../src/runtime/contracts/slot';
import { compareVersions } from '../../../src/runtime/contracts/version-order';
import { makeHead, openTestSlot, testKind, testPubkey } from '../../support/test-slots';
import type { TestSlot } from '../../support/test-slots';

const eventAt = (index: number): NostrEvent => makeHead({ index, createdAt: 1_700_000_000 }, false).event;

const clock: Clock = { now: () => 0, monotonic: () => 0, after: (_delayMs, act) => (setImmediate(act), () => {}) };

function makeIntake(
  remembered: number,
  idOf: (event: NostrEvent) => string = ({ id }) => id,
  open: (event: NostrEvent) => ReceivedSlot | Refusal = openTestSlot,
) {
  const opened: NostrEvent[] = [];
  const checked: NostrEvent[] = [];
  const forgedBy: string[] = [];
  const undecryptable: unknown[] = [];
  const intake = new EventIntake({
    kind: testKind,
    pubkey: testPubkey,
    idOf,
    remembered,
    forged: (relayUrl) => void forgedBy.push(relayUrl),
    signatures: new SignatureChecks({
      clock,
      limits: { signatureChecks: 1_000, signatureChecksPerSecond: 1 },
      isSigned(event) {
        checked.push(event);
        return !event.sig.startsWith('spoilt');
      },
    }),
    undecryptable: (event, relayUrl, refusal) => void undecryptable.push([event.id, relayUrl, refusal]),
    async receive(event) {
      opened.push(event);
      return open(event);
    },
  });
  const admit = (event: NostrEvent, relayUrl = 'wss://one.example') =>
    new Promise((resolve) => intake.admit(event, relayUrl, resolve));
  return { admit, opened, checked, forgedBy, undecryptable, intake };
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

describe('of a version that has been opened', () => {
  const good = eventAt(0);
  const spoilt = { ...good, sig: 'spoilt' };
  const relays = ['one', 'two', 'three'].map((name) => `wss://${name}.example`);

  it('every further copy is dropped: it is not opened, its signature is not checked, and its relay holds it', async () => {
    const { admit, opened, checked } = makeIntake(10);
    for (let round = 0; round < 3; round += 1)
      for (const relay of relays) expect(await admit({ ...good }, relay)).toMatchObject({ d: good.tags[0]?.[1] });
    expect([opened.length, checked.length]).toEqual([1, 1]);
  });

  it('a copy with a spoilt signature does not count as held, and counts against its relay', async () => {
    const { admit, opened, forgedBy } = makeIntake(10);
    await admit(good, relays[0]);
    expect(await admit(spoilt, relays[1])).toBeUndefined();
    expect(opened).toEqual([good]);
    expect(forgedBy).toEqual([relays[1]]);
    expect(await admit(good, relays[1])).toBeDefined();
  });

  it.each([
    ['one after the other', false],
    ['at once', true],
  ])('a spoilt copy that comes first keeps no good one out (%s)', async (_when, atOnce) => {
    const { admit, opened, forgedBy } = makeIntake(10);
    const copies = [spoilt, { ...good, sig: 'spoilt otherwise' }, good, { ...good }];
    const answers: unknown[] = [];
    const asked = copies.map((copy, index) => () => admit(copy, relays[Math.min(index, 2)]));
    if (atOnce) answers.push(...(await Promise.all(asked.map((ask) => ask()))));
    else for (const ask of asked) answers.push(await ask());
    expect(answers.map((answer) => answer !== undefined)).toEqual([false, false, true, true]);
    // The replica has merged what the first one held, and records the good one.
    expect(opened.map(({ sig }) => sig)).toEqual(['spoilt', good.sig]);
    expect(forgedBy).toEqual(relays.slice(0, 2));
  });

  it('what bears its address, time and nonce under another id is dropped, and is no copy', async () => {
    const { admit, opened, checked, forgedBy } = makeIntake(10);
    await admit(good);
    const changed = { ...good, id: 'f'.repeat(64), content: `${good.content.slice(0, -4)}AAAA` };
    expect(await admit(changed, relays[1])).toBeUndefined();
    expect([opened.length, checked.length, forgedBy.length]).toEqual([1, 1, 0]);
  });

  it('nothing is remembered before it has opened: forgeries of each kind come first, and the genuine one is read', async () => {
    const { admit, opened } = makeIntake(10, (event) => (event.content === good.content ? good.id : 'f'.repeat(64)));
    const content = `${good.content.slice(0, -4)}AAAA`;
    for (const forged of [
      { ...good, content },
      { ...good, content, id: 'f'.repeat(64) },
      { ...good, content, id: 'f'.repeat(64), sig: 'spoilt' },
    ])
      expect(await admit(forged, relays[0])).toBeUndefined();
    const before = opened.length;
    expect(await admit(good, relays[1])).toBeDefined();
    expect(opened.slice(before)).toEqual([good]);
  });

  it('the text of copies that come late is hashed, not kept for ever', async () => {
    const hashed: string[] = [];
    const small = ({ content, ...event }: NostrEvent) => ({ ...event, content: content.replace(/x+A*$/, '') });
    const idOf = ({ id, content }: NostrEvent) => {
      hashed.push(id);
      return content.endsWith('A') ? 'f'.repeat(64) : id;
    };
    const { admit, opened, forgedBy } = makeIntake(1_000, idOf, (event) => openTestSlot(small(event)));
    const large = (index: number) => ({ ...eventAt(index), content: `${eventAt(index).content}${'x'.repeat(40_000)}` });
    for (let index = 0; index < 300; index += 1) await admit(large(index));
    hashed.length = opened.length = 0;
    await admit(large(299));
    expect(hashed).toEqual([]);
    await admit(large(0));
    await admit({ ...large(0), content: `${large(0).content.slice(0, -4)}AAAA` }, relays[1]);
    expect([hashed.length, opened.length, forgedBy]).toEqual([2, 0, [relays[1]]]);
  });
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
    const { admit, undecryptable, forgedBy } = makeIntake(10, undefined, () => Refusal.UnknownVersion);
    expect(await admit(eventAt(0))).toMatchObject({ version: undefined });
    expect([undecryptable, forgedBy]).toEqual([[], []]);
  });

  it.each(Object.values(Refusal).filter((refusal) => refusal !== Refusal.Forged))(
    'is opened and checked once, from however many relays it comes and how often (%s)',
    async (refusal) => {
      const { admit, opened, checked } = makeIntake(10, undefined, () => refusal);
      for (let round = 0; round < 3; round += 1) for (const relay of relays) await admit(eventAt(0), relay);
      expect([opened.length, checked.length]).toEqual([1, 1]);
    },
  );
});
