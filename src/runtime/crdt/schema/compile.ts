/**
 * JSON Schema as a tree of functions: draft 7, with `prefixItems`, `dependentRequired`, `dependentSchemas`, `minContains` and `maxContains` of later ones.
 * A validator of others would have to be patched: those that need no `eval`, which an app's content security policy may forbid, compile patterns anew for
 * each value and take them under the `u` flag only, divide binary fractions for `multipleOf`, and throw where a property is undefined.
 * Formats are those of @cfworker/json-schema.
 */
import { format as formats } from '@cfworker/json-schema';
import type { SyncValue } from '../../core/json';
import { canonicalJson, escapePointer, isArray, isPlainObject, sameValue } from '../json-value';
import type { JsonSchema } from './json-schema';
import { isMultipleOf } from './multiple-of';
import { compilePattern } from '../../core/definitions/pattern';

/** What a value breaks, without the value. */
export interface Breach {
  /** JSON pointer. */
  readonly path: string;
  /** The schema's keyword. */
  readonly keyword: string;
}

/** Never throws for what JSON can hold. */
export type Check = (value: unknown) => Breach | undefined;

export interface CompileOptions {
  /** Takes any further property where the schema forbids them: a newer version of the app may have more. */
  readonly isOpen: boolean;
}

/** @param schema that `checkKeywords` lets pass. */
export function compileSchema(schema: JsonSchema | boolean, options: CompileOptions): Check {
  if (typeof schema === 'boolean') return schema ? () => undefined : () => breachOf('false');
  const compile = (nested: unknown) => compileSchema(nested as JsonSchema | boolean, options);
  const checks = [
    ...ofAnything(schema, compile),
    ...ofNumbers(schema),
    ...ofTexts(schema),
    ...ofArrays(schema, compile),
    ...ofObjects(schema, compile, options),
  ];
  return (value) => {
    for (const check of checks) {
      const breach = check(value);
      if (breach) return breach;
    }
    return undefined;
  };
}

type Compile = (schema: unknown) => Check;

const breachOf = (keyword: string): Breach => ({ path: '', keyword });
const within = (key: string | number, { path, keyword }: Breach): Breach => ({
  path: `/${escapePointer(String(key))}${path}`,
  keyword,
});

/** The check of a keyword that says something of the values `isOf` takes, and holds where `holds` does. */
const rule =
  <Value>(keyword: string, isOf: (value: unknown) => value is Value, holds: (value: Value) => boolean): Check =>
  (value) =>
    !isOf(value) || holds(value) ? undefined : breachOf(keyword);

const isAny = (_value: unknown): _value is SyncValue => true;
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isText = (value: unknown): value is string => typeof value === 'string';

/** The checks of the keywords that are there. */
function* each<Argument>(
  schema: JsonSchema,
  rules: { readonly [keyword: string]: (argument: Argument) => Check },
): Iterable<Check> {
  for (const [keyword, make] of Object.entries(rules))
    if (schema[keyword] !== undefined) yield make(schema[keyword] as Argument);
}

function* ofAnything(schema: JsonSchema, compile: Compile): Iterable<Check> {
  const { type, const: constant, enum: values, not, allOf, anyOf, oneOf } = schema;
  const { if: condition, then: consequence = true, else: alternative = true } = schema;
  const all = (branches: unknown): readonly Check[] => (branches as readonly unknown[]).map(compile);
  if (type !== undefined) {
    const types = (isArray(type) ? type : [type]) as readonly string[];
    yield rule('type', isAny, (value) => types.some((one) => isOfType(value, one)));
  }
  if (constant !== undefined) yield rule('const', isAny, (value) => sameValue(value, constant as SyncValue));
  if (values !== undefined)
    yield rule('enum', isAny, (value) => (values as readonly SyncValue[]).some((one) => sameValue(value, one)));
  if (not !== undefined) {
    const check = compile(not);
    yield rule('not', isAny, (value) => check(value) !== undefined);
  }
  if (allOf !== undefined) yield* all(allOf);
  if (anyOf !== undefined) {
    const checks = all(anyOf);
    yield rule('anyOf', isAny, (value) => checks.some((check) => !check(value)));
  }
  if (oneOf !== undefined) {
    const checks = all(oneOf);
    yield rule('oneOf', isAny, (value) => checks.filter((check) => !check(value)).length === 1);
  }
  if (condition !== undefined) {
    const [decide, ifSo, ifNot] = [compile(condition), compile(consequence), compile(alternative)];
    yield rule('if', isAny, (value) => !(decide(value) ? ifNot : ifSo)(value));
  }
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return isArray(value);
    case 'object':
      return isPlainObject(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

const ofNumbers = (schema: JsonSchema): Iterable<Check> =>
  each<number>(schema, {
    minimum: (least) => rule('minimum', isNumber, (value) => value >= least),
    maximum: (greatest) => rule('maximum', isNumber, (value) => value <= greatest),
    exclusiveMinimum: (bound) => rule('exclusiveMinimum', isNumber, (value) => value > bound),
    exclusiveMaximum: (bound) => rule('exclusiveMaximum', isNumber, (value) => value < bound),
    multipleOf: (divisor) =>
      rule('multipleOf', isNumber, (value) => Number.isFinite(value) && isMultipleOf(value, divisor)),
  });

function* ofTexts(schema: JsonSchema): Iterable<Check> {
  const { pattern, format } = schema;
  yield* each<number>(schema, {
    minLength: (least) => rule('minLength', isText, (text) => text.length >= least && lengthOf(text) >= least),
    maxLength: (greatest) => rule('maxLength', isText, (text) => text.length <= greatest || lengthOf(text) <= greatest),
  });
  if (pattern !== undefined) {
    const expression = compilePattern(pattern as string)!;
    yield rule('pattern', isText, (text) => expression.test(text));
  }
  if (format !== undefined) yield rule('format', isText, formats[format as string]!);
}

/** In code points. */
function lengthOf(text: string): number {
  let length = 0;
  for (let at = 0; at < text.length; at += text.codePointAt(at)! > 0xffff ? 2 : 1) length += 1;
  return length;
}

function* ofArrays(schema: JsonSchema, compile: Compile): Iterable<Check> {
  const { items, additionalItems, prefixItems, contains, minContains, maxContains, uniqueItems } = schema;
  yield* each<number>(schema, {
    minItems: (least) => rule('minItems', isArray, (list) => list.length >= least),
    maxItems: (greatest) => rule('maxItems', isArray, (list) => list.length <= greatest),
  });
  const first = ((isArray(items) ? items : prefixItems) ?? []) as readonly unknown[];
  const rest = isArray(items) ? additionalItems : items;
  if (first.length > 0 || rest !== undefined) {
    const checks = first.map(compile);
    const other = rest === undefined ? undefined : compile(rest);
    yield (value) => {
      if (!isArray(value)) return undefined;
      for (let at = 0; at < value.length; at += 1) {
        const breach = (checks[at] ?? other)?.(value[at]);
        if (breach) return within(at, breach);
      }
      return undefined;
    };
  }
  if (contains !== undefined) {
    const check = compile(contains);
    const [least, greatest] = [(minContains ?? 1) as number, (maxContains ?? Infinity) as number];
    const count = (list: readonly SyncValue[]) => list.filter((item) => !check(item)).length;
    yield rule(minContains === undefined ? 'contains' : 'minContains', isArray, (list) => count(list) >= least);
    yield rule('maxContains', isArray, (list) => count(list) <= greatest);
  }
  if (uniqueItems === true)
    yield rule('uniqueItems', isArray, (list) => new Set(list.map(canonicalJson)).size === list.length);
}

/** RxDB hands on what a page has written as undefined, which is no property. */
const namesIn = (object: object): readonly string[] =>
  Object.keys(object).filter((name) => (object as { readonly [name: string]: unknown })[name] !== undefined);
const has = (object: object, name: string): boolean =>
  Object.hasOwn(object, name) && (object as { readonly [name: string]: unknown })[name] !== undefined;

function* ofObjects(schema: JsonSchema, compile: Compile, options: CompileOptions): Iterable<Check> {
  const { required, propertyNames, dependencies, dependentRequired, dependentSchemas } = schema;
  if (required !== undefined) {
    yield (value) => {
      if (!isPlainObject(value)) return undefined;
      const missing = (required as readonly string[]).find((name) => !has(value, name));
      return missing === undefined ? undefined : within(missing, breachOf('required'));
    };
  }
  yield* each<number>(schema, {
    minProperties: (least) => rule('minProperties', isPlainObject, (object) => namesIn(object).length >= least),
    maxProperties: (greatest) => rule('maxProperties', isPlainObject, (object) => namesIn(object).length <= greatest),
  });
  if (propertyNames !== undefined) {
    const check = compile(propertyNames);
    yield rule('propertyNames', isPlainObject, (object) => namesIn(object).every((name) => !check(name)));
  }
  for (const [keyword, given] of Object.entries({ dependencies, dependentRequired, dependentSchemas }))
    for (const [name, demanded] of Object.entries(given ?? {})) yield dependency(keyword, name, demanded, compile);
  yield* ofProperties(schema, compile, options);
}

function dependency(keyword: string, name: string, demanded: unknown, compile: Compile): Check {
  const check = isArray(demanded) ? compile({ required: demanded }) : compile(demanded);
  return rule(keyword, isPlainObject, (object) => !has(object, name) || !check(object));
}

function* ofProperties(schema: JsonSchema, compile: Compile, { isOpen }: CompileOptions): Iterable<Check> {
  const { properties = {}, patternProperties = {}, additionalProperties = true } = schema;
  const known = new Map(Object.entries(properties as object).map(([name, one]) => [name, compile(one)]));
  const patterns = Object.entries(patternProperties as object).map(
    ([pattern, one]) => [compilePattern(pattern)!, compile(one)] as const,
  );
  if (known.size === 0 && patterns.length === 0 && additionalProperties === true) return;
  const none: Check = () => (isOpen ? undefined : breachOf('additionalProperties'));
  const other = additionalProperties === false ? none : compile(additionalProperties);

  const checkProperty = (name: string, value: unknown): Breach | undefined => {
    const own = known.get(name);
    let breach = own?.(value);
    let isOther = own === undefined;
    for (const [pattern, check] of patterns) {
      if (!pattern.test(name)) continue;
      isOther = false;
      breach ??= check(value);
    }
    return isOther ? other(value) : breach;
  };
  yield (value) => {
    if (!isPlainObject(value)) return undefined;
    for (const name of namesIn(value)) {
      const breach = checkProperty(name, value[name]);
      if (breach) return within(name, breach);
    }
    return undefined;
  };
}
