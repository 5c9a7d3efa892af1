/**
 * The app of a world, drawn from its seed: what its documents are like, in two versions, and how they are written. Some properties are in every app,
 * because people who change what they saw a while ago need them; the others are of all kinds and under any names. The newer version has more
 * properties, also in objects that the older one has, other defaults, and one more collection.
 */
import { fillWithDefaultSettings } from 'rxdb/plugins/core';
import type { RxJsonSchema } from 'rxdb/plugins/core';
import type { SyncDocument } from '../../src/runtime/core/json';
import type { CollectionSchema } from '../../src/runtime/core/schema';
import { compileRules } from '../../src/runtime/crdt/merge-rules';
import type { JsonSchema, MergeRules } from '../../src/runtime/crdt/merge-rules';
import { AppVersion, EXTRA, EXTRAS, schemaOf, SECRET, SECRETS, THINGS } from '../collections';
import { createDice } from '../random';
import type { Dice } from '../random';
import { COUNTERS, SETS } from './counted';
import { color, fixedProperties } from './fixed-properties';
import type { DrawKind, Hand, Room } from './kind';
import { changeObject, drawObject, drawProperty, newerProperty, OBJECTS } from './objects';
import type { Property } from './objects';
import { OPEN_OBJECTS } from './open-objects';
import { drawNames, PROPERTY_NAMES, SHORT_ID } from './pools';
import { LISTS, SCALARS } from './scalars';

export interface App {
  /** By collection. */
  readonly schemasOf: { readonly [Version in AppVersion]: { readonly [collection: string]: object } };
  readonly rulesOf: { readonly [Version in AppVersion]: { readonly [collection: string]: MergeRules } };
  /** Of a thing, beside its id. */
  readonly propertiesOf: { readonly [Version in AppVersion]: readonly Property[] };
  /** Kinds of the properties of a thing, by name. */
  readonly kinds: ReadonlyMap<string, string>;
  /** The longest id that the schema takes, in code points. */
  readonly idLength: number;
}

/** What any value of a drawn kind must leave room for: a register has to fit into an event. */
export const roomIn = (pageBytes: number): Room => ({ textBytes: pageBytes / 6 });

/** `maxLength` of ids. */
export const idLengthOf = (seed: number): number => createDice(seed * 2 + 0x1d).pick([SHORT_ID, SHORT_ID, 200, 2_000]);

export function drawApp(seed: number, room: Room): App {
  const dice = createDice(seed * 2 + 0x5eed);
  const idLength = idLengthOf(seed);
  const names = drawNames(dice, PROPERTY_NAMES, dice.between(3, 5));
  const drawn = names.map((name) => drawProperty(dice, name, dice.pick(drawKinds(dice))(dice, room), ODDS));
  const newest = dice.between(1, 2);
  const isNewer = (at: number) => at >= names.length - newest;
  const fixed = fixedProperties(dice, room);
  const older = [...fixed, ...drawn.filter((_, at) => !isNewer(at))];
  // What older apps do not write cannot be required.
  const added = drawn.filter((_, at) => isNewer(at)).map((property) => ({ ...property, isRequired: false }));
  const newer = [
    ...fixed,
    ...older.slice(fixed.length).map((property) => newerProperty(dice, property)),
    color,
    ...added,
  ];
  return appOf({ older, newer }, idLength);
}

const ODDS = { required: 0.2, standard: 0.3 };

/** Each group is as likely as any other. */
const drawKinds = (dice: Dice): readonly DrawKind[] =>
  dice.pick([SCALARS, LISTS, SETS, COUNTERS, OBJECTS, OBJECTS, OPEN_OBJECTS, OPEN_OBJECTS]);

function appOf(propertiesOf: App['propertiesOf'], idLength: number): App {
  const secrets = complete(schemaOf(idLength, SECRET));
  const schemasOf = {
    older: { [THINGS]: thingsSchema(propertiesOf.older, idLength), [SECRETS]: secrets },
    newer: {
      ...{ [THINGS]: thingsSchema(propertiesOf.newer, idLength), [SECRETS]: secrets },
      [EXTRAS]: complete(schemaOf(idLength, EXTRA)),
    },
  };
  return {
    ...{ schemasOf, propertiesOf, idLength },
    rulesOf: { older: rulesIn(schemasOf.older), newer: rulesIn(schemasOf.newer) },
    kinds: new Map(propertiesOf.newer.map(({ name, kind }) => [name, kind.name])),
  };
}

function thingsSchema(properties: readonly Property[], idLength: number): object {
  const required = properties.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  return complete(
    schemaOf(idLength, Object.fromEntries(properties.map(({ name, schema }) => [name, schema])), required),
  );
}

const complete = (schema: CollectionSchema): object =>
  fillWithDefaultSettings(schema as unknown as RxJsonSchema<unknown>);

const rulesIn = (schemas: { readonly [collection: string]: object }) =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, compileRules(schema as JsonSchema)]));

/** @param odds of each property that is not required. */
export const newThing = (
  { propertiesOf }: App,
  version: AppVersion,
  id: string,
  hand: Hand,
  odds = 0.3,
): SyncDocument => ({ id, ...drawObject(propertiesOf[version], hand, odds) });

/** The same in every browser and every version. */
export const seedThings = (app: App, ids: readonly string[]): readonly SyncDocument[] =>
  ids.map((id) => ({
    ...newThing(app, AppVersion.Older, id, { dice: createDice(app.idLength), mayCount: false }),
    visits: 2,
  }));

/** One or two properties of what is shown changed. */
export function changeThing({ propertiesOf }: App, version: AppVersion, shown: SyncDocument, hand: Hand): SyncDocument {
  const next = changeObject(propertiesOf[version], shown, hand);
  return hand.dice.chance(0.5) ? next : changeObject(propertiesOf[version], next, hand);
}
