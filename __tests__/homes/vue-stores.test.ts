/** @jest-environment jsdom */
/** The real Pinia and Vuex, bound: in the place of the small ones of __tests__/runtime/vue. */
import '../../src/preset/jest/setup';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as ts from 'typescript';
import { effectScope, nextTick, ref, shallowRef } from 'vue';
import { SyncEngine } from '../../src/lib/engine';
import { useBoundStore } from '../../src/runtime/vue';
import { inProcessWorkers } from '../support/in-process';
import { kept } from '../support/kept';
import { run } from '../support/processes';

const root = path.resolve(__dirname, '../..');
const packages = { pinia: '3.0.4', vuex: '4.1.0' };

/** Both beside the repository's own Vue: of two copies one would not see what the other observes. */
async function installStores(): Promise<string> {
  const versions = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
  // It refers to the packages of this checkout.
  const checkout = createHash('sha256').update(root).digest('hex').slice(0, 8);
  return kept(`stores-${versions.join('-')}-${checkout}`, async (folder) => {
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...versions], folder);
    const modules = path.join(folder, 'node_modules');
    const ours = readdirSync(path.join(root, 'node_modules/@vue')).map((name) => `@vue/${name}`);
    for (const name of ['vue', ...ours]) {
      rmSync(path.join(modules, name), { recursive: true, force: true });
      mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
      symlinkSync(path.join(root, 'node_modules', name), path.join(modules, name), 'dir');
    }
  });
}

interface Note {
  id: string;
  title: string;
}
interface State {
  settings: { theme: string; panel: string };
  notes: Note[];
}
interface Store {
  readonly $state: State;
  $patch(change: (state: State) => void): void;
  $subscribe(heard: (mutation: { readonly type: string }) => void): void;
}
interface Stores {
  readonly pinia: {
    createPinia(): object;
    setActivePinia(pinia: object): void;
    defineStore(id: string, made: object | (() => object)): () => Store;
  };
  readonly vuex: {
    createStore(options: object): {
      readonly state: State;
      commit(name: string, change: (state: State) => void): void;
      replaceState(state: State): void;
    };
  };
}

let folder: string;
let stores: Stores;
beforeAll(async () => {
  folder = await installStores();
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- where they are is known only now
  const load = (name: string) => require(path.join(folder, 'node_modules', name)) as unknown;
  stores = { pinia: load('pinia'), vuex: load('vuex') } as Stores;
}, 300_000);

const begin = (): State => ({ settings: { theme: 'light', panel: 'left' }, notes: [] });
const bindings = [
  { collection: 'preferences', id: 'ui', at: 'settings', keys: ['theme'] },
  { collection: 'notes', at: 'notes', keys: ['title'], order: 'order' },
] as const;

interface Bound {
  readonly state: () => State;
  readonly change: (run: (state: State) => void) => void;
  readonly bind: (engine: () => SyncEngine | null) => void;
}

function pinia(made: object | (() => object)): Bound & { readonly store: Store } {
  stores.pinia.setActivePinia(stores.pinia.createPinia());
  const store = stores.pinia.defineStore('app', made)();
  const state = () => store.$state;
  return {
    store,
    state,
    change: (run) => run(state()),
    bind: (engine) => useBoundStore(engine, store as never, bindings),
  };
}

function vuex(): Bound {
  const mutations = { change: (state: State, run: (state: State) => void) => run(state) };
  const store = stores.vuex.createStore({ strict: true, state: begin, mutations });
  return {
    state: () => store.state,
    change: (run) => store.commit('change', run),
    bind: (engine) => useBoundStore(engine, store as never, bindings),
  };
}

const setupStore = () => {
  const settings = ref(begin().settings);
  const notes = ref<Note[]>([]);
  return { settings, notes, clear: () => (notes.value = []) };
};

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; !(await isSo()); turn += 1) {
    if (turn > 500) throw new Error('it never was');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const openEngine = () => SyncEngine.open({ identity: ['user-1'], relays: [], createWorker: inProcessWorkers() });

describe.each<[string, () => Bound]>([
  ['an option store of Pinia', () => pinia({ state: begin, actions: {} })],
  ['a setup store of Pinia', () => pinia(setupStore)],
  ['a store of Vuex in strict mode', vuex],
])('%s', (_name, make) => {
  test('shows what is stored, stores what is changed, and holds the beginning again at the end', async () => {
    const engine = await openEngine();
    const titles = async () =>
      (await engine.db.notes.find({ selector: {}, sort: [{ order: 'asc' }] }).exec()).map(({ title }) => title).join();
    const current = shallowRef<SyncEngine | null>(engine);
    const scope = effectScope(true);
    const { state, change, bind } = make();
    scope.run(() => bind(() => current.value));
    await engine.patch('notes', 'a', { title: 'Milk', order: 0 });
    await engine.patch('preferences', 'ui', { theme: 'dark' });
    await until(() => state().notes.length === 1 && state().settings.theme === 'dark');
    change(({ notes, settings }) => {
      notes.push({ id: 'b', title: 'Bread' });
      notes[0]!.title = 'Oat milk';
      settings.panel = 'right';
    });
    await until(async () => (await titles()) === 'Oat milk,Bread');
    change(({ notes }) => void notes.push({ id: 'c', title: 'last' }));
    current.value = null;
    expect([state().notes, state().settings]).toEqual([[], { theme: 'light', panel: 'right' }]);
    await until(async () => (await titles()) === 'Oat milk,Bread,last');
    scope.stop();
    await engine.close();
  });
});

test('Pinia hears of what comes from elsewhere as one mutation', async () => {
  const engine = await openEngine();
  const scope = effectScope(true);
  const { store, state, bind } = pinia({ state: begin });
  const heard: string[] = [];
  store.$subscribe(({ type }) => heard.push(type));
  scope.run(() => bind(() => engine));
  await engine.patch('notes', 'a', { title: 'Milk', order: 0 });
  await until(() => state().notes.length === 1);
  await nextTick();
  expect(heard).toEqual(['patch function']);
  scope.stop();
  await engine.close();
});

test('the compiler takes stores of both, and knows their state', () => {
  const snippets = path.join(root, '.snippets-stores');
  mkdirSync(snippets, { recursive: true });
  const file = path.join(snippets, 'stores.ts');
  const todos = '[] as { id: string; title: string }[]';
  const source = `
import { defineStore } from 'pinia';
import { createStore } from 'vuex';
import { ref } from 'vue';
import { useBoundStore } from 'zero-backend-sync/vue';
import { useSyncEngine } from '../src/lib/vue';
const useOptions = defineStore('a', { state: () => ({ theme: 'light', notes: { items: ${todos} } }) });
const useSetup = defineStore('b', () => ({ theme: ref('light'), items: ref(${todos}), add: () => {} }));
const vuex = createStore({ state: () => ({ notes: ${todos} }) });
useBoundStore(useSyncEngine(), useOptions(), [
  { collection: 'notes', at: 'notes.items', keys: ['title'] },
  { collection: 'preferences', id: 'ui', keys: ['theme'] },
]);
useBoundStore(useSyncEngine(), useSetup(), [{ collection: 'notes', at: 'items', keys: ['title'] }]);
useBoundStore(useSyncEngine(), vuex, [{ collection: 'notes', at: 'notes', keys: ['title'] }]);
// @ts-expect-error the state has no such place
useBoundStore(useSyncEngine(), useOptions(), [{ collection: 'notes', at: 'notes.list', keys: ['title'] }]);
// @ts-expect-error nor has that of a setup store
useBoundStore(useSyncEngine(), useSetup(), [{ collection: 'notes', at: 'list', keys: ['title'] }]);
`;
  writeFileSync(file, source);
  try {
    const { config } = ts.readConfigFile(path.join(root, 'tsconfig.test.json'), ts.sys.readFile) as { config: object };
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
    const typesOf = (name: string, types: string) => [path.join(folder, 'node_modules', name, types)];
    const paths = {
      ...options.paths,
      pinia: typesOf('pinia', 'dist/pinia.d.ts'),
      vuex: typesOf('vuex', 'types/index.d.ts'),
    };
    const program = ts.createProgram([file], { ...options, paths, noEmit: true, skipLibCheck: true });
    const errors = [...program.getSemanticDiagnostics(program.getSourceFile(file)!)];
    expect(errors.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  } finally {
    rmSync(snippets, { recursive: true });
  }
}, 120_000);
