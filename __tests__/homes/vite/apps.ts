/** Small apps of Vite, made and installed as by hand: the template beside one component that shows and writes a synced field. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { packKit, repository } from '../../support/cra-apps';
import { temporaryFolder } from '../../support/kept';
import { run } from '../../support/processes';

export type Framework = 'react' | 'vue';
export type ViteVersion = '8.3.8' | '7.3.8' | '5.4.21';

const plugins: Readonly<Record<Framework, Readonly<Record<ViteVersion, string>>>> = {
  react: {
    '8.3.8': '@vitejs/plugin-react@6.0.1',
    '7.3.8': '@vitejs/plugin-react@5.0.4',
    '5.4.21': '@vitejs/plugin-react@4.7.0',
  },
  vue: {
    '8.3.8': '@vitejs/plugin-vue@6.0.11',
    '7.3.8': '@vitejs/plugin-vue@6.0.1',
    '5.4.21': '@vitejs/plugin-vue@5.2.4',
  },
};
const libraries = { react: ['react@19.3.1', 'react-dom@19.3.1'], vue: ['vue@3.5.45'] };
const wasmPlugins = ['vite-plugin-wasm@3.6.0', 'vite-plugin-top-level-await@1.6.0'];

const reactApp = `import { SyncProvider, useDocument, useSyncStatus } from './lib/react';
const identity = ['user-4b1c7e', 'somebody@example.org'];
const given = new URLSearchParams(window.location.search).getAll('relay');
function Name() {
  const [preferences, patch] = useDocument('preferences', 'ui');
  const status = useSyncStatus();
  return (
    <label>
      <input value={preferences?.name ?? ''} onChange={(event) => patch({ name: event.target.value })} />
      <output>{JSON.stringify(status)}</output>
      <em>version 1</em>
    </label>
  );
}
export default function App() {
  return (
    <SyncProvider identity={identity} relays={given.length > 0 ? given : undefined} fallback={(problem) => <p>{JSON.stringify(problem)}</p>}>
      <Name />
    </SyncProvider>
  );
}
`;
const reactMain = `import { createRoot } from 'react-dom/client';
import App from './App';
createRoot(document.getElementById('root')).render(<App />);
`;
const vueApp = `<script setup>
import { ref } from 'vue';
import { engine } from './sync';
const name = ref('');
const status = ref();
const isOpen = ref(false);
engine.then((opened) => {
  isOpen.value = true;
  opened.db.preferences.findOne('ui').$.subscribe((document) => (name.value = document?.name ?? ''));
  opened.status$.subscribe((now) => (status.value = now));
});
const write = (event) => engine.then((opened) => opened.patch('preferences', 'ui', { name: event.target.value }));
</script>
<template>
  <label v-if="isOpen"><input :value="name" @input="write" /><output>{{ JSON.stringify(status) }}</output><em>version 1</em></label>
</template>
`;
const vueSync = `import { SyncEngine } from './lib/engine';
const given = new URLSearchParams(window.location.search).getAll('relay');
export const engine = SyncEngine.open({ identity: ['user-4b1c7e', 'somebody@example.org'], relays: given.length > 0 ? given : undefined });
`;
const vueMain = `import { createApp } from 'vue';
import App from './App.vue';
createApp(App).mount('#root');
`;

export interface Setup {
  /** Of the plugin, as JavaScript. */
  readonly options?: string;
  /** More of the configuration, as JavaScript. */
  readonly rest?: string;
  /** vite-plugin-wasm, alone or with the one for top-level await, in the page and in workers. */
  readonly wasm?: 'alone' | 'with top-level await';
}

export interface HomeApp {
  readonly folder: string;
  readonly component: string;
  configure(setup?: Setup): void;
  edit(file: string, change: (text: string) => string): void;
}

let kit: Promise<string> | undefined;

/** Of this checkout, packed once. */
function packedKit(): Promise<string> {
  return (kit ??= packKit(temporaryFolder('kit-')));
}

export async function makeHome(framework: Framework, vite: ViteVersion): Promise<HomeApp> {
  const folder = temporaryFolder(`home-vite-${vite}-${framework}-`);
  const at = (file: string) => path.join(folder, file);
  const write = (file: string, text: string) => writeFileSync(at(file), text);
  mkdirSync(at('src'));
  cpSync(path.join(repository, 'dist/template/erasable'), at('src/lib'), { recursive: true });
  cpSync(path.join(repository, '.env'), at('.env'));
  const packageJson = { name: 'home', private: true, type: 'module', overrides: { '@swc/core': '1.15.47' } };
  write('package.json', JSON.stringify(packageJson));
  write(
    'index.html',
    '<!doctype html><link rel="icon" href="data:," /><div id="root"></div><script type="module" src="/src/main.jsx"></script>\n',
  );
  write('src/main.jsx', framework === 'react' ? reactMain : vueMain);
  if (framework === 'react') write('src/App.jsx', reactApp);
  else {
    write('src/App.vue', vueApp);
    write('src/sync.js', vueSync);
  }
  const packages = [
    `vite@${vite}`,
    plugins[framework][vite],
    ...libraries[framework],
    ...wasmPlugins,
    await packedKit(),
  ];
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages], folder);
  const app: HomeApp = {
    folder,
    component: framework === 'react' ? 'src/App.jsx' : 'src/App.vue',
    configure: (setup = {}) => write('vite.config.js', configuration(framework, setup)),
    edit: (file, change) => write(file, change(readFileSync(at(file), 'utf8'))),
  };
  app.configure();
  return app;
}

function configuration(framework: Framework, { options = '', rest = '', wasm }: Setup): string {
  const names = wasm === undefined ? [] : wasm === 'alone' ? ['wasm'] : ['wasm', 'topLevelAwait'];
  const imports = { wasm: 'vite-plugin-wasm', topLevelAwait: 'vite-plugin-top-level-await' } as Record<string, string>;
  const calls = names.map((name) => `${name}()`).join(', ');
  return `import framework from '@vitejs/plugin-${framework}';
import { zeroBackendSync } from 'zero-backend-sync/vite';
${names.map((name) => `import ${name} from '${imports[name]}';\n`).join('')}
export default {
  plugins: [framework(), ${calls}${calls && ','} zeroBackendSync(${wasm ? "{ wasm: 'vite-plugin-wasm' }" : options})],
  ${calls && `worker: { plugins: () => [${calls}] },`}
  ${rest}
};
`;
}
