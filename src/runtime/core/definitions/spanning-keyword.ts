/** Keywords that relate properties of an object to each other: a merge of two valid objects, property by property, could break them. So does `required`, where it names any. */
export const CROSS_FIELD = [
  ...['anyOf', 'oneOf', 'allOf', 'not', 'if', 'const', 'enum', '$ref', 'dependencies', 'dependentRequired'],
  ...['dependentSchemas', 'unevaluatedProperties', 'minProperties', 'maxProperties'],
];

/** The first such keyword of a JSON schema, which makes an object one value of which the later wins. */
export function spanningKeyword(schema: { readonly [keyword: string]: unknown }): string | undefined {
  if (Array.isArray(schema.required) && schema.required.length > 0) return 'required';
  return CROSS_FIELD.find((keyword) => schema[keyword] !== undefined);
}
