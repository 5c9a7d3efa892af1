/** `init --example` binds a piece of the app's own state where that is safe; otherwise it says why, and writes the example of before. */
import * as path from 'node:path';
import { init } from '../../src/cli/commands/init';
import { undo } from '../../src/cli/commands/undo';
import { update } from '../../src/cli/commands/update';
import { discover } from '../../src/cli/discover/facts';
import { memoryFiles } from '../../src/cli/discover/project-files';
import { parseSource } from '../../src/cli/discover/syntax';
import { makePlan } from '../../src/cli/plan/make-plan';
import type { Plan } from '../../src/cli/plan/plan';
import { buildForms, isFor, readForm, type BuiltForms } from '../template/forms';
import { compileErrors } from './compile-errors';
import { craPackageJson, javascriptApp, makeProject, smallKit, typescriptApp } from './project';

jest.setTimeout(120_000);

type Files = Readonly<Record<string, string>>;

let forms: BuiltForms;
beforeAll(() => (forms = buildForms()));
afterAll(() => forms.remove());

/** With a schema that says more. */
const newerTemplate: typeof smallKit.template = (form) => {
  const template = smallKit.template(form);
  return { ...template, 'schema.ts': `// Newer.\n${template['schema.ts']}` };
};

const kit = {
  ...smallKit,
  template: (form: string) =>
    Object.fromEntries([...readForm(path.join(forms.folder, form))].filter(([file]) => isFor('react', file))),
};

function planFor(app: Files, source: Files): Plan {
  const files = memoryFiles({ ...app, ...source });
  const facts = discover(files, null);
  const answers = { identity: ['user.id'], storage: { layer: 'rxdb' }, dir: 'src/lib', example: true } as const;
  const random = (bytes: number) => new Uint8Array(bytes).fill(7);
  return makePlan({ files, facts, answers, kit, record: null, env: {}, random, now: () => 0 });
}

const textOf = ({ writes }: Plan, file: string) => writes.find(({ path: written }) => written === file)?.after;
const codeOf = ({ writes }: Plan) =>
  writes.filter(({ path: file, role }) => file.startsWith('src/') && role !== 'template').map(({ path: file }) => file);

/** Apps with what their plans write, each in a folder of its own, for one run of the compiler. */
const compiled: Record<string, string> = {};

function compileLater(name: string, plan: Plan, source: Files): void {
  const written = plan.writes.filter(({ path: file }) => file.startsWith('src/'));
  const texts = { ...source, ...Object.fromEntries(written.map((write) => [write.path, write.after])) };
  for (const [file, text] of Object.entries(texts)) compiled[file.replace(/^src/, `src/${name}`)] = text;
}

const todoSlice = (more = '') => `import { createSlice } from '@reduxjs/toolkit';
export interface Todo {
  id: string;
  title: string;
  done: boolean;
  priority?: 'low' | 'high';
  due: Date;
}
interface TodosState {
  items: readonly Todo[];
  filter: string;
}
const initialState: TodosState = { items: [], filter: 'all' };
const slice = createSlice({ name: 'todos', initialState, reducers: {} });
${more}export default slice.reducer;
`;
const settingsSlice = `import { createSlice } from '@reduxjs/toolkit';
export const settings = createSlice({
  name: 'settings',
  initialState: { theme: 'light', fontSize: 14, apiToken: '', sound: true },
  reducers: {},
});
`;
const reduxApp: Files = {
  'src/state/todos.ts': todoSlice(),
  'src/state/store.ts': `import { configureStore } from '@reduxjs/toolkit';
import todosReducer from './todos';

export const store = configureStore({
  reducer: {
    todos: todosReducer,
  },
});
export type RootState = ReturnType<typeof store.getState>;
`,
};

describe('a list of a slice', () => {
  test('is bound, with its collection and the reducer, in code that compiles', () => {
    const plan = planFor(typescriptApp, reduxApp);
    expect(codeOf(plan)).toEqual(['src/state/SyncedTodos.tsx', 'src/state/store.ts']);
    expect(textOf(plan, 'src/state/SyncedTodos.tsx')).toContain(
      `{ collection: 'todos', at: 'todos.items', keys: ['title', 'done', 'priority'], order: 'order' }`,
    );
    const schema = textOf(plan, 'src/lib/schema.ts');
    expect(schema).toContain(`priority: { type: 'string', enum: ['low', 'high'] }`);
    expect(schema).toContain(`required: ['id', 'title', 'done'],`);
    expect(schema).toContain('export const collections = { notes, preferences, todos };');
    const store = textOf(plan, 'src/state/store.ts');
    expect(store).toContain(`import { configureStore, combineReducers } from '@reduxjs/toolkit';`);
    expect(store).toContain(`import { syncedReducer } from 'zero-backend-sync/page';`);
    expect(store).toContain('reducer: syncedReducer(combineReducers({');
    compileLater('redux', plan, reduxApp);
  });

  test('is bound without what a schema cannot hold, and the plan says so', () => {
    expect(planFor(typescriptApp, reduxApp).notes.join()).toContain('todos.items is bound without due:');
  });

  test('is rendered by a person, who is told where', () => {
    expect(planFor(typescriptApp, reduxApp).next).toContainEqual(
      expect.objectContaining({ kind: 'by-hand', code: expect.stringContaining(`from './state/SyncedTodos'`) }),
    );
  });

  test('is bound in JavaScript by the items that it begins with', () => {
    const source = {
      'src/store.js': `import { combineReducers, configureStore, createSlice, nanoid } from '@reduxjs/toolkit';
const notes = createSlice({ name: 'notes', initialState: [{ id: nanoid(), text: 'Hello', tags: ['a'] }], reducers: {} });
const reducer = combineReducers({ notes: notes.reducer });
const store = configureStore({ reducer });
export default store;
`,
    };
    const plan = planFor(javascriptApp, source);
    expect(textOf(plan, 'src/SyncedNotes.js')).toContain(`import store from './store';`);
    expect(textOf(plan, 'src/SyncedNotes.js')).toContain(
      `{ collection: 'appNotes', at: 'notes', keys: ['text', 'tags'], order: 'order' }`,
    );
    expect(textOf(plan, 'src/store.js')).toContain('configureStore({ reducer: syncedReducer(reducer) })');
    for (const { path: file, after } of plan.writes.filter(({ path: file }) => /\.js$/.test(file)))
      expect(parseSource(file, after)?.ast.errors).toEqual([]);
    expect(textOf(plan, 'src/lib/schema.js')).toContain(`required: ['id'],\n  },\n});\n\nexport`);
    compileLater('javascript', plan, source);
  });
});

test('settings of a slice are one document, with what they begin as; a secret is none of it', () => {
  const source = {
    'src/settings.ts': settingsSlice,
    'src/store.ts': `import { configureStore } from '@reduxjs/toolkit';
import { settings } from './settings';
const reducer = { settings: settings.reducer };
const store = configureStore({ reducer });
export { store };
`,
  };
  const plan = planFor(typescriptApp, source);
  expect(textOf(plan, 'src/SyncedSettings.tsx')).toContain(
    `{ collection: 'settings', id: 'ui', at: 'settings', keys: ['theme', 'fontSize', 'sound'] }`,
  );
  expect(textOf(plan, 'src/lib/schema.ts')).toContain(`fontSize: { type: 'number', default: 14 }`);
  expect(textOf(plan, 'src/store.ts')).toContain('reducer: syncedReducer(combineReducers(reducer))');
  expect(plan.notes.join()).toContain('without apiToken');
  compileLater('settings', plan, source);
});

test('a reducer that cannot be wrapped safely is a next step', () => {
  const plan = planFor(typescriptApp, {
    ...reduxApp,
    'src/state/store.ts': `import { configureStore, combineReducers } from '@reduxjs/toolkit';
import todosReducer from './todos';
const reducers = { todos: todosReducer };
const production = configureStore({ reducer: reducers });
export const store = configureStore({ reducer: reducers });
`,
  });
  expect(codeOf(plan)).toEqual(['src/state/SyncedTodos.tsx']);
  expect(plan.next).toContainEqual(
    expect.objectContaining({
      kind: 'by-hand',
      file: 'src/state/store.ts',
      code: expect.stringContaining('syncedReducer('),
    }),
  );
});

describe('a store of Zustand', () => {
  const zustandApp: Files = {
    'src/store.ts': `import { create } from 'zustand';
import type { Todo } from './types';
interface State {
  open: boolean;
  todos: Todo[];
  add(title: string): void;
}
export const useTodos = create<State>()((set) => ({
  open: false,
  todos: [],
  add: (title) => set(({ todos }) => ({ todos: [...todos, { id: crypto.randomUUID(), title, order: 1 }] })),
}));
`,
    'src/types.ts': `export type Todo = { readonly id: string; readonly title: string; readonly order: number };\n`,
  };

  test('is bound as it is', () => {
    const plan = planFor(typescriptApp, zustandApp);
    expect(codeOf(plan)).toEqual(['src/SyncedTodos.tsx']);
    expect(textOf(plan, 'src/SyncedTodos.tsx')).toContain(
      `useBoundStore(useSyncEngine(), useTodos, [\n    { collection: 'todos', at: 'todos', keys: ['title', 'order'], order: 'position' },`,
    );
    compileLater('zustand', plan, zustandApp);
  });

  test('that is one of settings has its keys in the state itself', () => {
    const source = {
      'src/settings.js': `import { create } from 'zustand';
export const useSettingsStore = create((set) => ({ theme: 'dark', choose: (theme) => set({ theme }) }));
`,
    };
    const plan = planFor(javascriptApp, source);
    expect(textOf(plan, 'src/SyncedSettings.js')).toContain(`{ collection: 'settings', id: 'ui', keys: ['theme'] }`);
  });

  test('whose middleware keeps it has a next step that takes it out of there', () => {
    const plan = planFor(javascriptApp, {
      'src/settings.js': `import { create } from 'zustand';
import { persist } from 'zustand/middleware';
export const usePreferences = create(persist((set) => ({ theme: 'dark' }), { name: 'prefs' }));
`,
    });
    expect(plan.next.map((step) => ('what' in step ? step.what : '')).join()).toContain('From localStorage');
  });
});

test('of two candidates the one comes first that the app keeps on the device', () => {
  const source = {
    ...reduxApp,
    'src/settings.ts': `${settingsSlice}export const keep = (state: object) => localStorage.setItem('prefs', JSON.stringify(state));\n`,
    'src/state/store.ts': `import { configureStore } from '@reduxjs/toolkit';
import { settings } from '../settings';
import todosReducer from './todos';
export const store = configureStore({ reducer: { todos: todosReducer, settings: settings.reducer } });
`,
  };
  const plan = planFor(typescriptApp, source);
  expect(codeOf(plan)).toEqual(['src/state/SyncedSettings.tsx', 'src/state/store.ts']);
  expect(plan.next).toContainEqual(expect.objectContaining({ file: 'src/settings.ts', line: 7 }));
});

test('the compiler takes all of it, and no key that the schema does not have', () => {
  expect(Object.keys(compiled)).toEqual(
    expect.arrayContaining(['redux', 'settings', 'zustand'].map((name) => `src/${name}/lib/schema.ts`)),
  );
  const binding = compiled['src/redux/state/SyncedTodos.tsx'] ?? '';
  const wrong = { 'src/redux/state/Wrong.tsx': binding.replace(`keys: ['title'`, `keys: ['color'`) };
  const errors = compileErrors({ ...compiled, ...wrong });
  expect(errors).not.toEqual([]);
  expect(errors.filter((error) => !error.startsWith('src/redux/state/Wrong.tsx'))).toEqual([]);
});

describe('the example of before is written, with the reason,', () => {
  const storeOf = (slice: string): Files => ({
    'src/store.ts': `import { configureStore, createSlice } from '@reduxjs/toolkit';\n${slice}\nexport const store = configureStore({ reducer: { [0]: x, todos: todos.reducer } });\n`,
  });
  const slice = (state: string) =>
    storeOf(`const todos = createSlice({ name: 'todos', initialState: ${state}, reducers: {} });`);
  test.each<[name: string, source: Files, why: string]>([
    ['where there is no store', {}, 'no list with ids and no settings'],
    ['where items have no ids', slice(`[{ title: 'a' }]`), 'the items of todos have no id (src/store.ts:2)'],
    [
      'where ids are numbers',
      slice(`{ items: [{ id: 1, title: 'a' }] }`),
      'the ids in todos.items are not known to be texts',
    ],
    ['where nobody knows the items', slice('[]'), 'what the items of todos are is not declared'],
    [
      'where only the id is known',
      slice(`[{ id: 'a', at: new Date() }]`),
      'no type of a property of todos can be told',
    ],
    [
      'where the store is not exported',
      { 'src/store.ts': `import { create } from 'zustand';\nconst useSettings = create(() => ({ theme: 'dark' }));\n` },
      'no list with ids',
    ],
    [
      'where the state is who is signed in',
      {
        'src/store.ts': `import { create } from 'zustand';\nexport const useSession = create(() => ({ settings: { theme: 'dark' } }));\n`,
      },
      'no list with ids',
    ],
    ['where the file is taken', { ...reduxApp, 'src/state/SyncedTodos.tsx': '' }, 'SyncedTodos.tsx is there already'],
  ])('%s', (_name, source, why) => {
    const plan = planFor(typescriptApp, source);
    expect(codeOf(plan)).toEqual(['src/SyncedTheme.tsx']);
    expect(plan.notes.join('\n')).toContain(why);
    expect(textOf(plan, 'src/lib/schema.ts')).toContain('export const collections = { notes, preferences };');
  });
});

test('what is written stays in updates, is named by the last words, and goes with undo', async () => {
  const project = makeProject({ ...typescriptApp, ...reduxApp, 'package.json': craPackageJson() });
  try {
    const before = project.tree();
    const context = project.context();
    await init(context, { yes: true, identity: 'user.id', example: true });
    const said = context.printed.join('\n');
    expect(said).toContain('<SyncedTodos />');
    expect(said).toContain('<SyncProvider');
    const schema = project.read('src/lib/schema.ts');
    expect(schema).toContain('const todos = defineCollection(');
    expect(await update(project.context(), { yes: true })).toMatchObject({ status: 0 });
    expect(project.read('src/lib/schema.ts')).toBe(schema);
    const newer = { ...smallKit, version: '0.2.0', template: newerTemplate };
    expect(await update(project.context({ readKit: () => newer }), { yes: true })).toMatchObject({ status: 0 });
    expect(project.read('src/lib/schema.ts')).toBe(`// Newer.\n${schema}`);
    await undo(project.context(), { yes: true, skipInstall: true });
    const { 'package-lock.json': _, '.env.local': __, ...after } = project.tree();
    const { 'package-lock.json': ___, ...expected } = before;
    expect(after).toEqual(expected);
  } finally {
    project.remove();
  }
});
