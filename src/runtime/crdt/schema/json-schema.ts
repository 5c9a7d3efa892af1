/** A JSON schema as the merge reads it, and what it may describe. */
import { isArray, isPlainObject } from '../json-value';

/** A JSON schema, of RxDB's or any other origin. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** A schema may be `true` or `false`. */
export const asObject = (schema: unknown): JsonSchema => (isPlainObject(schema) ? schema : {});

/** Whether a value of the schema may be an object, as far as one can tell without descending. */
export function canBeObject(schema: JsonSchema): boolean {
  const { type, enum: values, const: constant, anyOf, oneOf } = schema;
  if (type !== undefined) return typesOf(schema).includes('object');
  if (isArray(values)) return values.some(isPlainObject);
  if (constant !== undefined) return isPlainObject(constant);
  const branches = [anyOf, oneOf].filter(isArray).flat().map(asObject);
  return branches.length === 0 || branches.some(canBeObject);
}

export const typesOf = ({ type }: JsonSchema): readonly unknown[] => [type].flat();
