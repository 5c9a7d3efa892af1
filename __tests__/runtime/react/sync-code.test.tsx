/** @jest-environment jsdom */
import '../../../src/preset/jest/setup';
import 'fake-indexeddb/auto';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { IDBFactory } from 'fake-indexeddb';
import { StrictMode } from 'react';
import { SyncEngine } from '../../../src/lib/engine';
import { SyncProvider, useDocument } from '../../../src/lib/react';
import { ErrorCode, GuestMode } from '../../../src/lib/types';
import { createSyncCode } from '../../../src/runtime/page';
import { useQrCode, useSyncCode } from '../../../src/runtime/react';
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

test('joining takes over what was written here as a guest, and leaves apart what was under another code', async () => {
  const other = (await createSyncCode({ appId: 'of the other device' }).share()).code;
  render(<App />);
  await screen.findByText('none');
  await writeName('Ada');
  const own = await share();
  await screen.findByText('name: Ada');

  type('code', other);
  await screen.findByText('none');
  expect(shown('former')).toBe(own);
  await writeName('Grace');
  fireEvent.click(screen.getByText('leave'));
  await screen.findByText('none');
  await writeName('A guest');

  type('code', own);
  // The guest's was written later.
  await screen.findByText('name: A guest');
  type('code', other);
  await screen.findByText('name: Grace');
});

test('leaving shows nothing of before, and the code brings it back', async () => {
  render(<App />);
  await screen.findByText('none');
  await writeName('Ada');
  const code = await share();
  await screen.findByText('name: Ada');
  fireEvent.click(screen.getByText('leave'));
  await screen.findByText('none');
  expect(await share()).not.toBe(code);
  type('code', code.toLowerCase());
  await screen.findByText('name: Ada');
});

test('a mistyped code is a problem that is shown, and changes nothing', async () => {
  render(<App />);
  await screen.findByText('none');
  type('code', 'ABCD-EFGH');
  await waitFor(() => expect(shown('problem')).toBe(ErrorCode.SyncCodeInvalid));
  expect(shown('code')).toBe('guest');
});

test('where the storage is blocked nothing is opened, and the problem says so', async () => {
  Object.assign(globalThis, { indexedDB: undefined });
  render(<App />);
  await waitFor(() => expect(shown('problem')).toBe(ErrorCode.StorageBlocked));
  expect(shown('code')).toBe('unknown');
  expect(open).not.toHaveBeenCalled();
});

test('two components have the same code; one that is given another has that', async () => {
  const Code = ({ of }: { readonly of?: ReturnType<typeof createSyncCode> }) => <i>{useSyncCode(of).code}</i>;
  const special = createSyncCode({ appId: 'special' });
  const { container } = render(
    <>
      <App />
      <Code />
      <Code of={special} />
    </>,
  );
  await screen.findByText('none');
  const code = await share();
  await special.share();
  const texts = () => [...container.querySelectorAll('i')].map(({ textContent }) => textContent);
  await waitFor(() => expect(texts()).toEqual([code, special.state.code]));
  expect(special.state.code).not.toBe(code);
});

test('the result is the same object as long as nothing changes', async () => {
  const results = new Set<unknown>();
  const Look = () => <i>{void results.add(useSyncCode())}</i>;
  const { rerender } = render(<Look />);
  await waitFor(() => expect(results.size).toBe(2));
  rerender(<Look />);
  expect(results.size).toBe(2);
});

test('the QR code of a link appears when it is made, and never that of another link', async () => {
  function Qr({ link }: { readonly link: string | null }) {
    const qrCode = useQrCode(link);
    return <svg viewBox={qrCode?.viewBox}>{qrCode && <path d={qrCode.path} />}</svg>;
  }
  const { container, rerender } = render(<Qr link={null} />);
  const path = () => container.querySelector('path')?.getAttribute('d');
  expect(path()).toBeUndefined();
  rerender(<Qr link="https://app.example/#one" />);
  await waitFor(() => expect(path()).toMatch(/^M/));
  const first = path();
  rerender(<Qr link="https://app.example/#two" />);
  expect(path()).toBeUndefined();
  await waitFor(() => expect(path()).toMatch(/^M/));
  expect(path()).not.toBe(first);
});
