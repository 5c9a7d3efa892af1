/** The documents of the benches: five fields of words from a list, random UUIDs as ids, about 200 bytes. */
import { defineCollection } from 'zero-backend-sync/core';
import type { DocumentsOf } from 'zero-backend-sync/core';

const items = defineCollection({
  schema: {
    version: 0,
    primaryKey: 'id',
    type: 'object',
    additionalProperties: false,
    properties: {
      id: { type: 'string', maxLength: 40 },
      title: { type: 'string', maxLength: 200 },
      body: { type: 'string', maxLength: 5000 },
      folder: { type: 'string', maxLength: 40 },
      author: { type: 'string', maxLength: 40 },
      order: { type: 'number', minimum: 0, maximum: 1000000000000000, multipleOf: 1 },
    },
    required: ['id', 'title', 'order'],
    indexes: ['order'],
  },
});

export const collections = { items };
export type Collections = DocumentsOf<typeof collections>;
export type Item = Collections['items'];
