import { breachOfWrite, compileValidators, documentInvalid } from '../../../src/runtime/crdt/validate';
import { ErrorCode } from '../../../src/runtime/core/errors';
import type { SyncDocument } from '../../../src/runtime/core/json';

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
  });
});
