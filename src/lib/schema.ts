/**
 * The app's collections. With config.json this is the only file of the folder that an app edits: one definition a collection, from which the type of
 * its documents is inferred. At most 13 collections. `x-merge` says how two devices' changes of a property meet: "The schema" in
 * node_modules/zero-backend-sync/docs/guide.md.
 */
import { defineCollection } from 'zero-backend-sync/core';
import type { DocumentsOf } from 'zero-backend-sync/core';

const notes = defineCollection({
  schema: {
    version: 0,
    primaryKey: 'id',
    type: 'object',
    additionalProperties: false,
    properties: {
      id: { type: 'string', maxLength: 40 },
      title: { type: 'string', maxLength: 200 },
      body: { type: 'string', maxLength: 10000, default: '' },
      tags: { type: 'array', items: { type: 'string', maxLength: 40 }, default: [], 'x-merge': 'set' },
      done: { type: 'boolean', default: false },
      // Negated creation time in ms, because RxDB uses an index in ascending order only: the newest note sorts first.
      order: { type: 'number', minimum: -4e15, maximum: 4e15, multipleOf: 1 },
    },
    required: ['id', 'title', 'order'],
    indexes: ['order'],
  },
});

const preferences = defineCollection({
  schema: {
    version: 0,
    primaryKey: 'id',
    type: 'object',
    additionalProperties: false,
    properties: {
      id: { type: 'string', maxLength: 40 },
      theme: { type: 'string', enum: ['system', 'light', 'dark'], default: 'system' },
      accent: { type: 'string', maxLength: 20, default: 'indigo' },
      density: { type: 'string', enum: ['comfortable', 'compact'], default: 'comfortable' },
      name: { type: 'string', maxLength: 80, default: '' },
    },
    required: ['id'],
  },
});

export const collections = { notes, preferences };

/** The documents by collection, as they are read. */
export type Collections = DocumentsOf<typeof collections>;
export type Note = Collections['notes'];
export type Preferences = Collections['preferences'];
