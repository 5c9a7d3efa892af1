/** @jest-environment jsdom */
/** What is Vue's own about providing an engine: refs and getters, scopes, and the app in the place of a component. */
import '../../../src/preset/jest/setup';
import { waitFor } from '@testing-library/dom';
import { computed, defineComponent, effectScope, h, isReactive, nextTick, reactive, ref, shallowRef } from 'vue';
import type { App, Component } from 'vue';
import { SyncEngine } from '../../../src/lib/engine';
import type { OpenOptions } from '../../../src/lib/engine';
import type { Collections } from '../../../src/lib/schema';
import { provideSync, SyncProvider, useDocument, useSyncEngine, useSyncStatus } from '../../../src/lib/vue';
import { ErrorCode } from '../../../src/runtime/core/errors';
import { GuestMode } from '../../../src/runtime/core/open-request';
import { SyncPhase } from '../../../src/runtime/core/status';
import { createComposables } from '../../../src/runtime/vue';
import { useScene } from '../../support/frameworks';
import { mountApp, vueFramework } from '../../support/frameworks/vue';

const scene = useScene(vueFramework);
const nothing = () => null;
/** A component without anything to show. */
const inSetup = (setup: () => void): Component => defineComponent({ setup: () => (setup(), nothing) });

function mountProvider<Found>(options: Parameters<typeof provideSync>[0], setup: () => Found) {
  let found: Found | undefined;
  const child = inSetup(() => (found = setup()));
  const { unmount } = mountApp(
    defineComponent(() => {
      provideSync({ relays: [], createWorker: scene.createWorker, ...options });
      return () => h(child);
    }),
  );
  return { found: found!, unmount };
}

test.each([
  ['a ref', (user: { value: string | null }) => computed(() => user.value && [user.value])],
  ['a getter', (user: { value: string | null }) => () => user.value && [user.value]],
])('an identity may be %s', async (_what, identityOf) => {
  const user = ref<string | null>(null);
  const { found } = mountProvider({ identity: identityOf(user) as () => readonly [string] | null }, useSyncEngine);
  expect([found.value, scene.open.mock.calls]).toEqual([null, []]);
  user.value = 'user-1';
  await waitFor(() => expect(found.value).toBeInstanceOf(SyncEngine));
  user.value = null;
  // In the very task in which the user has signed out.
  expect(found.value).toBeNull();
  await waitFor(() => expect(scene.close).toHaveBeenCalledTimes(1));
});

test('every option may be a ref or a getter, and what is reactive goes to the worker as it is', async () => {
  const identity = reactive(['user-1', 7]);
  const { found } = mountProvider(
    { identity: () => identity, guest: ref(GuestMode.Adopted), relays: () => [], secret: ref('a secret') },
    useSyncEngine,
  );
  await waitFor(() => expect(found.value).not.toBeNull());
  const [[given]] = scene.open.mock.calls as [[OpenOptions]];
  expect(given).toEqual({
    identity: ['user-1', 7],
    relays: [],
    secret: 'a secret',
    adoptGuest: true,
    createWorker: scene.createWorker,
  });
  expect(Object.values(given).some(isReactive)).toBe(false);
  identity[1] = 8;
  expect(found.value).toBeNull();
  await waitFor(() => expect(scene.open).toHaveBeenCalledTimes(2));
});

test('of an identity in two parts that change one after the other, nothing is opened for what is between', async () => {
  const [tenant, user] = [ref('a'), ref('x')];
  const { found } = mountProvider({ identity: () => [tenant.value, user.value] }, useSyncEngine);
  await waitFor(() => expect(found.value).not.toBeNull());
  tenant.value = 'b';
  expect(found.value).toBeNull();
  user.value = 'y';
  await waitFor(() => expect(found.value).not.toBeNull());
  expect(scene.open.mock.calls.map(([{ identity }]) => identity)).toEqual([
    ['a', 'x'],
    ['b', 'y'],
  ]);
});

test('the component that provides has the engine, too, and what it may write', async () => {
  let own: ReturnType<typeof useSyncEngine> | undefined;
  let name: ReturnType<typeof useDocument<'preferences'>> | undefined;
  let provided: ReturnType<typeof provideSync> | undefined;
  mountApp(
    inSetup(() => {
      provided = provideSync({ identity: ['user-1'], relays: [], createWorker: scene.createWorker });
      own = useSyncEngine();
      name = useDocument('preferences', 'ui');
    }),
  );
  await waitFor(() => expect(name!.document.value).toBeNull());
  expect(own!.value).toBe(provided!.engine.value);
  await name!.patch({ name: 'Ada' }).committed;
  expect(name!.document.value?.name).toBe('Ada');
});

test('a problem is beside the engine, and goes to the latest listener', async () => {
  scene.open.mockRejectedValueOnce(Object.assign(new Error('It is blocked.'), { code: ErrorCode.StorageBlocked }));
  const onProblem = shallowRef((_problem: unknown) => {});
  let provided: ReturnType<typeof provideSync> | undefined;
  mountApp(inSetup(() => (provided = provideSync({ identity: ['user-1'], relays: [], onProblem }))));
  const heard = jest.fn();
  onProblem.value = heard;
  await waitFor(() => expect(provided!.problem.value?.code).toBe(ErrorCode.StorageBlocked));
  expect(heard).toHaveBeenCalledTimes(1);
});

test('an app may provide for its stores and router, until it is unmounted', async () => {
  let app: App | undefined;
  const { unmount } = mountApp(inSetup(nothing), (created) => {
    app = created;
    provideSync({ identity: () => ['user-1'], relays: [], createWorker: scene.createWorker }, created);
  });
  const scope = effectScope();
  const found = app!.runWithContext(() => scope.run(() => ({ engine: useSyncEngine(), status: useSyncStatus() })))!;
  await waitFor(() => expect(found.status.value.phase).toBe(SyncPhase.LocalOnly));
  expect(found.engine.value).toBeInstanceOf(SyncEngine);
  scope.stop();
  unmount();
  await waitFor(() => expect(scene.close).toHaveBeenCalledTimes(1));
});

test('outside of a setup it says where it belongs', () => {
  expect(() => provideSync({ identity: null })).toThrow(
    expect.objectContaining({ code: ErrorCode.ProviderMissing, message: expect.stringContaining('provideSync()') }),
  );
  expect(() => useSyncEngine()).toThrow(expect.objectContaining({ code: ErrorCode.ProviderMissing }));
});

test('an engine that is put into reactive state is not observed', async () => {
  const { found } = mountProvider({ identity: ['user-1'] }, useSyncEngine);
  await waitFor(() => expect(found.value).not.toBeNull());
  const state = reactive({ engine: found.value });
  expect(isReactive(state.engine)).toBe(false);
  expect(state.engine?.status).toBeDefined();
});

test('of composables that are made anew, as hot reload does, waits for the engine of the former ones', async () => {
  const made = () => createComposables<Collections, SyncEngine, OpenOptions>((options) => SyncEngine.open(options));
  const shown = shallowRef(made().SyncProvider);
  const texts: string[] = [];
  const given = { identity: ['hot'], relays: [], createWorker: scene.createWorker };
  const child = (text: string) => h(inSetup(() => texts.push(text)));
  mountApp(
    defineComponent(() => () => {
      const text = `shown ${scene.open.mock.calls.length}`;
      return h(shown.value, given, { default: () => [child(text)], fallback: () => [] });
    }),
  );
  await waitFor(() => expect(texts).toEqual(['shown 0']));
  shown.value = made().SyncProvider;
  await waitFor(() => expect(scene.open).toHaveBeenCalledTimes(2));
  expect(scene.close).toHaveBeenCalledTimes(1);
});

test.each([
  ['without it', '', undefined],
  ['by its name', 'existing', true],
  ['by a value', ':existing="false"', false],
])('the component knows whether there is data already, %s', async (_how, attribute, existing) => {
  mountApp({
    components: { SyncProvider: SyncProvider as Component },
    setup: () => ({ createWorker: scene.createWorker }),
    template: `<SyncProvider :identity="['user-1']" :relays="[]" :create-worker="createWorker" ${attribute}>ready</SyncProvider>`,
  });
  await waitFor(() => expect(scene.open).toHaveBeenCalledTimes(1));
  const [[{ existing: given, createWorker }]] = scene.open.mock.calls as [[OpenOptions]];
  expect([given, createWorker]).toEqual([existing, scene.createWorker]);
  await (scene.open.mock.results[0]!.value as Promise<SyncEngine>);
});

test('the component takes its listener as an event', async () => {
  scene.open.mockRejectedValueOnce(Object.assign(new Error('It is blocked.'), { code: ErrorCode.StorageBlocked }));
  const say = jest.fn();
  mountApp({
    components: { SyncProvider: SyncProvider as Component },
    setup: () => ({ say }),
    template: `<SyncProvider :identity="['user-1']" :relays="[]" @problem="say"><template #fallback="{ problem }">{{ problem?.code }}</template></SyncProvider>`,
  });
  await waitFor(() => expect(say).toHaveBeenCalledWith(expect.objectContaining({ code: ErrorCode.StorageBlocked })));
  await nextTick();
  expect(document.body.textContent).toContain(ErrorCode.StorageBlocked);
});
