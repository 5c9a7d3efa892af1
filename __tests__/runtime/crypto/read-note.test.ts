import { isDeepStrictEqual } from 'node:util';
import { createDice } from '../../../simulation/random';
import type { Note } from '../../../src/runtime/contracts/slot';
import type { Fields } from '../../../src/runtime/crypto/json-fields';
import { readNote } from '../../../src/runtime/crypto/read-note';
import { isPlainObject } from '../../../src/runtime/crdt/json-value';
import { mutate, parseOrNothing, randomNote } from './manifest-bytes';

const good: Note = { type: 'moved', at: 1_793_600_000_123, data: { to: 'b' } };
const parsed = (text: string): unknown => JSON.parse(text);
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const keepsBounds = ({ type, at, data }: Note): boolean =>
  /^[a-z-]{0,32}$/.test(type) && Number.isSafeInteger(at) && at >= 0 && isPlainObject(data) && bytesOf(data) <= 4_096;

test('what was written is what is read', () => {
  const dice = createDice(1);
  for (let round = 0; round < 5_000; round++) {
    const note = randomNote(dice);
    const read = readNote(JSON.parse(JSON.stringify(note)) as Fields);
    if (!isDeepStrictEqual(read, note)) expect(read).toEqual(note);
  }
});

test('200,000 mutations throw nothing and break no bound', () => {
  const dice = createDice(2);
  const texts = Array.from({ length: 200 }, () => JSON.stringify(randomNote(dice)));
  let count = 0;
  let broken = 0;
  for (let round = 0; round < 200_000; round++) {
    const fields = parseOrNothing(mutate(dice.pick(texts), dice));
    if (!isPlainObject(fields)) continue;
    count += 1;
    if (!keepsBounds(readNote(fields))) broken += 1;
  }
  expect(broken).toBe(0);
  expect(count).toBeGreaterThan(40_000);
}, 60_000);

test.each<[keyof Note, string, Note[keyof Note]]>([
  ['type', '7', ''],
  ['type', '""', ''],
  ['type', '"Moved"', ''],
  ['type', `"${'x'.repeat(33)}"`, ''],
  ['type', `"${'x'.repeat(1_000_000)}"`, ''],
  ['type', '"a-later-type"', 'a-later-type'],
  ['type', '"__proto__"', ''],
  ['at', '"1"', 0],
  ['at', '-1', 0],
  ['at', '1e300', 0],
  ['at', '0.5', 0],
  ['data', 'null', {}],
  ['data', '[1]', {}],
  ['data', '{"a":1e999,"b":1}', { b: 1 }],
  ['data', `{"a":"${'x'.repeat(4_089)}"}`, {}],
  ['data', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)},"b":1}`, { b: 1 }],
])('a note whose %s is %.40s keeps the rest', (name, text, expected) => {
  expect(readNote({ ...good, [name]: parsed(text) })).toEqual({ ...good, [name]: expected });
});

test('a note of which nothing is known is one still', () => {
  expect(readNote({})).toEqual({ type: '', at: 0, data: {} });
});

test('data under any name pollutes nothing', () => {
  const { data } = readNote({ ...good, data: parsed('{"__proto__":{"polluted":1}}') });
  expect(JSON.stringify(data)).toBe('{"__proto__":{"polluted":1}}');
  expect(isPlainObject(data)).toBe(true);
});
