/** What no slot can hold. The write refuses such values, so only a fault can bring one here: it must harm nothing but itself, and not in silence. */
import { ErrorCode } from '../../../../src/runtime/core/errors';
import type { ContentDocument } from '../../../../src/runtime/replica/slots/slot-content';
import { createReconcilingModules, idsIn, leaf, noteOf, stampOf, STORED_ON } from '../slot-modules';

/** The vault of these tests makes 36 kB of it. */
const TOO_LARGE = 'x'.repeat(60_000);

const small = (id: string, ms = 1) => noteOf(id, { '/title': leaf(ms, `Title of ${id}`) }, { inserted: stampOf(ms) });
const mixed = noteOf('mixed', { '/title': leaf(1, 'A title'), '/body': leaf(1, TOO_LARGE) }, { inserted: stampOf(1) });

function setUp(documents: readonly ContentDocument[] = []) {
  const modules = createReconcilingModules(documents);
  const { outbox, ownSlots, slotWriter } = modules;

  /** Everything is written and read back from enough relays. */
  async function syncAll(): Promise<void> {
    await outbox.flush();
    for (const slot of ownSlots.live()) outbox.settle((await slotWriter.settle(slot.version!, STORED_ON)) ?? new Map());
  }

  async function publish(...added: readonly ContentDocument[]): Promise<void> {
    outbox.add(added);
    await syncAll();
  }

  return { ...modules, syncAll, publish };
}

type World = ReturnType<typeof setUp>;

const codes = ({ outbox }: World) => outbox.problems.map(({ code }) => code);

const crowds: readonly (readonly [string, number])[] = [
  ['few documents', 3],
  ['a bulk', 200],
];

test.each(crowds)('among %s it is left out alone', async (_name, count) => {
  const world = setUp();
  const others = Array.from({ length: count }, (_, index) => small(`note-${index}`));
  await world.publish(others[0]!, mixed, ...others.slice(1));
  expect(idsIn(await world.published())).toEqual([...others.map(({ id }) => id), 'mixed'].sort());
  const published = [...(await world.published()).values()].find(({ id }) => id === 'mixed')!;
  expect([...published.registers.leaves.keys()]).toEqual(['/title']);
});

test('its document stays pending, although the rest of the same write is durable', async () => {
  const world = setUp();
  await world.publish(mixed, small('other'));
  expect([...world.outbox.pendingKeys()]).toEqual(['notes\u0000mixed']);
  expect(codes(world)).toEqual([ErrorCode.ValueTooLarge]);
});

test('several of one collection are one problem, and as many pending documents', async () => {
  const world = setUp();
  await world.publish(mixed, noteOf('more', { '/body': leaf(1, TOO_LARGE) }));
  expect(world.outbox.pending).toBe(2);
  expect(codes(world)).toHaveLength(1);
});

test('it is no work that waits: maintenance goes on', async () => {
  const world = setUp();
  await world.publish(mixed);
  expect(world.outbox.unsent).toBe(0);
});

test('later edits of the same document go on, and it stays pending', async () => {
  const world = setUp();
  await world.publish(mixed);
  await world.publish(noteOf('mixed', { '/title': leaf(2, 'Another title') }));
  expect([...(await world.published()).values()][0]?.registers.leaves.get('/title')?.value).toBe('Another title');
  expect(world.outbox.pending).toBe(1);
});

const ends: readonly (readonly [string, ContentDocument])[] = [
  ['a value that fits', noteOf('mixed', { '/body': leaf(2, 'fits') })],
  ['the end of the property', noteOf('mixed', { '/body': { stamp: stampOf(2) } })],
  ['the deletion of the document', noteOf('mixed', {}, { deleted: stampOf(2) })],
];

test.each(ends)('%s ends it', async (_name, end) => {
  const world = setUp();
  await world.publish(mixed);
  await world.publish(end);
  expect(world.outbox.pending).toBe(0);
  expect(codes(world)).toEqual([]);
});

test('an older value does not', async () => {
  const world = setUp();
  await world.publish(noteOf('mixed', { '/body': leaf(2, TOO_LARGE) }));
  await world.publish(noteOf('mixed', { '/body': leaf(1, 'older') }));
  expect(world.outbox.pending).toBe(1);
  expect(codes(world)).toEqual([ErrorCode.ValueTooLarge]);
});

test('it is counted after the slots were given up, too', async () => {
  const world = setUp();
  await world.publish(mixed);
  world.outbox.recount();
  expect(world.outbox.pending).toBe(1);
});

test('each start and each audit tries it once more, writes nothing and counts it', async () => {
  const world = setUp([mixed, small('other')]);
  const written: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    await world.reconcile({ counts: () => true, isWanted: () => true });
    await world.syncAll();
    expect(world.outbox.pending).toBe(1);
    expect(codes(world)).toEqual([ErrorCode.ValueTooLarge]);
    written.push(world.offered.length);
  }
  expect(written[2]).toBe(written[0]);
});

test('a name that grew with a new version of the app is no less too large', async () => {
  const world = setUp();
  const grown = `/${'n'.repeat(600)}`;
  await world.publish(noteOf('x', { '/title': leaf(1, 'A title'), [grown]: leaf(1, 'x'.repeat(24_000)) }));
  const [published] = (await world.published()).values();
  expect([...published!.registers.leaves.keys()]).toEqual(['/title']);
  expect(world.outbox.pending).toBe(1);
  expect(codes(world)).toEqual([ErrorCode.ValueTooLarge]);
});

test('pages take the rest, and tell what they cannot take', async () => {
  const { slotWriter, published } = setUp();
  const [left, ...more] = (await slotWriter.writePages([small('a'), mixed, small('b')], '', 32_768))!;
  expect(left).toMatchObject({ id: 'mixed', registers: { leaves: new Map([['/body', leaf(1, TOO_LARGE)]]) } });
  expect(more).toEqual([]);
  expect(idsIn(await published())).toEqual(['a', 'b', 'mixed']);
});

test('a value that is too much for a page of this size alone has a page of its own', async () => {
  const { slotWriter, ownSlots, published } = setUp();
  const large = noteOf('large', { '/body': leaf(1, 'x'.repeat(24_000)) });
  expect(await slotWriter.writePages([small('a'), large, small('b')], '', 8_192)).toEqual([]);
  expect(idsIn(await published())).toEqual(['a', 'b', 'large']);
  expect(ownSlots.live().map(({ registers }) => registers)).toContain(1);
});
