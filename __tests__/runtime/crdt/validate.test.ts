import { breachOfWrite, compileValidators, documentInvalid } from '../../../src/runtime/crdt/validate';
import { ErrorCode } from '../../../src/runtime/core/errors';
import type { JsonSchema } from '../../../src/runtime/crdt/merge-rules';
import type { SyncDocument, SyncValue } from '../../../src/runtime/core/json';

const schema = Object.freeze({
  version: 0,
  primaryKey: 'id',
  type: 'object',
  additionalProperties: false,
  properties: {
    id: { type: 'string', maxLength: 5 },
    title: { type: 'string', maxLength: 3, pattern: '^[a-z]*$' },
    order: { type: 'number', multipleOf: 1, minimum: 0 },
    tags: { type: 'array', items: { type: 'string' } },
    kind: { enum: ['a', 'b'] },
    size: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    settings: {
      type: 'object',
      additionalProperties: { type: 'number' },
      required: ['font'],
      properties: { font: { type: 'number' }, 'a/b': { type: 'string' } },
    },
    _rev: { type: 'string' },
  },
  required: ['id', 'title', '_rev'],
});
const validators = compileValidators(schema);
const validate = validators.strict;

describe('a schema', () => {
  test('accepts what keeps it, without asking for the fields of RxDB', () => {
    expect(
      validate({ id: 'a', title: 'b', order: 1, tags: ['x'], kind: 'a', size: null, settings: { font: 1, x: 2 } }),
    ).toBeUndefined();
  });

  test.each<[keyword: string, path: string, document: SyncDocument]>([
    ['required', '/title', { id: 'a' }],
    ['maxLength', '/title', { id: 'a', title: 'secret' }],
    ['pattern', '/title', { id: 'a', title: 'S' }],
    ['type', '/title', { id: 'a', title: 1 }],
    ['additionalProperties', '/typo', { id: 'a', title: 'b', typo: 1 }],
    ['multipleOf', '/order', { id: 'a', title: 'b', order: 1.5 }],
    ['minimum', '/order', { id: 'a', title: 'b', order: -1 }],
    ['type', '/tags/1', { id: 'a', title: 'b', tags: ['x', 2] }],
    ['enum', '/kind', { id: 'a', title: 'b', kind: 'secret' }],
    ['anyOf', '/size', { id: 'a', title: 'b', size: 1 }],
    ['required', '/settings/font', { id: 'a', title: 'b', settings: {} }],
    ['type', '/settings/a~1b', { id: 'a', title: 'b', settings: { font: 1, 'a/b': 2 } }],
    ['type', '/settings/x', { id: 'a', title: 'b', settings: { font: 1, x: 'secret' } }],
  ])('says that %s is broken at %s', (keyword, path, document) => {
    const breach = validate(document);
    expect(breach).toEqual({ path, keyword });
    const error = documentInvalid(breach!);
    expect(error.code).toBe(ErrorCode.DocumentInvalid);
    expect(error.message).toContain(`"${keyword}" at ${path}.`);
    expect(error.message).not.toMatch(/secret/);
  });
});

describe('properties that only a newer version of the app knows', () => {
  const lists = compileValidators({
    primaryKey: 'id',
    type: 'object',
    additionalProperties: false,
    properties: {
      id: { type: 'string' },
      title: { type: 'string' },
      'to/do': {
        type: 'array',
        items: { type: 'object', additionalProperties: false, properties: { text: { type: 'string' } } },
      },
    },
  });
  const newer = { id: 'a', 'to/do': [{ text: 'x', priority: 1 }] };

  test('are tolerated in what arrives, and nothing else is', () => {
    expect(lists.strict(newer)).toEqual({ keyword: 'additionalProperties', path: '/to~1do/0/priority' });
    expect(lists.tolerant(newer)).toBeUndefined();
    expect(lists.tolerant({ ...newer, title: 1 })).toEqual({ keyword: 'type', path: '/title' });
  });

  test('do not refuse a write to the rest of the document, but the app may not write its own', () => {
    expect(breachOfWrite(lists, () => newer, { ...newer, title: 't' })).toBeUndefined();
    expect(breachOfWrite(lists, () => newer, { ...newer, title: 1 })).toEqual({ keyword: 'type', path: '/title' });
    expect(breachOfWrite(lists, () => newer, { ...newer, 'to/do': [{ typo: 1 }] })).toEqual({
      keyword: 'additionalProperties',
      path: '/to~1do/0/typo',
    });
    // Also beside what is there already.
    expect(breachOfWrite(lists, () => newer, { ...newer, typo: 1 })).toEqual({
      keyword: 'additionalProperties',
      path: '/typo',
    });
  });
});

const only = (property: JsonSchema, name = 'a') =>
  compileValidators({ primaryKey: 'id', type: 'object', properties: { id: { type: 'string' }, [name]: property } });
const keywordOf = (property: JsonSchema, value: SyncValue): string | undefined =>
  only(property).strict({ id: 'x', a: value })?.keyword;

describe('a keyword says what JSON Schema says', () => {
  test.each<[property: JsonSchema, good: readonly SyncValue[], bad: readonly SyncValue[]]>([
    [{ pattern: '^\\d{3}\\-\\d{4}$' }, ['123-4567'], ['1234567']],
    [{ pattern: '^\\p{L}+$' }, ['größe'], ['1']],
    [{ pattern: '^.$' }, ['😀'], ['ab']],
    [{ pattern: '^[\\w-\\.]+$' }, ['a-b.c'], ['!']],
    [{ multipleOf: 0.01 }, [-19.99, -5, -12.34, 0, 4.35, 1.1, 1e21], [0.001, -19.995, 1e-9]],
    [{ multipleOf: 1e-8 }, [1e-8, 123.00000001], [1e-9, 1.5e-8]],
    [{ multipleOf: 1 }, [3, -3, 1e300], [1.000_000_01]],
    [{ multipleOf: 2.5 }, [7.5, -2.5, 1e22], [1, 9_007_199_254_740_991]],
    [{ minLength: 2, maxLength: 2 }, ['😀😀', 'ab'], ['😀', 'abc']],
    [{ type: 'integer' }, [1, -0, 1e300], [1.5, '1', null]],
    [{ type: ['integer', 'null'] }, [1, null], [1.5]],
    [{ const: { a: [1, { b: null }], c: 2 } }, [{ c: 2, a: [1, { b: null }] }], [{ a: [1, { b: null }] }]],
    [{ enum: [{ toString: 1 }, 0] }, [{ toString: 1 }, 0], [{}, '0', false]],
    [
      { uniqueItems: true },
      [
        [{ a: 1, b: 2 }, { a: 1 }],
        [1, '1', true],
      ],
      [
        [
          { a: 1, b: 2 },
          { b: 2, a: 1 },
        ],
      ],
    ],
    [{ required: ['constructor', 'toString'] }, [{ constructor: 1, toString: 2 }], [{}, { constructor: 1 }]],
    [{ dependencies: { toString: ['b'] } }, [{}, { toString: 1, b: 2 }], [{ toString: 1 }]],
    [{ dependentSchemas: { a: { required: ['b'] } } }, [{}, { a: 1, b: 2 }], [{ a: 1 }]],
    [{ items: [{ type: 'string' }], additionalItems: false }, [['a'], []], [[1], ['a', 1]]],
    [{ prefixItems: [{ type: 'string' }], items: { type: 'number' } }, [['a', 1]], [['a', 'b'], [1]]],
    [{ contains: { const: 1 }, maxContains: 2 }, [[1], [1, 1, 0]], [[], [0], [1, 1, 1]]],
    [{ contains: { const: 1 }, minContains: 0 }, [[], [0]], []],
    [
      { patternProperties: { '^n': { type: 'number' } }, additionalProperties: false },
      [{ n1: 1 }],
      [{ n: '' }, { x: 1 }],
    ],
    [
      { properties: { n: { minimum: 1 } }, patternProperties: { '^n': { maximum: 2 } } },
      [{ n: 2 }],
      [{ n: 0 }, { n: 3 }],
    ],
    [{ propertyNames: { pattern: '^[a-z]\\-' } }, [{ 'a-b': 1 }], [{ ab: 1 }]],
    [{ if: { type: 'number' }, then: { minimum: 1 }, else: { maxLength: 1 } }, [1, 'a', null], [0, 'ab']],
    [{ oneOf: [{ multipleOf: 0.2 }, { multipleOf: 0.3 }] }, [-0.2, 0.9], [0.6, 0.1]],
    [{ exclusiveMinimum: 0, exclusiveMaximum: 1 }, [0.5, 'a'], [0, 1]],
    [{ format: 'date' }, ['2024-02-29', 1], ['2023-02-29']],
    [{ properties: { a: false } }, [{}, { b: 1 }], [{ a: 1 }]],
  ])('%j', (property, good, bad) => {
    for (const value of good) expect([value, keywordOf(property, value)]).toEqual([value, undefined]);
    for (const value of bad) expect([value, keywordOf(property, value)]).toEqual([value, expect.any(String)]);
  });

  test('and a property that is undefined is none', () => {
    const { strict } = only({ type: 'string' });
    expect(strict({ id: 'x', a: undefined } as never)).toBeUndefined();
  });
});

describe('a schema that cannot be checked is refused', () => {
  test.each<[keyword: string, at: string, property: JsonSchema]>([
    ['pattern', '/a', { pattern: '(' }],
    ['pattern', '/a/b/*', { properties: { b: { items: { pattern: '[z-a]' } } } }],
    ['patternProperties', '/a', { patternProperties: { '(': {} } }],
    ['pattern', '/a/*', { propertyNames: { pattern: '*' } }],
    ['format', '/a', { format: 'datetime' }],
    ['type', '/a', { type: 'int' }],
    ['type', '/a/*', { additionalProperties: { type: ['string', 'nil'] } }],
    ['required', '/a', { required: true }],
    ['multipleOf', '/a', { multipleOf: 0 }],
    ['exclusiveMinimum', '/a', { minimum: 1, exclusiveMinimum: true }],
    ['maxLength', '/a', { maxLength: '3' }],
    ['minItems', '/a', { anyOf: [{ minItems: -1 }] }],
    ['enum', '/a', { enum: [] }],
    ['uniqueItems', '/a', { uniqueItems: 'yes' }],
    ['oneOf', '/a', { oneOf: {} }],
    ['schema', '/a', { not: 'string' }],
    ['$ref', '/a/*', { items: { $ref: '#/definitions/a' } }],
    ['unevaluatedProperties', '/a', { unevaluatedProperties: false }],
    ['default', '/a', { type: 'string', default: null }],
    ['default', '/a/b', { properties: { b: { default: -0.005, multipleOf: 0.01 } } }],
  ])('%s at %s: %j', (keyword, at, property) => {
    expect(() => only(property)).toThrow(
      expect.objectContaining({
        code: ErrorCode.SchemaUnsupported,
        message: expect.stringContaining(`"${keyword}" at ${at} `) as string,
      }),
    );
  });

  test('but not one whose properties are called as keywords, or that says more than is checked', () => {
    expect(() => only({ properties: { $ref: {}, pattern: { type: 'string' } }, 'x-note': 1, title: 2 })).not.toThrow();
    expect(() =>
      only({ type: 'object', default: {}, required: ['b'], properties: { b: { default: 1 } } }),
    ).not.toThrow();
  });
});

test('what is valid as it is arrives, also where two branches differ in what they forbid only', () => {
  const branch = (name: string) => ({ properties: { [name]: {} }, additionalProperties: false });
  const { tolerant } = only({ oneOf: [branch('lat'), branch('town')] });
  expect(tolerant({ id: 'x', a: { lat: 1 } })).toBeUndefined();
  expect(tolerant({ id: 'x', a: { lat: 1, town: 2 } })).toEqual({ path: '/a', keyword: 'oneOf' });
});

test('a check that an engine cannot carry out is a breach of the document', () => {
  const { strict } = only({ pattern: 'a' });
  jest.spyOn(RegExp.prototype, 'test').mockImplementationOnce(() => {
    throw new RangeError('Maximum call stack size exceeded');
  });
  expect(strict({ id: 'x', a: 'a' })).toEqual({ path: '', keyword: 'RangeError' });
});
