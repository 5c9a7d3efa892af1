/**
 * The collections of the simulated app in two versions: every merge strategy, paths that are now a scalar and now an object, what is
 * required, maps, patterns and unions, and a lane of its own.
 * The newer one has more properties, some with a default, and one more collection.
 */
import { fillWithDefaultSettings } from 'rxdb/plugins/core';
import type { RxJsonSchema } from 'rxdb/plugins/core';

const spot = {
  type: 'object',
  properties: { lat: { type: 'integer' }, lon: { type: 'integer' } },
  required: ['lat', 'lon'],
  additionalProperties: false,
};

const things = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  additionalProperties: false,
  properties: {
    id: { type: 'string', maxLength: 40 },
    title: { type: 'string', default: 'untitled' },
    settings: {},
    point: { type: 'object', 'x-merge': 'atomic' },
    tags: { type: 'array', items: { type: 'string' }, 'x-merge': 'set' },
    visits: { type: 'number', 'x-merge': 'counter' },
    // What the schema says of several properties at once holds after every merge, in every order of arrival.
    label: { type: 'string', pattern: '^\\-?[a-f]+$' },
    shape: { type: 'object', properties: { width: { type: 'integer' }, height: { type: 'integer' } } },
    spot,
    spots: { type: 'object', additionalProperties: spot, patternProperties: { '^x': { ...spot, maxProperties: 2 } } },
    either: {
      oneOf: [{ type: 'string' }, { type: 'object', additionalProperties: { type: 'integer' }, minProperties: 1 }],
    },
  },
  required: ['id', 'label', 'shape', 'tags'],
};

const secrets = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  additionalProperties: false,
  properties: { id: { type: 'string', maxLength: 40 }, text: { type: 'string' } },
  required: ['id'],
};

const newerThings = {
  ...things,
  properties: {
    ...things.properties,
    color: { type: 'string', default: 'blue' },
    place: { type: 'object', properties: { lat: { type: 'number', default: 0 }, lon: { type: 'number' } } },
    votes: { type: 'number', 'x-merge': 'counter' },
  },
};

const extras = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  additionalProperties: false,
  properties: {
    id: { type: 'string', maxLength: 40 },
    text: { type: 'string' },
    marks: { type: 'array', items: { type: 'string' }, 'x-merge': 'set', default: ['new'] },
  },
  required: ['id'],
};

const complete = (schema: object) => fillWithDefaultSettings(schema as RxJsonSchema<unknown>);

export const THINGS = 'things';
export const SECRETS = 'secrets';
export const EXTRAS = 'extras';

/** Of the app that a browser runs. */
export enum AppVersion {
  Older = 'older',
  Newer = 'newer',
}

type Schemas = { readonly [collection: string]: object };
const older: Schemas = { [THINGS]: complete(things), [SECRETS]: complete(secrets) };
const newer: Schemas = { [THINGS]: complete(newerThings), [SECRETS]: complete(secrets), [EXTRAS]: complete(extras) };
export const schemasOf: { readonly [Version in AppVersion]: Schemas } = { older, newer };

/** Documents of this one are not deflated with others. */
export const laneOf = (collection: string): string => (collection === SECRETS ? SECRETS : '');
