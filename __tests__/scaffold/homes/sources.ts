/** What the owner of an app writes with the kit: a field that is synced, in the app's framework and language. */
import type { Framework, Language } from '../../support/homes/home-app';

const identity = "['user-4b1c7e', 'somebody@example.org']";

/** Sources by file below src. @param root of the app, such as `App.tsx` */
export function syncedSources(
  framework: Framework,
  language: Language,
  root: string,
): Readonly<Record<string, string>> {
  if (framework === 'vue') return { [root]: vueRoot(language), 'Name.vue': vueField(language) };
  return { [root]: reactRoot, [root.replace('App', 'Name')]: reactField };
}

/** JavaScript that is TypeScript, too. */
const reactRoot = `import { SyncProvider } from './lib/react';
import { Name } from './Name';

const identity = ${identity};
// Those of config.json, unless the address names others.
const given = new URLSearchParams(window.location.search).getAll('relay');
const relays = given.length > 0 ? given : undefined;

export default function App() {
  return (
    <main>
      <h1>learn react</h1>
      <SyncProvider identity={identity} relays={relays} fallback={<p>Opening</p>}>
        <Name />
      </SyncProvider>
    </main>
  );
}
`;

const reactField = `import { useDocument, useSyncStatus } from './lib/react';

export function Name() {
  const [preferences, patch] = useDocument('preferences', 'ui');
  const status = useSyncStatus();
  if (preferences === undefined) return null;
  return (
    <label data-pending={status.pending}>
      Name
      <input value={preferences?.name ?? ''} onChange={(event) => patch({ name: event.target.value })} />
      <output>{status.lastSyncedAt === null ? 'not synced' : String(status.pending)}</output>
    </label>
  );
}
`;

const scriptOf = (language: Language): string => `<script setup${language === 'typescript' ? ' lang="ts"' : ''}>`;

function vueRoot(language: Language): string {
  return `${scriptOf(language)}
import { provideSync } from './lib/vue';
import Name from './Name.vue';

// Those of config.json, unless the address names others.
const given = new URLSearchParams(window.location.search).getAll('relay');
provideSync({
  identity: ${identity},
  relays: given.length > 0 ? given : undefined,
});
</script>

<template>
  <main>
    <h1>learn vue</h1>
    <Name />
  </main>
</template>
`;
}

function vueField(language: Language): string {
  return `${scriptOf(language)}
import { computed } from 'vue';
import { useDocument, useSyncStatus } from './lib/vue';

const { document: preferences, patch } = useDocument('preferences', 'ui');
const status = useSyncStatus();
const name = computed({
  get: () => preferences.value?.name ?? '',
  set: (text) => patch({ name: text }),
});
</script>

<template>
  <label v-if="preferences !== undefined" :data-pending="status.pending">
    Name
    <input v-model="name" />
    <output>{{ status.lastSyncedAt === null ? 'not synced' : String(status.pending) }}</output>
  </label>
  <p v-else>Opening</p>
</template>
`;
}

/** A test of the app's own in which the engine runs in its thread. @param runner of the app; Jest has its functions by itself */
export function testSource(framework: Framework, runner: 'vitest' | 'jest'): string {
  const head = runner === 'vitest' ? "// @vitest-environment jsdom\nimport { test } from 'vitest';\n" : '';
  return head + (framework === 'vue' ? vueTest : reactTest);
}

const reactTest = `import { configure, fireEvent, render, screen } from '@testing-library/react';
import { createInProcessWorkers } from 'zero-backend-sync/testing';
import { SyncProvider } from './lib/react';
import { serve } from './lib/worker';
import { Name } from './Name';

// The first engine of a run takes more than a second.
configure({ asyncUtilTimeout: 20_000 });

test('a name is stored', async () => {
  const createWorker = createInProcessWorkers(serve);
  render(
    <SyncProvider identity={['test']} relays={[]} createWorker={createWorker}>
      <Name />
    </SyncProvider>,
  );
  fireEvent.change(await screen.findByLabelText(/^Name/), { target: { value: 'Ada' } });
  await screen.findByDisplayValue('Ada');
}, 60_000);
`;

const vueTest = `import { configure, fireEvent, screen } from '@testing-library/dom';
import { createApp, h } from 'vue';
import { createInProcessWorkers } from 'zero-backend-sync/testing';
import { provideSync } from './lib/vue';
import { serve } from './lib/worker';
import Name from './Name.vue';

// The first engine of a run takes more than a second.
configure({ asyncUtilTimeout: 20_000 });

test('a name is stored', async () => {
  const app = createApp({
    setup() {
      provideSync({ identity: ['test'], relays: [], createWorker: createInProcessWorkers(serve) });
      return () => h(Name);
    },
  });
  app.mount(document.body.appendChild(document.createElement('div')));
  fireEvent.input(await screen.findByLabelText(/^Name/), { target: { value: 'Ada' } });
  await screen.findByDisplayValue('Ada');
  app.unmount();
}, 60_000);
`;
