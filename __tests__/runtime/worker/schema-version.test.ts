import { defineCollection } from '../../../src/runtime/core/schema';
import type { CollectionDefinitions, CollectionSchema } from '../../../src/runtime/core/schema';
import { schemaVersionOf } from '../../../src/runtime/worker/schema-version';
import vectors from '../../vectors/envelopes.json';
import * as reference from '../../vectors/reference';

const schema: CollectionSchema = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  additionalProperties: false,
  properties: { id: { type: 'string', maxLength: 40 }, title: { type: 'string' } },
  required: ['id'],
};
const notes = { schema };

test.each<{ readonly [oldPath: string]: string }>([{}, { '/titel': '/title' }])(
  'is what the protocol says, with the renames %j',
  async (renames) => {
    const expected = reference.schemaVersion({ notes: [schema, renames], '\u{1f4bb}\ufb01': [schema, {}] });
    expect(await schemaVersionOf({ '\u{1f4bb}\ufb01': notes, notes: { schema, renames } })).toBe(expected);
  },
);

test('is that of the vector', async () => {
  const made = (definition: object, renames: object) => ({ schema: definition, renames }) as unknown as typeof notes;
  const properties = { id: {}, title: {} };
  expect(
    await schemaVersionOf({
      drafts: made({ type: 'object' }, {}),
      notes: made({ properties, primaryKey: 'id', type: 'object' }, { '/titel': '/title' }),
    }),
  ).toBe(vectors.slots.find(({ name }) => name === 'a manifest')?.payload.schema);
});

test.each<[string, CollectionDefinitions]>([
  ['the order of keys', { notes: { schema: Object.fromEntries(Object.entries(schema).reverse()) as typeof schema } }],
  ['a collection that stays on the device', { notes, drafts: { schema, sync: false } }],
  ['what is stored instead of deflated', { notes: { schema, compress: false } }],
  ['that nothing is renamed', { notes: { schema, renames: {} } }],
  ['a keyword that is undefined', { notes: { schema: { ...schema, title: undefined } } }],
])('is the same whatever %s', async (_what, definitions) => {
  expect(await schemaVersionOf(definitions)).toBe(await schemaVersionOf({ notes }));
});

test.each<[string, CollectionDefinitions]>([
  ['another name', { tasks: notes }],
  ['one more collection', { notes, tasks: notes }],
  ['none', {}],
  ['a rename', { notes: { schema, renames: { '/titel': '/title' } } }],
  [
    'one more property',
    { notes: defineCollection({ schema: { ...schema, properties: { ...schema.properties, n: { type: 'number' } } } }) },
  ],
])('is another with %s', async (_what, definitions) => {
  expect(await schemaVersionOf(definitions)).not.toBe(await schemaVersionOf({ notes }));
});
