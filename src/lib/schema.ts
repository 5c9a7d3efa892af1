import type { RxJsonSchema } from 'rxdb/plugins/core';

/**
 * The app's collections. With config.json this is the only file of `src/lib` that an app edits.
 * `x-merge` says how two devices' changes of a property meet: deep (default), atomic, set or counter (docs/guide.md).
 */
export interface Note {
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly tags: readonly string[];
  readonly done: boolean;
  /** Negated creation time in ms, because RxDB uses an index in ascending order only: the newest note sorts first. */
  readonly order: number;
}

export interface Preferences {
  readonly id: string;
  readonly theme: 'system' | 'light' | 'dark';
  readonly accent: string;
  readonly density: 'comfortable' | 'compact';
  readonly name: string;
}

export interface CollectionSettings<Document = unknown> {
  readonly schema: RxJsonSchema<Document>;
  /** `false` keeps the collection on this device. */
  readonly sync?: boolean;
  /** `false` stores instead of deflating and never shares a slot: for texts of others beside secrets (docs/threat-model.md). */
  readonly compress?: boolean;
}

export interface Collections {
  readonly notes: Note;
  readonly preferences: Preferences;
}

const notes: CollectionSettings<Note> = {
  schema: {
    version: 0,
    primaryKey: 'id',
    type: 'object',
    additionalProperties: false,
    properties: {
      id: { type: 'string', maxLength: 40 },
      title: { type: 'string', maxLength: 200 },
      body: { type: 'string', maxLength: 10000, default: '' },
      tags: { type: 'array', items: { type: 'string', maxLength: 40 }, default: [], 'x-merge': 'set' } as never,
      done: { type: 'boolean', default: false },
      order: { type: 'number', minimum: -9007199254740991, maximum: 9007199254740991, multipleOf: 1 },
    },
    required: ['id', 'title', 'order'],
    indexes: ['order'],
  },
};

const preferences: CollectionSettings<Preferences> = {
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
};

export const collections: { readonly [Name in keyof Collections]: CollectionSettings<Collections[Name]> } = {
  notes,
  preferences,
};
