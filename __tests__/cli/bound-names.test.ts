/** `init --example` with names and forms of an app's own that would break what it writes. */
import { createRxDatabase } from 'rxdb/plugins/core';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { readModules } from '../../src/cli/discover/modules';
import { discover } from '../../src/cli/discover/facts';
import { memoryFiles } from '../../src/cli/discover/project-files';
import { parseSource } from '../../src/cli/discover/syntax';
import { importSplice } from '../../src/cli/edit/add-imports';
import { withSyncedReducer } from '../../src/cli/edit/redux-store';
import { applySplices } from '../../src/cli/edit/splice';
import { databaseNames } from '../../src/cli/plan/database-names';
import { makePlan } from '../../src/cli/plan/make-plan';
import type { Plan } from '../../src/cli/plan/plan';
import { namesOf } from '../../src/runtime/core/definitions/check-definitions';
import { smallKit, typescriptApp } from './project';

type Files = Readonly<Record<string, string>>;

function planFor(source: Files): Plan {
  const files = memoryFiles({ ...typescriptApp, ...source });
  const facts = discover(files, null);
  const answers = { identity: ['user.id'], storage: { layer: 'rxdb' }, dir: 'src/lib', example: true } as const;
  const random = (bytes: number) => new Uint8Array(bytes).fill(7);
  return makePlan({ files, facts, answers, kit: smallKit, record: null, env: {}, random, now: () => 0 });
}

const textOf = ({ writes }: Plan, file: string) => writes.find(({ path }) => path === file)?.after;

test("the names that no collection may have are those of RxDB's database", async () => {
  const database = await createRxDatabase({ name: 'names', storage: getRxStorageMemory(), multiInstance: false });
  try {
    expect([...databaseNames].sort()).toEqual([...namesOf(database)].sort());
  } finally {
    await database.close();
  }
});

const zustand = (name: string, state = '{ notes: [{ id: "a", text: "b" }] }', exported = 'export ') =>
  `import { create } from 'zustand';\n${exported}const ${name} = create(() => (${state}));\n`;

test.each(['options', 'storage', 'token', 'name', 'collections', 'states', 'close'])(
  'a list called %s gets a collection of another name',
  (name) => {
    const source = { 'src/store.ts': zustand('useData', `{ ${name}: [{ id: "a", text: "b" }] }`) };
    const schema = textOf(planFor(source), 'src/lib/schema.ts') ?? '';
    expect(schema).toContain(`const app${name.charAt(0).toUpperCase()}${name.slice(1)} = defineCollection(`);
    expect(schema).not.toContain(`const ${name} = defineCollection(`);
  },
);

test.each<[name: string, exported: string, text: string]>([
  ['useBoundStore', 'export ', `import { useBoundStore as appStore } from './store';`],
  ['useSyncEngine', 'export ', `import { useSyncEngine as appStore } from './store';`],
  ['SyncedNotes', 'export ', `import { SyncedNotes as appStore } from './store';`],
  ['useBoundStore', '', `import appStore from './store';`],
  ['useNotes', 'export ', `import { useNotes } from './store';`],
])('a store called %s (%s) is imported so that nothing is there twice', (name, exported, text) => {
  const more = exported === '' ? `export default ${name};\n` : '';
  const source = { 'src/store.ts': zustand(name, undefined, exported) + more };
  const written = textOf(planFor(source), 'src/SyncedNotes.tsx') ?? '';
  expect(written).toContain(text);
  expect(parseSource('src/SyncedNotes.tsx', written)?.ast.errors).toEqual([]);
});

test.each<[name: string, source: string]>([
  [
    'a slice',
    `import { configureStore, createSlice } from '@reduxjs/toolkit';
const todos = createSlice({ name: 'todos', initialState: [{ id: 'a', text: 'b' }], reducers: {} });
export const store = configureStore({ reducer: { 'my.todos': todos.reducer } });\n`,
  ],
  ['a member', zustand('useData', `{ 'my.todos': [{ id: "a", text: "b" }] }`)],
])('%s whose key has a dot is not bound, and a note says why', (_name, text) => {
  const plan = planFor({ 'src/store.ts': text });
  expect(textOf(plan, 'src/lib/schema.ts')).not.toContain('odos = defineCollection');
  expect(plan.notes.join()).toContain('"my.todos" cannot stand in a way');
});

describe('the reducer', () => {
  const edited = (text: string) =>
    withSyncedReducer(readModules(memoryFiles({ 'src/store.ts': text }), ['src/store.ts']), 'src/store.ts');
  const store = (home: string, reducer: string) =>
    `import { configureStore } from '@reduxjs/toolkit';\nimport { combineReducers } from '${home}';\nexport const store = configureStore({ reducer: ${reducer} });\n`;

  test.each(['redux', '@reduxjs/toolkit'])('of combineReducers of %s is wrapped', (home) => {
    expect(edited(store(home, 'combineReducers({})'))).toContain('syncedReducer(combineReducers({}))');
  });

  test.each([
    ['redux-immutable', 'combineReducers({})'],
    ['redux-immutable', '{ todos }'],
    ['./reducers', 'combineReducers({})'],
  ])('of combineReducers of %s (%s) is left to a person', (home, reducer) => {
    expect(edited(store(home, reducer))).toBeNull();
  });

  test('of several stores is shown as it goes into what is there', () => {
    const text = `import { configureStore, createSlice } from '@reduxjs/toolkit';
const todos = createSlice({ name: 'todos', initialState: [{ id: 'a', text: 'b' }], reducers: {} });
export const store = configureStore({ reducer: { todos: todos.reducer } });
export const other = configureStore({ reducer: { todos: todos.reducer } });\n`;
    expect(planFor({ 'src/store.ts': text }).next).toContainEqual(
      expect.objectContaining({
        code: expect.stringContaining(
          'configureStore({ reducer: syncedReducer(combineReducers({ /* its reducers */ })), /* its other options */ })',
        ),
      }),
    );
  });
});

test.each<[name: string, before: string, after: string]>([
  [
    'line ends of Windows',
    `import a from 'a';\r\na();\r\n`,
    `import a from 'a';\r\nimport { b } from 'b';\r\na();\r\n`,
  ],
  [
    'a comment behind',
    `import a from 'a'; // why\na();\n`,
    `import a from 'a'; // why\nimport { b } from 'b';\na();\n`,
  ],
  ['two comments', `import a from 'a'; /* x */ // y\n`, `import a from 'a'; /* x */ // y\nimport { b } from 'b';\n`],
  ['code behind', `import a from 'a'; a(); // y\n`, `import a from 'a';\nimport { b } from 'b'; a(); // y\n`],
  ['no import', `a();\r\n`, `import { b } from 'b';\r\na();\r\n`],
  ['nothing behind', `import a from 'a'`, `import a from 'a'\nimport { b } from 'b'`],
])('an import is added to a file with %s', (_name, before, after) => {
  const statements = parseSource('src/a.ts', before)?.ast.program.body ?? [];
  expect(applySplices(before, [importSplice(before, statements, [{ name: 'b', from: 'b' }])])).toBe(after);
});
