/** @jest-environment jsdom */
/** The snippets of docs/vue.md as a reader would paste them: type-checked, and run. Those with Pinia run with a small one. */
import '../../src/preset/jest/setup';
import 'fake-indexeddb/auto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { fireEvent, screen, waitFor } from '@testing-library/dom';
import { compileScript, parse } from '@vue/compiler-sfc';
import * as ts from 'typescript';
import { h, nextTick, shallowReactive } from 'vue';
import type { Component } from 'vue';
import { SyncEngine } from '../../src/lib/engine';
import type * as schema from '../../src/lib/schema';
import { vueFramework, mountApp } from '../support/frameworks/vue';
import { inProcessWorkers } from '../support/in-process';
import { snippetsOf } from '../support/snippets';
import type { Snippet } from '../support/snippets';

jest.mock('../../src/lib/schema', () => {
  const actual = jest.requireActual<typeof schema>('../../src/lib/schema').collections;
  const properties = { ...actual.notes.schema.properties };
  return { collections: { ...actual, todos: { schema: { ...actual.notes.schema, properties } } } };
});
jest.mock('pinia', () => jest.requireActual<object>('../support/frameworks/small-pinia'), { virtual: true });

const root = path.join(__dirname, '../..');
/** Inside of the repository, where modules are found. */
const folder = mkdtempSync(path.join(root, '.snippets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a single-file component is for TypeScript, or for a browser. */
function compile({ file, text }: Snippet, inlineTemplate: boolean): Snippet {
  if (!file.endsWith('.vue')) return { file, text };
  const { descriptor, errors } = parse(text, { filename: file });
  if (errors.length > 0) throw errors[0]!;
  if (!descriptor.scriptSetup) throw new Error(`${file} has no <script setup>.`);
  return { file: `${file}.ts`, text: compileScript(descriptor, { id: file, inlineTemplate }).content };
}

/** The app of a reader: the snippets, and the template beside them. */
function writeApp(name: string, snippets: readonly Snippet[], inlineTemplate = true): string {
  const app = path.join(folder, name);
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(app, file)), { recursive: true });
    writeFileSync(path.join(app, file), text);
  };
  for (const snippet of snippets) {
    const { file, text } = compile(snippet, inlineTemplate);
    write(file, text);
  }
  for (const module of ['vue', 'types', 'schema', 'worker/index']) {
    const place = path.join('src/lib', `${module}.ts`);
    const from = path.relative(path.dirname(path.join(app, place)), path.join(root, 'src/lib', module));
    write(place, `export * from '${from}';\n`);
  }
  return path.join(app, 'src');
}

const snippets = snippetsOf('vue.md', 'vue');
const inTypeScript = writeApp('typescript', snippets);
// What has no types is the same in both languages, so it stands once.
const inJavaScript = writeApp('javascript', [
  ...snippets.filter(({ file }) => file !== 'src/App.vue'),
  ...snippetsOf('vue.md', 'vue-js'),
]);
const tool = writeApp('tool', snippetsOf('vue.md', 'vue-tool'));
const withPinia = writeApp('pinia', [
  ...snippetsOf('vue.md', 'pinia'),
  {
    file: 'src/List.vue',
    text: `<script setup lang="ts">
import { useTodos } from './todos';
const todos = useTodos();
</script>
<template><button @click="todos.add('Milk')">Add</button><p v-for="{ id, title } in todos.items" :key="id">{{ title }}</p></template>`,
  },
]);

/* eslint-disable @typescript-eslint/no-require-imports -- the files were written a moment ago */
const load = (source: string, name: string) =>
  (require(path.join(source, `${name}.vue`)) as { readonly default: Component }).default;

/** Engines of one browser, without relays. */
const openReal = SyncEngine.open.bind(SyncEngine);
let createWorker: ReturnType<typeof inProcessWorkers>;
const open = jest
  .spyOn(SyncEngine, 'open')
  .mockImplementation((options) => openReal({ relays: [], createWorker, ...options }));
beforeEach(() => {
  createWorker = inProcessWorkers();
  open.mockClear();
});
afterEach(async () => {
  vueFramework.cleanup();
  const engines = await Promise.all(open.mock.results.map(({ value }) => value as Promise<SyncEngine>));
  await Promise.all(engines.map((engine) => engine.close()));
});
const limit = { timeout: 10_000 };

test('the snippets are without an error of types', () => {
  const source = writeApp('checked', [...snippets, ...snippetsOf('vue.md', 'vue-tool')], false);
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.test.json'), ts.sys.readFile) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  const files = ts.sys.readDirectory(source, ['.ts']).filter((file) => !file.includes('/lib/'));
  const program = ts.createProgram(files, { ...options, noEmit: true, skipLibCheck: true });
  const errors = files.flatMap((file) => {
    const text = program.getSourceFile(file)!;
    return [...program.getSyntacticDiagnostics(text), ...program.getSemanticDiagnostics(text)].map(
      ({ messageText }) => `${path.basename(file)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
  });
  expect(errors).toEqual([]);
}, 300_000);

describe.each([
  ['TypeScript', inTypeScript],
  ['JavaScript', inJavaScript],
])('the app in %s', (_language, source) => {
  test('shows what its reader is told', async () => {
    const said: string[] = [];
    const props = shallowReactive<{ user: { id: string } | null | undefined }>({ user: undefined });
    const App = load(source, 'App');
    mountApp(() => h(App, { ...props, say: (message: string) => said.push(message) }));
    expect(screen.getByText('One moment ...')).toBeTruthy();
    expect(open).not.toHaveBeenCalled();

    // A guest writes.
    props.user = null;
    fireEvent.input(await screen.findByLabelText('New task', undefined, limit), { target: { value: 'Milk' } });
    fireEvent.click(screen.getByText('Add'));
    const input = await screen.findByLabelText<HTMLInputElement>(/^Title of/);
    expect(input.value).toBe('Milk');
    expect(screen.getByText(/waiting/)).toBeTruthy();

    // What is typed shows in the same frame; what the schema refuses is taken back, and told.
    fireEvent.input(input, { target: { value: 'Milk and tea' } });
    await nextTick();
    expect(input.value).toBe('Milk and tea');
    fireEvent.input(input, { target: { value: 'x'.repeat(201) } });
    await waitFor(() => expect(said).toHaveLength(1));
    expect(input.value).toBe('Milk and tea');

    // The guest's becomes the user's.
    props.user = { id: 'user-1' };
    await nextTick();
    expect(screen.getByText('One moment ...')).toBeTruthy();
    await screen.findByDisplayValue('Milk and tea', undefined, limit);

    fireEvent.click(screen.getByText('Done'));
    await waitFor(() => expect(screen.queryByDisplayValue('Milk and tea')).toBeNull());
    await waitFor(() => expect(document.title).toBe('Done'));
    fireEvent.click(screen.getByText('Delete what is done'));
  }, 60_000);
});

test('the provider as a component shows its fallback first', async () => {
  mountApp(() => h(load(inTypeScript, 'WithProvider'), { user: { id: 'user-1' }, say: () => {} }));
  expect(screen.getByText('One moment ...')).toBeTruthy();
  await screen.findByLabelText('New task', undefined, limit);
});

test('a store of Pinia is bound, and shows nothing of a user to the next one', async () => {
  const { useSession } = require(path.join(withPinia, 'session')) as {
    useSession(): { user: unknown; signIn(id: string): void };
  };
  useSession().user = null;
  mountApp(load(withPinia, 'App'));
  fireEvent.click(await screen.findByText('Sign in'));
  await screen.findByText('ready', undefined, limit);
  fireEvent.click(screen.getByText('Add'));
  await screen.findByText('Milk');
  const engine = await (open.mock.results[0]!.value as Promise<SyncEngine>);
  await waitFor(async () => expect(await engine.db.collections['todos' as 'notes'].find().exec()).toHaveLength(1));
  fireEvent.click(screen.getByText('Sign out'));
  await nextTick();
  expect(screen.queryByText('Milk')).toBeNull();
  useSession().signIn('user-2');
  await screen.findByText('ready', undefined, limit);
  expect(screen.queryByText('Milk')).toBeNull();
  useSession().user = null;
  fireEvent.click(await screen.findByText('Sign in'));
  await screen.findByText('Milk', undefined, limit);
}, 60_000);

test('an app without users shares what a guest has written, and shows the QR code of its link', async () => {
  const Sync = load(tool, 'Sync');
  mountApp(() => h(Sync));
  fireEvent.click(await screen.findByText('Use on another device'));
  const link = (await screen.findByRole('link')) as HTMLAnchorElement;
  expect(link.hash).toMatch(/^#sync-code=(\w{4}-){6}\w{4}$/);
  await waitFor(() => expect(document.querySelector('svg path')?.getAttribute('d')).toMatch(/^M/), limit);
  fireEvent.input(screen.getByLabelText('Code or link'), { target: { value: 'mistyped' } });
  fireEvent.click(screen.getByText('Join'));
  await screen.findByRole('alert');
});

describe('the test that it shows', () => {
  require(path.join(inTypeScript, 'tasks.test'));
});
