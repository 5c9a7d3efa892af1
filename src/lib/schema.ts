/**
 * The app's collections. With config.json this is the only file of `src/lib` that an app edits. An interface and a schema for each collection,
 * and both in the lists at the end. At most 13 collections.
 */
import type { RxJsonSchema, TopLevelProperty } from 'rxdb/plugins/core';

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

/** How two devices' changes of a property meet; the default is `deep`. A property never changes it: take a new name for another one. */
export type MergeStrategyName =
  /** Plain objects merge property by property; of everything else the later value wins. */
  | 'deep'
  /** The whole value is one: the later wins. For things whose parts belong together, such as a position. */
  | 'atomic'
  /** A list of strings or numbers without order: what either device adds or removes holds. */
  | 'set'
  /** A number: what all devices add and subtract is summed. */
  | 'counter';

export interface Property extends TopLevelProperty {
  readonly 'x-merge'?: MergeStrategyName;
  properties?: { [name: string]: Property };
}

/**
 * JSON Schema as RxDB takes it. `version` stays 0 for ever: properties may be added and limits loosened at any time, and there are no migrations
 * (see `renames`).
 * A property with a `default` may be missing in what is inserted; an indexed one has to be `required`.
 */
export type CollectionSchema<Document> = RxJsonSchema<Document> & {
  properties: { [Name in Extract<keyof Document, string>]: Property };
};

export interface CollectionSettings<Document = unknown> {
  readonly schema: CollectionSchema<Document>;
  /** `false` keeps the collection on this device. */
  readonly sync?: boolean;
  /** `false` stores instead of deflating and never shares a slot: for texts of others beside secrets (docs/threat-model.md). */
  readonly compress?: boolean;
  /**
   * Properties that an earlier version of the app called by another name: the new JSON pointer by the old one, as in
   * `{ '/titel': '/title' }`. What was stored under the old name, and what devices with the earlier version go on writing there, shows
   * under the new one; of both the later wins. An entry stays as long as such devices may come back.
   */
  readonly renames?: { readonly [oldPath: string]: string };
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
      tags: { type: 'array', items: { type: 'string', maxLength: 40 }, default: [], 'x-merge': 'set' },
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

export interface Collections {
  readonly notes: Note;
  readonly preferences: Preferences;
}

export const collections: { readonly [Name in keyof Collections]: CollectionSettings<Collections[Name]> } = {
  notes,
  preferences,
};
