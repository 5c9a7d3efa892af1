/** What a schema says of a property of an object, be it by its name, by a pattern or of all others: what decides how two devices' changes of it meet. */
import type { PropertySchema } from '../schema';
import { compilePattern } from './pattern';

/** The schema of a collection, or of an object in it. */
export interface ObjectSchema {
  readonly properties?: { readonly [property: string]: PropertySchema };
  readonly patternProperties?: unknown;
  readonly additionalProperties?: unknown;
}

/** Where several parts of the schema say something of it, an object is one value of which the later wins. */
export function propertySchemaOf(schema: ObjectSchema, name: string): PropertySchema {
  const { properties = {}, patternProperties, additionalProperties } = schema;
  const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
  const patterns = Object.entries(asSchema(patternProperties) as { readonly [pattern: string]: unknown });
  const matching = patterns.filter(([pattern]) => compiled(pattern)?.test(name));
  const [[, only] = [], ...others] = matching;
  if (own) return only === undefined ? own : { 'x-merge': 'atomic', ...own };
  if (others.length > 0) return { 'x-merge': 'atomic' };
  return asSchema(only === undefined ? additionalProperties : only);
}

const asSchema = (value: unknown): PropertySchema =>
  typeof value === 'object' && value !== null ? (value as PropertySchema) : {};

const regExps = new Map<string, RegExp | undefined>();

function compiled(pattern: string): RegExp | undefined {
  if (!regExps.has(pattern)) regExps.set(pattern, compilePattern(pattern));
  return regExps.get(pattern);
}
