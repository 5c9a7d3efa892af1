/** @jest-environment jsdom */
/** What opens engines, for whom, and when they are closed: the same in every framework. */
import '../../../src/preset/jest/setup';
import { screen, waitFor } from '@testing-library/dom';
import { GuestMode } from '../../../src/runtime/core';
import type { MaybeIdentity } from '../../../src/runtime/core';
import { ErrorCode, SyncError } from '../../../src/runtime/core/errors';
import { SyncPhase } from '../../../src/runtime/core/status';
import { frameworks, useScene } from '../../support/frameworks';
import type { View } from '../../support/frameworks';
import { nameView, typeName } from './views';

const phaseView: View = ({ useSyncStatus, useSyncEngine }) => {
  const [ofStatus, ofEngine] = [useSyncStatus(), useSyncEngine()];
  return () => {
    const { phase, problems } = ofStatus.status;
    return [[ofEngine.engine ? 'engine' : 'no engine', phase, ...problems.map(({ code }) => code)].join(' ')];
  };
};

describe.each(frameworks)('%s: the provider', (_name, framework) => {
  const scene = useScene(framework);
  const name = { view: nameView };

  test('shows the fallback until the engine is open, then the children', async () => {
    framework.mount([scene.below(['ready'])]);
    expect(screen.getByText('opening')).toBeTruthy();
    await screen.findByText('ready');
  });

  test('without a fallback shows the children, without an engine', async () => {
    framework.mount([scene.below([{ view: phaseView }, name], {}, { fallback: undefined })]);
    expect(screen.getByText('no engine starting')).toBeTruthy();
    expect(screen.getByText('unknown')).toBeTruthy();
    await screen.findByText('engine local-only');
    await screen.findByText('none');
  });

  test('opens one engine for providers whose options are the same, in whatever order and form they are given', async () => {
    const { createWorker } = scene;
    framework.mount([
      scene.below(['one'], { secret: undefined }),
      { provider: { createWorker, relays: [], identity: ['user-1'] }, children: ['two'], fallback: () => ['opening'] },
    ]);
    await screen.findByText('two');
    expect(scene.open).toHaveBeenCalledTimes(1);
  });

  test('opens nothing as long as nobody is signed in', async () => {
    const { update } = framework.mount([scene.below(['ready'], { identity: null })]);
    await update([scene.below(['ready'], { identity: null, guest: GuestMode.None })]);
    expect(scene.open).not.toHaveBeenCalled();
    await update([scene.below(['ready'])]);
    await screen.findByText('ready');
  });

  test('closes the engine of a user who signs out, and shows nothing of it to the next one', async () => {
    const { update } = framework.mount([scene.below([name])]);
    await typeName(framework, 'Ada');
    await update([scene.below([name], { identity: null })]);
    expect(screen.queryByText('name: Ada')).toBeNull();
    await waitFor(() => expect(scene.close).toHaveBeenCalledTimes(1));
    await update([scene.below([name], { identity: ['user-2'] })]);
    await screen.findByText('none');
    expect(scene.open).toHaveBeenCalledTimes(2);
  });

  test('shows nothing of a user to the next one without a fallback either', async () => {
    const bare = (identity: MaybeIdentity) => [scene.below([name], { identity }, { fallback: undefined })];
    const { update } = framework.mount(bare(['user-1']));
    await screen.findByText('none');
    await typeName(framework, 'Ada');
    await update(bare(['user-2']));
    expect(screen.getByText('unknown')).toBeTruthy();
    await screen.findByText('none');
  });

  test('takes a number and its digits for one user, whose engines follow each other', async () => {
    const { update } = framework.mount([scene.below([name], { identity: [42] })]);
    await typeName(framework, 'Ada');
    await update([scene.below([name], { identity: ['42'] })]);
    await screen.findByText('name: Ada');
    expect(scene.open).toHaveBeenCalledTimes(2);
  });

  test('keeps its engine while only its children and callbacks change', async () => {
    const { update } = framework.mount([scene.below(['one'], { onProblem: () => {} })]);
    await screen.findByText('one');
    await update([scene.below(['two'], { onProblem: () => {}, identity: ['user-1'] })]);
    expect(screen.getByText('two')).toBeTruthy();
    expect(scene.open).toHaveBeenCalledTimes(1);
  });

  test('closes its engine when it goes', async () => {
    const { unmount } = framework.mount([scene.below(['ready'])]);
    await screen.findByText('ready');
    unmount();
    await waitFor(() => expect(scene.close).toHaveBeenCalledTimes(1));
  });

  test('tells the fallback why no engine could be opened, and its listener once', async () => {
    scene.open.mockRejectedValueOnce(new SyncError(ErrorCode.StorageBlocked, 'It is blocked.'));
    const problems: SyncError[] = [];
    framework.mount([
      scene.below(
        ['ready'],
        { identity: ['user-3'], onProblem: (problem) => problems.push(problem) },
        { fallback: (problem) => [problem?.code ?? 'opening'] },
      ),
    ]);
    await screen.findByText(ErrorCode.StorageBlocked);
    expect(problems.map(({ code }) => code)).toEqual([ErrorCode.StorageBlocked]);
    expect(problems[0]).toBeInstanceOf(SyncError);
  });

  test('that could open nothing says so in the status', async () => {
    scene.open.mockRejectedValueOnce(new SyncError(ErrorCode.StorageBlocked, 'It is blocked.'));
    framework.mount([scene.below([{ view: phaseView }], { identity: ['user-4'] }, { fallback: undefined })]);
    await screen.findByText(`no engine ${SyncPhase.Stopped} ${ErrorCode.StorageBlocked}`);
  });

  test('is missing where there is none', () => {
    const uses: readonly (readonly [string, View])[] = [
      ['useQuery', ({ useQuery }) => (useQuery('notes'), () => [])],
      ['useDocument', ({ useDocument }) => (useDocument('notes', () => 'n'), () => [])],
      ['useSyncEngine', ({ useSyncEngine }) => (useSyncEngine(), () => [])],
      ['useSyncStatus', ({ useSyncStatus }) => (useSyncStatus(), () => [])],
    ];
    for (const [hook, view] of uses) {
      const thrown = framework.thrownBy(view);
      expect(thrown).toBeInstanceOf(SyncError);
      expect(thrown).toMatchObject({ code: ErrorCode.ProviderMissing });
      expect((thrown as SyncError).message).toContain(`${hook}()`);
    }
  });
});

describe.each(frameworks)('%s: an identity', (_name, framework) => {
  const scene = useScene(framework);
  const name = { view: nameView };
  const unknown: readonly (readonly [what: string, identity: MaybeIdentity])[] = [
    ['undefined', undefined],
    ['undefined in a list', [undefined]],
    ['undefined beside what is known', ['user-1', undefined]],
    ['missing in a list', new Array<string>(1)],
  ];
  test.each(unknown)('that is %s opens nothing, as a guest either, and the hooks wait', async (_what, identity) => {
    const bare = (given: MaybeIdentity) =>
      scene.below([name], { guest: GuestMode.Adopted, identity: given }, { fallback: undefined });
    const { update } = framework.mount([bare(identity)]);
    expect(screen.getByText('unknown')).toBeTruthy();
    await framework.act(() => {});
    expect(scene.open).not.toHaveBeenCalled();
    await update([bare(['user-1'])]);
    await screen.findByText('none');
  });

  const wrong: readonly (readonly [unknown])[] = [[false], [''], ['user-1'], [[]], [NaN], [[null]], [{}], [[1n]]];
  test.each(wrong)('that is %p is a problem, and nothing is opened', async (identity) => {
    const logged = jest.spyOn(console, 'error').mockImplementation(() => {});
    const createWorker = jest.fn();
    framework.mount([
      scene.below(
        ['ready'],
        { identity: identity as never, createWorker, guest: GuestMode.Apart },
        { fallback: (problem) => [problem?.code ?? 'opening'] },
      ),
    ]);
    await screen.findByText('IDENTITY_INVALID');
    expect(createWorker).not.toHaveBeenCalled();
    expect(logged).toHaveBeenCalledTimes(1);
    logged.mockRestore();
  });
});

describe.each(frameworks)('%s: a guest', (_name, framework) => {
  const scene = useScene(framework);
  const app = (user: string | null, guest?: GuestMode) => [
    scene.below([{ view: nameView }], { identity: user === null ? null : [user], guest }),
  ];

  /** What a guest types before signing in, in an app of this mode, and what the user sees then. */
  async function typeAndSignIn(guest: GuestMode) {
    const { update } = framework.mount(app(null, guest));
    await typeName(framework, 'Ada');
    await update(app('user-1', guest));
    expect(screen.queryByText('name: Ada')).toBeNull();
    return update;
  }

  test('who is adopted finds at sign-in what was written before, and the next guest does not', async () => {
    const update = await typeAndSignIn(GuestMode.Adopted);
    await screen.findByText('name: Ada');
    await update(app(null, GuestMode.Adopted));
    await screen.findByText('none');
    await update(app('user-2', GuestMode.Adopted));
    await waitFor(() => expect(scene.open).toHaveBeenCalledTimes(4));
    await screen.findByText('none');
    expect(scene.open.mock.calls.map(([{ adoptGuest }]) => adoptGuest)).toEqual([undefined, true, undefined, true]);
  });

  test('who stays apart finds it at sign-out', async () => {
    const update = await typeAndSignIn(GuestMode.Apart);
    await screen.findByText('none');
    await update(app(null, GuestMode.Apart));
    await screen.findByText('name: Ada');
  });
});
