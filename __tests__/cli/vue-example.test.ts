/** `init --example` in an app of Vue: a store of Pinia that is bound, otherwise a component of its own. */
import { parse } from '@vue/compiler-sfc';
import { NO_USERS } from '../../src/cli/answers';
import { discover } from '../../src/cli/discover/facts';
import { memoryFiles } from '../../src/cli/discover/project-files';
import { parseSource } from '../../src/cli/discover/syntax';
import { isExampleFile } from '../../src/cli/plan/example';
import { makePlan } from '../../src/cli/plan/make-plan';
import type { Plan } from '../../src/cli/plan/plan';
import { craPackageJson, smallKit } from './project';

type Files = Readonly<Record<string, string>>;

const app: Files = {
  'package.json': craPackageJson({ dependencies: { vue: '^3.5.0', 'react-scripts': '5.0.1', typescript: '^4.4.2' } }),
  'tsconfig.json': '{}\n',
  'src/main.ts': `import { createApp } from 'vue';\nimport App from './App.vue';\ncreateApp(App).mount('#app');\n`,
  'src/App.vue': `<template><p /></template>\n`,
  'src/stores/user.ts': `import { defineStore } from 'pinia';\nexport const useUserStore = defineStore('user', { state: () => ({ user: null as { id: string } | null }) });\n`,
};

function planFor(source: Files, identity: readonly string[] | typeof NO_USERS = ['useUserStore().user?.id']): Plan {
  const files = memoryFiles({ ...app, ...source });
  const answers = { identity, storage: { layer: 'rxdb' }, dir: 'src/lib', example: true } as const;
  const random = (bytes: number) => new Uint8Array(bytes).fill(7);
  return makePlan({
    files,
    facts: discover(files, null),
    answers,
    kit: smallKit,
    record: null,
    env: {},
    random,
    now: () => 0,
  });
}

const ownOf = ({ writes }: Plan) => writes.filter(({ path, role }) => path.startsWith('src/') && role !== 'template');

describe('a store of Pinia is bound', () => {
  const todo = `export interface Todo { id: string; title: string; done: boolean }\n`;
  test.each<[name: string, file: string, store: string, written: string, call: string, binding: string]>([
    [
      'with options',
      'src/stores/todos.ts',
      `import { defineStore } from 'pinia';\n${todo}export const useTodosStore = defineStore('todos', {\n  state: () => ({ items: [] as Todo[], filter: 'all' }),\n  getters: { open: (state) => state.items.filter(({ done }) => !done) },\n});\n`,
      'src/stores/useSyncedTodos.ts',
      'useTodosStore()',
      `{ collection: 'todos', at: 'items', keys: ['title', 'done'], order: 'order' }`,
    ],
    [
      'with the type that its state is declared to have',
      'src/todos.ts',
      `import { defineStore } from 'pinia';\n${todo}interface State { items: Todo[] }\nexport const useTodos = defineStore('todos', { state: (): State => ({ items: [] }) });\n`,
      'src/useSyncedTodos.ts',
      'useTodos()',
      `{ collection: 'todos', at: 'items', keys: ['title', 'done'], order: 'order' }`,
    ],
    [
      'with a setup function',
      'src/stores/todos.ts',
      `import { defineStore } from 'pinia';\nimport { computed, ref } from 'vue';\n${todo}export const useTodosStore = defineStore('todos', () => {\n  const items = ref<Todo[]>([]);\n  const open = computed(() => items.value.length);\n  function add(item: Todo) { items.value.push(item); }\n  return { items, open, add };\n});\n`,
      'src/stores/useSyncedTodos.ts',
      'useTodosStore()',
      `{ collection: 'todos', at: 'items', keys: ['title', 'done'], order: 'order' }`,
    ],
    [
      'of settings, without what is computed and what it does',
      'src/stores/settings.ts',
      `import { defineStore } from 'pinia';\nexport const useSettingsStore = defineStore('settings', () => {\n  const theme = ref('light');\n  const fontSize = ref(14);\n  const isDark = computed(() => theme.value === 'dark');\n  function toggle() {}\n  return { theme, fontSize, isDark, toggle };\n}, { persist: true });\n`,
      'src/stores/useSyncedSettings.ts',
      'useSettingsStore()',
      `{ collection: 'settings', id: 'ui', keys: ['theme', 'fontSize'] }`,
    ],
  ])('%s', (_name, file, store, written, call, binding) => {
    const plan = planFor({ [file]: store });
    const [write, ...more] = ownOf(plan);
    expect([write?.path, more]).toEqual([written, []]);
    expect(write?.after).toContain(`import { useBoundStore } from 'zero-backend-sync/vue';`);
    expect(write?.after).toMatch(/import \{ useSyncEngine \} from '\.\.?\/lib\/vue';/);
    expect(write?.after).toContain(`  useBoundStore(useSyncEngine(), ${call}, [\n    ${binding},\n  ]);\n}\n`);
    expect(parseSource(written, write?.after ?? '')?.ast.errors).toEqual([]);
    expect(plan.writes.find(({ path }) => path === 'src/lib/schema.ts')?.after).toMatch(
      /export const collections = \{ notes, preferences, \w+ \};/,
    );
    expect(plan.next).toContainEqual(
      expect.objectContaining({
        what: expect.stringContaining('in the setup of App.vue behind provideSync'),
        code: expect.stringMatching(/^import \{ useSynced\w+ \} from '\.\/[^<]*useSynced\w+\(\);$/),
      }),
    );
    expect(JSON.stringify(plan.notes)).not.toMatch(/isDark|toggle|open/);
    expect(isExampleFile(written)).toBe(true);
  });

  test('that a plug-in keeps is said to be kept twice', () => {
    const store = `import { defineStore } from 'pinia';\nexport const useSettings = defineStore('settings', { state: () => ({ theme: 'light' }), persist: true });\n`;
    expect(planFor({ 'src/settings.ts': store }).next).toContainEqual(
      expect.objectContaining({
        file: 'src/settings.ts',
        line: 2,
        what: expect.stringContaining('keeps data like theme of useSettings on this device itself'),
      }),
    );
  });

  test.each<[why: RegExp, store: string]>([
    [
      /the items of items have no id/,
      `export const useTodos = defineStore('todos', { state: () => ({ items: [{ title: 'a' }] }) });\n`,
    ],
    [
      /in an exported store of Pinia/,
      `const useTodos = defineStore('todos', { state: () => ({ items: [{ id: 'a', title: 'a' }] }) });\n`,
    ],
    [/in an exported store of Pinia/, ''],
  ])('or it is said why not: %s', (why, store) => {
    const plan = planFor({ 'src/todos.ts': `import { defineStore } from 'pinia';\n${store}` });
    expect(plan.notes.join('\n')).toMatch(why);
    expect(ownOf(plan).map(({ path }) => path)).toEqual(['src/stores/SyncedTheme.vue']);
  });
});

describe('a component of its own', () => {
  const textOf = (plan: Plan): string => {
    const [write] = ownOf(plan);
    expect(write?.path).toMatch(/SyncedTheme\.vue$/);
    expect(parse(write?.after ?? '').errors).toEqual([]);
    return write?.after ?? '';
  };

  test('provides the engine for the user of a store', () => {
    const text = textOf(planFor({}));
    expect(text).toContain(`import { useUserStore } from './user';`);
    expect(text).toContain(`import { provideSync, useDocument, useSyncStatus } from '../lib/vue';`);
    expect(text).toContain(
      'const userStore = useUserStore();\nprovideSync({ identity: () => userStore.user && [userStore.user.id] });',
    );
    expect(isExampleFile('src/stores/SyncedTheme.vue')).toBe(true);
  });

  test('takes the identity as a property where only another component knows the user', () => {
    const text = textOf(planFor({}, ['account.id']));
    expect(text).toContain('const props = defineProps<{ identity: readonly (string | number)[] | null }>();');
    expect(text).toContain('Render <SyncedTheme :identity="[account.id]" /> where the user is known.');
  });

  test('takes a sync code in an app without users', () => {
    const text = textOf(planFor({}, NO_USERS));
    expect(text).toContain('const { identity } = useSyncCode();\nprovideSync({ identity, guest: GuestMode.Adopted });');
  });

  test('is JavaScript in an app of it', () => {
    const files = memoryFiles(Object.fromEntries(Object.entries(app).filter(([file]) => file !== 'tsconfig.json')));
    expect(discover(files, null).platform.language).toBe('javascript');
    const answers = { identity: NO_USERS, storage: { layer: 'rxdb' }, dir: 'src/lib', example: true } as const;
    const random = (bytes: number) => new Uint8Array(bytes).fill(7);
    const text = textOf(
      makePlan({
        files,
        facts: discover(files, null),
        answers,
        kit: smallKit,
        record: null,
        env: {},
        random,
        now: () => 0,
      }),
    );
    expect(text).toMatch(/^<script setup>\n/);
    expect(text).toContain('patch({ theme: event.target.value })');
  });
});
