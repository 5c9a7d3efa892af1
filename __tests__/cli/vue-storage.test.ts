/** What apps of Vue keep, and which of their files are read: single-file components as any other source. */
import { discover } from '../../src/cli/discover/facts';
import { sourceFiles } from '../../src/cli/discover/identity';
import { readModules } from '../../src/cli/discover/modules';
import { memoryFiles } from '../../src/cli/discover/project-files';
import { discoverStorage } from '../../src/cli/discover/storage';
import { source } from '../../src/cli/doctor/source';
import { makeProject } from './project';

type Files = Readonly<Record<string, string>>;

const found = (files: Files) =>
  discoverStorage(memoryFiles({ 'package.json': '{}', ...files })).findings.map(
    ({ what, evidence }) => `${evidence.file}:${evidence.line} ${what}`,
  );

describe('data', () => {
  test.each<[name: string, expected: string | undefined, files: Files]>([
    [
      'a store of Pinia with options',
      'src/todos.js:2 the list items in the store "todos"',
      {
        'src/todos.js': `// todos\nexport const useTodos = defineStore('todos', { state: () => ({ items: [], filter: 'all' }) });\n`,
      },
    ],
    [
      'a store whose state is a method of its options',
      'src/todos.js:1 the lists items, tags in the store "todos"',
      {
        'src/todos.js': `export const useTodos = defineStore({ id: 'todos', state() { return { items: [], tags: [] }; } });\n`,
      },
    ],
    [
      'a setup store',
      'src/todos.ts:1 the list todos in the store "todos"',
      {
        'src/todos.ts': `export const useTodos = defineStore('todos', () => {\n  const todos = ref<Todo[]>([]);\n  const isOpen = ref(false);\n  return { todos, isOpen };\n});\n`,
      },
    ],
    [
      'nested state of a store',
      'src/s.js:1 nested objects (ui) in the store "settings"',
      {
        'src/s.js': `export const useSettings = defineStore('settings', { state: () => ({ ui: { theme: 'dark' } }) });\n`,
      },
    ],
    [
      'the root of Vuex',
      'src/store.js:3 the list notes in the Vuex store',
      {
        'src/store.js': `import { createStore } from 'vuex';\nexport default createStore({\n  state: { notes: [] },\n  mutations: {},\n});\n`,
      },
    ],
    [
      'a module of Vuex, whose state has a name',
      'src/notes.js:2 the list notes in the Vuex store',
      {
        'src/notes.js': `const state = () => ({ notes: [] });\nexport default { namespaced: true, state, mutations: {} };\n`,
      },
    ],
    [
      'a list that a composable shares',
      'src/useNotes.ts:1 the list notes in state that components share',
      { 'src/useNotes.ts': `const notes = ref<Note[]>(load());\nexport const useNotes = () => ({ notes });\n` },
    ],
    [
      'a reactive object that files share',
      'src/state.js:1 the list notes in state that components share',
      { 'src/state.js': `export const state = reactive({ notes: [] });\n` },
    ],
    [
      'a list of a component, where there is nothing else',
      'src/App.vue:2 lists that components hold: items',
      { 'src/App.vue': `<script setup>\nconst items = ref([]);\n</script>\n` },
    ],
    [
      'a list of a component with options',
      'src/App.vue:3 lists that components hold: items',
      { 'src/App.vue': `<script>\nexport default {\n  data() {\n    return { items: [] };\n  },\n};\n</script>\n` },
    ],
    [
      'what says how a component looks',
      undefined,
      { 'src/App.vue': `<script setup>\nconst errors = ref([]);\n</script>\n` },
    ],
  ])('%s', (_name, expected, files) => {
    expect(found(files)[0]).toBe(expected);
  });
});

describe('keys of localStorage', () => {
  test.each<[name: string, expected: string, files: Files]>([
    [
      'in a component',
      'src/App.vue:3 localStorage "theme"',
      {
        'src/App.vue': `<template><p /></template>\n<script setup>\nlocalStorage.setItem('theme', 'dark');\n</script>\n`,
      },
    ],
    [
      'of VueUse',
      'src/App.vue:3 localStorage "theme"',
      {
        'src/App.vue': `<script setup>\nimport { useStorage } from '@vueuse/core';\nconst theme = useStorage('theme', 'light');\n</script>\n`,
      },
    ],
    [
      'of a store of Pinia that a plug-in keeps, by its id',
      'src/s.js:1 localStorage "settings"',
      {
        'src/s.js': `export const useSettings = defineStore('settings', { state: () => ({ theme: 'light' }), persist: true });\n`,
      },
    ],
    [
      'of a setup store that a plug-in keeps, by the key that it names',
      'src/s.ts:1 localStorage "ui"',
      {
        'src/s.ts': `export const useSettings = defineStore('settings', () => ({ theme: ref('light') }), { persist: { key: 'ui' } });\n`,
      },
    ],
    [
      'of Vuex',
      'src/s.js:2 localStorage "app"',
      {
        'src/s.js': `import createPersistedState from 'vuex-persistedstate';\nconst plugins = [createPersistedState({ key: 'app' })];\n`,
      },
    ],
  ])('%s', (_name, expected, files) => {
    expect(found(files)).toContain(expected);
  });

  test.each(['{ storage: sessionStorage }', 'false'])('not those of a store with persist: %s', (persist) => {
    expect(
      found({
        'src/s.js': `export const useS = defineStore('s', { state: () => ({ a: 1 }), persist: ${persist} });\n`,
      }),
    ).toEqual([]);
  });
});

describe('components are sources', () => {
  test('by their names, with an ending or without', () => {
    const modules = readModules(memoryFiles({ 'src/App.vue': '', 'src/a/index.vue': '' }), [
      'src/App.vue',
      'src/a/index.vue',
    ]);
    expect(['./App.vue', './App', './a', '@/App.vue'].map((path) => modules.resolve('src/main.js', path))).toEqual([
      'src/App.vue',
      'src/App.vue',
      'src/a/index.vue',
      'src/App.vue',
    ]);
  });

  test('but for their tests, and generated ones are named', () => {
    const files = memoryFiles({
      'package.json': '{}',
      'src/App.vue': '<template />',
      'src/App.spec.vue': '',
      'src/icons.vue': `<!-- @generated by icons -->\n<template />\n`,
      'src/table.vue': `<script>\n// Generated by forms\n</script>\n`,
    });
    expect(sourceFiles(files)).toEqual(['src/App.vue']);
    expect(discover(files, null).skipped.map(({ file }) => file)).toEqual(['src/icons.vue', 'src/table.vue']);
  });

  test('doctor reads them, by their lines', async () => {
    const project = makeProject({
      'package.json': '{}',
      'src/lib/schema.js': `export const collections = { notes: defineCollection({ schema: {} }) };\n`,
      'src/Notes.vue': `<template>\n  <p />\n</template>\n<script>\nlocalStorage.setItem('notes', '[]');\n</script>\n`,
    });
    const findings = await source.check({ ...project.context(), dir: 'src/lib', form: 'javascript' as const });
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: 'LOCAL_STORAGE',
        evidence: expect.objectContaining({ file: 'src/Notes.vue', line: 5 }),
      }),
    );
    project.remove();
  });
});
