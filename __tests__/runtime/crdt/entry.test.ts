import fc from 'fast-check';
import { entryOf, readEntry } from '../../../src/runtime/crdt/entry';
import { MAX_REGISTER_BYTES } from '../../../src/runtime/crdt/register-size';
import { registersOf } from '../../../src/runtime/crdt/join';
import { parseName } from '../../../src/runtime/crdt/register-name';
import { formatStamp } from '../../../src/runtime/crdt/stamp';
import { anySteps, statesOf } from './merge-worlds';

const author = 'a'.repeat(16);
const stamp = formatStamp(1, 0, author);
const later = formatStamp(2, 0, author);
/** Through JSON, as an entry arrives. */
const arrived = (entry: unknown): unknown => JSON.parse(JSON.stringify(entry));
const written = (json: string): unknown => JSON.parse(json);

test('what is written is read, and nothing of it is damaged', () => {
  fc.assert(
    fc.property(anySteps, fc.string({ minLength: 1, maxLength: 80 }), (steps, id) => {
      for (const registers of statesOf(steps))
        expect(readEntry(arrived(entryOf('notes', id, registers)))).toEqual({
          content: { collection: 'notes', id, registers },
          damaged: 0,
        });
    }),
  );
});

test('anything is read, and nothing is thrown', () => {
  fc.assert(fc.property(fc.anything(), (anything) => void readEntry(anything)));
  fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => void readEntry(['c', 'i', { '/a': a }, b, a, b])));
});

test('an addition to a set and a share of a counter travel without the rest of their property', () => {
  const parts = { '/tags+"x"': [stamp, true], '/tags+"y"': [later], [`/visits#${author}`]: [later, [stamp, -2.5]] };
  const { content, damaged } = readEntry(arrived(['notes', 'n1', parts]));
  expect([entryOf('notes', 'n1', content!.registers), damaged]).toEqual([['notes', 'n1', parts], 0]);
});

describe('a register', () => {
  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  test.each<[string, string, string]>([
    ['with a stamp in capitals', '/a', `["${stamp.toUpperCase()}",1]`],
    ['with a stamp that nothing could be above', '/a', `["${'f'.repeat(32)}",1]`],
    ['with a stamp that is a number', '/a', '[1,1]'],
    ['without a stamp', '/a', '[]'],
    ['of three parts', '/a', `["${stamp}",1,2]`],
    ['that is no list', '/a', `{"0":"${stamp}"}`],
    ['that is null', '/a', 'null'],
    ['with a name that is no pointer', 'a', `["${stamp}",1]`],
    ['with no name', '', `["${stamp}",1]`],
    ['with the name of a prototype', '__proto__', `["${stamp}",1]`],
    ['with an escape that means nothing', '/~9', `["${stamp}",1]`],
    ['with a path that is too deep', '/a'.repeat(101), `["${stamp}",1]`],
    ['with an infinity', '/a', `["${stamp}",1e999]`],
    ['with an infinity inside', '/a', `["${stamp}",[{"b":-1e999}]]`],
    ['with a value nested too deep', '/a', `["${stamp}",${deep(101)}]`],
    ['with a value nested without end', '/a', `["${stamp}",${deep(200_000)}]`],
    ['with an element that is not canonical', '/a+ 1', `["${stamp}",true]`],
    ['with an element that is an object', '/a+{}', `["${stamp}",true]`],
    ['with an element that has a value', '/a+1', `["${stamp}",1]`],
    ['with a share that is not [since, sum]', `/a#${author}`, `["${stamp}",1]`],
    ['with a share that is a tombstone', `/a#${author}`, `["${stamp}"]`],
    ['with a sum beyond all safe numbers', `/a#${author}`, `["${stamp}",[null,9007199254740992]]`],
    ['with a sum that is an infinity', `/a#${author}`, `["${stamp}",[null,1e999]]`],
    ['with a sum that was no JSON', `/a#${author}`, `["${stamp}",[null,null]]`],
    ['with a share that is held apart', '/a#', `["${stamp}",[null,1]]`],
    ['with an empty object that has a value', '/a/~', `["${stamp}",{}]`],
    ['whose text is too large', '/a', `["${stamp}","${'x'.repeat(MAX_REGISTER_BYTES)}"]`],
    ['whose text is too large in UTF-8', '/a', `["${stamp}","${'世'.repeat(8_192)}"]`],
    ['whose list is too large', '/a', `["${stamp}",[${'1,'.repeat(12_500)}1]]`],
    ['whose name is too large', `/${'x'.repeat(MAX_REGISTER_BYTES)}`, `["${stamp}"]`],
  ])('%s is left out alone, and counted', (_why, name, register) => {
    const entry = written(
      `["notes","n1",{"/before":["${stamp}",1],${JSON.stringify(name)}:${register},"/after":["${later}"]},"${stamp}","${later}"]`,
    );
    const leaves = new Map([
      ['/before', { stamp, value: 1 }],
      ['/after', { stamp: later }],
    ]);
    expect(readEntry(entry)).toEqual({
      content: { collection: 'notes', id: 'n1', registers: registersOf(stamp, later, leaves) },
      damaged: 1,
    });
  });

  test.each<[string, string, string]>([
    ['named as a prototype', '/__proto__', `["${stamp}",{"__proto__":1}]`],
    ['as large as may be', '/a', `["${stamp}","${'x'.repeat(MAX_REGISTER_BYTES - 4)}"]`],
    ['as deep as may be', '/a', `["${stamp}",${deep(100)}]`],
    ['with the greatest sum', `/a#${author}`, `["${stamp}",["${stamp}",-9007199254740991]]`],
  ])('%s is kept', (_why, name, register) => {
    const entry = written(`["notes","n1",{${JSON.stringify(name)}:${register}}]`);
    const { content, damaged } = readEntry(entry);
    expect([[...content!.registers.leaves.keys()], damaged]).toEqual([[name], 0]);
    expect(JSON.stringify(entryOf('notes', 'n1', content!.registers))).toBe(JSON.stringify(entry));
  });
});

test.each<[string, unknown, number]>([
  ['a deletion that is no stamp', ['notes', 'n', { '/a': [stamp, 1] }, stamp, 'never'], 1],
  ['both that are none', ['notes', 'n', { '/a': [stamp, 1] }, 7, {}], 2],
  ['more than five parts', ['notes', 'n', { '/a': [stamp, 1] }, stamp, null, 'more', 'and more'], 1],
])('an entry with %s keeps the rest', (_why, entry, damaged) => {
  const { content, ...read } = readEntry(entry);
  expect(read.damaged).toBe(damaged);
  expect(content!.registers.leaves.get('/a')).toEqual({ stamp, value: 1 });
});

test.each<[string, unknown]>([
  ['null', ['notes', 'n', null, stamp]],
  ['a list', ['notes', 'n', [], stamp]],
  ['a text', ['notes', 'n', '/a', stamp]],
])('registers that are %s leave the stamps beside them', (_why, entry) => {
  expect(readEntry(entry)).toEqual({
    content: { collection: 'notes', id: 'n', registers: registersOf(stamp, undefined, new Map()) },
    damaged: 1,
  });
});

test.each<[string, unknown]>([
  ['that is no list', {}],
  ['that is null', null],
  ['that is empty', []],
  ['of a collection that is a number', [1, 'n', {}]],
  ['of a collection without a name', ['', 'n', {}]],
  ['of a collection with too long a name', ['ä'.repeat(129), 'n', {}]],
  ['of a collection whose name would end a key', ['notes\u0000', 'n', {}]],
  ['without an id', ['notes', '', {}]],
  ['with an id that is null', ['notes', null, {}]],
  ['with an id that is too long', ['notes', 'x'.repeat(1_025), {}]],
  ['with an id that is too long in UTF-8', ['notes', '世'.repeat(342), {}]],
])('an entry %s is left out as a whole, and counts as one', (_why, entry) => {
  expect(readEntry(entry)).toEqual({ content: undefined, damaged: 1 });
});

test('the longest names are read', () => {
  const entry = ['ä'.repeat(128), '世'.repeat(341) + 'x', { '/a': [stamp, 1] }];
  expect(readEntry(entry)).toMatchObject({ content: { collection: entry[0], id: entry[1] }, damaged: 0 });
});

test('a name from anywhere is not kept for long', () => {
  const long = `/${'x'.repeat(600)}`;
  const short = `/${'x'.repeat(60)}`;
  expect(parseName(short)).toBe(parseName(short));
  expect(parseName(long)).toEqual(parseName(long));
  expect(parseName(long)).not.toBe(parseName(long));
  const known = parseName(short);
  for (let at = 0; at < 400; at += 1) parseName(`/${at}${'/x'.repeat(99)}`);
  expect(parseName(short)).not.toBe(known);
});
