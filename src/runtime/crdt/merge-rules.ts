/**
 * Merge rules: what the app's schema says about how two devices' changes of a property meet. A property never changes its strategy,
 * because the strategy is part of the names of its registers.
 */
import { CROSS_FIELD, spanningKeyword } from '../core/definitions/spanning-keyword';
import { ErrorCode, SyncError } from '../core/errors';
import type { SyncValue } from '../core/json';
import { escapePointer, isArray, isPlainObject } from './json-value';
import { asObject, canBeObject, typesOf } from './schema/json-schema';
import type { JsonSchema } from './schema/json-schema';
import { schemaUnsupported } from './schema/keywords';
import { compilePattern } from '../core/definitions/pattern';
import {
  CROSS_ELEMENT,
  CROSS_SHARE,
  deepBeside,
  refuseKeywords,
  refuseStrategyBelow,
  refuseStrategyIn,
} from './schema/spanning';

export type { JsonSchema } from './schema/json-schema';

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
  /** Of an atomic object: what its absent properties are shown with. */
  readonly parts?: ObjectRule;
  /** The keyword that makes an object atomic where the schema names no strategy. */
  readonly because?: string;
}

export interface ObjectRule {
  readonly properties: ReadonlyMap<string, Rule>;
  /** Of properties whose names only the documents know: by pattern, and of all others. */
  readonly patterns: readonly PatternRule[];
  readonly other?: Rule;
  /** Whether other properties are allowed too. In an object that is not open they come from a newer version of the app. */
  readonly isOpen: boolean;
}

export interface PatternRule {
  readonly pattern: RegExp;
  readonly rule: Rule;
}

export interface MergeRules {
  readonly primaryKey: string;
  readonly root: ObjectRule;
  /** Properties that a living document must have and the view never fills in: a register of each travels with `inserted` (`essentialsOf`). */
  readonly required: readonly string[];
}

/** Strategy by JSON pointer of every property; plain JSON, to be recorded and compared by the next version of the app. */
export interface Strategies {
  readonly [path: string]: MergeStrategy;
}

export const OPEN_OBJECT: ObjectRule = { properties: new Map(), patterns: [], isOpen: true };
const deepRule: Rule = { strategy: MergeStrategy.Deep, object: OPEN_OBJECT };
const atomicRule: Rule = { strategy: MergeStrategy.Atomic, object: OPEN_OBJECT };

/** What the schema says of a property, by its name or without; undefined where it says nothing. */
export function knownRule({ properties, patterns, other }: ObjectRule, property: string): Rule | undefined {
  const own = properties.get(property);
  if (own || (patterns.length === 0 && !other)) return own;
  const found = patterns.filter(({ pattern }) => pattern.test(property));
  if (found.length === 0) return other;
  // Of what several patterns say of one object, no two devices could change parts.
  return found.length === 1 ? found[0]!.rule : atomicRule;
}

export const ruleOf = (object: ObjectRule, property: string): Rule => knownRule(object, property) ?? deepRule;

/**
 * @param schema a collection's schema, as the app wrote it or as RxDB completed it.
 * @throws SyncError SCHEMA_UNSUPPORTED with the path of the property and the keyword.
 */
export function compileRules(schema: JsonSchema): MergeRules {
  const { primaryKey } = schema as { primaryKey: string | { key: string } };
  const key = typeof primaryKey === 'string' ? primaryKey : primaryKey.key;
  if ('x-merge' in schema)
    throw schemaUnsupported('/', 'x-merge', 'a document as a whole has no strategy; set it on its properties');
  refuseKeywords(
    schema,
    '/',
    CROSS_FIELD,
    'relates properties of the document to each other; put them into one object with "x-merge": "atomic"',
  );
  const { [key]: keySchema, ...others } = (schema.properties ?? {}) as { [name: string]: JsonSchema };
  if (keySchema && 'x-merge' in keySchema)
    throw schemaUnsupported(`/${key}`, 'x-merge', 'the primary key never changes');
  if (keySchema?.type !== undefined && !typesOf(keySchema).includes('string'))
    throw schemaUnsupported(`/${key}`, 'type', 'an id that syncs is a string; write numbers as text');
  // RxDB's own fields begin with an underscore; a property of the app may not.
  const own = Object.entries(others).filter(([name]) => !name.startsWith('_'));
  const root = compileObject({ ...schema, properties: Object.fromEntries(own) }, '');
  const required = (isArray(schema.required) ? (schema.required as readonly string[]) : []).filter((name) => {
    const { strategy, default: standard } = ruleOf(root, name);
    const isFilledIn = standard !== undefined || NEVER_ABSENT.includes(strategy);
    return name !== key && !name.startsWith('_') && !isFilledIn;
  });
  return { primaryKey: key, root, required };
}

const NEVER_ABSENT: readonly MergeStrategy[] = [MergeStrategy.Set, MergeStrategy.Counter];

/**
 * Every property's strategy, to be recorded where the documents are. The strategy of properties without a name in the schema is under `~*`, then the
 * pattern if there is one: no name is written so.
 */
export function strategiesOf(rules: MergeRules): Strategies {
  const strategies: { [path: string]: MergeStrategy } = {};
  forEachRule(rules, (path, { strategy }) => (strategies[path] = strategy));
  return strategies;
}

function forEachRule({ root }: MergeRules, look: (path: string, rule: Rule) => void): void {
  const visit = ({ properties, patterns, other }: ObjectRule, parent: string) => {
    const at = (segment: string, rule: Rule) => {
      look(`${parent}/${segment}`, rule);
      visit(rule.object, `${parent}/${segment}`);
    };
    for (const [name, rule] of properties) at(escapePointer(name), rule);
    for (const { pattern, rule } of patterns) if (rule !== deepRule) at(`~*${escapePointer(pattern.source)}`, rule);
    if (other && other !== deepRule) at('~*', other);
  };
  visit(root, '');
}

/**
 * Compares the rules with the strategies that were recorded under earlier versions of the app.
 * @returns what to record from now on: also strategies of properties that this version no longer has.
 * @throws SyncError SCHEMA_CHANGED with the first property whose strategy is another one now.
 */
export function checkStrategies(recorded: Strategies | undefined, rules: MergeRules): Strategies {
  forEachRule(rules, (path, { strategy, because }) => {
    const before = recorded?.[path];
    if (before === undefined || before === strategy) return;
    const [why, wayOut] = because
      ? [` because of its "${because}"`, `take "${because}" out again`]
      : ['', before === MergeStrategy.Atomic ? 'set "x-merge": "atomic" on it' : 'set "x-merge" back'];
    throw new SyncError(
      ErrorCode.SchemaChanged,
      `${path} merged as "${before}" before and is "${strategy}" in this schema${why}. What devices hold of it cannot be read in another way: ${wayOut}, or give the property a new name.`,
    );
  });
  return { ...recorded, ...strategiesOf(rules) };
}

function compileObject(schema: JsonSchema, path: string): ObjectRule {
  const { additionalProperties, patternProperties = {} } = schema;
  const patterns = Object.entries(patternProperties as { readonly [pattern: string]: unknown }).map(
    ([pattern, nested]) => ({ pattern: patternOf(pattern, path), rule: compileNameless(nested, path) }),
  );
  const properties = new Map<string, Rule>();
  for (const [name, property] of Object.entries((schema.properties ?? {}) as { [name: string]: JsonSchema })) {
    const isInPattern = patterns.some(({ pattern }) => pattern.test(name));
    properties.set(name, compileProperty(asObject(property), `${path}/${escapePointer(name)}`, isInPattern));
  }
  const other = isPlainObject(additionalProperties) && { other: compileNameless(additionalProperties, path) };
  refuseStrategyIn({ ...schema, properties: undefined, 'x-merge': undefined }, path);
  return { properties, patterns, ...other, isOpen: additionalProperties !== false };
}

/** The schema of properties whose names only the documents know. */
function compileNameless(schema: unknown, path: string): Rule {
  const rule = compileProperty(asObject(schema), `${path}/*`, false);
  return rule.strategy === MergeStrategy.Deep && rule.object === OPEN_OBJECT ? deepRule : rule;
}

function patternOf(pattern: string, path: string): RegExp {
  const compiled = compilePattern(pattern);
  if (compiled) return compiled;
  throw schemaUnsupported(path, 'patternProperties', `"${pattern}" is no regular expression of this browser`);
}

/** @param isInPattern the object's `patternProperties` say something of the property too. */
function compileProperty(schema: JsonSchema, path: string, isInPattern: boolean): Rule {
  const spanning = canBeObject(schema) ? (isInPattern ? 'patternProperties' : spanningKeyword(schema)) : undefined;
  const strategy = (schema['x-merge'] ?? (spanning ? MergeStrategy.Atomic : MergeStrategy.Deep)) as MergeStrategy;
  const standard = schema.default === undefined ? {} : { default: schema.default as SyncValue };
  if (spanning !== undefined && schema['x-merge'] === undefined) refuseStrategyBelow(schema, path, spanning);
  else if (strategy !== MergeStrategy.Deep || !canBeObject(schema))
    refuseStrategyIn({ ...schema, 'x-merge': undefined }, path);
  if (isInPattern && (strategy === MergeStrategy.Set || strategy === MergeStrategy.Counter))
    throw schemaUnsupported(path, 'patternProperties', `two devices together could break them in a ${strategy}`);
  switch (strategy) {
    case MergeStrategy.Deep:
      if (spanning !== undefined) throw deepBeside(spanning, path);
      return { strategy, ...standard, object: canBeObject(schema) ? compileDeep(schema, path) : OPEN_OBJECT };
    case MergeStrategy.Atomic: {
      const parts = partsOf(schema);
      const because = schema['x-merge'] === undefined ? { because: spanning! } : {};
      return { strategy, ...standard, object: OPEN_OBJECT, ...(parts && { parts }), ...because };
    }
    case MergeStrategy.Set:
      if (!ARRAY.includes(schema.type) || !isScalarSchema(schema.items)) {
        throw schemaUnsupported(
          path,
          'x-merge',
          'a set is an array whose items are of the types string, number, integer, boolean or null',
        );
      }
      refuseKeywords(schema, path, CROSS_ELEMENT, 'two devices together could break it in a set');
      if (standard.default !== undefined && !isScalars(standard.default))
        throw schemaUnsupported(path, 'default', 'a set begins as an array of strings, numbers, booleans and null');
      return { strategy, ...standard, object: OPEN_OBJECT };
    case MergeStrategy.Counter:
      if (!NUMERIC.includes(schema.type)) {
        throw schemaUnsupported(path, 'x-merge', 'a counter is of the type number or integer');
      }
      refuseKeywords(
        schema.multipleOf === 1 ? { ...schema, multipleOf: undefined } : schema,
        path,
        CROSS_SHARE,
        'two devices together could break it in a counter',
      );
      if (standard.default !== undefined && !isCountable(standard.default))
        throw schemaUnsupported(path, 'default', 'a counter begins at a number between -(2^53 - 1) and 2^53 - 1');
      return { strategy, ...standard, object: OPEN_OBJECT };
    default:
      throw schemaUnsupported(path, 'x-merge', 'it is one of deep, atomic, set and counter');
  }
}

/** The defaults in an atomic object; undefined where there are none. */
function partsOf(schema: JsonSchema): ObjectRule | undefined {
  const parts = new Map<string, Rule>();
  for (const [name, property] of Object.entries(asObject(schema.properties))) {
    const { default: standard, ...nested } = asObject(property);
    const deeper = partsOf(nested);
    if (standard === undefined && !deeper) continue;
    parts.set(name, {
      ...atomicRule,
      ...(standard !== undefined && { default: standard as SyncValue }),
      ...(deeper && { parts: deeper }),
    });
  }
  return parts.size > 0 ? { ...OPEN_OBJECT, properties: parts } : undefined;
}

function compileDeep(schema: JsonSchema, path: string): ObjectRule {
  if (isPlainObject(schema.default) && Object.keys(schema.default).length > 0) {
    throw schemaUnsupported(
      path,
      'default',
      'an object that merges deeply has defaults on its properties, or {} as its own',
    );
  }
  const object = compileObject(schema, path);
  const saysNothing = object.properties.size === 0 && object.patterns.length === 0 && !object.other && object.isOpen;
  return saysNothing ? OPEN_OBJECT : object;
}

function isScalarSchema(items: unknown): boolean {
  return isPlainObject(items) && typesOf(items).every((type) => SCALARS.includes(type));
}

const isScalars = (value: SyncValue): boolean =>
  isArray(value) && value.every((item) => typeof item !== 'object' || item === null);
const isCountable = (value: SyncValue): boolean =>
  typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER;

const ARRAY: readonly unknown[] = ['array'];
const NUMERIC: readonly unknown[] = ['number', 'integer'];
const SCALARS: readonly unknown[] = ['string', 'boolean', 'null', ...NUMERIC];
