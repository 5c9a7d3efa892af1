import { registersAfterWrite } from '../../../src/runtime/crdt/local-write';
import { MAX_REGISTER_BYTES } from '../../../src/runtime/crdt/register-size';
import { joinRegisters, NO_REGISTERS } from '../../../src/runtime/crdt/join';
import type { Registers } from '../../../src/runtime/crdt/registers';
import { formatStamp } from '../../../src/runtime/crdt/stamp';
import { ErrorCode, SyncError } from '../../../src/runtime/core/errors';
import type { SyncDocument } from '../../../src/runtime/core/json';
import { rules, view, write } from './merge-worlds';

const A = 'a'.repeat(16);
const stamp = (ms: number) => formatStamp(ms, 0, A);

/** What the second write writes: [name] for a tombstone, [name, value] otherwise. */
function written(before: Registers, document: SyncDocument): readonly unknown[] {
  const after = registersAfterWrite({ before, after: { ...document, id: 'd' }, rules, stamp: stamp(9) });
  const changed = [...after.leaves].filter(([, register]) => register.stamp === stamp(9));
  return changed.map(([name, { value }]) => (value === undefined ? [name] : [name, value])).sort();
}

const inserted = (document: SyncDocument) => write(NO_REGISTERS, document, 1, A);

describe('an insert writes', () => {
  test.each<[what: string, document: SyncDocument, registers: readonly unknown[]]>([
    [
      'every leaf, by its path',
      { a: 1, o: { p: [1, 2], q: { r: null } } },
      [
        ['/a', 1],
        ['/o/p', [1, 2]],
        ['/o/q/r', null],
      ],
    ],
    ['no leaf that equals its default', { theme: 'light', title: 't' }, [['/title', 't']]],
    ['a leaf that differs from its default', { theme: 'dark' }, [['/theme', 'dark']]],
    ['an empty object as a tombstone at its child', { o: {}, p: { q: {} } }, [['/o/~'], ['/p/q/~']]],
    ['an atomic object as one leaf', { box: { a: { b: 1 } } }, [['/box', { a: { b: 1 } }]]],
    [
      'each element of a set once',
      { tags: ['x', 'x', 1] },
      [
        ['/tags+"x"', true],
        ['/tags+1', true],
      ],
    ],
    ['what is missing of a default set', { flags: ['new', 'hot'] }, [['/flags+"hot"', true], ['/flags+"old"']]],
    ['a counter as what was added to its default', { visits: 5 }, [[`/visits#${A}`, [null, 2]]]],
    ['nothing for a counter at its default', { visits: 3 }, []],
    ['an object that holds nothing but an empty set', { settings: { marks: [] } }, [['/settings/~']]],
    [
      'names with their signs escaped',
      { 'a/b': 1, 'c~d': 2, 'e+f': 3, 'g#h': 4 },
      [
        ['/a~1b', 1],
        ['/c~0d', 2],
        ['/e~2f', 3],
        ['/g~3h', 4],
      ],
    ],
  ])('%s', (_what, document, registers) => {
    expect(written(NO_REGISTERS, document)).toEqual(registers);
  });

  test('every leaf again, also one that a hidden register equals', () => {
    const deleted = write(inserted({ title: 't', tags: ['x'] }), null, 2, A);
    expect(written(deleted, { title: 't', tags: ['x'] })).toEqual([
      ['/tags+"x"', true],
      ['/title', 't'],
    ]);
  });

  test('a tombstone over what another device wrote after the deletion, unseen by the app', () => {
    const deleted = write(inserted({ title: 't' }), null, 2, A);
    const unaware: Registers = { leaves: new Map([['/a', { stamp: stamp(5), value: 1 }]]) };
    expect(written(joinRegisters(deleted, unaware), { title: 'u' })).toEqual([['/a'], ['/title', 'u']]);
  });
});

describe('an insert', () => {
  test('writes also what another device wrote after the deletion and is the same, lest a second deletion hides it', () => {
    const deleted = write(inserted({ title: 't' }), null, 2, A);
    const unaware: Registers = { leaves: new Map([['/title', { stamp: stamp(5), value: 'u' }]]) };
    expect(written(joinRegisters(deleted, unaware), { title: 'u' })).toEqual([['/title', 'u']]);
  });
});

describe('a change writes', () => {
  test.each<[what: string, before: SyncDocument, after: SyncDocument, registers: readonly unknown[]]>([
    ['the changed leaves only', { a: 1, o: { p: 1, q: 2 } }, { a: 1, o: { p: 1, q: 3 } }, [['/o/q', 3]]],
    ['one tombstone at the top of what is removed', { o: { p: { q: 1, r: 2 } }, a: 1 }, { a: 1 }, [['/o']]],
    ['one at the top within an object that stays', { o: { p: { q: 1, r: 2 }, s: 1 } }, { o: { s: 1 } }, [['/o/p']]],
    ['a scalar in the place of an object', { o: { p: 1 } }, { o: 5 }, [['/o', 5]]],
    ['the leaves of an object in the place of a scalar', { o: 5 }, { o: { p: 1 } }, [['/o/p', 1]]],
    ['an empty object in the place of a scalar', { o: 5 }, { o: {} }, [['/o/~']]],
    ['a whole array', { l: [1, 2] }, { l: [1, 3] }, [['/l', [1, 3]]]],
    [
      'what joined and what left a set',
      { tags: ['x', 'y'] },
      { tags: ['y', 'z'] },
      [['/tags+"x"'], ['/tags+"z"', true]],
    ],
    ['nothing for another order of a set', { tags: ['x', 'y'] }, { tags: ['y', 'x'] }, []],
    ['a removed set as an empty one', { tags: ['x'] }, {}, [['/tags+"x"']]],
    ['the sum of a counter', { visits: 5 }, { visits: 9 }, [[`/visits#${A}`, [null, 6]]]],
    ['the default in the place of what is removed', { theme: 'dark' }, {}, [['/theme', 'light']]],
    ['nothing for another order of properties', { a: 1, o: { p: 1, q: 2 } }, { o: { q: 2, p: 1 }, a: 1 }, []],
  ])('%s', (_what, before, after, registers) => {
    expect(written(inserted(before), after)).toEqual(registers);
  });

  test('a share of a nested counter anew when its parent was removed', () => {
    const removed = write(inserted({ settings: { uses: 4 } }), {}, 2, A);
    expect(written(removed, { settings: { uses: 1 } })).toEqual([[`/settings/uses#${A}`, [stamp(2), 1]]]);
  });
});

describe('a value that is too large', () => {
  const refusal = (document: SyncDocument): SyncError | undefined => {
    try {
      written(NO_REGISTERS, document);
      return undefined;
    } catch (error) {
      return error as SyncError;
    }
  };
  // Name and quotes count too.
  const fits = MAX_REGISTER_BYTES - '/title""'.length;

  test('is refused with its path and the limit, never with the value', () => {
    expect(refusal({ title: 'x'.repeat(fits) })).toBeUndefined();
    const error = refusal({ title: 'x'.repeat(fits + 1) })!;
    expect(error).toBeInstanceOf(SyncError);
    expect(error.code).toBe(ErrorCode.ValueTooLarge);
    expect(error.message).toContain('/title takes 24577 bytes');
    expect(error.message).not.toContain('xx');
  });

  test('is measured in bytes of JSON', () => {
    expect(refusal({ title: 'é'.repeat(fits / 2 + 1) })?.code).toBe(ErrorCode.ValueTooLarge);
    expect(refusal({ title: '\u0000'.repeat(5_000) })?.code).toBe(ErrorCode.ValueTooLarge);
    expect(refusal({ l: Array.from({ length: 13_000 }, () => 1) })?.code).toBe(ErrorCode.ValueTooLarge);
    expect(refusal({ tags: ['y'.repeat(25_000)] })?.message).not.toContain('yy');
  });

  test('does not hold up changes of others', () => {
    const before = {
      inserted: stamp(1),
      leaves: new Map([['/title', { stamp: stamp(1), value: 'x'.repeat(50_000) }]]),
    };
    expect(written(before, { ...view(before), a: 1 })).toEqual([['/a', 1]]);
  });
});
