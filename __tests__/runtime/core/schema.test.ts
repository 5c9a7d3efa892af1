import { defaultsOf, withoutDefaults } from '../../../src/runtime/core/schema';
import type { CollectionSchema } from '../../../src/runtime/core/schema';

const text = { type: 'string' } as const;

describe('a schema without its defaults', () => {
  test('has lost them at all depths', () => {
    const schema = {
      version: 0,
      properties: {
        theme: { ...text, default: 'dark' },
        panel: { type: 'object', default: {}, properties: { side: { ...text, default: 'left' } } },
        list: {
          type: 'array',
          default: [],
          items: { type: 'object', properties: { n: { type: 'number', default: 0 } } },
        },
        pair: { items: [{ default: 1 }, { anyOf: [{ default: 2 }, text] }] },
      },
      additionalProperties: { default: 1 },
      patternProperties: { '^x': { default: 1 } },
      $defs: { shared: { default: 1 } },
    };
    const expected = {
      version: 0,
      properties: {
        theme: text,
        panel: { type: 'object', properties: { side: text } },
        list: { type: 'array', items: { type: 'object', properties: { n: { type: 'number' } } } },
        pair: { items: [{}, { anyOf: [{}, text] }] },
      },
      additionalProperties: {},
      patternProperties: { '^x': {} },
      $defs: { shared: {} },
    };
    const before = structuredClone(schema);
    expect(withoutDefaults(schema)).toEqual(expected);
    expect(schema).toEqual(before);
  });

  test('keeps a property that is called default, and data that looks like a schema', () => {
    const schema = {
      properties: {
        default: { ...text, enum: ['default', { default: 1 }], const: { default: 1 }, examples: [{ default: 1 }] },
        properties: { type: 'object', properties: { default: { type: 'object', properties: { default: text } } } },
      },
      required: ['default'],
      dependentRequired: { default: ['properties'] },
      indexes: ['default', ['default', 'properties']],
    };
    expect(withoutDefaults(schema)).toEqual(schema);
  });
});

test('the defaults of a document are those of its properties', () => {
  const properties = {
    id: text,
    theme: { ...text, default: 'dark' },
    done: { type: 'boolean', default: false },
    note: { type: ['string', 'null'], default: null },
    panel: { type: 'object', properties: { side: { ...text, default: 'left' } } },
    default: { ...text, default: 'x' },
  } as const;
  const schema: CollectionSchema = { version: 0, primaryKey: 'id', type: 'object', properties };
  expect(defaultsOf(schema)).toEqual({ theme: 'dark', done: false, note: null, default: 'x' });
});
