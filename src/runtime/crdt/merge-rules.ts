/**
 * Merge rules: what the app's schema says about how two devices' changes of a property meet. A property never changes its strategy,
 * because the strategy is part of the names of its registers.
 */
import { ErrorCode, SyncError } from '../core/errors';
import type { SyncValue } from '../core/json';
import { escapePointer, isArray, isPlainObject } from './json-value';

/** `x-merge` of a property (docs/protocol.md, section 4). */
export enum MergeStrategy {
  /** Objects merge property by property; anything else is replaced as a whole. */
  Deep = 'deep',
  /** Replaced as a whole, whatever it holds. */
  Atomic = 'atomic',
  /** An array of scalars without order and duplicates; adding and removing merge by element. Never absent: without elements it is []. */
  Set = 'set',
  /** A number to which all devices add. Never absent: it begins at its default, or 0. */
  Counter = 'counter',
}

export interface Rule {
  readonly strategy: MergeStrategy;
  readonly default?: SyncValue;
  /** What is known of the properties of an object that merges deeply. */
  readonly object: ObjectRule;
}

export interface ObjectRule {
  readonly properties: ReadonlyMap<string, Rule>;
  /** Whether other properties are allowed too. In an object that is not open they come from a newer version of the app. */
  readonly isOpen: boolean;
}

export interface MergeRules {
  readonly primaryKey: string;
  readonly root: ObjectRule;
}

/** A JSON schema, of RxDB's or any other origin. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** Strategy by JSON pointer of every property; plain JSON, to be recorded and compared by the next version of the app. */
export interface Strategies {
  readonly [path: string]: MergeStrategy;
}

/** Keywords that relate properties to each other: a merge of two valid objects could break them. */
const CROSS_FIELD = [
  ...['anyOf', 'oneOf', 'allOf', 'not', 'if', 'then', 'else', 'const', 'enum', '$ref'],
  ...[
    'dependencies',
    'dependentRequired',
    'dependentSchemas',
    'unevaluatedProperties',
    'minProperties',
    'maxProperties',
  ],
];
/** Keywords that a union of two valid sets, or a sum of valid shares, could break. */
const CROSS_ELEMENT = [
  'minItems',
  'maxItems',
  'contains',
  'minContains',
  'maxContains',
  'const',
  'enum',
  'anyOf',
  'oneOf',
  'not',
];
const CROSS_SHARE = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'const',
  'enum',
  'anyOf',
  'oneOf',
  'not',
];

export const OPEN_OBJECT: ObjectRule = { properties: new Map(), isOpen: true };
const deepRule: Rule = { strategy: MergeStrategy.Deep, object: OPEN_OBJECT };

export const ruleOf = (object: ObjectRule, property: string): Rule => object.properties.get(property) ?? deepRule;

/**
 * @param schema a collection's schema, as the app wrote it or as RxDB completed it.
 * @throws SyncError SCHEMA_UNSUPPORTED with the path of the property and the keyword.
 */
export function compileRules(schema: JsonSchema): MergeRules {
  const { primaryKey } = schema as { primaryKey: string | { key: string } };
  const key = typeof primaryKey === 'string' ? primaryKey : primaryKey.key;
  if ('x-merge' in schema)
    throw unsupported('/', 'x-merge', 'a document as a whole has no strategy; set it on its properties');
  refuseKeywords(
    schema,
    '/',
    CROSS_FIELD,
    'relates properties of the document to each other; put them into one object with "x-merge": "atomic"',
  );
  const { [key]: keySchema, ...others } = (schema.properties ?? {}) as { [name: string]: JsonSchema };
  if (keySchema && 'x-merge' in keySchema) throw unsupported(`/${key}`, 'x-merge', 'the primary key never changes');
  if (keySchema?.type !== undefined && !typesOf(keySchema).includes('string'))
    throw unsupported(`/${key}`, 'type', 'an id that syncs is a string; write numbers as text');
  // RxDB's own fields begin with an underscore; a property of the app may not.
  const own = Object.entries(others).filter(([name]) => !name.startsWith('_'));
  return { primaryKey: key, root: compileObject({ ...schema, properties: Object.fromEntries(own) }, '') };
}

/** Every property's strategy, to be recorded where the documents are. */
export function strategiesOf(rules: MergeRules): Strategies {
  const strategies: { [path: string]: MergeStrategy } = {};
  const visit = (object: ObjectRule, parent: string) => {
    for (const [name, rule] of object.properties) {
      const path = `${parent}/${escapePointer(name)}`;
      strategies[path] = rule.strategy;
      visit(rule.object, path);
    }
  };
  visit(rules.root, '');
  return strategies;
}

/**
 * Compares the rules with the strategies that were recorded under earlier versions of the app.
 * @returns what to record from now on: also strategies of properties that this version no longer has.
 * @throws SyncError SCHEMA_CHANGED with the first property whose strategy is another one now.
 */
export function checkStrategies(recorded: Strategies | undefined, rules: MergeRules): Strategies {
  const current = strategiesOf(rules);
  for (const [path, strategy] of Object.entries(recorded ?? {})) {
    const now = current[path];
    if (now === undefined || now === strategy) continue;
    throw new SyncError(
      ErrorCode.SchemaChanged,
      `${path} merged as "${strategy}" before and is "${now}" in this schema. What devices hold of it cannot be read in another way: set "x-merge" back, or give the property a new name.`,
    );
  }
  return { ...recorded, ...current };
}

function compileObject(schema: JsonSchema, path: string): ObjectRule {
  const properties = new Map<string, Rule>();
  for (const [name, property] of Object.entries((schema.properties ?? {}) as { [name: string]: JsonSchema })) {
    properties.set(name, compileProperty(property, `${path}/${escapePointer(name)}`));
  }
  refuseStrategyIn({ ...schema, properties: undefined, 'x-merge': undefined }, path);
  for (const nested of namelessSchemas(schema)) compileProperty(nested, `${path}/*`);
  return { properties, isOpen: schema.additionalProperties !== false };
}

/** The schemas of properties whose names only the documents know. They merge deeply too. */
function namelessSchemas({ additionalProperties, patternProperties }: JsonSchema): readonly JsonSchema[] {
  const patterns = isPlainObject(patternProperties) ? Object.values(patternProperties) : [];
  return [additionalProperties, ...patterns].filter(isPlainObject);
}

function compileProperty(schema: JsonSchema, path: string): Rule {
  const strategy = (schema['x-merge'] ?? MergeStrategy.Deep) as MergeStrategy;
  const standard = schema.default === undefined ? {} : { default: schema.default as SyncValue };
  if (strategy !== MergeStrategy.Deep || !canBeObject(schema))
    refuseStrategyIn({ ...schema, 'x-merge': undefined }, path);
  switch (strategy) {
    case MergeStrategy.Deep:
      return { strategy, ...standard, object: canBeObject(schema) ? compileDeep(schema, path) : OPEN_OBJECT };
    case MergeStrategy.Atomic:
      return { strategy, ...standard, object: OPEN_OBJECT };
    case MergeStrategy.Set:
      if (!ARRAY.includes(schema.type) || !isScalarSchema(schema.items)) {
        throw unsupported(
          path,
          'x-merge',
          'a set is an array whose items are of the types string, number, integer, boolean or null',
        );
      }
      refuseKeywords(schema, path, CROSS_ELEMENT, 'two devices together could break it in a set');
      if (standard.default !== undefined && !isScalars(standard.default))
        throw unsupported(path, 'default', 'a set begins as an array of strings, numbers, booleans and null');
      return { strategy, ...standard, object: OPEN_OBJECT };
    case MergeStrategy.Counter:
      if (!NUMERIC.includes(schema.type)) {
        throw unsupported(path, 'x-merge', 'a counter is of the type number or integer');
      }
      refuseKeywords(schema, path, CROSS_SHARE, 'two devices together could break it in a counter');
      if (standard.default !== undefined && !isCountable(standard.default))
        throw unsupported(path, 'default', 'a counter begins at a number between -(2^53 - 1) and 2^53 - 1');
      return { strategy, ...standard, object: OPEN_OBJECT };
    default:
      throw unsupported(path, 'x-merge', 'it is one of deep, atomic, set and counter');
  }
}

function compileDeep(schema: JsonSchema, path: string): ObjectRule {
  refuseKeywords(
    schema,
    path,
    CROSS_FIELD,
    'relates properties to each other; set "x-merge": "atomic" on this object, or take the keyword out',
  );
  if (isPlainObject(schema.default) && Object.keys(schema.default).length > 0) {
    throw unsupported(path, 'default', 'an object that merges deeply has defaults on its properties, or {} as its own');
  }
  return compileObject(schema, path);
}

/** Whether a value of the schema may be an object, as far as one can tell without descending. */
function canBeObject(schema: JsonSchema): boolean {
  const { type, enum: values, const: constant, anyOf, oneOf } = schema;
  if (type !== undefined) return typesOf(schema).includes('object');
  if (isArray(values)) return values.some(isPlainObject);
  if (constant !== undefined) return isPlainObject(constant);
  const branches = [anyOf, oneOf].filter(isArray).flat() as unknown as readonly JsonSchema[];
  return branches.length === 0 || branches.some(canBeObject);
}

function isScalarSchema(items: unknown): boolean {
  return isPlainObject(items) && typesOf(items).every((type) => SCALARS.includes(type));
}

const isScalars = (value: SyncValue): boolean =>
  isArray(value) && value.every((item) => typeof item !== 'object' || item === null);
const isCountable = (value: SyncValue): boolean =>
  typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER;

const typesOf = ({ type }: JsonSchema): readonly unknown[] => [type].flat();
const ARRAY: readonly unknown[] = ['array'];
const NUMERIC: readonly unknown[] = ['number', 'integer'];
const SCALARS: readonly unknown[] = ['string', 'boolean', 'null', ...NUMERIC];

/** Below anything but the named properties of objects that merge deeply, a strategy would have no names to be part of. */
function refuseStrategyIn(schema: JsonSchema, path: string): void {
  if (mentionsStrategy(schema)) {
    throw unsupported(path, 'x-merge', 'it is read only on the "properties" of objects that merge deeply');
  }
}

function mentionsStrategy(schema: unknown): boolean {
  if (isArray(schema)) return schema.some(mentionsStrategy);
  if (!isPlainObject(schema)) return false;
  return schema['x-merge'] !== undefined || Object.values(schema).some(mentionsStrategy);
}

function refuseKeywords(schema: JsonSchema, path: string, keywords: readonly string[], why: string): void {
  const found = keywords.find((keyword) => keyword in schema);
  if (found !== undefined) throw unsupported(path, found, why);
}

function unsupported(path: string, keyword: string, why: string): SyncError {
  return new SyncError(
    ErrorCode.SchemaUnsupported,
    `The schema's "${keyword}" at ${path || '/'} is not supported: ${why}.`,
  );
}
