import fc from 'fast-check';
import { essentialsOf } from '../../../src/runtime/crdt/essentials';
import {
  greatestStamp,
  isAlive,
  joinRegisters,
  NO_REGISTERS,
  registersOf,
  registersWhere,
} from '../../../src/runtime/crdt/join';
import { registersAfterWrite } from '../../../src/runtime/crdt/local-write';
import { compileRules } from '../../../src/runtime/crdt/merge-rules';
import type { Registers } from '../../../src/runtime/crdt/registers';
import { formatStamp, nextStamp } from '../../../src/runtime/crdt/stamp';
import { compileValidators } from '../../../src/runtime/crdt/validate';
import { documentOf, knownPart, viewOf } from '../../../src/runtime/crdt/view';
import type { SyncDocument, SyncObject, SyncValue } from '../../../src/runtime/core/json';

const number = { type: 'number' };
const pair = { type: 'object', properties: { lat: number, lon: { ...number, default: 1 } }, required: ['lat', 'lon'] };
const schema = {
  primaryKey: 'id',
  type: 'object',
  additionalProperties: false,
  properties: {
    id: { type: 'string' },
    title: { type: 'string', pattern: '^[a-z]+$' },
    rank: { type: 'integer', minimum: 0 },
    theme: { type: 'string', default: 'light' },
    box: { type: 'object', properties: { a: number, b: number, n: { ...number, 'x-merge': 'counter' } } },
    place: pair,
    home: pair,
    places: { type: 'object', additionalProperties: pair },
    either: { oneOf: [{ type: 'string' }, { type: 'object', additionalProperties: number, minProperties: 1 }] },
    tags: { type: 'array', items: { type: 'string' }, uniqueItems: true, 'x-merge': 'set' },
    visits: { type: 'integer', 'x-merge': 'counter' },
  },
  required: ['id', 'title', 'rank', 'theme', 'box', 'home', 'tags', 'visits'],
};
const rules = compileRules(schema);
const { strict, tolerant } = compileValidators(schema);

const leaves = (ms: number, values: { readonly [name: string]: SyncValue | undefined }): Registers => ({
  leaves: new Map(
    Object.entries(values).map(([name, value]) => {
      const stamp = formatStamp(ms, 0, 'a'.repeat(16));
      return [name, value === undefined ? { stamp } : { stamp, value }];
    }),
  ),
});

test('what an earlier life has left is none of them', () => {
  const stamp = (ms: number) => formatStamp(ms, 0, 'a'.repeat(16));
  const registers = {
    ...{ inserted: stamp(6), deleted: stamp(5) },
    ...joinRegisters(leaves(1, { '/box': {}, '/title': 'a', '/rank': 1 }), leaves(7, { '/box/a': 1, '/title': 'b' })),
  };
  expect(essentialsOf(registers, rules)).toEqual(['/title', '/box/a']);
});

test('the essentials of a document are the registers of what is required and has no default', () => {
  const registers = {
    inserted: formatStamp(1, 0, 'a'.repeat(16)),
    ...joinRegisters(
      leaves(1, { '/title': 'a', '/theme': 'dark', '/box/a': 1, '/home': { lat: 1 } }),
      leaves(2, { '/box/b': 2 }),
    ),
  };
  expect(rules.required).toEqual(['title', 'rank', 'box', 'home']);
  expect(essentialsOf(registers, rules)).toEqual(['/title', '/box/b', '/home']);
  expect(essentialsOf({ leaves: registers.leaves }, rules)).toEqual([]);
  expect(essentialsOf({ ...registers, deleted: formatStamp(3, 0, 'a'.repeat(16)) }, rules)).toEqual([]);
  const emptied = { ...registers, ...leaves(4, { '/box/~': undefined, '/box/a': undefined }) };
  expect(essentialsOf(emptied, rules)).toEqual(['/box/~']);
  // A share does not count after a deletion that its author had not seen, and then it shows no object.
  const counted = joinRegisters(registers, leaves(5, { [`/box/n#${'a'.repeat(16)}`]: [null, 1] }));
  expect(essentialsOf(counted, rules)).toEqual(['/title', '/box/b', '/home']);
});

/** Two devices insert, change, remove and insert again; a write says which device, and whether it has just read what the other wrote. */
const point = fc.record({ lat: fc.integer({ min: 0, max: 3 }), lon: fc.integer({ min: 0, max: 3 }) });
const document = fc.record(
  {
    title: fc.constantFrom('a', 'b', 'c'),
    rank: fc.integer({ min: 0, max: 3 }),
    theme: fc.constantFrom('light', 'dark'),
    box: fc.record(
      { a: fc.integer({ min: 0, max: 3 }), b: fc.integer({ min: 0, max: 3 }), n: fc.integer({ min: 0, max: 3 }) },
      { requiredKeys: [] },
    ),
    place: point,
    home: point,
    places: fc.dictionary(fc.constantFrom('x', 'y'), point),
    either: fc.oneof(fc.constant('s'), fc.record({ n: fc.integer({ min: 0, max: 3 }) })),
    tags: fc.uniqueArray(fc.constantFrom('s', 't')),
    visits: fc.integer({ min: 0, max: 3 }),
  },
  { requiredKeys: ['title', 'rank', 'box', 'home'] },
) as fc.Arbitrary<SyncObject>;
const writes = fc.array(
  fc.record({
    device: fc.constantFrom(0, 1),
    reads: fc.boolean(),
    ms: fc.integer({ min: 1, max: 9 }),
    after: fc.option(document, { freq: 6 }),
  }),
  { minLength: 1, maxLength: 7 },
);

const breachOf = (registers: Registers) =>
  isAlive(registers) ? tolerant(knownPart(documentOf('x', registers, rules), rules)) : undefined;

/** What the writes put into slots, each register alone, but for what travels together. */
function partsOf(history: readonly { device: number; reads: boolean; ms: number; after: SyncObject | null }[]) {
  const states: [Registers, Registers] = [NO_REGISTERS, NO_REGISTERS];
  const parts: Registers[] = [];
  for (const { device, reads, ms, after } of history) {
    const before = reads ? joinRegisters(states[0], states[1]) : states[device]!;
    if (after === null && !isAlive(before)) continue;
    const stamp = nextStamp(greatestStamp(before), ms, String(device).repeat(32));
    const written = registersAfterWrite({
      ...{ before, rules, stamp },
      after: after && ({ id: 'x', ...after } as SyncDocument),
      mayShow: (merged) => breachOf(merged) === undefined,
    });
    states[device] = written;
    parts.push(
      ...piecesOf(
        registersWhere(written, (one) => one === stamp),
        written,
      ),
    );
  }
  return { parts, joined: joinRegisters(states[0], states[1]) };
}

function piecesOf(write: Registers, whole: Registers): readonly Registers[] {
  const together = new Set(essentialsOf(write, rules));
  const alone = [...write.leaves].filter(([name]) => !together.has(name));
  const first = new Map([...write.leaves].filter(([name]) => together.has(name)));
  const deleted = write.inserted === undefined ? write.deleted : whole.deleted;
  return [
    registersOf(write.inserted, deleted, first),
    ...alone.map(([name, register]) => ({ leaves: new Map([[name, register]]) })),
  ];
}

test('a document whose parts arrive one by one, in any order, never breaks its schema', () => {
  fc.assert(
    fc.property(writes, fc.infiniteStream(fc.nat()), (history, order) => {
      const { parts, joined } = partsOf(history);
      const left = [...parts];
      let state = NO_REGISTERS;
      while (left.length > 0) {
        const [part] = left.splice((order.next().value as number) % left.length, 1);
        state = joinRegisters(state, part!);
        expect(breachOf(state)).toBeUndefined();
      }
      expect(viewOf(state, rules)).toEqual(viewOf(joined, rules));
      if (isAlive(joined)) expect(strict({ id: 'x', ...viewOf(joined, rules) })).toBeUndefined();
    }),
    { numRuns: 1_000 },
  );
});

test('a removal on one device and a change on another leave no half of what belongs together', () => {
  const stamp = (ms: number, device: string) => nextStamp(undefined, ms, device.repeat(32));
  const write = (before: Registers, after: SyncObject, at: string) =>
    registersAfterWrite({ before, after: { id: 'x', ...after } as SyncDocument, rules, stamp: at });
  const start = { title: 'a', rank: 1, box: {}, home: { lat: 1, lon: 1 } };
  const both = write(NO_REGISTERS, { ...start, place: { lat: 1, lon: 1 } }, stamp(1, 'a'));
  const a = write(both, start, stamp(2, 'a'));
  const b = write(both, { ...start, place: { lat: 5, lon: 2 } }, stamp(3, 'b'));
  expect(viewOf(joinRegisters(a, b), rules)).toMatchObject({ place: { lat: 5, lon: 2 } });
  expect(breachOf(joinRegisters(a, b))).toBeUndefined();
});
