/** Kinds of properties that hold one value, which the later write replaces: texts, numbers, and lists of them. */
import type { SyncValue } from '../../src/runtime/core/json';
import type { Dice } from '../random';
import type { DrawKind } from './kind';
import { cut, drawText } from './pools';

const text: DrawKind = (dice, { textBytes }) => {
  const maxLength = dice.pick([undefined, 1, 20, 5_000]);
  return {
    name: 'text',
    schema: { type: 'string', ...(maxLength && { maxLength }) },
    draw: ({ dice: hand }) => cut(drawText(hand, textBytes), maxLength ?? Infinity),
    invalid: [1, null, ['a'], ...(maxLength ? ['\u{1f600}'.repeat(maxLength + 1)] : [])],
  };
};

/** A pattern, texts that match it, and one that does not. */
const PATTERNS: readonly (readonly [pattern: string, good: readonly string[], bad: string])[] = [
  // Valid without the `u` flag only.
  ['^\\-?[a-f]+$', ['a', '-a', 'b', '-fade', 'cafe'], 'g'],
  ['^\\p{Lu}', ['Ä', 'Ω1', 'Z\u0000', 'É\ud800'], 'ä'],
  ['^(?!.*\\d{3})', ['', '12', 'a1b2', '\u{1f600}'], 'a123'],
  ['^.$', ['\u{1f600}', 'a', '\ud800', '"'], 'ab'],
  ['^(\\w+)/\\1$', ['a/a', 'constructor/constructor', '1/1'], 'a/b'],
];

const pattern: DrawKind = (dice) => {
  const [expression, good, bad] = dice.pick(PATTERNS);
  return {
    name: 'pattern',
    schema: { type: 'string', pattern: expression },
    draw: ({ dice: hand }) => hand.pick(good),
    invalid: [bad, 0],
  };
};

const FORMATS: readonly (readonly [format: string, good: readonly string[], bad: string])[] = [
  ['date', ['2024-02-29', '1999-12-31', '2026-01-01'], '2023-02-30'],
  ['date-time', ['2024-02-29T23:59:59Z', '2026-06-01T00:00:00.001+02:00'], '2024-02-29'],
  ['email', ['a@example.org', "o'neil+tag@example.org"], 'a@'],
  ['uri', ['https://example.org/?q=%00#f', 'urn:a:b'], 'no uri'],
  ['uuid', ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-4fff-bfff-ffffffffffff'], 'f'],
  ['ipv6', ['::1', 'fe80::1:2'], ':::'],
  ['json-pointer', ['', '/a~1b/~0'], 'a'],
];

const format: DrawKind = (dice) => {
  const [name, good, bad] = dice.pick(FORMATS);
  return {
    name: 'format',
    schema: { type: 'string', format: name },
    draw: ({ dice: hand }) => hand.pick(good),
    invalid: [bad, false],
  };
};

const choice: DrawKind = () => {
  const values = ['', '1', 1, 0, null, true, 'constructor', '\ud800'];
  return {
    name: 'enum',
    schema: { enum: values },
    draw: ({ dice }) => dice.pick(values),
    invalid: ['no choice', 2, []],
  };
};

const EXTREME_NUMBERS = [
  0,
  -0,
  0.1,
  -1e-7,
  5e-324,
  1.7976931348623157e308,
  2 ** 53,
  -(2 ** 53) - 2,
  1e21,
  123456789.125,
];

const number: DrawKind = (dice) =>
  dice.chance(0.5)
    ? {
        name: 'number',
        schema: { type: 'number', multipleOf: 0.01, minimum: -20, exclusiveMaximum: 1e6 },
        draw: ({ dice: hand }) => hand.between(-2_000, 99_999_999) / 100,
        invalid: [0.001, -20.01, 1e6, '1'],
      }
    : {
        name: 'number',
        schema: { type: 'number' },
        draw: ({ dice: hand }) => (hand.chance(0.5) ? hand.pick(EXTREME_NUMBERS) : hand.next() * 1e9),
        invalid: ['0', null, [1]],
      };

const integer: DrawKind = (dice) => {
  const [minimum, maximum] = dice.pick([
    [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    [-3, 3],
    [0, 65_535],
  ] as const);
  return {
    name: 'integer',
    schema: { type: 'integer', minimum, maximum },
    draw: ({ dice: hand }) => hand.pick([minimum, maximum, hand.between(0, 3), Math.round(maximum / 2)]),
    invalid: [0.5, 2 ** 60, -(2 ** 60), '1'],
  };
};

const flag: DrawKind = () => ({
  name: 'boolean',
  schema: { type: 'boolean' },
  draw: ({ dice }) => dice.chance(0.5),
  invalid: [0, 'true', null],
});

const nullable: DrawKind = (dice, { textBytes }) => {
  const isText = dice.chance(0.5);
  return {
    name: 'nullable',
    schema: { type: [isText ? 'string' : 'integer', 'null'] },
    draw({ dice: hand }) {
      if (hand.chance(0.4)) return null;
      return isText ? drawText(hand, Math.min(200, textBytes)) : hand.between(-9, 9);
    },
    invalid: [true, 0.5, []],
  };
};

const list: DrawKind = (dice) => {
  const isAtomic = dice.chance(0.5);
  const items = (hand: Dice) => Array.from({ length: hand.between(0, 4) }, () => scalarOf(hand));
  return {
    name: 'list',
    schema: { type: 'array', maxItems: 5, ...(isAtomic && { 'x-merge': 'atomic' }) },
    draw: ({ dice: hand }) => [...items(hand), ...(hand.chance(0.2) ? [{ '\u0000': [{}] }] : [])],
    invalid: ['a', { 0: 1 }, [1, 2, 3, 4, 5, 6]],
  };
};

const tuple: DrawKind = () => ({
  name: 'tuple',
  schema: {
    ...{ type: 'array', minItems: 2, uniqueItems: true, additionalItems: false },
    items: [{ type: 'string' }, { type: 'integer' }, { type: 'boolean' }] as never,
  },
  draw: ({ dice }) => [drawText(dice, 60), dice.between(0, 9), ...(dice.chance(0.5) ? [true] : [])],
  invalid: [[], ['a'], [1, 'a'], ['a', 1, true, 1]],
});

export const scalarOf = (dice: Dice): SyncValue =>
  dice.pick<SyncValue>([null, true, dice.between(-9, 9), dice.pick(EXTREME_NUMBERS), drawText(dice, 120)]);

/** Without "x-merge", but for lists. */
export const SCALARS: readonly DrawKind[] = [text, pattern, format, choice, number, integer, flag, nullable];
export const LISTS: readonly DrawKind[] = [list, tuple];
