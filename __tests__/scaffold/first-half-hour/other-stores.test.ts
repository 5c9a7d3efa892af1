/** The other chapters of docs/existing-state.md in one app: Zustand, a context with a reducer, and `useState`, each on two devices. */
import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Browser } from 'playwright-core';
import type { RunningRelay } from '../../../src/relay';
import { snippetsOf } from '../../support/snippets';
import { launchBrowser } from '../page';
import { endPrograms, removeFolder } from '../workshop';
import { build, followDocument, init, makeOwnApp, onTwoBrowsers, useLocalRelays } from './support';

const index = `import { createRoot } from 'react-dom/client';
import App from './App';

createRoot(document.getElementById('root') as HTMLElement).render(<App />);
`;

/** One page for each of the stores, with the same fields; the address says which. */
const app = `import { SyncProvider } from './lib/react';
import { accountOf } from './account';
import { TodosProvider, useTodos as useContextTodos } from './context/todos';
import { useTodos as useStateTodos } from './use-state/todos';
import { Binding } from './zustand/binding';
import { useTodos as useZustandTodos } from './zustand/store';

interface Fields {
  theme: string;
  titles: readonly string[];
  choose(theme: string): void;
  add(title: string): void;
}

function View({ theme, titles, choose, add }: Fields) {
  return (
    <main>
      <label>
        Theme{' '}
        <select value={theme} onChange={(event) => choose(event.target.value)}>
          <option>light</option>
          <option>dark</option>
        </select>
      </label>
      <button onClick={() => add('item ' + (titles.length + 1))}>Add</button>
      <p id="titles">{titles.join()}</p>
    </main>
  );
}

const titlesOf = (todos: readonly { readonly title: string }[]) => todos.map(({ title }) => title);

function Zustand() {
  const { theme, todos, choose, add } = useZustandTodos();
  return (
    <>
      <Binding />
      <View theme={theme} titles={titlesOf(todos)} choose={choose} add={add} />
    </>
  );
}

function Context() {
  const [{ theme, todos }, dispatch] = useContextTodos();
  return (
    <View
      theme={theme}
      titles={titlesOf(todos)}
      choose={(chosen) => dispatch({ type: 'chosen', theme: chosen })}
      add={(title) => dispatch({ type: 'added', title })}
    />
  );
}

function State() {
  const { theme, setTheme, todos, add } = useStateTodos();
  return <View theme={theme} titles={titlesOf(todos)} choose={setTheme} add={add} />;
}

export default function App() {
  const store = window.location.hash.slice(1);
  const user = { id: 'f2b7c1d9-5a3e-4f60-9c1b-7d8e2a4b6c90-' + store };
  return (
    <SyncProvider identity={[accountOf(user)]} fallback={null}>
      {store === 'zustand' && <Zustand />}
      {store === 'context' && (
        <TodosProvider>
          <Context />
        </TodosProvider>
      )}
      {store === 'use-state' && <State />}
    </SyncProvider>
  );
}
`;

const stores = ['zustand', 'context', 'use-state'];

let folder: string;
let browser: Browser;
let relays: readonly RunningRelay[] = [];
beforeAll(async () => {
  browser = await launchBrowser();
  folder = await makeOwnApp('other-stores', {
    template: 'cra-template-typescript',
    files: {
      'src/index.tsx': index,
      'src/account.ts': 'export const accountOf = (user: { id: string }) => user.id;\n',
    },
    dependencies: { zustand: '5.1.0' },
  });
  expect(await init(folder, '--identity', 'user.id', '--skip-build')).toMatchObject({ status: 0 });
  relays = await useLocalRelays(folder);
  // The schema is that of the chapter on Redux.
  const [schema] = snippetsOf('existing-state.md', 'redux').filter(({ file }) => file === 'src/lib/schema.ts');
  writeFileSync(path.join(folder, 'src/lib/schema.ts'), schema!.text);
  for (const store of stores) followDocument(folder, 'existing-state.md', store, store);
  writeFileSync(path.join(folder, 'src/App.tsx'), app);
  await build(folder);
});
afterEach(endPrograms);
afterAll(async () => {
  await browser?.close();
  await Promise.all(relays.map((relay) => relay.stop()));
  if (folder !== undefined) removeFolder(folder);
});

test.each(stores)('%s: a setting and a list on two devices', async (store) => {
  await onTwoBrowsers(browser, folder, {}, async (first, second) => {
    for (const page of [first, second]) {
      await page.goto(`${page.url()}#${store}`);
      await page.reload();
      await page.getByLabel('Theme').waitFor();
    }
    await first.getByRole('button', { name: 'Add' }).click();
    await first.getByLabel('Theme').selectOption('dark');
    await second.waitForFunction(() => document.querySelector('#titles')?.textContent === 'item 1');
    await second.waitForFunction(() => document.querySelector('select')?.value === 'dark');
    await second.getByRole('button', { name: 'Add' }).click();
    await first.waitForFunction(() => document.querySelector('#titles')?.textContent === 'item 1,item 2');
  });
});
