/** Kinds of properties whose changes add up: sets, and counters, small ones and such as come to their limits. */
import type { SyncValue } from '../../src/runtime/core/json';
import type { Dice } from '../random';
import type { DrawKind, Kind } from './kind';

const MOST = Number.MAX_SAFE_INTEGER;

const TEXT_ELEMENTS = [
  '',
  'red',
  'blue',
  '1',
  '"',
  '+',
  '#',
  '/~',
  'e\u0301',
  'é',
  '\u0000',
  '\ud800',
  '__proto__',
  '\u{1f600}',
  '[1]',
];
const NUMBER_ELEMENTS = [0, 1, -1, 0.1, 1e21, 5e-324, MOST, -MOST];

const set =
  (name: string, types: readonly string[], all: readonly SyncValue[]): DrawKind =>
  (world) => {
    // Few, so that devices meet at the same ones.
    const elements = drawElements(world, all);
    return {
      name,
      schema: { type: 'array', items: { type: types as never }, 'x-merge': 'set' },
      // Duplicates collapse.
      draw: ({ dice }) => Array.from({ length: dice.between(0, 3) }, () => dice.pick(elements)),
      change(shown, { dice }) {
        const known = (shown ?? []) as readonly SyncValue[];
        const element = dice.pick(elements);
        const without = known.filter((one) => one !== element);
        if (without.length < known.length) return without;
        return dice.chance(0.3) ? [element, ...known] : [...known, element];
      },
      standard: ({ dice }) => [dice.pick(elements)],
      invalid: ['a', [[]], [{}]],
    };
  };

const drawElements = (dice: Dice, elements: readonly SyncValue[]): readonly SyncValue[] => [
  ...new Set(Array.from({ length: 5 }, () => dice.pick(elements))),
];

export const textSet = set('text-set', ['string'], TEXT_ELEMENTS);
const numberSet = set('number-set', ['number'], NUMBER_ELEMENTS);
const mixedSet = set(
  'mixed-set',
  ['string', 'number', 'boolean', 'null'],
  [...TEXT_ELEMENTS.slice(0, 4), 1, 0, true, false, null],
);

/** @param step makes the next number of one. */
const counter = (
  name: string,
  type: 'number' | 'integer',
  standards: readonly number[],
  step: (from: number, dice: Dice) => number,
): Kind => ({
  ...{ name, schema: { type, 'x-merge': 'counter' }, isCounter: true },
  draw: ({ dice }) => step(0, dice),
  change: (shown = 0, { dice, mayCount }) => (mayCount ? step(shown as number, dice) : shown),
  standard: ({ dice }) => dice.pick(standards),
  invalid: ['1', null],
});

export const smallCounter: DrawKind = () =>
  counter('counter', 'integer', [0, 10, -1], (from, dice) => from + dice.pick([1, 2, 3, -1]));

/** Quarters, because their sums are exact. */
const fractional: DrawKind = () =>
  counter('fraction-counter', 'number', [0, 0.5], (from, dice) => from + dice.pick([0.25, 1.5, -0.75]));

/**
 * Shares of several devices come to more than a sum may be, and one device's to more than it may add. At times that is beyond what can be counted:
 * such a write is refused.
 */
const limited: DrawKind = () =>
  counter('limit-counter', 'integer', [0, MOST - 2, -MOST], (from, dice) => {
    const x = dice.next();
    // Not from one limit to the other: the difference of the two is no number that can be counted with.
    if (x < 0.2) return from < 0 ? -MOST + dice.between(0, 1) : MOST - dice.between(0, 1);
    if (x < 0.6) return from + dice.pick([2 ** 52, 2 ** 51]) * (from < 0 ? -1 : 1) * (dice.chance(0.7) ? 1 : -1);
    return from + dice.pick([1, -1, 3, -2, 1_000]);
  });

export const SETS: readonly DrawKind[] = [textSet, numberSet, mixedSet];
export const COUNTERS: readonly DrawKind[] = [smallCounter, fractional, limited];
