import { checkStrategies, compileRules, MergeStrategy, strategiesOf } from '../../../src/runtime/crdt/merge-rules';
import type { JsonSchema } from '../../../src/runtime/crdt/merge-rules';
import { collections } from '../../../src/lib/schema';
import type { SyncError } from '../../../src/runtime/core/errors';
import { ErrorCode } from '../../../src/runtime/core/errors';

const rulesOf = (properties: { readonly [name: string]: JsonSchema }, keywords: JsonSchema = {}) =>
  compileRules({
    primaryKey: 'id',
    type: 'object',
    properties: { id: { type: 'string' }, ...properties },
    ...keywords,
  });

const refusal = (call: () => unknown): SyncError => {
  try {
    call();
  } catch (error) {
    return error as SyncError;
  }
  throw new Error('it was not refused');
};

describe('the rules of a schema', () => {
  test('name the strategy of every property, nested ones included', () => {
    const rules = rulesOf({
      title: { type: 'string' },
      tags: { type: 'array', items: { type: 'string' }, 'x-merge': 'set' },
      settings: {
        type: 'object',
        properties: {
          'a/b': { type: 'object', 'x-merge': 'atomic', anyOf: [{}] },
          uses: { type: 'integer', 'x-merge': 'counter' },
        },
      },
    });
    expect(strategiesOf(rules)).toEqual({
      '/title': MergeStrategy.Deep,
      '/tags': MergeStrategy.Set,
      '/settings': MergeStrategy.Deep,
      '/settings/a~1b': MergeStrategy.Atomic,
      '/settings/uses': MergeStrategy.Counter,
    });
  });

  test('leave the primary key and the fields of RxDB alone', () => {
    const rules = compileRules({
      primaryKey: { key: 'key', fields: ['a'] },
      properties: { key: {}, a: {}, _meta: { minProperties: 1 } },
    });
    expect(rules.primaryKey).toBe('key');
    expect(strategiesOf(rules)).toEqual({ '/a': MergeStrategy.Deep });
  });

  test('accept the collections of this project', () => {
    for (const { schema } of Object.values(collections))
      expect(() => compileRules(schema as unknown as JsonSchema)).not.toThrow();
  });

  const string = { type: 'string' };
  test.each<
    [why: string, keyword: string, at: string, properties: { readonly [name: string]: JsonSchema }, schema?: JsonSchema]
  >([
    ['a keyword across the properties of the document', 'anyOf', '/', {}, { anyOf: [{ required: ['a'] }] }],
    [
      'a keyword across the properties of an object',
      'minProperties',
      '/o',
      { o: { type: 'object', minProperties: 1 } },
    ],
    [
      'one in an object without a name',
      'dependentRequired',
      '/o/*',
      { o: { type: 'object', additionalProperties: { dependentRequired: {} } } },
    ],
    [
      'one where only the branches say that it is an object',
      'oneOf',
      '/o',
      { o: { oneOf: [string, { type: 'object' }] } },
    ],
    ['an unknown strategy', 'x-merge', '/a', { a: { 'x-merge': 'newest' } }],
    ['a strategy of the document', 'x-merge', '/', {}, { 'x-merge': 'atomic' }],
    ['a set that is no array', 'x-merge', '/a', { a: { type: 'string', 'x-merge': 'set' } }],
    ['a set of objects', 'x-merge', '/a', { a: { type: 'array', items: { type: 'object' }, 'x-merge': 'set' } }],
    [
      'a set with a greatest size',
      'maxItems',
      '/a',
      { a: { type: 'array', items: string, maxItems: 3, 'x-merge': 'set' } },
    ],
    ['a counter that is no number', 'x-merge', '/a', { a: { type: 'string', 'x-merge': 'counter' } }],
    ['a counter with a range', 'minimum', '/a', { a: { type: 'integer', minimum: 0, 'x-merge': 'counter' } }],
    [
      'a strategy below an atomic object',
      'x-merge',
      '/a',
      { a: { 'x-merge': 'atomic', properties: { b: { 'x-merge': 'deep' } } } },
    ],
    ['a strategy below an array', 'x-merge', '/a', { a: { type: 'array', items: { 'x-merge': 'atomic' } } }],
    [
      'a counter that begins at what JSON or a sum cannot hold',
      'default',
      '/a',
      { a: { type: 'number', default: 1e16, 'x-merge': 'counter' } },
    ],
    [
      'a counter that begins at no number',
      'default',
      '/a',
      { a: { type: 'number', default: null, 'x-merge': 'counter' } },
    ],
    [
      'a set that begins as no array',
      'default',
      '/a',
      { a: { type: 'array', items: string, default: 'x', 'x-merge': 'set' } },
    ],
    [
      'a set that begins with an object',
      'default',
      '/a',
      { a: { type: 'array', items: string, default: [{}], 'x-merge': 'set' } },
    ],
    ['an object with a default that is not empty', 'default', '/o', { o: { type: 'object', default: { a: 1 } } }],
  ])('refuse %s', (_why, keyword, at, properties, schema = {}) => {
    const error = refusal(() => rulesOf(properties, schema));
    expect(error.code).toBe(ErrorCode.SchemaUnsupported);
    expect(error.message).toContain(`"${keyword}" at ${at} `);
  });

  test('refuse a strategy of the primary key', () => {
    expect(refusal(() => compileRules({ primaryKey: 'id', properties: { id: { 'x-merge': 'atomic' } } })).code).toBe(
      ErrorCode.SchemaUnsupported,
    );
  });

  test('refuse a primary key that is no string', () => {
    const withKey = (id: JsonSchema) => () => compileRules({ primaryKey: 'id', properties: { id } });
    for (const type of ['number', 'integer', ['integer', 'null']])
      expect(refusal(withKey({ type })).message).toContain('"type" at /id ');
    expect(withKey({ type: ['string'] })).not.toThrow();
    expect(withKey({})).not.toThrow();
  });

  test('accept keywords that constrain a single leaf', () => {
    expect(() =>
      rulesOf({
        size: { anyOf: [string, { type: 'null' }], default: null },
        kind: { enum: ['a', 'b'] },
        list: { type: 'array', minItems: 1, items: { type: 'object', anyOf: [{}] } },
        open: {
          type: 'object',
          default: {},
          additionalProperties: string,
          patternProperties: { '^a': { type: 'number' } },
        },
      }),
    ).not.toThrow();
  });
});

describe('strategies that were recorded', () => {
  const tags: JsonSchema = { type: 'array', items: { type: 'string' } };
  const asSet = rulesOf({ tags: { ...tags, 'x-merge': 'set' } });
  const asDeep = rulesOf({ tags });

  test('stay what they are', () => {
    const recorded = checkStrategies(undefined, asSet);
    expect(checkStrategies(JSON.parse(JSON.stringify(recorded)), asSet)).toEqual(recorded);
    const error = refusal(() => checkStrategies(recorded, asDeep));
    expect(error.code).toBe(ErrorCode.SchemaChanged);
    expect(error.message).toContain('/tags');
  });

  test('are remembered of a property that was taken out and comes back', () => {
    const without = checkStrategies(checkStrategies(undefined, asSet), rulesOf({}));
    expect(refusal(() => checkStrategies(without, asDeep)).code).toBe(ErrorCode.SchemaChanged);
    expect(() => checkStrategies(without, asSet)).not.toThrow();
  });
});
