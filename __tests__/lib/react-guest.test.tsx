/** @jest-environment jsdom */
import '../../src/preset/jest/setup';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { SyncEngine } from '../../src/lib/engine';
import { SyncProvider, useDocument } from '../../src/lib/react';
import { GuestMode } from '../../src/runtime/core/open-request';
import { SyncPhase } from '../../src/runtime/core/status';
import { inProcessWorkers } from '../support/in-process';

// What an engine emits comes when it comes, as in an app.
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
});
afterEach(async () => {
  cleanup();
  await waitFor(async () => {
    const engines = await Promise.all(open.mock.results.map(({ value }) => value as Promise<SyncEngine>));
    for (const { status } of engines) expect(status.phase).toBe(SyncPhase.Closed);
  });
});

function App({ user, guest }: { user: string | null; guest?: GuestMode }) {
  return (
    <SyncProvider identity={user === null ? null : [user]} relays={[]} fallback="opening" {...(guest && { guest })}>
      <Name />
    </SyncProvider>
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

/** What a guest types before signing in, in an app of this mode, and what the user sees then. */
async function typeAndSignIn(guest: GuestMode) {
  const { rerender } = render(<App user={null} guest={guest} />);
  await screen.findByText('none');
  fireEvent.change(screen.getByLabelText('name'), { target: { value: 'Ada' } });
  await screen.findByText('name: Ada');
  rerender(<App user="user-1" guest={guest} />);
  expect(screen.queryByText('name: Ada')).toBeNull();
  return rerender;
}

test('without the option nothing is opened for a guest', () => {
  render(<App user={null} />);
  expect(screen.getByText('opening')).toBeTruthy();
  expect(open).not.toHaveBeenCalled();
});

test('a guest who is adopted finds at sign-in what was written before, and the next guest does not', async () => {
  const rerender = await typeAndSignIn(GuestMode.Adopted);
  await screen.findByText('name: Ada');
  rerender(<App user={null} guest={GuestMode.Adopted} />);
  await screen.findByText('none');
  rerender(<App user="user-2" guest={GuestMode.Adopted} />);
  await waitFor(() => expect(open).toHaveBeenCalledTimes(4));
  await screen.findByText('none');
});

test('a guest who stays apart finds it at sign-out', async () => {
  const rerender = await typeAndSignIn(GuestMode.Apart);
  await screen.findByText('none');
  rerender(<App user={null} guest={GuestMode.Apart} />);
  await screen.findByText('name: Ada');
});
