/** @jest-environment jsdom */
/** The snippets of docs/without-users.md, as they stand there, on engines of this process; the tool's are built in the scaffold tests. */
import '../../src/preset/jest/setup';
import 'fake-indexeddb/auto';
import { transformSync } from '@swc/core';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { IDBFactory } from 'fake-indexeddb';
import type { ComponentType, ReactNode } from 'react';
import { SyncEngine } from '../../src/lib/engine';
import { SyncProvider, useDocument } from '../../src/lib/react';
import { GuestMode } from '../../src/lib/types';
import type { SyncCode } from '../../src/runtime/page';
import { createSyncCode } from '../../src/runtime/page';
import { useSyncCode } from '../../src/runtime/react';
import { inProcessWorkers } from '../support/in-process';
import { snippetsOf } from '../support/snippets';

beforeAll(() => Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false }));

/** All engines of a test are in one browser. */
let browser: ReturnType<typeof inProcessWorkers>;
const openReal = SyncEngine.open.bind(SyncEngine);
const open = jest
  .spyOn(SyncEngine, 'open')
  .mockImplementation((options) => openReal({ ...options, relays: [], createWorker: browser }));

beforeEach(() => {
  open.mockClear();
  browser = inProcessWorkers();
  Object.assign(globalThis, { indexedDB: new IDBFactory() });
  history.replaceState(null, '', '/');
});
afterEach(async () => {
  cleanup();
  const engines = await Promise.all(open.mock.results.map(({ value }) => value as Promise<SyncEngine>));
  await Promise.all(engines.map((engine) => engine.close()));
});

/** What a file of an app of the document exports. */
function load<Exports>(app: string, file: string): Exports {
  const snippets = new Map(
    snippetsOf('without-users.md', app).map((each) => [each.file.replace(/\.\w+$/, ''), each.text]),
  );
  const { code } = transformSync(snippets.get(file)!, {
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', tsx: true },
      transform: { react: { runtime: 'automatic' } },
    },
    module: { type: 'commonjs' },
  });
  const exported = {};
  const resolve = (name: string): unknown => {
    const neighbour = `src/${name.replace('./', '')}`;
    if (snippets.has(neighbour)) return load(app, neighbour);
    return jest.requireActual(name.replace(/^\.\/lib\//, '../../src/lib/'));
  };
  new Function('exports', 'require', code)(exported, resolve);
  return exported as Exports;
}

function Name() {
  const [preferences, patch] = useDocument('preferences', 'ui');
  return (
    <>
      <input aria-label="name" value="" onChange={({ target }) => void patch({ name: target.value })} />
      <output>{preferences === undefined ? 'unknown' : preferences ? `name: ${preferences.name}` : 'none'}</output>
    </>
  );
}

const type = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } });
async function writeName(name: string): Promise<void> {
  await screen.findByText('none');
  type('name', name);
  await screen.findByText(`name: ${name}`);
}
const linkOfCode = async () => (await screen.findByRole('link')) as HTMLAnchorElement;

test.each(['tool', 'javascript'])('the provider of the %s app shares what a guest has written', async (app) => {
  const { Sync } = load<{ readonly Sync: ComponentType<{ children: ReactNode }> }>(app, 'src/sync');
  render(
    <Sync>
      <Name />
    </Sync>,
  );
  await writeName('Ada');
  fireEvent.click(screen.getByRole('button', { name: 'Use on another device' }));
  expect((await linkOfCode()).hash).toMatch(/^#sync-code=(\w{4}-){6}\w{4}$/);
  await screen.findByText('name: Ada');
});

function Provider({ children }: { readonly children: ReactNode }) {
  return (
    <SyncProvider identity={useSyncCode().identity} guest={GuestMode.Adopted}>
      {children}
    </SyncProvider>
  );
}

test('the panel shows a QR code, joins by what is typed, says what is mistyped, and leaves', async () => {
  const { Share } = load<{ readonly Share: ComponentType }>('panel', 'src/share');
  const { container } = render(
    <Provider>
      <Share />
    </Provider>,
  );
  const { code } = await createSyncCode({ appId: 'of another device' }).share();
  for (let length = 1; length < 5; length++) type('Code or link', code.slice(0, length));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(screen.queryByRole('alert')).toBeNull();
  type('Code or link', `${code.slice(0, -1)}U`);
  fireEvent.click(screen.getByRole('button', { name: 'Join' }));
  await screen.findByText(/no code has/);
  type('Code or link', code.toLowerCase());
  fireEvent.click(screen.getByRole('button', { name: 'Join' }));
  expect((await linkOfCode()).textContent).toBe(code);
  expect(screen.queryByRole('alert')).toBeNull();
  await waitFor(() => expect(container.querySelector('svg path')?.getAttribute('d')).toMatch(/^M/));
  fireEvent.click(screen.getByRole('button', { name: 'Leave' }));
  await screen.findByRole('button', { name: 'Use on another device' });
});

test('a new code takes over what the device shows, and what is written under it is not under the old one', async () => {
  const { NewCodeButton } = load<{ readonly NewCodeButton: ComponentType }>('lost', 'src/new-code-button');
  let sync!: ReturnType<typeof useSyncCode>;
  const Look = () => <i>{void (sync = useSyncCode())}</i>;
  render(
    <Provider>
      <Look />
      <Name />
      <NewCodeButton />
    </Provider>,
  );
  await screen.findByText('none');
  const { code: old } = await sync.share();
  await writeName('Ada');
  fireEvent.click(screen.getByRole('button', { name: 'Make a new code' }));
  await waitFor(() => expect(sync.code === null || sync.code === old).toBe(false));
  await screen.findByText('name: Ada');
  type('name', 'Grace');
  await screen.findByText('name: Grace');
  await sync.join(old);
  await screen.findByText('name: Ada');
});

test('an app may ask before a link joins', async () => {
  const confirm = jest.spyOn(window, 'confirm').mockReturnValue(false);
  const { syncCode } = load<{ readonly syncCode: SyncCode }>('asks', 'src/code');
  const end = syncCode.subscribe(() => {});
  const { link } = await createSyncCode({ appId: 'of another device' }).share();
  location.hash = new URL(link).hash;
  await waitFor(() => expect(confirm).toHaveBeenCalledTimes(1));
  await waitFor(() => expect(syncCode.state.identity).toBeNull());
  end();
});

test('an app that shares its origin has a code of its own, and a page that its links open', async () => {
  history.replaceState(null, '', '/list/4');
  Object.assign(process.env, { PUBLIC_URL: '/tool' });
  const { syncCode } = load<{ readonly syncCode: SyncCode }>('origin', 'src/sync-code');
  const { code, link } = await syncCode.share();
  expect(link).toBe(`${location.origin}/tool/#sync-code=${code}`);
  expect((await createSyncCode().share()).code).not.toBe(code);
});

test('without React an engine follows the code', async () => {
  const main = load<{
    readonly syncCode: SyncCode;
    engineOfCode(): Promise<SyncEngine>;
    showQrCode(element: Element): Promise<void>;
  }>('vanilla', 'src/main');
  await waitFor(() => expect(open).toHaveBeenCalledTimes(1));
  const guest = await main.engineOfCode();
  await guest.patch('preferences', 'ui', { name: 'Ada' });
  const element = document.createElement('div');
  await main.showQrCode(element);
  expect(element.querySelector('svg path[d]')).not.toBeNull();
  await waitFor(() => expect(open).toHaveBeenCalledTimes(2));
  const engine = await main.engineOfCode();
  await waitFor(async () => expect((await engine.db.preferences.findOne('ui').exec())?.name).toBe('Ada'));
});
