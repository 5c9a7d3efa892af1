import { essentialsOf } from '../../../../src/runtime/crdt/essentials';
import { joinRegisters } from '../../../../src/runtime/crdt/join';
import { compileRules } from '../../../../src/runtime/crdt/merge-rules';
import type { Store } from '../../../../src/runtime/contracts/store';
import { createCompaction } from '../../../../src/runtime/replica/maintenance/compaction';
import { createMoves } from '../../../../src/runtime/replica/maintenance/moves';
import type { Proof } from '../../../../src/runtime/replica/slots/remote-slots';
import { withEssentials } from '../../../../src/runtime/replica/slots/essentials';
import { keyOf, splitDocument } from '../../../../src/runtime/replica/slots/slot-content';
import type { ContentDocument } from '../../../../src/runtime/replica/slots/slot-content';
import { createMapStore, createSlotModules, GREATER, leaf, noteOf, OWN, stampOf } from '../slot-modules';

const rules = compileRules({
  ...{ primaryKey: 'id', type: 'object', additionalProperties: false, required: ['id', 'title', 'rank'] },
  properties: { id: { type: 'string' }, title: { type: 'string' }, rank: { type: 'number' }, text: { type: 'string' } },
});

const storeOf = (...documents: ContentDocument[]): Store => ({
  ...createMapStore(documents).store,
  essentialsOf: (_collection, registers) => essentialsOf(registers, rules),
});

const life = { inserted: stampOf(1) };
const inserted = noteOf('x', { '/title': leaf(1, 'a'), '/rank': leaf(1, 1), '/text': leaf(1, 't') }, life);
const titled = noteOf('x', { '/title': leaf(2, 'b', GREATER), '/text': leaf(2, 'u', GREATER) });
const whole = { ...inserted, registers: joinRegisters(inserted.registers, titled.registers) };
const deleted = noteOf('x', {}, { deleted: stampOf(3, GREATER) });

function compactionOf(stored: ContentDocument, elsewhere: ContentDocument) {
  const modules = createSlotModules();
  const proof: Proof = { registers: elsewhere.registers, copies: undefined };
  const moves = createMoves({
    ...modules,
    onMoved: () => {},
    store: storeOf(stored),
    isOwn: (stamp) => stamp.endsWith(OWN.slice(0, 16)),
    othersProof: async () => new Map([[keyOf(elsewhere), proof]]),
  });
  const compaction = createCompaction({ ...modules, moves, pageBytes: () => 32_768 });
  return { ...modules, compaction, moves };
}

async function compacted(stored: ContentDocument, elsewhere: ContentDocument): Promise<ContentDocument | undefined> {
  const { compaction, ownSlots, readBack, writeDelta } = compactionOf(stored, elsewhere);
  await readBack(await writeDelta(inserted));
  await compaction.step();
  const [page] = ownSlots.live().filter(({ content }) => content === undefined);
  return page && (await ownSlots.read(page)).get(keyOf(inserted));
}

test('what the schema requires stays beside inserted when another device has overwritten it, in its newest version', async () => {
  expect((await compacted(whole, titled))?.registers).toEqual({
    ...life,
    leaves: new Map([
      ['/rank', leaf(1, 1)],
      ['/title', leaf(2, 'b', GREATER)],
    ]),
  });
});

test('an insert of which a deletion has left nothing brings the deletion along', async () => {
  const gone = { ...inserted, registers: joinRegisters(whole.registers, deleted.registers) };
  expect((await compacted(gone, deleted))?.registers).toEqual({
    ...life,
    deleted: stampOf(3, GREATER),
    leaves: new Map(),
  });
});

test('a slot whose content is as it has to be is not written again and again', async () => {
  const { compaction, moves, ownSlots, readBack, writeDelta } = compactionOf(whole, titled);
  await readBack(await writeDelta(inserted));
  for (let steps = 0; steps < 10 && (await compaction.step()); steps += 1)
    for (const slot of ownSlots.live()) {
      await readBack(slot);
      await moves.settle(slot);
    }
  expect(await compaction.step()).toBe(false);
  expect(ownSlots.live()).toHaveLength(1);
});

test('what is published without what it requires, because that stands elsewhere, is completed', async () => {
  const part = noteOf('x', {}, life);
  const store = storeOf(whole);
  const [completed] = await withEssentials(store, [part]);
  expect([...completed!.registers.leaves.keys()]).toEqual(['/title', '/rank']);
  expect(await withEssentials(store, [titled])).toEqual([titled]);
  const unknown = noteOf('y', {}, life);
  expect(await withEssentials(store, [unknown])).toEqual([unknown]);
});

test('a document that no slot can hold whole is halved beside what stays with inserted', () => {
  const names = ['/title', '/rank'];
  let parts: readonly ContentDocument[] = [inserted];
  for (let at = 0; at < 4; at += 1) parts = parts.flatMap((part) => splitDocument(part, 2, names) ?? [part]);
  expect(parts.map(({ registers }) => [...registers.leaves.keys()])).toEqual([['/title', '/rank'], ['/text']]);
  expect(parts[0]!.registers.inserted).toBe(life.inserted);
});
