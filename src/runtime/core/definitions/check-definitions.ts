/**
 * What the local database cannot take of the app's definitions: names that RxDB's documents have themselves, and what schemas of an app that used RxDB before
 * may say. It would fail much later, as if the storage were damaged. What a schema says of values is checked where it is compiled, in the worker.
 */
import { ErrorCode, SyncError } from '../errors';
import type { CollectionDefinitions } from '../schema';

/** A schema as an app without a type check may give it. */
interface Given {
  readonly [keyword: string]: unknown;
}

/**
 * @param reserved names that documents of the local database have themselves (`namesOf`).
 * @throws SyncError SCHEMA_UNSUPPORTED with the collection, the name or option that cannot be, and what to do.
 */
export function checkDefinitions(collections: CollectionDefinitions, reserved: ReadonlySet<string>): void {
  for (const [name, definition] of Object.entries(collections)) {
    const why = whyNoCollection(name) ?? whyNoSchema(definition?.schema as unknown as Given | undefined, reserved);
    if (why === undefined) continue;
    throw new SyncError(ErrorCode.SchemaUnsupported, `The collection "${name}" cannot be opened: ${why}.`);
  }
}

/** The names of an object, and of what it inherits from up to `Object`. */
export function namesOf(object: object): ReadonlySet<string> {
  const names = new Set<string>();
  for (let at: unknown = object; at && at !== Object.prototype; at = Object.getPrototypeOf(at))
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  return names;
}

/** @throws SyncError SCHEMA_UNSUPPORTED */
export function refuseDevMode(isDevMode: boolean): void {
  if (!isDevMode) return;
  throw new SyncError(
    ErrorCode.SchemaUnsupported,
    "The app has added RxDB's dev-mode plugin, which takes no storage but those of RxDB and refuses what this one does. Take addRxPlugin(RxDBDevModePlugin) out: schemas and documents are checked without it.",
  );
}

function whyNoCollection(name: string): string | undefined {
  return name.startsWith('_') ? 'names that begin with "_" are RxDB\'s own; give it another name' : undefined;
}

function whyNoSchema(schema: Given | undefined, reserved: ReadonlySet<string>): string | undefined {
  if (!isObject(schema) || !isObject(schema.properties)) return 'it has no schema with "properties"';
  return (
    whyNoVersion(schema) ??
    whyNoPrimaryKey(schema) ??
    whyNoNames(Object.keys(schema.properties), reserved) ??
    whyNoNestedNames(schema, '') ??
    whyNoIndexes(schema)
  );
}

/** Of RxDB, and what to do instead. */
const OPTIONS: { readonly [option: string]: string } = {
  keyCompression: 'take it out: what leaves the device is compressed anyway',
  encrypted:
    'take it out: what leaves the device is encrypted, and what is stored here is protected by the browser only',
  attachments: 'take it out and store a reference to the file',
  crdt: 'take it out: documents merge by "x-merge"',
  sharding: 'take it out',
};

function whyNoVersion(schema: Given): string | undefined {
  const { version = 0 } = schema;
  if (version !== 0)
    return `its schema has the version ${String(version)}; set "version": 0, because there are no migrations ("Changing it" in docs/guide.md), and give the documents of the former version to seed`;
  for (const [option, wayOut] of Object.entries(OPTIONS)) {
    const value = schema[option];
    const isSet = Array.isArray(value) ? value.length > 0 : Boolean(value);
    if (isSet) return `its schema says "${option}"; ${wayOut}`;
  }
  return undefined;
}

function whyNoPrimaryKey({ primaryKey, properties }: Given): string | undefined {
  if (typeof primaryKey !== 'string')
    return primaryKey
      ? 'its primary key is composed of several properties; take one property of the type string, and join the others into it in the app'
      : 'its schema has no "primaryKey"; name the property of the type string that is the id';
  const property = Object.hasOwn(properties as object, primaryKey) ? (properties as Given)[primaryKey] : undefined;
  if (!isObject(property)) return `its primary key "${primaryKey}" is not in "properties"`;
  if (primaryKey.startsWith('_')) return underscored(primaryKey);
  const { type, maxLength } = property;
  if (type !== 'string') return `its primary key "${primaryKey}" is not of the type string; write numbers as text`;
  if (!isCount(maxLength)) return `its primary key "${primaryKey}" has no "maxLength"; set one, such as 40`;
  return undefined;
}

const underscored = (name: string) =>
  `names that begin with "_" are RxDB's own, and "${name}" is one; rename it in the app, such as "${name.replace(/^_+/, '') || 'id'}"`;

/** A document of RxDB has `x`, and beside it what it makes of each property: `x$`, `x$$` and `x_`. */
const DERIVED = ['', '$', '$$', '_'];

function whyNoNames(names: readonly string[], reserved: ReadonlySet<string>): string | undefined {
  const known = new Set(names);
  for (const name of names) {
    if (name.startsWith('_')) return underscored(name);
    const own = DERIVED.map((suffix) => name + suffix).find((one) => reserved.has(one));
    if (own !== undefined)
      return `a document of RxDB has "${own}" itself, so no property can be called "${name}"; rename it, such as "${name}Value"`;
    const other = DERIVED.slice(1).find((suffix) => known.has(name + suffix));
    if (other) return `RxDB gives a document "${name}${other}" for its property "${name}"; rename one of the two`;
    if (name.startsWith('$')) return `RxDB takes "${name}" for an operator of a query; rename the property`;
    if (name.includes('.')) return `RxDB takes "${name}" for a path; rename the property`;
  }
  return undefined;
}

/** Further in, RxDB reads `x$` and `x_` of an object that a document gives as something of its `x`. */
function whyNoNestedNames({ properties }: Given, path: string): string | undefined {
  for (const [name, property] of Object.entries(properties as Given)) {
    const at = path === '' ? name : `${path}.${name}`;
    if (path !== '' && /^__|^\$|[$_]$|\./.test(name))
      return `RxDB does not read a property called "${name}" (${at}); take a name without a dot, that begins with a letter and ends with a letter or a digit`;
    if (!isObject(property) || !isObject(property.properties)) continue;
    const why = whyNoNestedNames(property, at);
    if (why !== undefined) return why;
  }
  return undefined;
}

/** The greatest that RxDB's own check lets pass. */
const LONGEST_INDEXED_TEXT = 2048;

function whyNoIndexes(schema: Given): string | undefined {
  const { indexes = [] } = schema;
  if (!Array.isArray(indexes)) return 'its "indexes" are no list';
  for (const path of indexes.flat() as readonly unknown[]) {
    const property = typeof path === 'string' ? propertyAt(schema, path) : undefined;
    if (!property) return `its index "${String(path)}" is no property in the schema; take it out, or add the property`;
    const why = whyNoIndex(property);
    if (why !== undefined) return `its indexed property "${String(path)}" ${why}`;
  }
  return undefined;
}

function whyNoIndex({ type, maxLength, minimum, maximum, multipleOf }: Given): string | undefined {
  switch (type) {
    case 'string':
      return isCount(maxLength) && (maxLength as number) <= LONGEST_INDEXED_TEXT
        ? undefined
        : `has no "maxLength" up to ${LONGEST_INDEXED_TEXT}; set one, or take the index out`;
    case 'number':
    case 'integer':
      return [minimum, maximum, multipleOf].every((limit) => Number.isFinite(limit))
        ? undefined
        : 'has no "minimum", "maximum" and "multipleOf"; set all three, or take the index out';
    case 'boolean':
      return undefined;
    default:
      return 'is not of one of the types string, number, integer and boolean; take the index out';
  }
}

function propertyAt(schema: Given, path: string): Given | undefined {
  let property: unknown = schema;
  for (const key of path.split('.')) {
    const properties: unknown = isObject(property) ? property.properties : undefined;
    property = isObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
  }
  return isObject(property) ? property : undefined;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;

const isObject = (value: unknown): value is Given =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
