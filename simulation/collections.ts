/** The collections of every app, in two versions. What is in the first one is drawn for each world (`app/app.ts`). */
import type { CollectionSchema, PropertySchema } from '../src/runtime/core/schema';

/** Of the app that a browser runs. */
export enum AppVersion {
  Older = 'older',
  Newer = 'newer',
}

export const THINGS = 'things';
/** Its documents are not deflated with others. */
export const SECRETS = 'secrets';
/** Only the newer version of the app has it. */
export const EXTRAS = 'extras';

export const laneOf = (collection: string): string => (collection === SECRETS ? SECRETS : '');

/** @param idLength in code points. */
export const schemaOf = (
  idLength: number,
  properties: { readonly [name: string]: PropertySchema },
  required: readonly string[] = [],
): CollectionSchema => ({
  ...{ version: 0, primaryKey: 'id', type: 'object', additionalProperties: false },
  properties: { id: { type: 'string', maxLength: idLength }, ...properties },
  required: ['id', ...required],
});

export const SECRET: { readonly [name: string]: PropertySchema } = { text: { type: 'string' } };

export const EXTRA: { readonly [name: string]: PropertySchema } = {
  text: { type: 'string' },
  marks: { type: 'array', items: { type: 'string' }, 'x-merge': 'set', default: ['new'] },
};
