/** What doctor, and the steps after init, say in an app of Vue: composables and App.vue, and nothing of React. */
import type { CheckContext, Finding } from '../../src/cli/doctor/finding';
import { queries } from '../../src/cli/doctor/queries';
import { source } from '../../src/cli/doctor/source';
import { use } from '../../src/cli/doctor/use';
import { memoryFiles } from '../../src/cli/discover/project-files';
import { syncCodeSteps } from '../../src/cli/plan/without-users';

type Files = Readonly<Record<string, string>>;

const packageJson = JSON.stringify({ dependencies: { vue: '^3.5.0' } });
const schema = `export const collections = { notes: defineCollection({ schema: { properties: { at: {} }, indexes: [['at']] } }) };\n`;

function contextOf(files: Files): CheckContext {
  const all = memoryFiles({ 'package.json': packageJson, 'src/lib/schema.js': schema, ...files });
  return {
    root: '/project',
    files: all,
    dir: 'src/lib',
    form: 'javascript',
    env: {},
    run: () => Promise.reject(new Error()),
  };
}

const usedIn = (files: Files) => use.check(contextOf(files)) as readonly Finding[];
const foundIn = (files: Files) =>
  usedIn(files).map(({ code, evidence }) => `${code} ${evidence?.file ?? ''}:${evidence?.line ?? ''}`);

describe('the use of the engine', () => {
  test('is missed where no component provides it', () => {
    const [finding] = usedIn({ 'src/App.vue': '<template><p /></template>\n' });
    expect(finding).toMatchObject({
      code: 'NOT_OPENED',
      why: expect.stringContaining('calls provideSync in its setup'),
      how: expect.stringContaining('in the setup of App.vue'),
    });
    expect(finding?.how).toContain(
      'provideSync({ identity: () => user.value && [user.value.id] }), imported from src/lib/vue.',
    );
    expect(JSON.stringify(finding)).not.toMatch(/SyncProvider|react/);
  });

  test.each<[name: string, app: string]>([
    ['a script', `<script setup>\nprovideSync({ identity: () => user.value && [user.value.id] });\n</script>\n`],
    ['a setup of options', `<script>\nexport default { setup() { provideSync({ identity: me }); } };\n</script>\n`],
    ['a template', `<template>\n  <SyncProvider :identity="user && [user.id]"><p /></SyncProvider>\n</template>\n`],
    ['a template in its other case', `<template>\n  <sync-provider :identity="identity" />\n</template>\n`],
  ])('is seen in %s', (_name, app) => {
    expect(foundIn({ 'src/App.vue': app })).toEqual([]);
  });

  test.each<[name: string, line: number, app: string]>([
    ['a list', 2, `<script setup>\nprovideSync({ identity: ['me'] });\n</script>\n`],
    ['a getter', 2, `<script setup>\nprovideSync({ identity: () => ['me'] });\n</script>\n`],
    ['a method', 2, `<script setup>\nprovideSync({ identity() { return ['me']; } });\n</script>\n`],
    [
      'a computed',
      2,
      `<script setup>\nconst identity = computed(() => isIn.value ? ['me'] : null);\nprovideSync({ identity });\n</script>\n`,
    ],
    [
      'a ref',
      3,
      `<template>\n  <p /></template>\n<script setup>const identity = ref(['me']);\nprovideSync({ identity });\n</script>\n`,
    ],
    ['a template', 2, `<template>\n  <SyncProvider :identity="['me']" />\n</template>\n`],
  ])('is an error where the identity is the same for everybody, in %s', (_name, line, app) => {
    expect(foundIn({ 'src/App.vue': app })).toEqual([`IDENTITY_LITERAL src/App.vue:${line}`]);
    expect(usedIn({ 'src/App.vue': app })[0]).toMatchObject({ instead: expect.stringMatching(/^provideSync\(/) });
  });

  test('is an error where the identity is another one at each start', () => {
    const app = `<script setup>\nprovideSync({ identity: () => [crypto.randomUUID()] });\n</script>\n`;
    expect(foundIn({ 'src/App.vue': app })).toEqual(['IDENTITY_CHANGES src/App.vue:2']);
  });
});

test('queries of components are read', () => {
  const list = `<template><p /></template>\n<script setup>\nconst { documents } = useQuery('notes', { sort: [{ at: 'desc' }] });\n</script>\n`;
  expect(queries.check(contextOf({ 'src/List.vue': list }))).toEqual([
    expect.objectContaining({
      code: 'SORT_DESCENDING',
      evidence: expect.objectContaining({ file: 'src/List.vue', line: 3 }),
    }),
  ]);
});

test('what a component with the engine keeps in localStorage beside it is named', async () => {
  const app = `<script setup>\nprovideSync({ identity: null });\nlocalStorage.setItem('draft', '');\n</script>\n`;
  expect(await source.check(contextOf({ 'src/App.vue': app }))).toContainEqual(
    expect.objectContaining({ code: 'LOCAL_STORAGE', evidence: expect.objectContaining({ line: 3 }) }),
  );
});

test('an app without users is told the composables that wire it', () => {
  const [step] = syncCodeSteps(memoryFiles({ 'src/App.vue': '<template><p /></template>\n' }), 'src/lib', 'vue');
  expect(step).toMatchObject({
    kind: 'by-hand',
    what: expect.stringContaining('in the setup of App.vue'),
    code: [
      `import { GuestMode } from 'zero-backend-sync/core';`,
      `import { useSyncCode } from 'zero-backend-sync/vue';`,
      `import { provideSync } from './lib/vue';`,
      '',
      'const { identity } = useSyncCode();',
      'provideSync({ identity, guest: GuestMode.Adopted });',
    ].join('\n'),
  });
  const opened = { 'src/App.vue': '<script setup>\nprovideSync({ identity });\n</script>\n' };
  expect(syncCodeSteps(memoryFiles(opened), 'src/lib', 'vue')).toEqual([]);
});
