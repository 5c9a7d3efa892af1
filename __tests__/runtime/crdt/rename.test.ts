import { ErrorCode } from '../../../src/runtime/core/errors';
import type { SyncValue } from '../../../src/runtime/core/json';
import { seedRegisters } from '../../../src/runtime/crdt/local-write';
import { joinRegisters } from '../../../src/runtime/crdt/join';
import { NameKind, parseName } from '../../../src/runtime/crdt/register-name';
import type { Register, Registers } from '../../../src/runtime/crdt/registers';
import { asNames, checkRenames, renameRegisters } from '../../../src/runtime/crdt/rename';
import type { Renames } from '../../../src/runtime/crdt/rename';
import { compileRules } from '../../../src/runtime/crdt/merge-rules';
import type { MergeStrategy } from '../../../src/runtime/crdt/merge-rules';
import { formatStamp } from '../../../src/runtime/crdt/stamp';
import { knownPart, viewOf } from '../../../src/runtime/crdt/view';

const a = 'a'.repeat(16);
const at = (ms: number) => formatStamp(ms, 0, a);

/** Registers by name as [ms, value], or [ms] for a tombstone. */
function registersOf(written: { readonly [name: string]: readonly [ms: number, value?: SyncValue] }): Registers {
  const leaves = Object.entries(written).map(([name, [ms, value]]): [string, Register] => [
    name,
    value === undefined ? { stamp: at(ms) } : { stamp: at(ms), value },
  ]);
  return { inserted: at(1), leaves: new Map(leaves) };
}

const rules = compileRules({
  primaryKey: 'id',
  additionalProperties: false,
  properties: {
    id: { type: 'string' },
    title: { type: 'string' },
    tags: { type: 'array', items: { type: 'string' }, 'x-merge': 'set' },
    visits: { type: 'number', 'x-merge': 'counter' },
    place: {
      type: 'object',
      additionalProperties: false,
      properties: { city: { type: 'string' }, stays: { type: 'number', 'x-merge': 'counter' } },
    },
    spot: { type: 'object', properties: { lat: { type: 'number' } }, 'x-merge': 'atomic' },
    open: { type: 'object', properties: { colour: { type: 'string' } } },
    'a/b': { type: 'string' },
  },
});

const earlierRules = compileRules({
  primaryKey: 'id',
  properties: { id: { type: 'string' }, besuche: { type: 'number', 'x-merge': 'counter' } },
});

describe('registers under an old name', () => {
  const shown = (registers: Registers, renames: Renames) =>
    knownPart(viewOf(renameRegisters(registers, asNames(renames)), rules), rules);

  test.each<[string, Parameters<typeof registersOf>[0], Renames, object]>([
    ['a leaf', { '/titel': [2, 'x'] }, { '/titel': '/title' }, { title: 'x' }],
    ['a leaf that is older', { '/titel': [2, 'x'], '/title': [3, 'y'] }, { '/titel': '/title' }, { title: 'y' }],
    ['a leaf that is newer', { '/titel': [4, 'x'], '/title': [3, 'y'] }, { '/titel': '/title' }, { title: 'x' }],
    ['a leaf that was removed', { '/titel': [4], '/title': [3, 'y'] }, { '/titel': '/title' }, {}],
    ['two old names', { '/t': [2, 'x'], '/titel': [3, 'y'] }, { '/titel': '/title', '/t': '/title' }, { title: 'y' }],
    ['a name that begins alike', { '/titels': [2, 'x'] }, { '/titel': '/title' }, {}],
    ['elements of a set', { '/marken+"x"': [2, true] }, { '/marken': '/tags' }, { tags: ['x'] }],
    ['an object', { '/ort/city': [2, 'x'] }, { '/ort': '/place' }, { place: { city: 'x', stays: 0 } }],
    [
      'both',
      { '/ort/stadt': [2, 'x'] },
      { '/ort': '/place', '/place/stadt': '/place/city' },
      { place: { city: 'x', stays: 0 } },
    ],
    ['a name with a slash', { '/a~1~2': [2, 'x'] }, { '/a~1+': '/a~1b' }, { 'a/b': 'x' }],
  ])('%s', (_what, written, renames, expected) => {
    expect(shown(registersOf(written), renames)).toEqual({ tags: [], visits: 0, ...expected });
  });

  test('stay where they are, and renaming again changes nothing', () => {
    const renames = { '/titel': '/title' };
    const once = renameRegisters(registersOf({ '/titel': [2, 'x'] }), renames);
    expect([...once.leaves.keys()]).toEqual(['/titel', '/title']);
    expect(renameRegisters(once, renames)).toBe(once);
  });

  test('of a counter are summed with what the same device counts under the new name', () => {
    const renames = { '/besuche': '/visits' };
    const counted = registersOf({ [`/besuche#${a}`]: [2, [null, 3]], [`/visits#${a}`]: [3, [null, 4]] });
    const renamed = renameRegisters(counted, renames);
    expect(viewOf(renamed, rules)).toMatchObject({ visits: 7 });
    const more = joinRegisters(renamed, registersOf({ [`/besuche#${a}`]: [4, [null, 5]] }));
    expect(viewOf(renameRegisters(more, renames), rules)).toMatchObject({ visits: 9 });
    for (const name of renamed.leaves.keys()) expect(parseName(name)?.kind).toBe(NameKind.Share);
  });

  test('of a seeded counter count once, whether the newer version seeds it under the new name or not', () => {
    const renames = { '/besuche': '/visits' };
    const seedOf = (property: string, value: number) =>
      seedRegisters({ id: 'x', [property]: value }, property === 'visits' ? rules : earlierRules);
    const renamed = renameRegisters(seedOf('besuche', 10), renames);
    expect(viewOf(renamed, rules)).toMatchObject({ visits: 10 });
    expect(viewOf(joinRegisters(renamed, seedOf('visits', 10)), rules)).toMatchObject({ visits: 10 });
  });

  test('that are held apart wait until they are on a share', () => {
    const held = registersOf({ '/besuche#': [2, [null, 3]] });
    expect(renameRegisters(held, { '/besuche': '/visits' })).toBe(held);
  });
});

describe('a rename is refused', () => {
  const check = (renames: Renames, recorded?: { readonly [path: string]: string }) => () =>
    checkRenames(renames, rules, recorded as { readonly [path: string]: MergeStrategy } | undefined);

  test.each<[string, Renames, string]>([
    ['without slashes', { titel: 'title' }, 'JSON pointers'],
    ['into another object', { '/town': '/place/city' }, 'one object'],
    ['of the primary key', { '/id': '/title' }, 'primary key'],
    ['of a property that is still there', { '/tags': '/title' }, '/tags is still in the schema'],
    ['to a property that is not there', { '/titel': '/name' }, 'there is no property /name'],
    ['to a part of an atomic property', { '/spot/latitude': '/spot/lat' }, 'that merges by itself'],
    ['in a circle', { '/a': '/b', '/b': '/a' }, '/b was renamed itself'],
    ['in steps', { '/a': '/b', '/b': '/title' }, 'name the last one here, /title'],
    ['in an object that takes any property', { '/open/color': '/open/colour' }, 'additionalProperties'],
    ['of a counter again', { '/a': '/visits', '/b': '/visits' }, 'a counter that was renamed before'],
    ['of an object around it', { '/ort': '/place', '/place/a': '/place/stays' }, 'a counter that was renamed before'],
  ])('%s', (_what, renames, why) => {
    expect(check(renames)).toThrow(expect.objectContaining({ code: ErrorCode.SchemaUnsupported }));
    expect(check(renames)).toThrow(why);
  });

  test('to a property of another strategy than the stored one had', () => {
    expect(check({ '/marken': '/tags' }, { '/marken': 'set' })).not.toThrow();
    expect(check({ '/marken': '/tags' }, { '/marken': 'deep' })).toThrow(
      expect.objectContaining({ code: ErrorCode.SchemaChanged }),
    );
    expect(check({ '/ort': '/place' }, { '/ort': 'deep', '/ort/stays': 'deep' })).toThrow(
      '/ort/stays merged as "deep"',
    );
  });
});
