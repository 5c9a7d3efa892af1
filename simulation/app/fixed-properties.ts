/** Properties that a thing has in every app: what people change after they saw it a while ago, and what is required without a default. */
import type { Dice } from '../random';
import { smallCounter, textSet } from './counted';
import type { Kind, Room } from './kind';
import type { Property } from './objects';
import { anything } from './open-objects';
import { drawText } from './pools';

export function fixedProperties(dice: Dice, room: Room): readonly Property[] {
  const title: Kind = {
    ...{ name: 'text', schema: { type: 'string', default: 'untitled' } },
    draw: ({ dice: hand }) => drawText(hand, room.textBytes),
    invalid: [1, null],
  };
  return [
    ...[propertyOf('title', title), propertyOf('settings', anything(dice, room))],
    ...[propertyOf('tags', textSet(dice, room)), propertyOf('visits', smallCounter(dice, room))],
    ...[propertyOf('label', label, true), propertyOf('shape', shape, true)],
  ];
}

const propertyOf = (name: string, kind: Kind, isRequired = false): Property => ({
  ...{ name, kind, isRequired, schema: kind.schema },
});

const label: Kind = {
  ...{ name: 'pattern', schema: { type: 'string', pattern: '^\\-?[a-f]+$' } },
  draw: ({ dice }) => (dice.chance(0.5) ? '-' : '') + dice.pick(['a', 'b', 'c', 'd']),
  invalid: ['g', ''],
};

const shape: Kind = {
  name: 'shape',
  schema: { type: 'object', properties: { width: { type: 'integer' }, height: { type: 'integer' } } },
  draw: ({ dice }) => ({ ...(dice.chance(0.5) && { width: dice.between(0, 9) }) }),
  change: (shown, { dice }) => ({
    ...(dice.chance(0.7) && (shown as object)),
    ...(dice.chance(0.7) && { [dice.pick(['width', 'height'])]: dice.between(0, 9) }),
  }),
  invalid: [{ width: 'w' }, []],
};

/** Only the newer version of the app has it. Where somebody writes what it is by itself, he has chosen that. */
export const color: Property = propertyOf('color', {
  ...{ name: 'choice-with-default', schema: { type: 'string', default: 'blue' } },
  draw: ({ dice }) => dice.pick(['blue', 'green', 'red']),
  invalid: [0],
});
