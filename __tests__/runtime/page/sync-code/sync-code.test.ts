/** @jest-environment jsdom */
import '../../../../src/preset/jest/setup';
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { openDB } from 'idb';
import { ErrorCode } from '../../../../src/runtime/core/errors';
import { newCode } from '../../../../src/runtime/page/sync-code/code';
import { createSyncCode } from '../../../../src/runtime/page/sync-code/sync-code';
import type * as SyncCodeModule from '../../../../src/runtime/page/sync-code/sync-code';
import type { SyncCode, SyncCodeOptions, SyncCodeState } from '../../../../src/runtime/page/sync-code/sync-code';

const ends: (() => void)[] = [];
beforeEach(() => {
  Object.assign(globalThis, { indexedDB: new IDBFactory() });
  history.replaceState(null, '', '/app');
});
afterEach(() => {
  for (const end of ends.splice(0)) end();
  jest.restoreAllMocks();
});

/** A tab of this browser in which the app is open. */
function openTab(options?: SyncCodeOptions): SyncCode {
  const tab = createSyncCode(options);
  ends.push(tab.subscribe(() => {}));
  return tab;
}

/** The state as soon as it is right. */
function until(tab: SyncCode, isRight: (state: SyncCodeState) => boolean): Promise<SyncCodeState> {
  return new Promise((resolve) => {
    const look = () => {
      if (isRight(tab.state)) resolve(tab.state);
    };
    ends.push(tab.subscribe(look));
    look();
  });
}
const known = (tab: SyncCode) => until(tab, ({ identity }) => identity !== undefined);

/** Another start of the browser: the same storage, nothing in memory. */
const reopened = (options?: SyncCodeOptions) => known(openTab(options));

describe('until the user shares', () => {
  test('the identity is unknown until the storage is read, then that of a guest', async () => {
    const tab = openTab();
    expect(tab.state).toEqual({ identity: undefined, code: null, link: null, former: [], problem: undefined });
    expect(await known(tab)).toEqual({ identity: null, code: null, link: null, former: [], problem: undefined });
  });

  test('nothing is read, and nobody is heard, before somebody subscribes', async () => {
    const open = jest.spyOn(indexedDB, 'open');
    const listen = jest.spyOn(document, 'addEventListener');
    expect(createSyncCode().state.identity).toBeUndefined();
    expect(open).not.toHaveBeenCalled();
    expect(listen).not.toHaveBeenCalled();
  });
});

describe('share', () => {
  test('makes a code, which is the identity from then on, also after a restart', async () => {
    const tab = openTab();
    const { code, link } = await tab.share();
    expect(link).toBe(`${location.origin}/app#sync-code=${code}`);
    expect(tab.state).toMatchObject({ identity: [code], code, link, problem: undefined });
    expect(await reopened()).toMatchObject({ identity: [code], code, link });
  });

  test('gives the code that is there, to two tabs at once, too', async () => {
    const tab = openTab();
    const [one, other] = await Promise.all([tab.share(), openTab().share()]);
    expect(other).toEqual(one);
    expect(await tab.share()).toEqual(one);
  });

  test('works without a subscription', async () => {
    const { code } = await createSyncCode().share();
    expect(await reopened()).toMatchObject({ code });
  });

  test('keeps nothing in localStorage or a cookie', async () => {
    await openTab().share();
    expect([localStorage.length, sessionStorage.length, document.cookie]).toEqual([0, 0, '']);
  });
});

describe('join', () => {
  const code = newCode();

  test.each([
    ['a code as somebody types it', code.toLowerCase().replace(/-/g, ' ')],
    ['a link', `https://app.example/#sync-code=${code}`],
  ])('takes %s', async (_, text) => {
    const tab = openTab();
    await tab.join(text);
    expect(tab.state).toMatchObject({ identity: [code], code, former: [] });
    expect(await reopened()).toMatchObject({ identity: [code] });
  });

  test('by a link of the address asks nothing, opens no guest database before, and leaves the address clean', async () => {
    const tab = createSyncCode();
    const identities: unknown[] = [];
    ends.push(tab.subscribe(() => identities.push(tab.state.identity)));
    await known(tab);
    location.hash = `#/list&sync-code=${code}`;
    await until(tab, (state) => state.code === code);
    expect(location.hash).toBe('#/list');

    history.replaceState(null, '', `/app#sync-code=${code}`);
    jest.isolateModules(() => {
      const fresh = jest.requireActual<typeof SyncCodeModule>('../../../../src/runtime/page/sync-code/sync-code');
      const page = fresh.createSyncCode({ appId: 'opened by a link' });
      const seen: unknown[] = [];
      ends.push(page.subscribe(() => seen.push(page.state.identity)));
      expect(location.hash).toBe('');
      identities.splice(0, Infinity, page, seen);
    });
    const [page, seen] = identities as [SyncCode, unknown[]];
    await until(page, (state) => state.code === code);
    expect(seen).toEqual([[code]]);
  });

  test.each([true, false])('by a link of the address waits for an app that asks: %s', async (isConfirmed) => {
    let tab!: SyncCode;
    const answer = await new Promise<(isConfirmed: boolean) => void>((asked) => {
      tab = openTab({ confirmLink: () => new Promise(asked) });
      location.hash = `#sync-code=${code}`;
    });
    expect(location.hash).toBe('');
    expect(await known(tab)).toMatchObject({ identity: null });
    answer(isConfirmed);
    await new Promise((resolve) => setTimeout(resolve));
    // After whatever the answer has led to.
    expect(await reopened()).toMatchObject({ code: isConfirmed ? code : null });
  });

  test.each<[string, () => Promise<boolean>]>([
    [
      'throws',
      () => {
        throw new Error('asked');
      },
    ],
    ['rejects', () => Promise.reject(new Error('asked'))],
  ])(
    'by a link of the address, of an app whose question %s, joins nothing, and the app opens',
    async (_how, confirmLink) => {
      history.replaceState(null, '', `/app#sync-code=${code}`);
      let page!: SyncCode;
      jest.isolateModules(() => {
        page = jest
          .requireActual<typeof SyncCodeModule>('../../../../src/runtime/page/sync-code/sync-code')
          .createSyncCode({ appId: 'asks', confirmLink });
      });
      ends.push(page.subscribe(() => {}));
      expect(await known(page)).toMatchObject({ identity: null, code: null });
    },
  );

  test('puts the present code among the former ones, from where the user can go back', async () => {
    const tab = openTab();
    const { code: own } = await tab.share();
    await tab.join(code);
    expect(tab.state).toMatchObject({ code, former: [own] });
    await tab.join(own);
    expect(tab.state).toMatchObject({ code: own, former: [code] });
    expect(await reopened()).toMatchObject({ code: own, former: [code] });
  });

  test('by the code that the device has changes nothing', async () => {
    const tab = openTab();
    await tab.share();
    const { state } = tab;
    await tab.join(state.link!);
    expect(tab.state).toBe(state);
  });

  test('however many links are opened, no more than a hundred codes are kept', async () => {
    const tab = openTab();
    const { code: own } = await tab.share();
    for (let joined = 0; joined < 103; joined++) await tab.join(newCode());
    expect(tab.state.former).toHaveLength(100);
    expect(tab.state.former.at(-1)).toBe(own);
    const last = tab.state.code!;
    await tab.join(newCode());
    expect(tab.state.former[0]).toBe(last);
    expect(tab.state.former.at(-1)).toBe(own);
  });

  test.each(['ABCD', 'https://app.example/#sync-code=', `${code}0`])('refuses %s and changes nothing', async (text) => {
    const tab = openTab();
    const { code: own } = await tab.share();
    await expect(tab.join(text)).rejects.toMatchObject({ code: ErrorCode.SyncCodeInvalid });
    expect(tab.state).toMatchObject({ code: own, problem: { code: ErrorCode.SyncCodeInvalid } });
    await tab.join(code);
    expect(tab.state.problem).toBeUndefined();
  });

  test('says that a link is not whole, and goes on as what the device was', async () => {
    const tab = openTab();
    await known(tab);
    location.hash = `#sync-code=${code.slice(0, 20)}`;
    await until(tab, ({ problem }) => problem?.code === ErrorCode.SyncCodeInvalid);
    expect(tab.state.identity).toBeNull();
    // A look at another tab does not take the message away.
    document.dispatchEvent(new Event('visibilitychange'));
    await tab.share().catch(() => {});
    expect(location.hash).toBe('');
  });
});

describe('leave', () => {
  test('makes the device a guest, the next share makes another code, and that of before is not lost', async () => {
    const tab = openTab();
    const { code } = await tab.share();
    await tab.leave();
    expect(tab.state).toMatchObject({ identity: null, code: null, link: null, former: [code] });
    expect(await reopened()).toMatchObject({ identity: null, former: [code] });
    const { code: next } = await tab.share();
    expect(next).not.toBe(code);
    await tab.join(code);
    expect(tab.state).toMatchObject({ code, former: [next] });
  });

  test('of a guest does nothing', async () => {
    const tab = openTab();
    const { identity } = await known(tab);
    await tab.leave();
    expect(tab.state).toMatchObject({ identity, former: [] });
  });
});

test('forget leaves no code in the browser', async () => {
  const tab = openTab();
  await tab.share();
  await tab.join(newCode());
  await tab.forget();
  expect(tab.state).toMatchObject({ identity: null, former: [] });
  expect(await reopened()).toMatchObject({ identity: null, former: [] });
});

describe('several tabs', () => {
  test('agree about what one of them does', async () => {
    const [one, other] = [openTab(), openTab()];
    await known(other);
    const { code } = await one.share();
    await until(other, (state) => state.code === code);
    await other.leave();
    await until(one, ({ identity }) => identity === null);
  });

  test('that have missed it read again when they are shown', async () => {
    const { BroadcastChannel } = globalThis;
    Object.assign(globalThis, { BroadcastChannel: undefined });
    const [one, other] = [openTab(), openTab()];
    await known(other);
    const { code } = await one.share();
    document.dispatchEvent(new Event('visibilitychange'));
    await until(other, (state) => state.code === code);
    Object.assign(globalThis, { BroadcastChannel });
  });

  test('of apps that name themselves have codes of their own', async () => {
    const { code } = await openTab({ appId: 'one' }).share();
    expect(await reopened({ appId: 'other' })).toMatchObject({ identity: null });
    expect(await reopened({ appId: 'one' })).toMatchObject({ code });
  });
});

describe('where the storage fails', () => {
  test('a call that nobody waits for is no unhandled rejection', async () => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    Object.assign(globalThis, { indexedDB: undefined });
    const tab = openTab();
    void tab.share();
    void tab.join('mistyped');
    void tab.leave();
    void tab.forget();
    await tab.share().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  const refused = (name: string) => () => {
    throw new DOMException('', name);
  };

  test.each([
    ['the browser blocks it', () => Object.assign(globalThis, { indexedDB: { open: refused('SecurityError') } })],
    ['there is no IndexedDB', () => Object.assign(globalThis, { indexedDB: undefined })],
  ])('because %s, nothing is opened, and the problem is coded', async (_, block) => {
    block();
    const tab = openTab();
    const { problem } = await until(tab, (state) => state.problem !== undefined);
    expect(problem).toMatchObject({ code: ErrorCode.StorageBlocked });
    expect(tab.state.identity).toBeUndefined();
    for (const call of [tab.share(), tab.join(newCode()), tab.leave(), tab.forget()])
      await expect(call).rejects.toMatchObject({ code: ErrorCode.StorageBlocked });
  });

  test('because it does not answer, that is said after ten seconds', async () => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] });
    Object.assign(globalThis, { indexedDB: { open: () => new EventTarget() } });
    const shared = expect(createSyncCode().share()).rejects.toMatchObject({ code: ErrorCode.StorageBlocked });
    await jest.advanceTimersByTimeAsync(10_000);
    await shared;
    jest.useRealTimers();
  });

  test('because a newer version of the app has changed it, it is left alone', async () => {
    (await openDB('zero-backend-sync/sync-code', 2)).close();
    await expect(openTab().share()).rejects.toMatchObject({ code: ErrorCode.StorageNewer });
  });

  test.each([
    ['QuotaExceededError', ErrorCode.StorageFull],
    ['UnknownError', ErrorCode.StorageFailed],
  ])('with %s, it is %s', async (name, code) => {
    const tab = openTab();
    await known(tab);
    jest.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(refused(name));
    await expect(tab.share()).rejects.toMatchObject({ code });
    expect(tab.state).toMatchObject({ identity: null, problem: { code } });
    jest.restoreAllMocks();
    await tab.share();
    expect(tab.state.problem).toBeUndefined();
  });
});
