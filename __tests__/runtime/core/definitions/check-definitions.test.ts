import { checkDefinitions, namesOf, refuseDevMode } from '../../../../src/runtime/core/definitions/check-definitions';
import { ErrorCode } from '../../../../src/runtime/core/errors';
import { collections } from '../../../../src/lib/schema';

const string = { type: 'string' };
const id = { type: 'string', maxLength: 40 };
const schema = { version: 0, primaryKey: 'id', type: 'object', properties: { id } };
const reserved = new Set(['own$', 'get', 'get$', 'deleted', 'deleted$', 'collection', '$', '$$']);

const check = (definitions: object) => checkDefinitions(definitions as never, reserved);
const withProperties = (properties: object) => ({
  notes: { schema: { ...schema, properties: { id, ...properties } } },
});

test('the collections of this project are taken', () => {
  expect(() => checkDefinitions(collections, reserved)).not.toThrow();
});

test.each<[what: string, said: RegExp, definitions: object]>([
  ['a property that a document of RxDB has itself', /"deleted".*rename/, withProperties({ deleted: string })],
  ['one whose observable it has', /"own\$".*"own".*rename/, withProperties({ own: string })],
  ['one that it keeps', /"collection".*rename/, withProperties({ collection: string })],
  ['a property without a name', /"\$"/, withProperties({ '': string })],
  [
    'two properties of which RxDB gives one for the other',
    /"title_" for its property "title"/,
    withProperties({ title_: string, title: string }),
  ],
  ['an underscored property', /"_owner".*"owner"/, withProperties({ _owner: string })],
  ['a property with a dot', /"a\.b".*path/, withProperties({ 'a.b': string })],
  ['a property that a query takes for an operator', /"\$in"/, withProperties({ $in: string })],
  [
    'a nested one that RxDB does not read',
    /"x_" \(box\.x_\)/,
    withProperties({ box: { type: 'object', properties: { x_: string } } }),
  ],
  [
    'an underscored primary key',
    /"_id".*"id"/,
    { notes: { schema: { ...schema, primaryKey: '_id', properties: { _id: id } } } },
  ],
  [
    'a primary key without a length',
    /"id" has no "maxLength"/,
    { notes: { schema: { ...schema, properties: { id: string } } } },
  ],
  [
    'a primary key that is a number',
    /not of the type string/,
    { notes: { schema: { ...schema, properties: { id: { type: 'integer' } } } } },
  ],
  ['a primary key that is not there', /"key" is not in/, { notes: { schema: { ...schema, primaryKey: 'key' } } }],
  [
    'a composite primary key',
    /composed/,
    { notes: { schema: { ...schema, primaryKey: { key: 'id', fields: ['a'], separator: '|' } } } },
  ],
  ['no primary key', /no "primaryKey"/, { notes: { schema: { ...schema, primaryKey: undefined } } }],
  ['a schema that RxDB has migrated', /version 2.*"version": 0/, { notes: { schema: { ...schema, version: 2 } } }],
  ['compressed keys', /"keyCompression"/, { notes: { schema: { ...schema, keyCompression: true } } }],
  ['encrypted properties', /"encrypted"/, { notes: { schema: { ...schema, encrypted: ['a'] } } }],
  ['attachments', /"attachments"/, { notes: { schema: { ...schema, attachments: {} } } }],
  [
    'an index over a text of any length',
    /"a" has no "maxLength"/,
    { notes: { schema: { ...schema, properties: { id, a: string }, indexes: [['id', 'a']] } } },
  ],
  [
    'an index over an unbounded number',
    /"a" has no "minimum"/,
    { notes: { schema: { ...schema, properties: { id, a: { type: 'number' } }, indexes: ['a'] } } },
  ],
  [
    'an index over a list',
    /"a" is not of one/,
    { notes: { schema: { ...schema, properties: { id, a: { type: 'array' } }, indexes: ['a'] } } },
  ],
  ['an index over nothing', /"b\.c" is no property/, { notes: { schema: { ...schema, indexes: ['b.c'] } } }],
  ['a collection of RxDB', /names that begin with "_"/, { _notes: { schema } }],
  ['no schema', /has no schema/, { notes: {} }],
  ['no properties', /has no schema with "properties"/, { notes: { schema: { ...schema, properties: undefined } } }],
])('%s is refused, with what to do', (_what, said, definitions) => {
  expect(() => check(definitions)).toThrow(
    expect.objectContaining({ code: ErrorCode.SchemaUnsupported, message: expect.stringMatching(said) as string }),
  );
});

test('what RxDB says of every schema, and names that only look reserved, are taken', () => {
  const completed = { ...schema, keyCompression: false, encrypted: [], indexes: [] };
  expect(() => check({ notes: { schema: completed } })).not.toThrow();
  expect(() =>
    check(withProperties({ constructor: string, toString: string, größe: string, 'a/b': string, x_: string })),
  ).not.toThrow();
});

test('the names of an object are those of what it inherits from, too', () => {
  expect([...namesOf(Object.assign(Object.create({ inherited: 1 }), { own: 2 }))]).toEqual(['own', 'inherited']);
});

test('the plugin that takes no storage but its own is refused by its name', () => {
  expect(() => refuseDevMode(false)).not.toThrow();
  expect(() => refuseDevMode(true)).toThrow(/dev-mode.*RxDBDevModePlugin/);
});
