/**
 * Checks documents against their schema where data enters: at a local write and after a merge. The validator interprets the schema,
 * because an app's content security policy may forbid `eval` and `new Function`, which compiling validators need.
 */
import { Validator } from '@cfworker/json-schema';
import type { OutputUnit, Schema } from '@cfworker/json-schema';
import { ErrorCode, SyncError } from '../core/errors';
import type { SyncDocument } from '../core/json';
import type { JsonSchema } from './merge-rules';
import { unescapePointer } from './json-value';

/** What a document breaks, without its value. */
export interface Breach {
  /** JSON pointer of the property. */
  readonly path: string;
  /** The schema's keyword. */
  readonly keyword: string;
}

export type Validate = (document: SyncDocument) => Breach | undefined;

/** Keywords whose error only says that there is another one further in. */
const CONTAINERS = new Set([
  'properties',
  'patternProperties',
  'items',
  'prefixItems',
  'additionalItems',
  '$ref',
  'allOf',
]);

export interface Validators {
  /** For what the app writes. */
  readonly strict: Validate;
  /** For what arrives: a newer version of the app may have more properties anywhere. */
  readonly tolerant: Validate;
}

/** @param schema of a collection, as the app wrote it or as RxDB completed it: RxDB's own fields are not looked at. */
export function compileValidators(schema: JsonSchema): Validators {
  const own = ownPart(schema);
  const strict = validateBy(own);
  let tolerant: Validate | undefined;
  // A tab that does not sync never merges.
  return { strict, tolerant: (document) => (tolerant ??= validateBy(opened(own) as Schema))(document) };
}

function validateBy(schema: Schema): Validate {
  const validator = new Validator(schema, '7', true);
  return (document) => {
    const { valid, errors } = validator.validate(document);
    return valid ? undefined : breachOf(errors);
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

/** The schema without what forbids further properties. */
function opened(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(opened);
  if (typeof schema !== 'object' || schema === null) return schema;
  const kept = Object.entries(schema).filter(
    ([keyword, value]) => keyword !== 'additionalProperties' || value !== false,
  );
  return Object.fromEntries(kept.map(([keyword, value]) => [keyword, opened(value)]));
}

/** A copy, because the validator notes its references in the schema, and RxDB freezes and compares schemas. */
function ownPart(schema: JsonSchema): Schema {
  const copy = JSON.parse(JSON.stringify(schema)) as Schema;
  const isOwn = (name: string) => !name.startsWith('_');
  const { properties = {}, required = [] } = copy as {
    properties?: { [name: string]: Schema };
    required?: readonly string[];
  };
  return {
    ...copy,
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => isOwn(name))),
    required: required.filter(isOwn),
  };
}

/** The validator reports from the outside to the inside and stops at the first breach. */
function breachOf(errors: readonly OutputUnit[]): Breach {
  const at = errors.findIndex(({ keyword }) => !CONTAINERS.has(keyword));
  const { keyword, instanceLocation, error } = errors[at] ?? errors[0]!;
  const next = errors[at + 1];
  if (keyword === 'additionalProperties' && next) {
    // Either no other property is allowed, or the one there is breaks what is said of the others.
    return next.keyword === 'false' ? { path: pathOf(next.instanceLocation), keyword } : breachOf(errors.slice(at + 1));
  }
  const missing = keyword === 'required' ? `/${/"(.*)"/.exec(error)?.[1] ?? ''}` : '';
  return { path: pathOf(instanceLocation) + missing, keyword };
}

const pathOf = (instanceLocation: string): string => instanceLocation.replace(/^#/, '');
