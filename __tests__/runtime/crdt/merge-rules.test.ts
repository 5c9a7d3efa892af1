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
      'an object that merges deeply beside a keyword across its properties',
      'minProperties',
      '/o',
      { o: { type: 'object', minProperties: 1, 'x-merge': 'deep' } },
    ],
    [
      'one that merges deeply and requires a property',
      'required',
      '/o',
      { o: { type: 'object', required: ['a'], 'x-merge': 'deep' } },
    ],
    [
      'a counter in an object that is one value',
      'x-merge',
      '/o/in/uses',
      {
        o: {
          type: 'object',
          required: ['in'],
          properties: { in: { type: 'object', properties: { uses: { type: 'number', 'x-merge': 'counter' } } } },
        },
      },
    ],
    [
      'a set in the objects of a map that are one value each',
      'x-merge',
      '/o/*/tags',
      {
        o: {
          type: 'object',
          additionalProperties: {
            type: 'object',
            minProperties: 1,
            properties: { tags: { type: 'array', items: string, 'x-merge': 'set' } },
          },
        },
      },
    ],
    [
      'a set of which a pattern says more',
      'patternProperties',
      '/o/tags',
      {
        o: {
          type: 'object',
          properties: { tags: { type: 'array', items: string, 'x-merge': 'set' } },
          patternProperties: { '^t': { maxItems: 3 } },
        },
      },
    ],
    [
      'a set whose size a branch limits',
      'allOf',
      '/a',
      { a: { type: 'array', items: string, allOf: [{ maxItems: 3 }], 'x-merge': 'set' } },
    ],
    [
      'a counter of fractions, whose sums are not exact',
      'multipleOf',
      '/a',
      { a: { type: 'number', multipleOf: 0.1, 'x-merge': 'counter' } },
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

  test.each<[what: string, object: JsonSchema, because: string]>([
    ['requires a property', { type: 'object', required: ['a'] }, 'required'],
    ['counts its properties', { type: 'object', additionalProperties: string, maxProperties: 3 }, 'maxProperties'],
    ['relates its properties', { type: 'object', dependencies: { a: ['b'] } }, 'dependencies'],
    ['is one of several', { oneOf: [string, { type: 'object' }] }, 'oneOf'],
    ['is not something', { not: { required: ['a', 'b'] } }, 'not'],
    ['depends on a condition', { type: 'object', if: { required: ['a'] }, then: { required: ['b'] } }, 'if'],
    ['is one of these objects', { enum: [{ a: 1 }, null] }, 'enum'],
  ])('take an object that %s for one value', (_what, object, because) => {
    expect(rulesOf({ o: object }).root.properties.get('o')).toMatchObject({ strategy: MergeStrategy.Atomic, because });
    const inMap = rulesOf({ o: { type: 'object', additionalProperties: object, patternProperties: { '^x': object } } });
    expect(strategiesOf(inMap)).toEqual({
      '/o': MergeStrategy.Deep,
      '/o/~*': MergeStrategy.Atomic,
      '/o/~*^x': MergeStrategy.Atomic,
    });
  });

  test('let an object merge deeply that requires nothing', () => {
    expect(strategiesOf(rulesOf({ o: { type: 'object', required: [] } }))).toEqual({ '/o': MergeStrategy.Deep });
  });

  test('say how to keep a counter out of an object that is one value', () => {
    const uses = { type: 'number', 'x-merge': 'counter' };
    const { message } = refusal(() => rulesOf({ o: { type: 'object', required: ['a'], properties: { uses } } }));
    expect(message).toMatch(/"required".*take "required" out there.*move this property out of \/o/);
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

  test('are others when an object comes to require a property, which the message says', () => {
    const place = { type: 'object', properties: { lat: { type: 'number' } } };
    const recorded = checkStrategies(undefined, rulesOf({ place }));
    const error = refusal(() => checkStrategies(recorded, rulesOf({ place: { ...place, required: ['lat'] } })));
    expect(error.code).toBe(ErrorCode.SchemaChanged);
    expect(error.message).toMatch(/^\/place .*because of its "required".*take "required" out/);
    const map = (value: JsonSchema) => rulesOf({ places: { type: 'object', additionalProperties: value } });
    const ofMap = checkStrategies(undefined, map({ ...place, required: ['lat'] }));
    const loosened = refusal(() => checkStrategies(ofMap, map(place)));
    expect(loosened.message).toContain('set "x-merge": "atomic" on it');
  });

  test('are remembered of a property that was taken out and comes back', () => {
    const without = checkStrategies(checkStrategies(undefined, asSet), rulesOf({}));
    expect(refusal(() => checkStrategies(without, asDeep)).code).toBe(ErrorCode.SchemaChanged);
    expect(() => checkStrategies(without, asSet)).not.toThrow();
  });
});
