/** The collections of the simulated app: every merge strategy, paths that are now a scalar and now an object, and a lane of its own. */
import { fillWithDefaultSettings } from 'rxdb/plugins/core';
import type { RxJsonSchema } from 'rxdb/plugins/core';

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
  },
  required: ['id'],
};

const secrets = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  additionalProperties: false,
  properties: { id: { type: 'string', maxLength: 40 }, text: { type: 'string' } },
  required: ['id'],
};

const complete = (schema: object) => fillWithDefaultSettings(schema as RxJsonSchema<unknown>);

export const THINGS = 'things';
export const SECRETS = 'secrets';
export const schemas: { readonly [collection: string]: object } = {
  [THINGS]: complete(things),
  [SECRETS]: complete(secrets),
};
/** Documents of this one are not deflated with others. */
export const laneOf = (collection: string): string => (collection === SECRETS ? SECRETS : '');
