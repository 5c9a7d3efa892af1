/**
 * Checks documents against their schema where data enters: at a local write and after a merge. Whatever happens in a check is a breach of that document, never
 * a failure of the storage.
 */
import { ErrorCode, SyncError } from '../core/errors';
import type { SyncDocument } from '../core/json';
import type { JsonSchema } from './merge-rules';
import { unescapePointer } from './json-value';
import { compileSchema } from './schema/compile';
import type { Breach, Check } from './schema/compile';
import { checkDefaults } from './schema/defaults';
import { checkKeywords } from './schema/keywords';

export type { Breach } from './schema/compile';

export type Validate = (document: SyncDocument) => Breach | undefined;

export interface Validators {
  /** For what the app writes. */
  readonly strict: Validate;
  /** For what arrives: a newer version of the app may have more properties anywhere. */
  readonly tolerant: Validate;
}

/**
 * @param schema of a collection, as the app wrote it or as RxDB completed it: RxDB's own fields are not looked at.
 * @throws SyncError SCHEMA_UNSUPPORTED with the keyword that cannot be checked.
 */
export function compileValidators(schema: JsonSchema): Validators {
  const own = ownPart(schema);
  checkKeywords(own);
  checkDefaults(own);
  const strict = judge(compileSchema(own, { isOpen: false }));
  let open: Validate | undefined;
  return {
    strict,
    // What is valid as it is stays so: without what forbids further properties, two branches of a "oneOf" may be the same. A tab that does not sync never merges.
    tolerant: (document) => strict(document) && (open ??= judge(compileSchema(own, { isOpen: true })))(document),
  };
}

/** A pattern, for one, may exhaust the stack of an engine. */
function judge(check: Check): Validate {
  return (document) => {
    try {
      return check(document);
    } catch (error) {
      return { path: '', keyword: error instanceof Error ? error.name : 'schema' };
    }
  };
}

/**
 * What a write breaks, if it is the write that breaks it: a property inside an array or an atomic object that only a newer version of
 * the app knows is there already when this version changes another one.
 */
export function breachOfWrite(
  { strict, tolerant }: Validators,
  before: () => SyncDocument,
  after: SyncDocument,
): Breach | undefined {
  const breach = strict(after);
  if (breach?.keyword !== 'additionalProperties' || !hasPath(before(), breach.path)) return breach;
  return tolerant(after);
}

export function documentInvalid({ path, keyword }: Breach): SyncError {
  return new SyncError(
    ErrorCode.DocumentInvalid,
    `The document breaks the schema of its collection: "${keyword}" at ${path || '/'}. Nothing was written; change the document, or the schema if it is too strict.`,
  );
}

function hasPath(document: SyncDocument, path: string): boolean {
  let value: unknown = document;
  for (const key of path.slice(1).split('/').map(unescapePointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
    value = (value as { readonly [key: string]: unknown })[key];
  }
  return true;
}

function ownPart(schema: JsonSchema): JsonSchema {
  const { properties = {}, required = [] } = schema as {
    properties?: { readonly [name: string]: unknown };
    required?: unknown;
  };
  const isOwn = (name: unknown) => typeof name !== 'string' || !name.startsWith('_');
  return {
    ...schema,
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => isOwn(name))),
    required: Array.isArray(required) ? required.filter(isOwn) : required,
  };
}
