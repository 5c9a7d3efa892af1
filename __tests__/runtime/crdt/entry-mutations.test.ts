/** 200,000 mutated entries: none is thrown at, and what stands beside the mutated part is read as it was written. */
import fc from 'fast-check';
import { entryOf, readEntry } from '../../../src/runtime/crdt/entry';
import { compareRegisters } from '../../../src/runtime/crdt/join';
import type { Entry, Registers } from '../../../src/runtime/crdt/registers';
import { createMutator, parsed } from '../../support/mutations';
import { anySteps, statesOf } from './merge-worlds';

// So many take several seconds, and the machine that runs them may be busy.
jest.setTimeout(300_000);

const states: readonly Registers[] = fc
  .sample(anySteps, { seed: 1, numRuns: 60 })
  .flatMap(statesOf)
  .filter(({ leaves }) => leaves.size > 1);
const written = states.map((state) => JSON.stringify(entryOf('notes', 'n1', state)));

test('of any text that is JSON something or nothing is read', () => {
  const { text, pick } = createMutator(1);
  let read = 0;
  for (let count = 0; count < 100_000; count += 1) {
    const entry = parsed(text(pick(written)));
    if (entry === undefined) continue;
    const { content, damaged } = readEntry(entry);
    read += content ? 1 : 0;
    if (!content && damaged !== 1) throw new Error(`${damaged} parts of an entry that is none`);
    // What was read can be written and read again, and nothing of it is damaged then.
    if (content && count % 16 === 0) {
      const text = JSON.stringify(entryOf(content.collection, content.id, content.registers));
      const again = readEntry(JSON.parse(text));
      expect(again.damaged).toBe(0);
      expect(JSON.stringify(entryOf('notes', 'n1', again.content!.registers))).toBe(
        JSON.stringify(entryOf('notes', 'n1', content.registers)),
      );
    }
  }
  expect(read).toBeGreaterThan(10_000);
});

test('of an entry with one mutated register all others are read', () => {
  const { json, pick, below } = createMutator(2);
  let damagedOnes = 0;
  for (let count = 0; count < 100_000; count += 1) {
    const at = below(states.length);
    const [collection, id, leaves, ...life] = JSON.parse(written[at]!) as Entry;
    const names = Object.keys(leaves);
    const mutatedName = pick(names);
    const member = json(`{${JSON.stringify(mutatedName)}:${JSON.stringify(leaves[mutatedName])}}`).slice(1, -1);
    const others = names.filter((name) => name !== mutatedName);
    const members = others.map((name) => `${JSON.stringify(name)}:${JSON.stringify(leaves[name])}`);
    members.splice(below(members.length + 1), 0, member);
    const text = `[${JSON.stringify(collection)},${JSON.stringify(id)},{${members.join()}}${life.map((stamp) => `,${JSON.stringify(stamp)}`).join('')}]`;
    const entry = parsed(text);
    if (entry === undefined) continue;
    const { content, damaged } = readEntry(entry);
    damagedOnes += damaged;
    if (damaged > 1) throw new Error(`${damaged} parts for one register: ${text}`);
    const { registers } = content!;
    if (registers.inserted !== states[at]!.inserted || registers.deleted !== states[at]!.deleted) throw new Error(text);
    for (const name of others) {
      // The mutated one may have got the name of another.
      if (member.startsWith(JSON.stringify(name))) continue;
      const register = registers.leaves.get(name);
      if (!register || compareRegisters(register, states[at]!.leaves.get(name)!) !== 0) throw new Error(text);
    }
  }
  expect(damagedOnes).toBeGreaterThan(10_000);
});
