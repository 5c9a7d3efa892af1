/**
 * What may stand in a schema. Checked when a collection opens, because a keyword that is misspelt in its value, or that no check stands behind, would
 * show up as a write that is refused without reason, or as a document that only some devices take.
 */
import { format as formats } from '@cfworker/json-schema';
import { ErrorCode, SyncError } from '../../core/errors';
import { escapePointer, isArray, isPlainObject } from '../json-value';
import { compilePattern } from '../../core/definitions/pattern';

/** @throws SyncError SCHEMA_UNSUPPORTED with the first keyword that cannot be checked, where it stands, and what to write instead. */
export function checkKeywords(schema: unknown, path = ''): void {
  if (typeof schema === 'boolean') return;
  if (!isPlainObject(schema)) throw schemaUnsupported(path, 'schema', 'a schema is an object, true or false');
  for (const [keyword, value] of Object.entries(schema)) {
    const kind = Object.hasOwn(KINDS, keyword) ? KINDS[keyword] : undefined;
    const why = kind?.whyNot(value);
    if (why !== undefined) throw schemaUnsupported(path, keyword, why);
    for (const [where, nested] of kind?.nested?.(value) ?? []) checkKeywords(nested, path + where);
  }
}

export function schemaUnsupported(path: string, keyword: string, why: string): SyncError {
  return new SyncError(
    ErrorCode.SchemaUnsupported,
    `The schema's "${keyword}" at ${path || '/'} is not supported: ${why}.`,
  );
}

/** Of the values of a keyword. */
interface Kind {
  /** Undefined for a good value. */
  whyNot(value: unknown): string | undefined;
  /** The schemas in it, by where what they describe stands. */
  nested?(value: unknown): Iterable<readonly [where: string, schema: unknown]>;
}

const TYPES: readonly unknown[] = ['string', 'number', 'integer', 'boolean', 'null', 'array', 'object'];

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isNames = (value: unknown): boolean => isArray(value) && value.every((name) => typeof name === 'string');
const kind = (isGood: (value: unknown) => boolean, why: string): Kind => ({
  whyNot: (value) => (isGood(value) ? undefined : why),
});

const number = kind(
  (value) => Number.isFinite(value),
  'it is a number; an exclusive bound stands alone, as in "exclusiveMinimum": 0',
);
const count = kind((value) => isCount(value), 'it is a whole number from 0 on');
const names = kind(isNames, 'it is a list of names of properties, beside "properties"');
const anything: Kind = { whyNot: () => undefined };

const schema: Kind = { ...anything, nested: (value) => [['', value]] };
const elements: Kind = { ...anything, nested: (value) => [['/*', value]] };
const schemas: Kind = {
  ...kind((value) => isArray(value) && value.length > 0, 'it is a list of schemas'),
  nested: (value) => (value as readonly unknown[]).map((nested) => ['', nested] as const),
};
const byName: Kind = {
  ...kind(isPlainObject, 'it is an object of schemas'),
  nested: (value) => Object.entries(value as object).map(([name, one]) => [`/${escapePointer(name)}`, one] as const),
};
const byPattern: Kind = {
  whyNot: (value) =>
    isPlainObject(value)
      ? Object.keys(value)
          .map(whyNoPattern)
          .find((why) => why !== undefined)
      : 'it is an object of schemas',
  nested: (value) => Object.values(value as object).map((nested: unknown) => ['/*', nested] as const),
};
const dependencies: Kind = {
  ...kind(isPlainObject, 'it is an object of names or schemas'),
  nested: (value) =>
    Object.values(value as object)
      .filter((one) => !isNames(one))
      .map((nested: unknown) => ['', nested] as const),
};
const refused = (why: string): Kind => kind(() => false, why);
const reference = refused('references are not resolved; write the schema out where it is used');
const unevaluated = refused('it is not checked; name what is allowed with "properties" and "additionalProperties"');

/** All keywords that say something of a document. Others are notes, and may say anything. */
const KINDS: { readonly [keyword: string]: Kind } = {
  type: kind(
    (value) => [value].flat().every((type) => TYPES.includes(type)) && !(isArray(value) && value.length === 0),
    `it is one of ${TYPES.join(', ')}, or a list of them`,
  ),
  enum: kind((value) => isArray(value) && value.length > 0, 'it is a list of values'),
  const: anything,
  ...{ minimum: number, maximum: number, exclusiveMinimum: number, exclusiveMaximum: number },
  multipleOf: kind((value) => Number.isFinite(value) && (value as number) > 0, 'it is a number above 0'),
  ...{ minLength: count, maxLength: count, minItems: count, maxItems: count, minContains: count, maxContains: count },
  ...{ minProperties: count, maxProperties: count },
  pattern: { whyNot: whyNoPattern },
  format: kind(
    (value) => typeof value === 'string' && Object.hasOwn(formats, value),
    `it is one of ${Object.keys(formats).join(', ')}; write a "pattern" for another one`,
  ),
  uniqueItems: kind((value) => typeof value === 'boolean', 'it is true or false'),
  required: names,
  dependentRequired: kind(
    (value) => isPlainObject(value) && Object.values(value).every(isNames),
    'it is an object of lists of names',
  ),
  dependentSchemas: { ...byName, nested: (value) => Object.values(value as object).map((one) => ['', one] as const) },
  dependencies,
  ...{ properties: byName, patternProperties: byPattern, additionalProperties: elements, propertyNames: elements },
  items: {
    ...anything,
    nested: (value) => [value].flat().map((one: unknown) => ['/*', one] as const),
  },
  prefixItems: {
    ...schemas,
    nested: (value) => (value as readonly unknown[]).map((one) => ['/*', one] as const),
  },
  ...{ additionalItems: elements, contains: elements },
  ...{ allOf: schemas, anyOf: schemas, oneOf: schemas, not: schema, if: schema, then: schema, else: schema },
  ...{ $ref: reference, $recursiveRef: reference, $dynamicRef: reference },
  ...{ unevaluatedProperties: unevaluated, unevaluatedItems: unevaluated },
};

function whyNoPattern(value: unknown): string | undefined {
  const isPattern = typeof value === 'string' && compilePattern(value) !== undefined;
  return isPattern ? undefined : `${JSON.stringify(value)} is no regular expression of this browser`;
}
