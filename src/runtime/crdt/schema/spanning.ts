/** Keywords that a merge of sets or counters could break, though each device has kept them; and the refusals of a strategy where it could not hold. */
import type { SyncError } from '../../core/errors';
import { escapePointer, isArray, isPlainObject } from '../json-value';
import { asObject } from './json-schema';
import type { JsonSchema } from './json-schema';
import { schemaUnsupported } from './keywords';

/** Keywords that a union of two valid sets, or a sum of valid shares, could break. */
export const CROSS_ELEMENT = [
  'minItems',
  'maxItems',
  'contains',
  'minContains',
  'maxContains',
  'prefixItems',
  'const',
  'enum',
  'anyOf',
  'oneOf',
  'allOf',
  'not',
  'if',
];
export const CROSS_SHARE = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'const',
  'enum',
  'anyOf',
  'oneOf',
  'allOf',
  'not',
  'if',
];

export function deepBeside(keyword: string, path: string): SyncError {
  return schemaUnsupported(
    path,
    keyword,
    `it relates properties to each other, which "x-merge": "deep" merges one by one; take "x-merge" out, and the object is one value of which the later wins ("atomic"), or take "${keyword}" out`,
  );
}

export function refuseStrategyBelow(schema: JsonSchema, path: string, because: string): void {
  const below = strategyBelow(schema, path);
  if (below === undefined) return;
  throw schemaUnsupported(
    below,
    'x-merge',
    `it is in ${path}, which is one value of which the later wins, because its "${because}" relates properties to each other; take "${because}" out there (a "default" on a property keeps it from being absent), or move this property out of ${path}`,
  );
}

/** Where in an object a strategy is named. */
function strategyBelow(schema: JsonSchema, path: string): string | undefined {
  const properties = Object.entries(asObject(schema.properties));
  for (const [name, property] of properties) {
    const at = `${path}/${escapePointer(name)}`;
    if (isPlainObject(property) && property['x-merge'] !== undefined) return at;
    const below = strategyBelow(asObject(property), at);
    if (below !== undefined) return below;
  }
  return mentionsStrategy({ ...schema, properties: undefined, 'x-merge': undefined }) ? `${path}/*` : undefined;
}

/** Below anything but the named properties of objects that merge deeply, a strategy would have no names to be part of. */
export function refuseStrategyIn(schema: JsonSchema, path: string): void {
  if (mentionsStrategy(schema)) {
    throw schemaUnsupported(path, 'x-merge', 'it is read only on the "properties" of objects that merge deeply');
  }
}

function mentionsStrategy(schema: unknown): boolean {
  if (isArray(schema)) return schema.some(mentionsStrategy);
  if (!isPlainObject(schema)) return false;
  return schema['x-merge'] !== undefined || Object.values(schema).some(mentionsStrategy);
}

export function refuseKeywords(schema: JsonSchema, path: string, keywords: readonly string[], why: string): void {
  const found = keywords.find((keyword) => schema[keyword] !== undefined);
  if (found !== undefined) throw schemaUnsupported(path, found, why);
}
