/** `init`, and what follows it, in an app of Vue on Vite. */
import { doctor } from '../../src/cli/commands/doctor';
import { init } from '../../src/cli/commands/init';
import { undo } from '../../src/cli/commands/undo';
import type { NextEdit, NextStep } from '../../src/cli/next';
import { applyEdits } from '../support/next-edits';
import { makeProject, type TestProject } from './project';

const app = {
  'package.json': `${JSON.stringify({ name: 'my-app', private: true, type: 'module', scripts: { dev: 'vite', build: 'vite build' }, dependencies: { vue: '^3.5.0', pinia: '^3.0.0' }, devDependencies: { vite: '^8.0.0', '@vitejs/plugin-vue': '^6.0.0' } }, null, 2)}\n`,
  'package-lock.json': '{ "lockfileVersion": 3 }\n',
  '.gitignore': 'node_modules\n*.local\n',
  'index.html': '<div id="app"></div>\n<script type="module" src="/src/main.js"></script>\n',
  'vite.config.js': `import { defineConfig } from 'vite'\nimport vue from '@vitejs/plugin-vue'\n\nexport default defineConfig({\n  plugins: [vue()],\n})\n`,
  'src/main.js': `import { createApp } from 'vue'\nimport App from './App.vue'\ncreateApp(App).mount('#app')\n`,
  'src/App.vue': `<script setup>\nimport Home from './Home.vue'\n</script>\n\n<template>\n  <Home />\n</template>\n`,
  'src/Home.vue': `<script setup>\nimport { useUserStore } from './user'\nconst store = useUserStore()\n</script>\n\n<template>\n  <p v-if="store.user">{{ store.user.id }}</p>\n</template>\n`,
  'src/user.js': `import { defineStore } from 'pinia'\nexport const useUserStore = defineStore('user', { state: () => ({ user: null }) })\n`,
};
let project: TestProject;
beforeEach(() => (project = makeProject(app)));
afterEach(() => project.remove());

async function initialised(flags: object): Promise<readonly NextStep[]> {
  const { json, next } = await init(project.context(), { yes: true, skipBuild: true, ...flags });
  expect(json).toMatchObject({ done: true });
  return next ?? [];
}

test('the steps provide the engine in App.vue, and undo is told where it is used', async () => {
  const before = project.tree();
  const next = await initialised({});
  expect(JSON.stringify(next)).not.toMatch(/SyncProvider|docs\/react/);
  expect(JSON.stringify(next)).toContain('docs/vue.md');
  const edits = next.filter((step): step is NextEdit => step.kind === 'edit' && step.file === 'src/App.vue');
  const wired = applyEdits(project.read('src/App.vue'), edits);
  expect(wired).toContain(
    `import { provideSync } from './lib/vue'\nimport { useUserStore } from './user'\n\nconst userStore = useUserStore()\nprovideSync({ identity: () => userStore.user && [userStore.user.id] })\n</script>`,
  );
  project.write('src/App.vue', wired);
  const { json } = await doctor(project.context(), { offline: true });
  expect(JSON.stringify(json)).not.toContain('NOT_OPENED');
  const context = project.context();
  await undo(context, { yes: true });
  expect(context.printed.join('\n')).toContain('Left to do: src/App.vue:3 imports src/lib/vue.js, which goes');
  project.write('src/App.vue', app['src/App.vue']);
  const { '.env.local': _, ...after } = project.tree();
  expect(after).toEqual(before);
});

test('undo leaves the app as it was, with the example as well', async () => {
  const before = project.tree();
  await initialised({ example: true });
  expect(project.read('src/SyncedTheme.vue')).toContain('provideSync(');
  await undo(project.context(), { yes: true });
  const { '.env.local': _, ...after } = project.tree();
  expect(after).toEqual(before);
});
