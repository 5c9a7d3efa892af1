/**
 * Checks documents against their schema where data enters: at a local write and after a merge. Whatever happens in a check is a breach of that document, never
 * a failure of the storage.
 */
import { ErrorCode, SyncError } from '../core/errors';
import { isArray } from '../core/json';
import type { SyncDocument, SyncObject, SyncValue } from '../core/json';
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
  let breach = strict(after);
  if (breach?.keyword !== 'additionalProperties') return breach;
  const there = before();
  // One after the other: beside a property that is there already may be one that is not.
  for (let known = after; breach?.keyword === 'additionalProperties'; breach = strict(known)) {
    const path = keysOf(breach.path);
    if (!hasPath(there, path)) return breach;
    known = withoutPath(known, path) as SyncDocument;
  }
  return tolerant(after);
}

export function documentInvalid({ path, keyword }: Breach): SyncError {
  return new SyncError(
    ErrorCode.DocumentInvalid,
    `The document breaks the schema of its collection: "${keyword}" at ${path || '/'}. Nothing was written; change the document, or the schema if it is too strict.`,
  );
}

const keysOf = (path: string): readonly string[] => path.slice(1).split('/').map(unescapePointer);

function hasPath(document: SyncDocument, path: readonly string[]): boolean {
  let value: unknown = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
    value = (value as { readonly [key: string]: unknown })[key];
  }
  return true;
}

/** A copy without the property at the path, which is there. */
function withoutPath(value: SyncValue, [key, ...below]: readonly string[]): SyncValue {
  if (isArray(value)) return value.map((item, at) => (String(at) === key ? withoutPath(item, below) : item));
  const { [key!]: inner, ...others } = value as SyncObject;
  return below.length === 0 ? others : { ...others, [key!]: withoutPath(inner!, below) };
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
