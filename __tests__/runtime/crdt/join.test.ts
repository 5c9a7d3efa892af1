import fc from 'fast-check';
import vectors from '../../vectors/merge.json';
import { registersAfterWrite, seedRegisters, settleShares } from '../../../src/runtime/crdt/local-write';
import {
  compareRegisters,
  dominates,
  greatestStamp,
  isAlive,
  joinRegisters,
  NO_REGISTERS,
  registersAfterDeletion,
  registersWhere,
} from '../../../src/runtime/crdt/join';
import { entryOf, readEntry } from '../../../src/runtime/crdt/entry';
import type { Entry, Registers, Stamp } from '../../../src/runtime/crdt/registers';
import { compileRules } from '../../../src/runtime/crdt/merge-rules';
import type { JsonSchema, MergeRules } from '../../../src/runtime/crdt/merge-rules';
import { authorOf, formatStamp, nextStamp } from '../../../src/runtime/crdt/stamp';
import { canonicalJson } from '../../../src/runtime/crdt/json-value';
import { completeDocument, viewOf } from '../../../src/runtime/crdt/view';
import type { SyncDocument, SyncValue } from '../../../src/runtime/core/json';
import { anyDocument, anySteps, rules, statesOf, view, write } from './merge-worlds';

/** A text of everything in the registers, whatever the order of its names. */
const text = (registers: Registers): string => canonicalJson([...entryOf('c', 'd', registers)] as unknown as SyncValue);

/** What a set holds, without the order that the protocol gives it. */
const unordered = (document: SyncDocument): string => {
  const sorted = (value: SyncValue | undefined) =>
    Array.isArray(value) ? [...new Set(value.map((item) => canonicalJson(item as SyncValue)))].sort() : value;
  const settings = document.settings as SyncDocument | string | null;
  return canonicalJson({
    ...document,
    tags: sorted(document.tags),
    flags: sorted(document.flags),
    ...(settings && typeof settings === 'object' && { settings: { ...settings, marks: sorted(settings.marks) } }),
  } as SyncValue);
};

/** As a document that is spread over slots arrives. */
const leafByLeaf = ({ leaves, ...life }: Registers): readonly Registers[] => [
  { ...life, leaves: new Map() },
  ...[...leaves].map((leaf) => ({ leaves: new Map([leaf]) })),
];

const joinAll = (states: readonly Registers[]) => states.reduce(joinRegisters, NO_REGISTERS);

describe('the join', () => {
  test('is the same in every order and with every repetition', () => {
    fc.assert(
      fc.property(anySteps, fc.infiniteStream(fc.nat()), (steps, picks) => {
        const states = statesOf(steps);
        const pool = [...states, ...states.flatMap(leafByLeaf)];
        const shuffled: Registers[] = [];
        for (const pick of picks) {
          if (pool.length === 0) break;
          shuffled.push(...pool.splice(pick % pool.length, 1));
        }
        const [forth, back] = [joinAll(states), joinAll(shuffled)];
        expect(text(back)).toBe(text(forth));
        expect(canonicalJson(view(back))).toBe(canonicalJson(view(forth)));
      }),
    );
  });

  test('is associative', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const [a = NO_REGISTERS, b = NO_REGISTERS, c = NO_REGISTERS] = statesOf(steps).slice(-3);
        expect(text(joinRegisters(joinRegisters(a, b), c))).toBe(text(joinRegisters(a, joinRegisters(b, c))));
      }),
    );
  });

  test('returns the very same state when nothing is new', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const states = statesOf(steps);
        const all = joinAll(states);
        for (const state of states)
          expect(joinRegisters(all, readEntry(entryOf('c', 'd', state)).content!.registers)).toBe(all);
      }),
    );
  });

  test('a join dominates each of its parts', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const states = statesOf(steps);
        const all = joinAll(states);
        for (const state of states) expect(dominates(all, state)).toBe(true);
      }),
    );
  });

  test('a state does not dominate what has something newer', () => {
    const before = write(NO_REGISTERS, { title: 't' }, 1, 'a'.repeat(16));
    for (const newer of [{ title: 'u' }, { title: 't', a: 1 }, null] as (SyncDocument | null)[]) {
      expect(dominates(before, write(before, newer, 2, 'b'.repeat(16)))).toBe(false);
    }
  });

  test('decides equal stamps by the bytes of the value, a tombstone below all', () => {
    const stamp = formatStamp(1, 0, 'a'.repeat(16));
    const ascending = [undefined, '\ue000', '😀', 0, 1, [], false, null, {}];
    for (const [at, value] of ascending.slice(1).entries()) {
      const [less, more] = [
        { stamp, value: ascending[at] as SyncValue },
        { stamp, value: value as SyncValue },
      ];
      expect(Math.sign(compareRegisters(less, more))).toBe(-1);
      expect(Math.sign(compareRegisters(more, less))).toBe(1);
    }
    expect(compareRegisters({ stamp, value: -0 }, { stamp, value: 0 })).toBe(0);
  });
});

describe('a local write', () => {
  test('shows exactly what was written, whatever was merged before', () => {
    fc.assert(
      fc.property(anySteps, anyDocument, fc.integer({ min: 1, max: 6 }), (steps, document, wallMs) => {
        const states = statesOf(steps);
        for (const before of [NO_REGISTERS, ...states.slice(-2), joinAll(states)]) {
          const after = write(before, document, wallMs, 'd'.repeat(16));
          expect(isAlive(after)).toBe(true);
          expect(unordered(view(after))).toBe(unordered(completeDocument(document, rules)));
          expect(({} as { a?: unknown }).a).toBeUndefined();
        }
      }),
      { numRuns: 300 },
    );
  });

  test('of what is there already changes nothing', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const all = joinAll(statesOf(steps));
        if (isAlive(all)) expect(write(all, view(all), 9, 'd'.repeat(16))).toBe(all);
        else expect(write(all, null, 9, 'd'.repeat(16))).toBe(all);
      }),
    );
  });

  test('dominates everything it was made on top of', () => {
    fc.assert(
      fc.property(anySteps, fc.option(anyDocument, { nil: null }), (steps, document) => {
        const before = joinAll(statesOf(steps));
        const after = write(before, document, 1, 'd'.repeat(16));
        expect(joinRegisters(before, after)).toEqual(after);
      }),
    );
  });

  test('that deletes hides everything, also from a device that inserts the document again', () => {
    fc.assert(
      fc.property(anySteps, anyDocument, (steps, document) => {
        const deleted = write(joinAll(statesOf(steps)), null, 3, 'd'.repeat(16));
        expect(isAlive(deleted)).toBe(false);
        const again = write(deleted, document, 1, 'e'.repeat(16));
        const dropped = write(registersAfterDeletion(deleted), document, 1, 'e'.repeat(16));
        for (const state of [again, dropped, joinRegisters(dropped, deleted)]) {
          expect(unordered(view(state))).toBe(unordered(completeDocument(document, rules)));
        }
      }),
    );
  });
});

describe('counters', () => {
  const counting = compileRules({
    primaryKey: 'id',
    type: 'object',
    properties: { id: {}, visits: { type: 'integer', 'x-merge': 'counter' } },
  } as unknown as JsonSchema);
  const add = (before: Registers, delta: number, device: string, holdShares = false) => {
    const visits = Number(viewOf(before, counting).visits) + delta;
    const stamp = nextStamp(greatestStamp(before), 5, device.repeat(16));
    return registersAfterWrite({ before, after: { id: 'd', visits }, rules: counting, stamp, holdShares });
  };

  test('are exact whatever devices have seen of each other', () => {
    const anyAdds = fc.array(
      fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: -4, max: 4 }), fc.constantFrom('a', 'b', 'c')),
    );
    fc.assert(
      fc.property(anyAdds, (adds) => {
        const devices = new Map<string, Registers>();
        let total = 0;
        const base = add(NO_REGISTERS, 0, 'a');
        for (const [device, delta, seen] of adds) {
          const before = joinRegisters(devices.get(device) ?? base, devices.get(seen) ?? base);
          devices.set(device, add(before, delta, device));
          total += delta;
        }
        expect(viewOf(joinAll([base, ...devices.values()]), counting).visits).toBe(total);
      }),
    );
  });

  test('begin again after a deletion, and increments that did not know of it do not count', () => {
    const first = add(NO_REGISTERS, 5, 'a');
    const deletion = registersAfterWrite({
      before: first,
      after: null,
      rules: counting,
      stamp: nextStamp(greatestStamp(first), 20, 'b'.repeat(16)),
    });
    const unaware = add(first, 1, 'a');
    const merged = joinRegisters(unaware, deletion);
    const again = add(merged, 0, 'c');
    expect(viewOf(again, counting).visits).toBe(0);
    expect(viewOf(add(again, 2, 'a'), counting).visits).toBe(2);
  });

  test('counted apart are neither lost nor counted twice when a clone turns out', () => {
    const shared = add(NO_REGISTERS, 5, 'a');
    const [one, two] = [add(shared, 1, 'a', true), add(shared, 2, 'a', true)];
    expect(viewOf(one, counting).visits).toBe(6);
    const settled = [one, two].map((held, at) =>
      settleShares(held, nextStamp(greatestStamp(held), 9, 'ae'[at]!.repeat(16))),
    );
    expect([...settled[0]!.leaves.keys()].some((name) => name.endsWith('#'))).toBe(false);
    expect(viewOf(joinAll(settled), counting).visits).toBe(8);
  });
});

describe('what was counted apart', () => {
  test('before a deletion counts no more, and leaves what was counted since alone', () => {
    const visits = (before: Registers, value: number | null, ms: number, holdShares = false) =>
      registersAfterWrite({
        ...{ before, rules, holdShares, after: value === null ? null : { id: 'd', visits: value } },
        stamp: nextStamp(greatestStamp(before), ms, 'a'.repeat(16)),
      });
    const deleted = visits(visits(NO_REGISTERS, 5, 1, true), null, 2);
    const again = visits(deleted, 7, 3);
    expect(viewOf(again, rules).visits).toBe(7);
    const settled = settleShares(again, nextStamp(greatestStamp(again), 4, 'a'.repeat(16)));
    expect(viewOf(settled, rules).visits).toBe(7);
    expect([...settled.leaves.keys()]).toEqual([`/visits#${'a'.repeat(16)}`]);
  });
});

describe('seeds', () => {
  test('never beat a write, whatever the clocks', () => {
    fc.assert(
      fc.property(anySteps, anyDocument, (steps, defaults) => {
        const all = joinAll(statesOf(steps));
        const seeded = joinRegisters(all, seedRegisters({ ...defaults, id: 'd' }, rules, 7));
        for (const [name, register] of all.leaves) expect(seeded.leaves.get(name)).toBe(register);
        expect(isAlive(seeded)).toBe(all.deleted === undefined || isAlive(all));
      }),
    );
  });

  test('are the same on every device, and a later version of them wins over an earlier one', () => {
    const seed = (theme: string, version: number) => seedRegisters({ id: 'd', theme, visits: 3 }, rules, version);
    expect(text(seed('dark', 1))).toBe(text(seed('dark', 1)));
    expect(view(joinRegisters(seed('dark', 2), seed('blue', 1))).theme).toBe('dark');
  });
});

describe('registers', () => {
  test('can be cut by author', () => {
    const mine = write(
      write(NO_REGISTERS, { title: 't' }, 1, 'a'.repeat(16)),
      { title: 'u', theme: 'dark' },
      2,
      'b'.repeat(16),
    );
    const part = registersWhere(mine, (each) => authorOf(each) === 'b'.repeat(16));
    expect([...part.leaves.keys()].sort()).toEqual(['/theme', '/title']);
    expect(part.inserted).toBeUndefined();
    expect(registersWhere(mine, () => true)).toBe(mine);
  });
});

describe('vectors', () => {
  interface Vector {
    readonly name: string;
    readonly schema: JsonSchema;
    readonly parts: readonly Entry[];
    readonly view: SyncDocument | null;
    readonly joined?: Entry;
  }

  test.each((vectors as unknown as { cases: readonly Vector[] }).cases.map((vector) => [vector.name, vector] as const))(
    '%s',
    (_name, { schema, parts, view: expected, joined }) => {
      const vectorRules: MergeRules = compileRules({ primaryKey: 'id', type: 'object', ...schema });
      for (const order of [parts, [...parts].reverse(), [...parts, ...parts]]) {
        const all = joinAll(order.map((part) => readEntry(part).content!.registers));
        expect(isAlive(all) ? viewOf(all, vectorRules) : null).toEqual(expected);
        if (joined) expect(entryOf(joined[0], joined[1], all)).toEqual(joined);
      }
    },
  );

  interface WriteVector {
    readonly name: string;
    readonly schema: JsonSchema;
    readonly before: Entry | null;
    readonly stamp: Stamp;
    readonly document: SyncDocument;
    readonly after: Entry;
  }

  test.each(
    (vectors as unknown as { writes: readonly WriteVector[] }).writes.map((vector) => [vector.name, vector] as const),
  )('%s', (_name, { schema, before, stamp, document, after }) => {
    const vectorRules = compileRules({ primaryKey: 'id', type: 'object', ...schema });
    const written = registersAfterWrite({
      before: before ? readEntry(before).content!.registers : NO_REGISTERS,
      after: { ...document, id: after[1] },
      rules: vectorRules,
      stamp,
    });
    expect(entryOf(after[0], after[1], written)).toEqual(after);
    expect(viewOf(written, vectorRules)).toEqual(completeDocument(document, vectorRules));
  });
});
