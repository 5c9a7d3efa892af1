/** The edits that provide the engine in an app of Vue: exact, so that a program can make them, and in the style of the file. */
import { parse } from '@vue/compiler-sfc';
import { expressionsOf } from '../../src/cli/answers';
import { discover } from '../../src/cli/discover/facts';
import { examineChoice } from '../../src/cli/discover/identity-choice';
import { memoryFiles } from '../../src/cli/discover/project-files';
import { parseSource } from '../../src/cli/discover/syntax';
import type { NextEdit, NextStep } from '../../src/cli/next';
import { providerSteps } from '../../src/cli/plan/provider-edit';
import { proposedAnswers } from '../../src/cli/questions';
import { findAppUses } from '../../src/cli/undo/app-uses';
import { applyEdits } from '../support/next-edits';

type Files = Readonly<Record<string, string>>;

function stepsFor(texts: Files, typed?: string): readonly NextStep[] {
  const files = memoryFiles({ 'package.json': '{}', ...texts });
  const facts = discover(files, null);
  const identity = typed === undefined ? proposedAnswers(facts, {}).identity : [typed];
  return providerSteps(files, 'src/lib', examineChoice(files, facts.identity, expressionsOf(identity)), 'vue');
}

/** The root component behind the edits, which a program makes, and takes back. */
function edited(texts: Files, typed?: string): string {
  const edits = stepsFor(texts, typed).filter((step): step is NextEdit => step.kind === 'edit');
  const [first] = edits;
  if (first === undefined) return '';
  const before = texts[first.file] ?? '';
  const after = applyEdits(before, edits);
  expect(parse(after).errors).toEqual([]);
  expect(parseSource(first.file, after)?.ast.errors).toEqual([]);
  let shift = 0;
  const back = [...edits].reverse().map(({ line, before: old, after: now }) => {
    const at = { line: line + shift, before: now ?? '', after: old };
    shift += (now ?? '').split('\n').length - old.split('\n').length;
    return at;
  });
  expect(applyEdits(after, back.reverse())).toBe(before);
  return after;
}

const store: Files = {
  'src/stores/user.ts': `import { defineStore } from 'pinia';\nexport const useUserStore = defineStore('user', { state: () => ({ user: null as { id: string } | null }) });\n`,
};
const auth: Files = {
  'src/auth.js': `import { ref } from 'vue';\nconst user = ref(null);\nexport const useAuth = () => ({ user });\n`,
};

describe('in the script of a setup', () => {
  test.each<[name: string, files: Files, app: string, expected: string]>([
    [
      'behind the imports, where only a store knows the user',
      store,
      `<script setup lang="ts">\nimport Home from './Home.vue';\n\nconst title = 'A';\n</script>\n\n<template>\n  <Home />\n</template>\n`,
      `<script setup lang="ts">\nimport Home from './Home.vue';\nimport { provideSync } from './lib/vue';\nimport { useUserStore } from './stores/user';\n\nconst userStore = useUserStore();\nprovideSync({ identity: () => userStore.user && [userStore.user.id] });\n\nconst title = 'A';\n</script>\n\n<template>\n  <Home />\n</template>\n`,
    ],
    [
      'behind the store that it has already',
      store,
      `<script setup lang="ts">\nimport { useUserStore } from './stores/user'\nconst account = useUserStore() // who\nconst id = computed(() => account.user?.id)\n</script>\n`,
      `<script setup lang="ts">\nimport { useUserStore } from './stores/user'\nimport { provideSync } from './lib/vue'\nconst account = useUserStore() // who\nconst id = computed(() => account.user?.id)\nprovideSync({ identity: () => id.value != null ? [id.value] : null })\n</script>\n`,
    ],
    [
      'with the ref of a composable, and the quotes and line ends that the file has',
      auth,
      `<template>\r\n  <p v-if="user">{{ user.id }}</p>\r\n</template>\r\n\r\n<script setup>\r\nimport { useAuth } from "./auth"\r\n\r\nconst { user } = useAuth()\r\n</script>\r\n`,
      `<template>\r\n  <p v-if="user">{{ user.id }}</p>\r\n</template>\r\n\r\n<script setup>\r\nimport { useAuth } from "./auth"\r\nimport { provideSync } from "./lib/vue"\r\n\r\nconst { user } = useAuth()\r\nprovideSync({ identity: () => user.value && [user.value.id] })\r\n</script>\r\n`,
    ],
    [
      'with its indentation',
      auth,
      `<script setup>\n\timport { useAuth } from './auth';\n\n\tconst { user } = useAuth();\n\twatch(() => user.value?.id, go);\n</script>\n`,
      `<script setup>\n\timport { useAuth } from './auth';\n\timport { provideSync } from './lib/vue';\n\n\tconst { user } = useAuth();\n\tprovideSync({ identity: () => user.value && [user.value.id] });\n\twatch(() => user.value?.id, go);\n</script>\n`,
    ],
    [
      'that has no import yet',
      store,
      `<script setup lang="ts">\nconst a = 1;\n</script>\n<template><p /></template>\n`,
      `<script setup lang="ts">\nimport { provideSync } from './lib/vue';\nimport { useUserStore } from './stores/user';\n\nconst userStore = useUserStore();\nprovideSync({ identity: () => userStore.user && [userStore.user.id] });\n\nconst a = 1;\n</script>\n<template><p /></template>\n`,
    ],
    [
      'that is empty',
      store,
      `<script setup></script>\n<template><p /></template>\n`,
      `<script setup>\nimport { provideSync } from './lib/vue';\nimport { useUserStore } from './stores/user';\n\nconst userStore = useUserStore();\nprovideSync({ identity: () => userStore.user && [userStore.user.id] });\n</script>\n<template><p /></template>\n`,
    ],
    [
      'that stands beside another script',
      auth,
      `<script>\nexport const version = 1;\n</script>\n\n<script setup>\nimport { useAuth } from './auth';\nconst auth = useAuth();\nconst show = () => auth.user.value?.id;\n</script>\n`,
      `<script>\nexport const version = 1;\n</script>\n\n<script setup>\nimport { useAuth } from './auth';\nimport { provideSync } from './lib/vue';\nconst auth = useAuth();\nprovideSync({ identity: () => auth.user.value && [auth.user.value.id] });\nconst show = () => auth.user.value?.id;\n</script>\n`,
    ],
    [
      'whose names are taken',
      store,
      `<script setup lang="ts">\nimport Home from './Home.vue';\nconst userStore = 1;\n</script>\n`,
      `<script setup lang="ts">\nimport Home from './Home.vue';\nimport { provideSync } from './lib/vue';\nimport { useUserStore } from './stores/user';\n\nconst userStoreOfUser = useUserStore();\nprovideSync({ identity: () => userStoreOfUser.user && [userStoreOfUser.user.id] });\n\nconst userStore = 1;\n</script>\n`,
    ],
  ])('%s', (_name, files, app, expected) => {
    expect(edited({ ...files, 'src/App.vue': app })).toBe(expected);
  });
});

describe('in a component with options', () => {
  test.each<[name: string, files: Files, app: string, expected: string]>([
    [
      'as its setup, behind what its options begin with',
      store,
      `<script>\nimport Home from './Home.vue';\n\nexport default {\n  name: 'App',\n  components: { Home },\n  data() {\n    return { a: 1 };\n  },\n};\n</script>\n`,
      `<script>\nimport Home from './Home.vue';\nimport { provideSync } from './lib/vue';\nimport { useUserStore } from './stores/user';\n\nexport default {\n  name: 'App',\n  components: { Home },\n  setup() {\n    const userStore = useUserStore();\n    provideSync({ identity: () => userStore.user && [userStore.user.id] });\n  },\n  data() {\n    return { a: 1 };\n  },\n};\n</script>\n`,
    ],
    [
      'that has nothing but a name',
      store,
      `<script>\nexport default { name: 'App' }\n</script>\n`,
      `<script>\nimport { provideSync } from './lib/vue'\nimport { useUserStore } from './stores/user'\n\nexport default { name: 'App', setup() {\n  const userStore = useUserStore()\n  provideSync({ identity: () => userStore.user && [userStore.user.id] })\n} }\n</script>\n`,
    ],
    [
      'at the beginning of the setup that it has',
      store,
      `<script lang="ts">\nimport { defineComponent } from 'vue';\nexport default defineComponent({\n  setup() {\n    const a = 1;\n    return { a };\n  },\n});\n</script>\n`,
      `<script lang="ts">\nimport { defineComponent } from 'vue';\nimport { provideSync } from './lib/vue';\nimport { useUserStore } from './stores/user';\nexport default defineComponent({\n  setup() {\n    const userStore = useUserStore();\n    provideSync({ identity: () => userStore.user && [userStore.user.id] });\n    const a = 1;\n    return { a };\n  },\n});\n</script>\n`,
    ],
    [
      'behind what its setup knows the user by',
      auth,
      `<script>\nimport { useAuth } from './auth';\nexport default {\n  setup() {\n    const { user } = useAuth();\n    watch(() => user.value?.id, go);\n    return { user };\n  },\n};\n</script>\n`,
      `<script>\nimport { useAuth } from './auth';\nimport { provideSync } from './lib/vue';\nexport default {\n  setup() {\n    const { user } = useAuth();\n    provideSync({ identity: () => user.value && [user.value.id] });\n    watch(() => user.value?.id, go);\n    return { user };\n  },\n};\n</script>\n`,
    ],
    [
      'through Vuex',
      {
        'src/store.js': `import { createStore } from 'vuex';\nexport default createStore({ state: { user: null }, mutations: { setUser(state, user) { state.user = user; } } });\n`,
        'src/Home.vue': `<script>\nexport default { computed: { id() { return this.$store.state.user.id; } } };\n</script>\n`,
      },
      `<script>\nexport default {\n  name: 'App',\n};\n</script>\n`,
      `<script>\nimport { provideSync } from './lib/vue';\nimport { useStore } from 'vuex';\n\nexport default {\n  name: 'App',\n  setup() {\n    const store = useStore();\n    provideSync({ identity: () => store.state.user && [store.state.user.id] });\n  },\n};\n</script>\n`,
    ],
  ])('%s', (_name, files, app, expected) => {
    expect(edited({ ...files, 'src/App.vue': app })).toBe(expected);
  });
});

test('a component without a script gets one, in the language of the app', () => {
  const app = `<template>\n  <RouterView />\n</template>\n`;
  expect(edited({ ...store, 'src/App.vue': app })).toBe(
    `<script setup lang="ts">\nimport { provideSync } from './lib/vue';\nimport { useUserStore } from './stores/user';\n\nconst userStore = useUserStore();\nprovideSync({ identity: () => userStore.user && [userStore.user.id] });\n</script>\n\n${app}`,
  );
});

test('the root is what the entry mounts, wherever it is', () => {
  const files = {
    ...store,
    'src/main.ts': `import { createApp } from 'vue';\nimport Root from '@/shell/Root.vue';\ncreateApp(Root).mount('#app');\n`,
    'src/shell/Root.vue': `<script setup lang="ts">\nimport Home from './Home.vue';\n</script>\n`,
  };
  expect(edited(files)).toContain(
    `import { provideSync } from '../lib/vue';\nimport { useUserStore } from '../stores/user';`,
  );
});

test.each<[typed: string, getter: string]>([
  ['user.value.id', '() => user.value && [user.value.id]'],
  ['user.id', '() => user.value && [user.value.id]'],
  ['user?.id', '() => user.value && [user.value.id]'],
  ['user.value!.id', '() => user.value && [user.value.id]'],
  ['useAuth().user.value?.id', '() => auth.user.value && [auth.user.value.id]'],
  [`String(user.value?.id)`, '() => [String(user.value?.id)]'],
])('an expression that somebody types: %s', (typed, getter) => {
  const app = `<script setup>\nimport { useAuth } from './auth';\nconst { user } = useAuth();\n</script>\n`;
  expect(edited({ ...auth, 'src/App.vue': app }, typed)).toContain(`provideSync({ identity: ${getter} });`);
});

test('what somebody types is found where its names are, and refused where they are nowhere', () => {
  const files = memoryFiles({
    'package.json': '{}',
    ...auth,
    'src/App.vue': `<template>\n  <p />\n</template>\n<script setup>\nimport { useAuth } from './auth';\nconst { user } = useAuth();\n</script>\n`,
  });
  const facts = discover(files, null);
  const [known, unknown, literal] = examineChoice(files, facts.identity, ['user.value.id', 'member.id', `'me'`]);
  expect(known).toMatchObject({ problem: null, place: { kind: 'component', name: 'App', file: 'src/App.vue' } });
  expect(unknown?.problem).toContain('"member" is in scope nowhere');
  expect(literal?.kind).toBe('literal');
});

describe('it is left to a person, with the code', () => {
  test.each<[name: string, files: Files]>([
    [
      'where only another component knows the user',
      {
        'src/App.vue': '<template><p /></template>\n',
        'src/Profile.vue': `<script setup>\nconst user = ref(null);\nconst login = async () => { user.value = await call(); };\nconst id = () => user.value?.id;\n</script>\n`,
      },
    ],
    [
      'where the root component is no single-file component',
      {
        ...store,
        'src/main.ts': `import { createApp, h } from 'vue';\ncreateApp({ render: () => h('p') }).mount('#app');\n`,
      },
    ],
    [
      'where its options are made elsewhere',
      { ...store, 'src/App.vue': `<script>\nimport options from './options';\nexport default options;\n</script>\n` },
    ],
    [
      'where only what an instance has names the user',
      {
        'src/App.vue': `<script>\nexport default {\n  data() { return { user: null }; },\n  methods: { async login() { this.user = await call(); }, id() { return this.user.id; } },\n};\n</script>\n`,
      },
    ],
  ])('%s', (_name, files) => {
    expect(stepsFor(files)).toEqual([
      expect.objectContaining({
        kind: 'by-hand',
        what: expect.stringMatching(/in the setup of App\.vue/),
        code: expect.stringMatching(
          /^import \{ provideSync \} from '.*\/lib\/vue';\n[^]*provideSync\(\{ identity: \(\) => /,
        ),
      }),
    ]);
  });
});

test('an app that provides an engine is told nothing', () => {
  expect(
    stepsFor({ ...store, 'src/App.vue': `<script setup>\nprovideSync({ identity: null });\n</script>\n` }),
  ).toEqual([]);
});

test('undo sees what a component imports of what it takes away', () => {
  const app = `<template>\n  <p />\n</template>\n\n<script setup>\nimport { provideSync } from './lib/vue';\nimport { useBoundStore } from 'zero-backend-sync/vue';\n</script>\n`;
  const uses = findAppUses(memoryFiles({ 'src/App.vue': app }), new Set(['src/lib/vue.js']), ['zero-backend-sync']);
  expect(uses).toMatchObject({
    template: [{ file: 'src/App.vue', line: 6, what: 'src/lib/vue.js' }],
    packages: [{ file: 'src/App.vue', line: 7, what: 'zero-backend-sync' }],
  });
});
