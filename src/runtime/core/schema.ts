/**
 * Definitions of collections. A collection is defined once, as a JSON schema in the form that RxDB takes; the type of its documents follows from it.
 */
import { spanningKeyword } from './definitions/spanning-keyword';
import type { SyncObject, SyncValue } from './json';

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

/** `type` of a JSON schema. */
export type JsonTypeName = 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'array' | 'object';

/** JSON Schema of a property: the keywords whose values matter to the kit are typed, others are allowed as they are. */
export interface PropertySchema {
  readonly type?: JsonTypeName | readonly JsonTypeName[];
  readonly enum?: readonly (string | number | boolean | null)[];
  readonly const?: string | number | boolean | null;
  /**
   * What a document is read with that was written without the property. It is never stored as a choice of the user: a later version of the app may
   * have another one. A counter counts from it on, so another one changes the number for everybody.
   */
  readonly default?: SyncValue;
  readonly items?: PropertySchema;
  readonly properties?: { readonly [property: string]: PropertySchema };
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | PropertySchema;
  readonly 'x-merge'?: MergeStrategyName;
  readonly [keyword: string]: unknown;
}

/**
 * The schema of a collection. `version` stays 0 for ever: properties may be added and limits loosened at any time, and there are no migrations
 * (see `renames`). A property with a `default` may be missing in what is inserted; an indexed one has to be `required`.
 */
export interface CollectionSchema {
  readonly version: 0;
  readonly primaryKey: string;
  readonly type: 'object';
  readonly additionalProperties?: false;
  readonly properties: { readonly [property: string]: PropertySchema };
  readonly required?: readonly string[];
  readonly indexes?: readonly (string | readonly string[])[];
  readonly [keyword: string]: unknown;
}

/** What `defineCollection` takes. */
export interface CollectionSettings {
  readonly schema: CollectionSchema;
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

/** The app's collections by name. */
export interface CollectionDefinitions {
  readonly [collection: string]: CollectionSettings;
}

/**
 * Defines a collection. Returns its argument unchanged; the literals in it become part of its type, so that `DocumentOf` can tell the type of its
 * documents.
 * @example
 * const notes = defineCollection({
 *   schema: {
 *     version: 0,
 *     primaryKey: 'id',
 *     type: 'object',
 *     additionalProperties: false,
 *     properties: { id: { type: 'string', maxLength: 40 }, tags: { type: 'array', items: { type: 'string' }, default: [], 'x-merge': 'set' } },
 *     required: ['id'],
 *   },
 * });
 * type Note = DocumentOf<typeof notes>; // { readonly id: string; readonly tags: readonly string[] }
 */
export function defineCollection<Definition extends CollectionSettings>(definition: Literal<Definition>): Definition {
  return definition as Definition;
}

/** The documents of a collection as they are read: what is required or has a default is always there. */
export type DocumentOf<Definition extends CollectionSettings> = ObjectOf<Definition['schema']>;

/** The documents of all collections, by name. */
export type DocumentsOf<Definitions extends CollectionDefinitions> = {
  readonly [Name in keyof Definitions]: DocumentOf<Definitions[Name]>;
};

/** Has the compiler infer the literals of an argument as such. TypeScript 5 has `const` type parameters for it; 4.9 does not. */
type Literal<Value> =
  | (Value extends [] ? [] : never)
  | (Value extends string | number | boolean | null | undefined ? Value : never)
  | { [Key in keyof Value]: Literal<Value[Key]> };

type ObjectOf<Schema> = Schema extends { readonly properties: infer Properties }
  ? {
      readonly [
        Name in keyof Properties as IsPresent<Schema, Name, Properties[Name]> extends true ? Name : never
      ]: ValueOf<Properties[Name]>;
    } & {
      readonly [
        Name in keyof Properties as IsPresent<Schema, Name, Properties[Name]> extends true ? never : Name
      ]?: ValueOf<Properties[Name]>;
    } extends infer Document
    ? { readonly [Name in keyof Document]: Document[Name] }
    : never
  : Schema extends { readonly additionalProperties: infer Values }
    ? Values extends PropertySchema
      ? { readonly [property: string]: ValueOf<Values> }
      : SyncObject
    : SyncObject;

type IsPresent<Schema, Name, Property> = Property extends { readonly default: unknown }
  ? true
  : Schema extends { readonly primaryKey: Name }
    ? true
    : Schema extends { readonly required: readonly (infer Required)[] }
      ? Name extends Required
        ? true
        : false
      : false;

type ValueOf<Property> = Property extends { readonly const: infer Value }
  ? Value
  : Property extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : Property extends { readonly type: readonly (infer Type)[] }
      ? TypeOf<Type, Property>
      : Property extends { readonly type: infer Type }
        ? TypeOf<Type, Property>
        : SyncValue;

type TypeOf<Type, Property> = Type extends 'string'
  ? string
  : Type extends 'number' | 'integer'
    ? number
    : Type extends 'boolean'
      ? boolean
      : Type extends 'null'
        ? null
        : Type extends 'array'
          ? Property extends { readonly items: infer Items }
            ? readonly ValueOf<Items>[]
            : readonly SyncValue[]
          : Type extends 'object'
            ? ObjectOf<Property>
            : SyncValue;

/** Keywords whose values say something of each name: a property called `default` is none. */
const BY_NAME: ReadonlySet<string> = new Set([
  ...['properties', 'patternProperties', 'definitions', '$defs'],
  ...['dependencies', 'dependentRequired', 'dependentSchemas'],
]);
/** Keywords whose values are data, which may look like a schema. */
const DATA: ReadonlySet<string> = new Set(['const', 'enum', 'examples']);

/** The schema without its defaults, at all depths: for a database that would store them as if the user had chosen them. */
export function withoutDefaults<Schema extends object>(schema: Schema): Schema {
  const kept = Object.entries(schema).filter(([keyword]) => keyword !== 'default');
  return Object.fromEntries(
    kept.map(([keyword, value]) => [keyword, keywordWithoutDefaults(keyword, value)]),
  ) as Schema;
}

function keywordWithoutDefaults(keyword: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || DATA.has(keyword)) return value;
  if (Array.isArray(value)) return value.map((item) => keywordWithoutDefaults('', item));
  if (!BY_NAME.has(keyword)) return withoutDefaults(value);
  return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, keywordWithoutDefaults('', schema)]));
}

/** The defaults of the properties of a document, without those further in. */
export function defaultsOf({ properties }: CollectionSchema): SyncObject {
  const found = Object.entries(properties).flatMap(([name, { default: standard }]) =>
    standard === undefined ? [] : [[name, standard] as const],
  );
  return Object.fromEntries(found);
}

/** How two devices' changes of the property meet. An object whose parts depend on each other is one value by itself. */
export function strategyOf(schema: PropertySchema): MergeStrategyName {
  return schema['x-merge'] ?? (spanningKeyword(schema) ? 'atomic' : 'deep');
}

/** What a property shows as long as nobody has written it: its default; a counter and a set are never absent. */
export function initialValueOf(schema: PropertySchema): SyncValue | undefined {
  if (schema.default !== undefined) return schema.default;
  const strategy = strategyOf(schema);
  if (strategy === 'counter') return 0;
  return strategy === 'set' ? [] : undefined;
}

/** What the properties of a document show as long as nobody has written them. */
export function initialDocumentOf({ properties }: CollectionSchema): SyncObject {
  const found = Object.entries(properties).flatMap(([name, schema]) => {
    const value = initialValueOf(schema);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}
