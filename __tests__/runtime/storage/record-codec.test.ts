import fc from 'fast-check';
import { entryOf } from '../../../src/runtime/crdt/entry';
import { joinRegisters, NO_REGISTERS } from '../../../src/runtime/crdt/join';
import { decodeRecord, encodeRecord, storedRecord } from '../../../src/runtime/storage/record-codec';
import type { StoredRecord } from '../../../src/runtime/storage/record-codec';
import type { Registers } from '../../../src/runtime/crdt/registers';
import { compileRules } from '../../../src/runtime/crdt/merge-rules';
import { formatStamp, isSeed, seedStamp } from '../../../src/runtime/crdt/stamp';
import { canonicalJson } from '../../../src/runtime/crdt/json-value';
import type { SyncValue } from '../../../src/runtime/core/json';
import { anySteps, rules, statesOf, view, write } from '../crdt/merge-worlds';

const text = (registers: Registers | undefined) =>
  registers && canonicalJson([...entryOf('c', 'd', registers)] as unknown as SyncValue);

/** As the database gives it back. */
const stored = (registers: Registers, by = rules): StoredRecord => {
  const { document, isDeleted, zbs } = encodeRecord('d', registers, by, undefined);
  return structuredClone({ ...document, _rev: '1-a', _attachments: {}, _deleted: isDeleted, _meta: { lwt: 1, zbs } });
};

const author = 'a'.repeat(16);

describe('a stored document', () => {
  test('holds all registers, visible and hidden', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const states = statesOf(steps);
        for (const state of [...states, states.reduce(joinRegisters, NO_REGISTERS)]) {
          expect(text(decodeRecord(stored(state), rules))).toBe(text(state));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('can be read under another version of the schema than it was written under', () => {
    const older = compileRules({ primaryKey: 'id', additionalProperties: false, properties: { id: {}, title: {} } });
    fc.assert(
      fc.property(anySteps, (steps) => {
        const all = statesOf(steps).reduce(joinRegisters, NO_REGISTERS);
        expect(text(decodeRecord(stored(all, older), rules))).toBe(text(all));
        expect(text(decodeRecord(stored(all), older))).toBe(text(all));
      }),
    );
  });

  test('shows the view, and after a deletion what there was at last', () => {
    const alive = write(NO_REGISTERS, { title: 't', tags: ['x'] }, 5, author);
    expect(stored(alive)).toMatchObject({ id: 'd', _deleted: false, title: 't', tags: ['x'], theme: 'light' });
    const dead = write(alive, null, 6, author);
    expect(stored(dead)).toMatchObject({ id: 'd', _deleted: true, title: 't' });
    expect(view(dead).title).toBeUndefined();
  });

  test('keeps hidden what the database below would change, and hands it on', () => {
    const stamp = formatStamp(5, 0, author);
    const leaves = new Map([
      ['/__secret', { stamp, value: 1 }],
      ['/box', { stamp, value: { a: { __b: 2 } } }],
      ['/title', { stamp, value: 't' }],
    ]);
    const record = stored({ inserted: stamp, leaves });
    expect(Object.keys(record).sort()).toEqual(
      ['_attachments', '_deleted', '_meta', '_rev', 'flags', 'id', 'tags', 'theme', 'title', 'visits'].sort(),
    );
    expect(decodeRecord(record, rules)?.leaves).toEqual(leaves);
  });

  test('without merge state is a seed: it was there before the kit, or a backup brought it', () => {
    const record = {
      id: 'd',
      title: 't',
      _rev: '1-a',
      _attachments: {},
      _deleted: false,
      _meta: { lwt: 1 },
    } as StoredRecord;
    const registers = decodeRecord(record, rules)!;
    expect(isSeed(registers.inserted!)).toBe(true);
    expect([...registers.leaves]).toEqual([['/title', { stamp: seedStamp(), value: 't' }]]);
    expect(decodeRecord({ ...record, _deleted: true }, rules)).toEqual({ deleted: seedStamp(), leaves: new Map() });
  });

  test.each([2, 1.5, '2', true, null, {}])('in the format %j of a newer version is not read', (f) => {
    const record = stored(write(NO_REGISTERS, { title: 't' }, 5, author));
    const zbs = JSON.stringify({ ...(JSON.parse(record._meta.zbs!) as object), f });
    expect(decodeRecord({ ...record, _meta: { lwt: 1, zbs } }, rules)).toBeUndefined();
  });

  test('in the first format has no number, and may have it', () => {
    const registers = write(NO_REGISTERS, { title: 't' }, 5, author);
    const record = stored(registers);
    expect(JSON.parse(record._meta.zbs!)).not.toHaveProperty('f');
    const zbs = record._meta.zbs!.replace('{', '{"f":1,');
    expect(decodeRecord({ ...record, _meta: { lwt: 1, zbs } }, rules)).toEqual(registers);
  });

  test('keeps what only a newer version knows of its merge state, however often it is written anew', () => {
    const more = { x: [1, { y: null }], ['__proto__']: { z: 1 }, constructor: 'c', toString: 2 };
    fc.assert(
      fc.property(anySteps, fc.dictionary(fc.string({ minLength: 2 }), fc.jsonValue()), (steps, unknown) => {
        const added = JSON.stringify({ ...more, ...unknown });
        let record = stored(NO_REGISTERS);
        record = { ...record, _meta: { lwt: 1, zbs: added } };
        for (const state of statesOf(steps)) {
          const before = decodeRecord(record, rules)!;
          const encoded = encodeRecord('d', joinRegisters(before, state), rules, record);
          const written = storedRecord(encoded, { _rev: '2-a', _attachments: {}, _meta: record._meta });
          // Once as it was written, once as the database gives it back.
          for (record of [written, structuredClone(written)]) {
            expect(JSON.parse(record._meta.zbs!)).toMatchObject(JSON.parse(added) as object);
            expect(text(decodeRecord(record, rules))).toBe(text(joinRegisters(before, state)));
          }
        }
      }),
    );
  });

  test('takes at most 85 bytes for five fields of one insert, and less than 40 more for each later edit', () => {
    const notes = compileRules({ primaryKey: 'id', properties: { id: {}, title: {}, body: {}, done: {}, order: {} } });
    const bytes = (registers: Registers) => encodeRecord('d', registers, notes, undefined).zbs.length;
    const inserted = write(NO_REGISTERS, { title: 't', body: 'b', done: false, order: 1 }, 5, author);
    expect(bytes(inserted)).toBeLessThanOrEqual(85);
    expect(bytes(write(inserted, { title: 'u', body: 'b', done: false, order: 1 }, 6, author))).toBeLessThan(
      bytes(inserted) + 40,
    );
  });
});
