import fc from 'fast-check';
import { registersAfterWrite, seedRegisters, settleShares } from '../../../src/runtime/crdt/local-write';
import { MAX_REGISTER_BYTES } from '../../../src/runtime/crdt/register-size';
import { entryOf, readEntry } from '../../../src/runtime/crdt/entry';
import { greatestStamp, joinRegisters, NO_REGISTERS, registersWhere } from '../../../src/runtime/crdt/join';
import { cleanValue } from '../../../src/runtime/crdt/json-value';
import { compileRules } from '../../../src/runtime/crdt/merge-rules';
import type { MergeRules } from '../../../src/runtime/crdt/merge-rules';
import type { Entry, Registers } from '../../../src/runtime/crdt/registers';
import { formatStamp, nextStamp } from '../../../src/runtime/crdt/stamp';
import { viewOf } from '../../../src/runtime/crdt/view';
import { ErrorCode, SyncError } from '../../../src/runtime/core/errors';
import type { SyncDocument, SyncValue } from '../../../src/runtime/core/json';
import { anyDocument, anySteps, anyValue, rules, statesOf, view, write } from './merge-worlds';

const A = 'a'.repeat(16);
const stamp = (ms: number) => formatStamp(ms, 0, A);

/** What the second write writes: [name] for a tombstone, [name, value] otherwise. */
function written(before: Registers, document: SyncDocument): readonly unknown[] {
  const after = registersAfterWrite({ before, after: { ...document, id: 'd' }, rules, stamp: stamp(9) });
  const changed = [...after.leaves].filter(([, register]) => register.stamp === stamp(9));
  return changed.map(([name, { value }]) => (value === undefined ? [name] : [name, value])).sort();
}

/** As another device reads it. */
const partOf = (entry: Entry): Registers => readEntry(JSON.parse(JSON.stringify(entry))).content!.registers;

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
    ['a leaf that equals its default', { theme: 'light' }, [['/theme', 'light']]],
    ['nothing for a default that fills in', { title: 't' }, [['/title', 't']]],
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
    [
      'each element of a default set that it passes, and what is missing of the others',
      { flags: ['new', 'hot'] },
      [['/flags+"hot"', true], ['/flags+"new"', true], ['/flags+"old"']],
    ],
    [
      'a tombstone for each element of a default in the place of which it passes none',
      { flags: [] },
      [['/flags+"new"'], ['/flags+"old"']],
    ],
    ['a counter as what was added to its default', { visits: 5 }, [[`/visits#${A}`, [null, 2]]]],
    ['nothing for a counter at its default', { visits: 3 }, []],
    ['an object that holds nothing but an empty set', { settings: { marks: [] } }, [['/settings/~']]],
    [
      'an object that holds nothing but a counter, which others may not see before it',
      { settings: { uses: 2 } },
      [[`/settings/uses#${A}`, [null, 2]], ['/settings/~']],
    ],
    ['a leaf that equals its default within an object', { settings: { font: 14 } }, [['/settings/font', 14]]],
    ['a default within an atomic object as it is passed', { box: { size: 1 } }, [['/box', { size: 1 }]]],
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
    ['a tombstone over what is removed, so that the default shows', { theme: 'dark' }, {}, [['/theme']]],
    ['a default that the app sets over another value', { theme: 'dark' }, { theme: 'light' }, [['/theme', 'light']]],
    ['nothing for a default that the app hands back', { title: 't' }, { title: 't', theme: 'light' }, []],
    ['nothing for a default that the app does not hand back', { title: 't' }, { title: 't' }, []],
    [
      'nothing for the defaults that it hands back of an object',
      { settings: {} },
      { settings: { font: 14, marks: [], uses: 0 } },
      [],
    ],
    [
      'also what equals a default in an object that was not there',
      {},
      { settings: { font: 14 } },
      [['/settings/font', 14]],
    ],
    [
      'also what equals a default in an object in the place of a scalar',
      { settings: 'off' },
      { settings: { font: 14, marks: ['m'] } },
      [
        ['/settings/font', 14],
        ['/settings/marks+"m"', true],
      ],
    ],
    [
      'a default set in the place of a removed one',
      { flags: ['hot'] },
      {},
      [['/flags+"hot"'], ['/flags+"new"', true], ['/flags+"old"', true]],
    ],
    ['a counter back at its default in the place of a removed one', { visits: 5 }, {}, [[`/visits#${A}`, [null, 0]]]],
    ['nothing for another order of properties', { a: 1, o: { p: 1, q: 2 } }, { o: { q: 2, p: 1 }, a: 1 }, []],
  ])('%s', (_what, before, after, registers) => {
    expect(written(inserted(before), after)).toEqual(registers);
  });

  test('a share of a nested counter anew when its parent was removed', () => {
    const removed = write(inserted({ settings: { uses: 4 } }), {}, 2, A);
    expect(written(removed, { settings: { uses: 1 } })).toEqual([
      [`/settings/uses#${A}`, [stamp(2), 1]],
      ['/settings/~'],
    ]);
  });
});

describe('a default of another build of the app', () => {
  const build = (theme: string, flags: readonly string[], visits: number): MergeRules =>
    compileRules({
      primaryKey: 'id',
      type: 'object',
      properties: {
        id: { type: 'string' },
        theme: { type: 'string', default: theme },
        flags: { type: 'array', items: { type: 'string' }, 'x-merge': 'set', default: flags },
        visits: { type: 'integer', 'x-merge': 'counter', default: visits },
        panel: { type: 'object', default: {}, properties: { side: { type: 'string', default: theme } } },
      },
    });
  const before = build('dark', ['new'], 0);
  const later = build('light', ['old'], 10);
  const insert = (document: SyncDocument) =>
    registersAfterWrite({ before: NO_REGISTERS, after: { id: 'd', ...document }, rules: before, stamp: stamp(1) });

  test('changes nothing that the user chose, also where it was the default', () => {
    const chosen = insert({ theme: 'dark', flags: ['new'], panel: { side: 'dark' } });
    expect(viewOf(chosen, later)).toEqual({
      theme: 'dark',
      // Nobody has ever said anything of the new element.
      flags: ['old', 'new'],
      visits: 10,
      panel: { side: 'dark' },
    });
  });

  test('shows where the user chose nothing, and no device has a register of it', () => {
    const left = insert({});
    expect(left.leaves.size).toBe(0);
    expect(viewOf(left, before)).toEqual({ theme: 'dark', flags: ['new'], visits: 0, panel: { side: 'dark' } });
    expect(viewOf(left, later)).toEqual({ theme: 'light', flags: ['old'], visits: 10, panel: { side: 'light' } });
  });

  test('of a device that inserts the document unaware loses against a choice, whichever was later', () => {
    const chosen = insert({ theme: 'dark' });
    const unaware = registersAfterWrite({
      before: NO_REGISTERS,
      after: { id: 'd' },
      rules: later,
      stamp: formatStamp(9, 0, 'b'.repeat(16)),
    });
    expect(viewOf(joinRegisters(chosen, unaware), later).theme).toBe('dark');
    expect(viewOf(joinRegisters(unaware, chosen), before).theme).toBe('dark');
  });

  test('is no choice when it comes back within a whole document', () => {
    const left = insert({});
    const after = { id: 'd', ...viewOf(left, before), visits: 1 };
    const changed = registersAfterWrite({ before: left, after, rules: before, stamp: stamp(2) });
    expect([...changed.leaves.keys()]).toEqual([`/visits#${A}`]);
  });

  test('that the app saw, in a document which that build had stored, is neither a choice nor counted', () => {
    const left = insert({ title: 't' });
    const seen = { title: 't', ...viewOf(left, before) };
    const change = (document: SyncDocument) => {
      const after = registersAfterWrite({
        before: left,
        after: { id: 'd', ...document },
        seen,
        rules: later,
        stamp: stamp(2),
      });
      return [...after.leaves].flatMap(([name, { stamp: each, value }]) => (each === stamp(2) ? [[name, value]] : []));
    };
    expect(change(seen)).toEqual([]);
    expect(change({ ...seen, visits: 1 })).toEqual([[`/visits#${A}`, [null, 1]]]);
    expect(change({ ...seen, flags: ['new', 'hot'] })).toEqual([['/flags+"hot"', true]]);
    expect(change({ ...seen, theme: 'light' })).toEqual([['/theme', 'light']]);
    expect(change({ title: 't' })).toEqual([]);
  });

  test('never takes the place of what a seed passes', () => {
    const seeded = seedRegisters({ id: 'd', theme: 'dark' }, before);
    expect(seeded.leaves.get('/theme')?.value).toBe('dark');
    expect(viewOf(joinRegisters(insert({}), seeded), later).theme).toBe('dark');
    expect(viewOf(joinRegisters(insert({ theme: 'blue' }), seeded), later).theme).toBe('blue');
  });
});

describe('an insert of a document of which parts have arrived before their own insert', () => {
  const parts = (values: { readonly [name: string]: SyncValue }): Registers => ({
    leaves: new Map(Object.entries(values).map(([name, value]) => [name, { stamp: stamp(5), value }])),
  });
  const insert = (before: Registers, document: SyncDocument, mayShow?: (merged: Registers) => boolean) =>
    registersAfterWrite({
      ...{ before, after: { id: 'd', ...document }, rules, stamp: stamp(9) },
      ...(mayShow && { mayShow }),
    });

  test('leaves them as they are: a choice of the user that is on its way is no default', () => {
    const early = parts({ '/theme': 'dark', '/tags+"x"': true, [`/visits#${'b'.repeat(16)}`]: [null, 4] });
    expect(view(insert(early, { tags: ['y'], visits: 5 }))).toMatchObject({
      theme: 'dark',
      tags: ['x', 'y'],
      visits: 9,
    });
  });

  test('is what it is when they come later', () => {
    fc.assert(
      fc.property(anyDocument, anyDocument, (theirs, document) => {
        const { leaves } = write(NO_REGISTERS, theirs, 3, 'b'.repeat(16));
        // The share of a counter says what it began after, so there the order counts.
        fc.pre(![theirs, document].some(({ settings }) => JSON.stringify(settings)?.includes('uses')));
        expect(insert({ leaves }, document)).toEqual(joinRegisters({ leaves }, insert(NO_REGISTERS, document)));
      }),
    );
  });

  test('removes them where the app may not see the document with them', () => {
    const early = parts({ '/theme': 7, '/a': 1 });
    const merged = insert(early, { a: 2 }, ({ leaves }) => leaves.get('/theme')?.value === undefined);
    expect(merged.leaves.get('/theme')).toEqual({ stamp: stamp(9) });
    expect(view(merged)).toMatchObject({ theme: 'light', a: 2 });
  });
});

describe('an intent travels without the rest of its document', () => {
  const [one, other] = [inserted({ title: 't', tags: ['x'], visits: 5 }), stamp(9)];
  /** Only what the second write made, as an entry on the wire. */
  const entryOfWrite = (document: SyncDocument) => {
    const after = registersAfterWrite({ before: one, after: { id: 'd', ...document }, rules, stamp: other });
    return entryOf(
      'c',
      'd',
      registersWhere(after, (each) => each === other),
    );
  };

  test('an addition to a set', () => {
    const entry = entryOfWrite({ title: 't', tags: ['x', 'y'], visits: 5 });
    expect(entry).toEqual(['c', 'd', { '/tags+"y"': [other, true] }]);
    const elsewhere = write(NO_REGISTERS, { tags: ['z'] }, 3, 'b'.repeat(16));
    expect(view(joinRegisters(elsewhere, partOf(entry))).tags).toEqual(['z', 'y']);
  });

  test('a removal from a set', () => {
    const entry = entryOfWrite({ title: 't', tags: [], visits: 5 });
    expect(entry).toEqual(['c', 'd', { '/tags+"x"': [other] }]);
    expect(view(joinRegisters(one, partOf(entry))).tags).toEqual([]);
  });

  test('a share of a counter, which is a sum and not a result', () => {
    const entry = entryOfWrite({ title: 't', tags: ['x'], visits: 7 });
    expect(entry).toEqual(['c', 'd', { [`/visits#${A}`]: [other, [null, 4]] }]);
    const elsewhere = write(NO_REGISTERS, { visits: 13 }, 3, 'b'.repeat(16));
    expect(view(joinRegisters(elsewhere, partOf(entry))).visits).toBe(17);
  });
});

describe('a counter', () => {
  const most = Number.MAX_SAFE_INTEGER;
  const counting = compileRules({
    primaryKey: 'id',
    type: 'object',
    properties: {
      id: {},
      n: { type: 'number', 'x-merge': 'counter' },
      o: { type: 'object', properties: { n: { type: 'number', 'x-merge': 'counter' } } },
    },
  });
  const count = (before: Registers, document: SyncDocument, device = A, ms = 1): Registers =>
    registersAfterWrite({
      before,
      after: { id: 'd', ...document },
      rules: counting,
      stamp: nextStamp(greatestStamp(before), ms, device),
    });
  const refusal = (before: Registers, document: SyncDocument): SyncError | undefined => {
    try {
      count(before, document);
      return undefined;
    } catch (error) {
      return error as SyncError;
    }
  };
  const spread = joinRegisters(count(NO_REGISTERS, { n: -most }), count(NO_REGISTERS, { n: most }, 'b'.repeat(16)));

  test.each<[what: string, before: Registers, document: SyncDocument, path: string]>([
    ['a number that no share can hold', NO_REGISTERS, { n: most + 1 }, '/n'],
    ['one below zero', NO_REGISTERS, { n: -1e300 }, '/n'],
    ['a nested one', NO_REGISTERS, { o: { n: 1e16 } }, '/o/n'],
    [
      'a difference that overflows',
      joinRegisters(NO_REGISTERS, count(NO_REGISTERS, { n: -most })),
      { n: 1.7e308 },
      '/n',
    ],
    ['a sum of this device out of range beside others', spread, { n: -1 }, '/n'],
  ])('refuses %s with its path, never with the value', (_what, before, document, path) => {
    const error = refusal(before, document)!;
    expect(error).toBeInstanceOf(SyncError);
    expect(error.code).toBe(ErrorCode.ValueUnsupported);
    expect(error.message).toContain(`at ${path} `);
    expect(error.message).not.toMatch(/9007199254740992|e\+/);
  });

  test.each([most, -most, 0.1, 5e-324])('takes %p', (n) => {
    expect(viewOf(count(NO_REGISTERS, { n }), counting).n).toBe(n);
  });

  test('of many devices stays a number that JSON carries', () => {
    const all = ['a', 'b', 'c', 'd'].map((device) => count(NO_REGISTERS, { n: most }, device.repeat(16)));
    expect(viewOf(all.reduce(joinRegisters), counting).n).toBe(most);
    const beyond = all[0]!.leaves.get(`/n#${A}`)!;
    const wild = new Map(
      ['a', 'b'].map((device) => [`/n#${device.repeat(16)}`, { ...beyond, value: [null, 1.7e308] as SyncValue }]),
    );
    const document = { inserted: stamp(1), leaves: wild };
    expect(viewOf(document, counting).n).toBe(most);
    // Nor is it in the way of an edit beside it.
    const edited = count(document, { n: most, o: { n: 2 } });
    expect(viewOf(edited, counting)).toEqual({ n: most, o: { n: 2 } });
  });

  test('counted apart settles within range', () => {
    const own = count(NO_REGISTERS, { n: most - 1 });
    const after = { id: 'd', n: most };
    const held = registersAfterWrite({ before: own, after, rules: counting, stamp: stamp(5), holdShares: true });
    const more = count(own, { n: most }, A, 6);
    const settled = settleShares(joinRegisters(held, more), stamp(7));
    expect(settled.leaves.get(`/n#${A}`)!.value).toEqual([null, most]);
  });
});

describe('whatever a write accepts', () => {
  const nested = (depth: number, key: string, value: unknown): unknown =>
    Array.from({ length: depth }).reduce((inner) => ({ [key]: inner }), value);
  const awkward = fc.oneof(
    anyValue,
    fc.double(),
    fc.constantFrom<unknown>(undefined, NaN, -0, Number.MAX_VALUE, 5e-324, new Date(0), 1n, [undefined], '\ud800', {}),
    fc
      .tuple(
        fc.integer({ min: 90, max: 102 }),
        fc.constantFrom('', '~', '/', '+', '#', '"', '\ud800'),
        fc.constantFrom({}, 1, []),
      )
      .map(([depth, key, value]) => nested(depth, key, value)),
    fc.integer({ min: 90, max: 102 }).map((depth) => Array.from({ length: depth }).reduce((inner) => [inner], 1)),
    fc
      .constantFrom('x', '"', '\u0000', '\ud800')
      .chain((unit) => fc.integer({ min: 1_000, max: 30_000 }).map((length) => unit.repeat(length))),
  );
  const anyKey = fc.oneof(
    fc.constantFrom('title', 'theme', 'box', 'tags', 'flags', 'visits', 'settings', '', '~', '__proto__', '\ud800'),
    fc.string(),
    fc
      .constantFrom('"', 'é', '\u0000')
      .chain((unit) => fc.integer({ min: 3_000, max: 30_000 }).map((length) => unit.repeat(length))),
  );
  const anyWrite = fc
    .array(fc.tuple(anyKey, fc.oneof(awkward, fc.array(awkward, { maxLength: 3 }))), { maxLength: 3 })
    .map((entries) => Object.fromEntries(entries) as { readonly [key: string]: unknown });

  test('arrives on another device as it is', () => {
    let accepted = 0;
    fc.assert(
      fc.property(anySteps, anyWrite, (steps, document) => {
        const before = statesOf(steps).at(-1) ?? NO_REGISTERS;
        let clean: SyncDocument;
        let after: Registers;
        try {
          clean = cleanValue(document, '') as SyncDocument;
          // What else a set may not hold, the schema refuses.
          fc.pre(
            [clean.tags, clean.flags].every(
              (list) => !JSON.stringify(list ?? '').includes('{') && !/\[.*\[/.test(JSON.stringify(list ?? '')),
            ),
          );
          after = write(before, clean, 9, 'd'.repeat(16));
        } catch (error) {
          if (!(error instanceof SyncError)) throw error;
          return;
        }
        accepted += 1;
        const read = partOf(entryOf('c', 'd', after));
        expect(read).toEqual(after);
        expect(view(read)).toEqual(view(after));
      }),
      { numRuns: 1_000 },
    );
    expect(accepted).toBeGreaterThan(100);
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

  test('is measured as it travels, its name too: as JSON that is longer than it is', () => {
    const signs = { a: '\u0000'.repeat(4_096), b: '"'.repeat(6_200), c: '\ud800'.repeat(4_096) };
    for (const sign of Object.values(signs)) {
      expect(refusal({ [sign]: 1 })?.code).toBe(sign.startsWith('"') ? undefined : ErrorCode.ValueTooLarge);
      expect(refusal({ tags: [sign] })?.code).toBe(ErrorCode.ValueTooLarge);
    }
  });

  test('is none as long as what is sent of it is within the limit', () => {
    const anyText = fc.string({
      unit: fc.constantFrom('x', '"', '\\', '\u0001', 'é', '\ud800', '😀'),
      maxLength: 9_000,
      size: 'max',
    });
    fc.assert(
      fc.property(anyText, anyText, fc.constantFrom('leaf', 'element'), (name, value, kind) => {
        const document: SyncDocument = kind === 'leaf' ? { [name]: value } : { tags: [name] };
        if (refusal(document)) return;
        const { leaves } = write(NO_REGISTERS, document, 1, A);
        for (const [text, register] of leaves) {
          const sent = JSON.stringify({ [text]: register.value });
          expect(Buffer.byteLength(sent)).toBeLessThanOrEqual(MAX_REGISTER_BYTES + '{"":}'.length);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('does not hold up changes of others', () => {
    const before = {
      inserted: stamp(1),
      leaves: new Map([['/title', { stamp: stamp(1), value: 'x'.repeat(50_000) }]]),
    };
    expect(written(before, { ...view(before), a: 1 })).toEqual([['/a', 1]]);
  });
});
