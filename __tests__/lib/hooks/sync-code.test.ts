/** @jest-environment jsdom */
/** The sync code of an app without users: the same in every framework. */
import '../../../src/preset/jest/setup';
import 'fake-indexeddb/auto';
import { fireEvent, screen, waitFor } from '@testing-library/dom';
import { IDBFactory } from 'fake-indexeddb';
import { ErrorCode, GuestMode } from '../../../src/lib/types';
import { createSyncCode } from '../../../src/runtime/page';
import type { SyncCode } from '../../../src/runtime/page';
import { frameworks, useScene } from '../../support/frameworks';
import type { View } from '../../support/frameworks';
import { nameView, type, typeName } from './views';

describe.each(frameworks)('%s: useSyncCode', (_name, framework) => {
  const scene = useScene(framework);
  beforeEach(() => void Object.assign(globalThis, { indexedDB: new IDBFactory() }));

  const app: View = ({ useSyncCode }) => {
    const sync = useSyncCode();
    return () => [
      { button: 'share', onClick: () => void sync.share() },
      { button: 'leave', onClick: () => void sync.leave() },
      { input: 'code', value: '', onInput: (code) => void sync.join(code) },
      { id: 'code', text: sync.identity === undefined ? 'unknown' : (sync.code ?? 'guest') },
      { id: 'former', text: sync.former.join() },
      { id: 'code problem', text: sync.problem?.code ?? '' },
      scene.below([{ view: nameView }], { identity: sync.identity, guest: GuestMode.Adopted }),
    ];
  };
  const shown = (id: string) => screen.getByTestId(id).textContent;

  async function share(): Promise<string> {
    fireEvent.click(screen.getByText('share'));
    await waitFor(() => expect(shown('code')).toContain('-'));
    return shown('code')!;
  }

  test('what was written before is shared with the code, and only one engine was opened before it', async () => {
    framework.mount([{ view: app }]);
    await typeName(framework, 'Ada');
    const code = await share();
    await screen.findByText('name: Ada');
    expect(scene.open.mock.calls.map(([{ identity, adoptGuest }]) => [identity, adoptGuest])).toEqual([
      [null, undefined],
      [[code], true],
    ]);
  });

  test('joining takes over what was written here as a guest, and leaves apart what was under another code', async () => {
    const other = (await createSyncCode({ appId: 'of the other device' }).share()).code;
    framework.mount([{ view: app }]);
    await typeName(framework, 'Ada');
    const own = await share();
    await screen.findByText('name: Ada');

    await type(framework, 'code', other);
    await screen.findByText('none');
    expect(shown('former')).toBe(own);
    await typeName(framework, 'Grace');
    fireEvent.click(screen.getByText('leave'));
    await screen.findByText('none');
    await typeName(framework, 'A guest');

    await type(framework, 'code', own);
    // The guest's was written later.
    await waitFor(() => expect(shown('code')).toBe(own));
    await screen.findByText('name: A guest');
    await type(framework, 'code', other);
    await screen.findByText('name: Grace');
  });

  test('leaving shows nothing of before, and the code brings it back', async () => {
    framework.mount([{ view: app }]);
    await typeName(framework, 'Ada');
    const code = await share();
    await screen.findByText('name: Ada');
    fireEvent.click(screen.getByText('leave'));
    await screen.findByText('none');
    expect(await share()).not.toBe(code);
    await type(framework, 'code', code.toLowerCase());
    await screen.findByText('name: Ada');
  });

  test('a mistyped code is a problem that is shown, and changes nothing', async () => {
    framework.mount([{ view: app }]);
    await screen.findByText('none');
    await type(framework, 'code', 'ABCD-EFGH');
    await waitFor(() => expect(shown('code problem')).toBe(ErrorCode.SyncCodeInvalid));
    expect(shown('code')).toBe('guest');
  });

  test('where the storage is blocked nothing is opened, and the problem says so', async () => {
    Object.assign(globalThis, { indexedDB: undefined });
    framework.mount([{ view: app }]);
    await waitFor(() => expect(shown('code problem')).toBe(ErrorCode.StorageBlocked));
    expect(shown('code')).toBe('unknown');
    expect(scene.open).not.toHaveBeenCalled();
  });

  test('two components have the same code; one that is given another has that', async () => {
    const view: View<{ readonly of?: SyncCode; readonly id: string }> = ({ useSyncCode }, props) => {
      const sync = useSyncCode(props().of);
      return () => [{ id: props().id, text: sync.code ?? '' }];
    };
    const special = createSyncCode({ appId: 'special' });
    framework.mount([{ view: app }, { view, props: { id: 'same' } }, { view, props: { id: 'special', of: special } }]);
    await screen.findByText('none');
    const code = await share();
    await special.share();
    await waitFor(() => expect([shown('same'), shown('special')]).toEqual([code, special.state.code]));
    expect(special.state.code).not.toBe(code);
  });

  test('the QR code of a link appears when it is made, and never that of another link', async () => {
    const view: View<{ readonly link: string | null }> = ({ useQrCode }, props) => {
      const of = useQrCode(() => props().link);
      return () => [{ id: 'path', text: of.qrCode?.path ?? '' }];
    };
    const app = (link: string | null) => [{ view, props: { link } }];
    const { update } = framework.mount(app(null));
    expect(shown('path')).toBe('');
    await update(app('https://app.example/#one'));
    await waitFor(() => expect(shown('path')).toMatch(/^M/));
    const first = shown('path');
    await update(app('https://app.example/#two'));
    expect(shown('path')).toBe('');
    await waitFor(() => expect(shown('path')).toMatch(/^M/));
    expect(shown('path')).not.toBe(first);
  });
});
