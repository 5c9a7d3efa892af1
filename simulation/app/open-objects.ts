/** Kinds of properties of which the schema knows no names: maps, unions, paths that are now a value and now an object, and anything. */
import type { SyncObject, SyncValue } from '../../src/runtime/core/json';
import { isPlainObject } from '../../src/runtime/core/json';
import type { PropertySchema } from '../../src/runtime/core/schema';
import type { Dice } from '../random';
import type { DrawKind, Kind } from './kind';
import { drawNames, drawText, KEYS } from './pools';
import { scalarOf } from './scalars';

interface MapParts {
  readonly name: string;
  readonly schema: PropertySchema;
  readonly keys: readonly string[];
  /** Keys that it has at least, and at most. */
  readonly least?: number;
  readonly most?: number;
  value(key: string, dice: Dice): SyncValue;
  readonly invalid: readonly SyncValue[];
}

function mapOf({ name, schema, keys, least = 0, most = Infinity, value, invalid }: MapParts): Kind {
  const draw = (dice: Dice): SyncObject => {
    const drawn = drawNames(dice, keys, dice.between(least, least + 1));
    return Object.fromEntries(drawn.map((key) => [key, value(key, dice)]));
  };
  return {
    ...{ name, schema: { type: 'object', ...schema }, invalid: [1, ...invalid] },
    draw: ({ dice }) => draw(dice),
    change(shown, { dice }) {
      if (!isPlainObject(shown)) return draw(dice);
      const next: { [key: string]: SyncValue } = { ...shown };
      const key = dice.pick(keys);
      const count = Object.keys(next).length;
      const isThere = Object.hasOwn(next, key);
      if (isThere && count > least && dice.chance(0.4)) delete next[key];
      else if (isThere || count < most) next[key] = value(key, dice);
      return next;
    },
    standard: () => ({}),
  };
}

const digit = (dice: Dice): number => dice.between(0, 9);
const SPOT: PropertySchema = {
  ...{ type: 'object', required: ['lat', 'lon'], additionalProperties: false },
  properties: { lat: { type: 'integer' }, lon: { type: 'integer' } },
};
const spotOf = (dice: Dice): SyncObject => ({ lat: digit(dice), lon: digit(dice) });

/** Few, so that devices meet at the same ones. */
const keysOf = (dice: Dice, keys = KEYS): readonly string[] => drawNames(dice, keys, 5);

const numbers: DrawKind = (dice) =>
  mapOf({
    ...{ name: 'map', schema: { additionalProperties: { type: 'integer' } }, keys: keysOf(dice) },
    value: (_key, hand) => digit(hand),
    invalid: [{ a: 'a' }, { constructor: null }],
  });

/** Each value is one register. */
const spots: DrawKind = (dice) => {
  const patternProperties = { '^\\d': { ...SPOT, maxProperties: 2 }, '^.\\u{1f680}?$': { type: 'object' } };
  return mapOf({
    ...{ name: 'pattern-map', schema: { additionalProperties: SPOT, patternProperties }, keys: keysOf(dice) },
    value: (_key, hand) => spotOf(hand),
    invalid: [{ aa: { lat: 1 } }, { 0: { lat: 1 } }],
  });
};

const named: DrawKind = (dice) =>
  mapOf({
    ...{ name: 'named-map', schema: { propertyNames: { pattern: '^[^a-c]*$', maxLength: 3 } } },
    keys: keysOf(
      dice,
      KEYS.filter((key) => /^[^a-c]*$/u.test(key) && [...key].length <= 3),
    ),
    value: (_key, hand) => scalarOf(hand),
    invalid: [{ a: 1 }, { wxyz: 1 }],
  });

/** One value, of which no device may take the last key. */
const bounded: DrawKind = (dice) => ({
  ...mapOf({
    ...{ name: 'bounded-map', keys: keysOf(dice), least: 1, most: 3 },
    schema: { additionalProperties: { type: ['integer', 'null'] }, minProperties: 1, maxProperties: 3 },
    value: (_key, hand) => hand.pick([null, digit(hand)]),
    invalid: [{}, { a: 1, b: 2, c: 3, d: 4 }],
  }),
  standard: () => ({ standard: 1 }),
});

const maps: DrawKind = (dice) => {
  const keys = keysOf(dice);
  const additionalProperties = { type: 'object', additionalProperties: { type: 'boolean' } } as const;
  return mapOf({
    ...{ name: 'map-of-maps', schema: { additionalProperties }, keys },
    value: (_key, hand) =>
      Object.fromEntries(drawNames(hand, keys, hand.between(0, 2)).map((key) => [key, hand.chance(0.5)])),
    invalid: [{ a: 1 }, { a: { b: 1 } }],
  });
};

type Union = readonly [schema: PropertySchema, draw: (dice: Dice) => SyncValue, invalid: readonly SyncValue[]];

const UNIONS: readonly Union[] = [
  [
    { oneOf: [{ type: 'string' }, { type: 'object', additionalProperties: { type: 'integer' }, minProperties: 1 }] },
    (dice) => (dice.chance(0.5) ? drawText(dice, 60) : { [dice.pick(['m', 'constructor'])]: digit(dice) }),
    [{}, 1, { a: 'a' }],
  ],
  [
    {
      oneOf: [
        { type: 'object', properties: { is: { const: 'disc' }, r: { type: 'number' } }, required: ['is', 'r'] },
        { type: 'object', properties: { is: { const: 'square' }, side: { type: 'number' } }, required: ['is', 'side'] },
      ],
    },
    (dice) =>
      dice.pick<SyncValue>([
        { is: 'disc', r: digit(dice) },
        { is: 'square', side: digit(dice) / 4 },
      ]),
    [{ is: 'disc' }, { is: 'disc', side: 1 }, 'disc'],
  ],
  [
    {
      anyOf: [
        { type: 'integer', minimum: 5 },
        { type: 'integer', maximum: -5 },
        { type: 'array', maxItems: 1 },
        { type: 'null' },
      ],
    },
    (dice) => dice.pick<SyncValue>([5, -5, Number.MAX_SAFE_INTEGER, [], [{ a: [] }], null]),
    [0, [1, 2], {}],
  ],
];

const union: DrawKind = (dice) => {
  const [schema, draw, invalid] = dice.pick(UNIONS);
  return { name: 'union', schema, draw: ({ dice: hand }) => draw(hand), invalid };
};

/** Below it there are registers at one time, and at it there is one at another. */
const valueOrObject: DrawKind = (dice) => {
  const object = mapOf({
    ...{
      name: 'value-or-object',
      schema: { additionalProperties: { type: ['integer', 'object'] } },
      keys: keysOf(dice),
    },
    value: (_key, hand) => (hand.chance(0.5) ? digit(hand) : { '': digit(hand) }),
    invalid: [{ a: 'a' }],
  });
  const isValue = dice.pick([0.3, 0.6]);
  return {
    ...object,
    schema: { ...object.schema, type: ['object', 'integer', 'null'] },
    draw: (hand) => (hand.dice.chance(isValue) ? hand.dice.pick([null, digit(hand.dice)]) : object.draw(hand)),
    change: (shown, hand) =>
      hand.dice.chance(0.25) ? hand.dice.pick([null, digit(hand.dice)]) : object.change!(shown, hand),
    invalid: ['a', { a: 'a' }],
  };
};

/** The schema says nothing of it. */
export const anything: DrawKind = (dice) => {
  const keys = keysOf(dice);
  return {
    ...{ name: 'anything', schema: {} },
    draw: ({ dice: hand }) => drawAnything(hand, keys),
    change: (shown, { dice: hand }) => changeAnything(shown, hand, keys),
    standard: ({ dice: hand }) => scalarOf(hand),
    invalid: [],
  };
};

const atomic: DrawKind = (dice, room) => ({
  ...anything(dice, room),
  ...{ name: 'atomic', schema: { 'x-merge': 'atomic' } },
});

function drawAnything(dice: Dice, keys: readonly string[], depth = 0): SyncValue {
  const x = dice.next();
  if (x < 0.4 && depth < 3) return { [dice.pick(keys)]: drawAnything(dice, keys, depth + 1) };
  if (x < 0.5) return {};
  if (x < 0.6) return [1, { deep: true }];
  return x < 0.7 ? null : dice.chance(0.7) ? dice.between(0, 99) : scalarOf(dice);
}

/** A path that holds a value at one time may hold an object at another. */
function changeAnything(shown: SyncValue | undefined, dice: Dice, keys: readonly string[]): SyncValue {
  if (!isPlainObject(shown) || dice.chance(0.25)) return drawAnything(dice, keys);
  const next: { [key: string]: SyncValue } = { ...shown };
  const key = dice.pick(keys);
  if (dice.chance(0.3)) delete next[key];
  else next[key] = drawAnything(dice, keys, 1);
  return next;
}

export const OPEN_OBJECTS: readonly DrawKind[] = [
  numbers,
  spots,
  named,
  bounded,
  maps,
  union,
  union,
  valueOrObject,
  anything,
  atomic,
];
