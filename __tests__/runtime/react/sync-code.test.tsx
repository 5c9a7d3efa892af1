/** @jest-environment jsdom */
import '../../../src/preset/jest/setup';
import 'fake-indexeddb/auto';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { IDBFactory } from 'fake-indexeddb';
import { StrictMode } from 'react';
import { SyncEngine } from '../../../src/lib/engine';
import { SyncProvider, useDocument } from '../../../src/lib/react';
import { GuestMode } from '../../../src/lib/types';
import { useSyncCode } from '../../../src/runtime/react';
import { inProcessWorkers } from '../../support/in-process';

beforeAll(() => Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false }));

/** All engines of a test are in one browser. */
let browser: ReturnType<typeof inProcessWorkers>;
const openReal = SyncEngine.open.bind(SyncEngine);
const open = jest
  .spyOn(SyncEngine, 'open')
  .mockImplementation((options) => openReal({ ...options, createWorker: browser }));

beforeEach(() => {
  open.mockClear();
  browser = inProcessWorkers();
  Object.assign(globalThis, { indexedDB: new IDBFactory() });
});
afterEach(async () => {
  cleanup();
  await waitFor(async () => {
    const engines = await Promise.all(open.mock.results.map(({ value }) => value as Promise<SyncEngine>));
    for (const { status } of engines) expect(status.phase).toBe('closed');
  });
});

function App() {
  const sync = useSyncCode();
  return (
    <>
      <button onClick={() => void sync.share()}>share</button>
      <button onClick={() => void sync.leave()}>leave</button>
      <input aria-label="code" value="" onChange={({ target }) => void sync.join(target.value).catch(() => {})} />
      <p data-testid="code">{sync.identity === undefined ? 'unknown' : (sync.code ?? 'guest')}</p>
      <p data-testid="former">{sync.former.join()}</p>
      <p data-testid="problem">{sync.problem?.code}</p>
      <SyncProvider identity={sync.identity} guest={GuestMode.Adopted} relays={[]} fallback="opening">
        <Name />
      </SyncProvider>
    </>
  );
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
const shown = (id: string) => screen.getByTestId(id).textContent;

async function writeName(name: string): Promise<void> {
  type('name', name);
  await screen.findByText(`name: ${name}`);
}

async function share(): Promise<string> {
  fireEvent.click(screen.getByText('share'));
  await waitFor(() => expect(shown('code')).toContain('-'));
  return shown('code')!;
}

test('what was written before is shared with the code, and only one engine was opened before it', async () => {
  render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
  await screen.findByText('none');
  await writeName('Ada');
  const code = await share();
  await screen.findByText('name: Ada');
  expect(open.mock.calls.map(([{ identity, adoptGuest }]) => [identity, adoptGuest])).toEqual([
    [null, undefined],
    [[code], true],
  ]);
});

test('the result is the same object as long as nothing changes', async () => {
  const results = new Set<unknown>();
  const Look = () => <i>{void results.add(useSyncCode())}</i>;
  const { rerender } = render(<Look />);
  await waitFor(() => expect(results.size).toBe(2));
  rerender(<Look />);
  expect(results.size).toBe(2);
});
