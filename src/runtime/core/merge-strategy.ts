/** What a schema says of how a property merges, for those who only read it: whether it can be merged so is decided where documents are merged (crdt/merge-rules.ts). */
import type { SyncObject, SyncValue } from './json';
import type { CollectionSchema, MergeStrategyName, PropertySchema } from './schema';

/** Keywords that relate what is in an object: merged property by property, two valid ones could come to one that is not. */
const SPANNING_KEYWORDS = [
  ...['required', 'minProperties', 'maxProperties', 'propertyNames', 'unevaluatedProperties'],
  ...['dependencies', 'dependentRequired', 'dependentSchemas'],
  ...['anyOf', 'oneOf', 'allOf', 'not', 'if', 'then', 'else', 'const', 'enum', '$ref'],
];

/** How two devices' changes of the property meet. An object whose parts depend on each other is one value by itself. */
export function strategyOf(schema: PropertySchema): MergeStrategyName {
  return schema['x-merge'] ?? (SPANNING_KEYWORDS.some((keyword) => keyword in schema) ? 'atomic' : 'deep');
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
