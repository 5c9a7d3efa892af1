import type { RxJsonSchema } from 'rxdb/plugins/core';

/** The documents of the benches: five fields of words from a list, random UUIDs as ids, about 200 bytes. */
export interface Item {
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly folder: string;
  readonly author: string;
  readonly order: number;
}

export interface CollectionSettings<Document = unknown> {
  readonly schema: RxJsonSchema<Document>;
  readonly sync?: boolean;
  readonly compress?: boolean;
  readonly renames?: { readonly [oldPath: string]: string };
}

export interface Collections {
  readonly items: Item;
}

const items: CollectionSettings<Item> = {
  schema: {
    version: 0,
    primaryKey: 'id',
    type: 'object',
    additionalProperties: false,
    properties: {
      id: { type: 'string', maxLength: 40 },
      title: { type: 'string', maxLength: 200 },
      body: { type: 'string', maxLength: 2000 },
      folder: { type: 'string', maxLength: 40 },
      author: { type: 'string', maxLength: 40 },
      order: { type: 'number', minimum: 0, maximum: 1000000000000000, multipleOf: 1 },
    },
    required: ['id', 'title', 'order'],
    indexes: ['order'],
  },
};

export const collections: { readonly [Name in keyof Collections]: CollectionSettings<Collections[Name]> } = { items };
