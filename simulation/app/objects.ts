/** Kinds of properties that are objects: such as merge property by property, at any depth, and such as their schema makes one value. */
import type { SyncObject, SyncValue } from '../../src/runtime/core/json';
import { isPlainObject } from '../../src/runtime/core/json';
import type { PropertySchema } from '../../src/runtime/core/schema';
import type { Dice } from '../random';
import { COUNTERS, SETS } from './counted';
import { changeOf } from './kind';
import type { DrawKind, Hand, Kind, Room } from './kind';
import { drawNames, PROPERTY_NAMES } from './pools';
import { LISTS, SCALARS } from './scalars';

/** A property of a document, or of an object in it. */
export interface Property {
  readonly name: string;
  readonly kind: Kind;
  /** With its default, if it has one. */
  readonly schema: PropertySchema;
  readonly isRequired: boolean;
}

interface PropertyOdds {
  readonly required: number;
  readonly standard: number;
}

export function drawProperty(dice: Dice, name: string, kind: Kind, { required, standard }: PropertyOdds): Property {
  const hand = { dice, mayCount: true };
  const isRequired = dice.chance(required);
  const value = dice.chance(standard) ? (kind.standard ?? kind.draw)(hand) : undefined;
  if (value === undefined) return { name, kind, isRequired, schema: kind.schema };
  const schema = { ...kind.schema, default: value };
  // Who counts begins at the default.
  if (!kind.isCounter) return { name, kind, isRequired, schema };
  return { name, kind: { ...kind, draw: (first) => changeOf(kind, value, first) }, isRequired, schema };
}

/** In a newer version of the app: what is in it may have grown, and a default may be another one. */
export function newerProperty(dice: Dice, property: Property): Property {
  const { default: standard, ...schema } = property.schema;
  const kind = property.kind.grown ?? property.kind;
  if (standard === undefined) return { ...property, kind, schema: kind.schema };
  const isChanged = dice.chance(0.4);
  const value = isChanged ? (kind.standard ?? kind.draw)({ dice, mayCount: true }) : standard;
  return { ...property, kind, schema: { ...(property.kind.grown ? kind.schema : schema), default: value } };
}

/** A few of the properties, and all that are required. */
export function drawObject(properties: readonly Property[], hand: Hand, odds: number): SyncObject {
  const drawn: { [name: string]: SyncValue } = {};
  for (const { name, kind, isRequired } of properties)
    if ((isRequired || hand.dice.chance(odds)) && (hand.mayCount || !kind.isCounter)) drawn[name] = kind.draw(hand);
  return drawn;
}

/** One property changed, added or taken away. */
export function changeObject(properties: readonly Property[], shown: SyncObject, hand: Hand): SyncObject {
  const next: { [name: string]: SyncValue } = { ...shown };
  const { name, kind, isRequired } = hand.dice.pick(properties);
  const isThere = Object.hasOwn(next, name);
  if (isThere && !isRequired && !kind.isCounter && hand.dice.chance(0.25)) delete next[name];
  else if (hand.mayCount || !kind.isCounter) next[name] = changeOf(kind, isThere ? next[name] : undefined, hand);
  return next;
}

/** Merges property by property, sets and counters in it too. */
const nested =
  (depth: number): DrawKind =>
  (dice, room) => {
    const names = drawNames(dice, PROPERTY_NAMES, dice.between(2, depth < 3 ? 4 : 2));
    const odds = { required: 0, standard: 0.3 };
    const properties = names.map((name) => drawProperty(dice, name, partOf(dice, room, depth), odds));
    return { ...nestedOf(properties.slice(1)), grown: nestedOf(properties) };
  };

const nestedOf = (properties: readonly Property[]): Kind => ({
  ...{ name: 'nested', schema: schemaOf(properties), standard: () => ({}) },
  draw: (hand) => drawObject(properties, hand, 0.4),
  change: (shown, hand) =>
    isPlainObject(shown) ? changeObject(properties, shown, hand) : drawObject(properties, hand, 0.4),
  invalid: [1, [], { 'not in the schema': 1 }, ...properties.map(({ name, kind }) => ({ [name]: kind.invalid[0]! }))],
});

function partOf(dice: Dice, room: Room, depth: number): Kind {
  if (depth < 4 && dice.chance(0.35)) return nested(depth + 1)(dice, room);
  return dice.pick([...SCALARS, ...LISTS, ...SETS, ...COUNTERS, whole])(dice, room);
}

/** What is required makes it one value. */
const whole: DrawKind = (dice, room) => {
  const names = drawNames(dice, PROPERTY_NAMES, dice.between(3, 4));
  const [first, added, ...others] = names.map((name) =>
    drawProperty(dice, name, dice.pick(SCALARS)(dice, room), { required: 0.6, standard: 0.2 }),
  );
  const properties = [{ ...first!, isRequired: true }, ...others];
  return { ...wholeOf(properties), grown: wholeOf([...properties, { ...added!, isRequired: false }]) };
};

const wholeOf = (properties: readonly Property[]): Kind => ({
  name: 'whole',
  schema: {
    ...schemaOf(properties),
    required: properties.filter(({ isRequired }) => isRequired).map(({ name }) => name),
  },
  draw: (hand) => drawObject(properties, hand, 0.7),
  invalid: [
    ...[null, 'whole', { 'not in the schema': 1 }],
    ...(properties[0]!.schema.default === undefined ? [{}] : []),
  ],
});

const schemaOf = (properties: readonly Property[]): PropertySchema => ({
  ...{ type: 'object', additionalProperties: false },
  properties: Object.fromEntries(properties.map(({ name, schema }) => [name, schema])),
});

/** What a schema keeps together, in the other ways in which it may say so. */
const RELATIONS: readonly (readonly [schema: PropertySchema, good: readonly SyncObject[], bad: SyncObject])[] = [
  [
    {
      type: 'object',
      properties: { a: { type: 'integer' }, 'b/c': { type: 'integer' } },
      dependentRequired: { a: ['b/c'] },
    },
    [{}, { 'b/c': 1 }, { a: 1, 'b/c': 2 }],
    { a: 1 },
  ],
  [
    { type: 'object', maxProperties: 2, not: { required: ['x'] } },
    [{}, { y: null }, { constructor: 1, '': 2 }],
    { x: 1 },
  ],
  [
    {
      ...{ type: 'object', properties: { is: { type: 'boolean' }, why: { type: 'string', default: 'no' } } },
      ...{ if: { properties: { is: { const: true } }, required: ['is'] }, then: { required: ['at'] } },
    },
    [{ is: false }, { is: true, at: 1 }, { is: true, at: 2, why: '' }],
    { is: true },
  ],
  [
    { type: 'object', allOf: [{ required: ['#'] }, { properties: { '#': { type: 'integer' } } }] },
    [{ '#': 0 }, { '#': 1, '+': 2 }],
    { '#': '0' },
  ],
];

const related: DrawKind = (dice) => {
  const [schema, good, bad] = dice.pick(RELATIONS);
  return { name: 'related', schema, draw: ({ dice: hand }) => hand.pick(good), invalid: [bad, 'related', []] };
};

export const OBJECTS: readonly DrawKind[] = [nested(1), nested(1), whole, related];
