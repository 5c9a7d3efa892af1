/** 200,000 mutated records: none is thrown at, and the registers beside a mutated one are read as they were written. */
import fc from 'fast-check';
import { compareRegisters } from '../../../src/runtime/crdt/join';
import type { Registers } from '../../../src/runtime/crdt/registers';
import { decodeRecord, encodeRecord } from '../../../src/runtime/storage/record-codec';
import type { StoredRecord } from '../../../src/runtime/storage/record-codec';
import { createMutator, parsed } from '../../support/mutations';
import { anySteps, rules, statesOf } from '../crdt/merge-worlds';

// So many take several seconds, and the machine that runs them may be busy.
jest.setTimeout(300_000);

const states: readonly Registers[] = fc
  .sample(anySteps, { seed: 3, numRuns: 60 })
  .flatMap(statesOf)
  .filter(({ leaves }) => leaves.size > 1);
const records = states.map((state): StoredRecord => {
  const { document, isDeleted, zbs } = encodeRecord('d', state, rules);
  return { ...document, _deleted: isDeleted, _meta: { lwt: 1, zbs } };
});
const withMeta = (record: StoredRecord, zbs: string): StoredRecord => ({ ...record, _meta: { lwt: 1, zbs } });

test('of any text something is read', () => {
  const { text, below } = createMutator(8);
  for (let count = 0; count < 100_000; count += 1) {
    const record = records[below(records.length)]!;
    const registers = decodeRecord(withMeta(record, text(record._meta.zbs!)), rules);
    if (count % 16 === 0) encodeRecord('d', registers, rules);
  }
});

type Packed = { [Key in 'i' | 'd']?: string } & { v?: string[][]; t?: string[][]; h?: { [name: string]: unknown } };

test('beside a mutated name or register all others are read', () => {
  const { json, below, pick } = createMutator(9);
  let lost = 0;
  for (let count = 0; count < 100_000; count += 1) {
    const at = below(states.length);
    const packed = JSON.parse(records[at]!._meta.zbs!) as Packed;
    const name = pick([...states[at]!.leaves.keys()]);
    const text = mutatedAt(packed, name, json);
    const { leaves, inserted, deleted } = decodeRecord(withMeta(records[at]!, text), rules);
    if (inserted !== states[at]!.inserted || deleted !== states[at]!.deleted) throw new Error(text);
    lost += leaves.has(name) ? 0 : 1;
    for (const [other, register] of states[at]!.leaves) {
      // The mutated one may have got the name of another.
      if (other === name || text.split(JSON.stringify(other)).length > 2) continue;
      const read = leaves.get(other);
      if (!read || compareRegisters(read, register) !== 0) throw new Error(`${other}: ${text}`);
    }
  }
  expect(lost).toBeGreaterThan(10_000);
});

/** As JSON; the name, or what is hidden under it, is mutated, and everything else is as it was. */
function mutatedAt(packed: Packed, name: string, mutate: (json: string) => string): string {
  const groups = (of: string[][] | undefined) =>
    of?.map(([stamp, ...names]) => [stamp, ...names.map((each) => (each === name ? PLACE : each))]);
  const isHidden = packed.h !== undefined && Object.hasOwn(packed.h, name);
  const h = isHidden ? { ...packed.h, [name]: PLACE } : packed.h;
  const mutated = mutate(JSON.stringify(isHidden ? packed.h![name] : name));
  // Some values are cut off. What is too deep for `JSON.stringify` is put in as text.
  const json = parsed(mutated) !== undefined ? mutated : JSON.stringify(mutated);
  return JSON.stringify({ ...packed, v: groups(packed.v), t: groups(packed.t), h }).replace(
    JSON.stringify(PLACE),
    () => json,
  );
}

const PLACE = 'mutated';
