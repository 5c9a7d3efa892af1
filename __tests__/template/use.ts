/** Code of an app that uses the template beside it, and code that uses it in wrong ways. All of it is JavaScript, whose comments the compiler reads. */
import type { Framework } from './forms';

const open = `import { add, increment, remove } from 'zero-backend-sync/core';
import { createInProcessWorkers } from 'zero-backend-sync/testing';
import { SyncEngine } from './lib/engine';
import { ErrorCode, SyncError, ToPage } from './lib/types';
import { serve } from './lib/worker';

export async function open() {
  const engine = await SyncEngine.open({ identity: ['user-1'], createWorker: createInProcessWorkers(serve) });
  const { title } = await engine.patch('notes', 'n1', { title: 'Milk' });
  await engine.patch('notes', 'n1', { order: increment(1), tags: add('new'), body: undefined });
  await engine.patch('notes', 'n1', { tags: remove('new', 'old') });
  const changed = await engine.patch('notes', 'n1', (note) => note && { done: !note.done, order: increment(1) });
  const order = changed === null ? undefined : changed.order;
  await engine.seed('preferences', [{ id: 'ui', theme: 'dark' }], { version: 1 });
  /** @type {import('./lib/types').SyncValue} */
  const value = { lists: ['a', 1, { deep: [null, true] }] };
  /** @type {import('./lib/types').MessageToPage} */
  const message = { type: ToPage.Opened, databaseName: 'a' };
  return { title: title.length, order, value, message, code: new SyncError(ErrorCode.AlreadyOpen, '').code };
}
`;

const reactUse = `import { useDocument, useQuery } from './lib/react';
${open}
export function Component() {
  const [preferences, patch] = useDocument('preferences', 'ui');
  const { documents } = useQuery('notes', { selector: { done: false } });
  const [note, change] = useDocument('notes', documents[0]?.id);
  /** @type {'system' | 'light' | 'dark' | undefined} */
  const theme = preferences?.theme;
  /** @type {readonly string[] | undefined} */
  const tags = documents[0]?.tags;
  const tag = () => change({ tags: note?.done ? add('done') : remove('done') });
  return [theme, tags, tag, () => patch({ theme: 'light' }), () => change((now) => now && { done: !now.done })];
}
`;

const vueUse = `import { computed, ref } from 'vue';
import { provideSync, SyncProvider, useDocument, useQuery, useSyncEngine, useSyncStatus } from './lib/vue';
${open}
export function setUp() {
  const user = ref(/** @type {string | null} */ (null));
  const { engine, problem } = provideSync({ identity: () => (user.value === null ? null : [user.value]), onProblem: (error) => error.code });
  const { document: preferences, patch } = useDocument('preferences', 'ui');
  const { documents } = useQuery('notes', () => ({ selector: { done: user.value === null } }));
  const { document: note, patch: change } = useDocument('notes', () => documents.value[0]?.id);
  const title = computed({ get: () => note.value?.title ?? '', set: (text) => change({ title: text }) });
  /** @type {'system' | 'light' | 'dark' | undefined} */
  const theme = preferences.value?.theme;
  /** @type {readonly string[] | undefined} */
  const tags = documents.value[0]?.tags;
  const tag = () => change({ tags: note.value?.done ? add('done') : remove('done') });
  const pause = () => engine.value?.pause() ?? useSyncEngine().value?.resume();
  const pending = useSyncStatus().value.pending;
  return [theme, tags, tag, title, pause, pending, problem, SyncProvider, () => patch({ theme: 'light' }), () => change((now) => now && { done: !now.done })];
}
`;

const wrong = `import { add, increment, remove } from 'zero-backend-sync/core';
import { SyncEngine } from './lib/engine';
import { ToPage, ToWorker } from './lib/types';
import { serve } from './lib/worker';

/** @param {SyncEngine} engine */
export function misuse(engine) {
  engine.patch('notes', 'n1', { title: 7 }); // wrong
  engine.patch('nothing', 'n1', {}); // wrong
  engine.patch('notes', 'n1', { title: increment(1) }); // wrong
  engine.patch('notes', 'n1', { tags: increment(1) }); // wrong
  engine.patch('notes', 'n1', { order: add(1) }); // wrong
  engine.patch('notes', 'n1', { tags: remove(7) }); // wrong
  engine.patch('notes', 'n1', (note) => ({ done: !note.done })); // wrong
  engine.patch('notes', 'n1', (note) => note && { done: 7 }); // wrong
  engine.seed('notes', [{ title: 7 }]); // wrong
  engine.watch('notes', 1); // wrong
  engine.calls.end(); // wrong
  SyncEngine.open({}); // wrong
  SyncEngine.open({ identity: undefined }); // wrong
  new SyncEngine({ identity: null }); // wrong
  serve((message) => (message.type === ToPage.Opened ? message.problem : undefined)); // wrong
  serve(() => {}).receive({ type: ToPage.Opened }); // wrong
  serve(() => {}).receive({ type: ToWorker.Lifecycle }); // wrong
  ToPage.Opened = 'opened'; // wrong
}
`;

const reactMisuse = `import { useDocument, useQuery } from './lib/react';
${wrong}
export function misuseHooks() {
  useDocument('preferences', 'ui')[1]({ theme: 'blue' }); // wrong
  useDocument('preferences', 'ui')[1]({ theme: increment(1) }); // wrong
  useDocument('preferences', 'ui')[0]?.colour; // wrong
  useQuery('nothing'); // wrong
}
`;

const vueMisuse = `import { provideSync, useDocument, useQuery } from './lib/vue';
${wrong}
export function misuseComposables() {
  provideSync({}); // wrong
  provideSync({ identity: () => user }); // wrong
  provideSync({ identity: null, guest: 'sometimes' }); // wrong
  useDocument('preferences', 'ui').patch({ theme: 'blue' }); // wrong
  useDocument('preferences', 'ui').patch({ theme: increment(1) }); // wrong
  useDocument('preferences', 'ui').document.value?.colour; // wrong
  useDocument('preferences', 7); // wrong
  useDocument('nothing', 'ui'); // wrong
  useQuery('nothing'); // wrong
  useQuery('notes').documents.value[0].colour; // wrong
}
`;

/** By framework. In `misuse` each line that says so at its end is an error. */
export const uses: Readonly<Record<Framework, { readonly use: string; readonly misuse: string }>> = {
  react: { use: reactUse, misuse: reactMisuse },
  vue: { use: vueUse, misuse: vueMisuse },
};

/** Numbers of the lines of a text that are wrong. */
export const wrongLinesOf = (text: string): readonly number[] =>
  text.split('\n').flatMap((line, index) => (line.endsWith('// wrong') ? [index + 1] : []));
