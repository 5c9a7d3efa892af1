/** The frameworks that the kit has a provider for, and a scene for tests in which each test is a browser of its own. */
import { waitFor } from '@testing-library/dom';
import { SyncEngine } from '../../../src/lib/engine';
import type { OpenOptions } from '../../../src/lib/engine';
import { SyncPhase } from '../../../src/runtime/core/status';
import type { ProviderOptions } from '../../../src/runtime/page/provider/options';
import { inProcessWorkers } from '../in-process';
import type { Framework, Part, ProviderPart } from './framework';
import { reactFramework } from './react';
import { vueFramework } from './vue';

export type { Framework, Hooks, Part, View } from './framework';

export const frameworks: readonly (readonly [name: string, framework: Framework])[] = [
  ['React', reactFramework],
  ['Vue', vueFramework],
];

export interface Scene {
  /** Engines of one browser. */
  readonly createWorker: ReturnType<typeof inProcessWorkers>;
  readonly open: jest.SpyInstance<Promise<SyncEngine>, [OpenOptions]>;
  readonly close: jest.SpyInstance<Promise<void>, []>;
  /** A provider for `user-1`, unless said otherwise. */
  below(children: readonly Part[], options?: Partial<ProviderOptions<OpenOptions>>, more?: Partial<ProviderPart>): Part;
  /** The engine that was opened last. */
  lastEngine(): Promise<SyncEngine>;
}

/** Must be called within the `describe` of a framework: after each test all that was shown is gone, and so are its engines. */
export function useScene(framework: Framework): Scene {
  const open = jest.spyOn(SyncEngine, 'open');
  const close = jest.spyOn(SyncEngine.prototype, 'close');
  let createWorker = inProcessWorkers();
  // What an engine emits comes when it comes, as in an app.
  beforeAll(() => Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false }));
  beforeEach(() => {
    createWorker = inProcessWorkers();
    open.mockClear();
    close.mockClear();
  });
  afterEach(async () => {
    framework.cleanup();
    await waitFor(async () => {
      const engines = await Promise.allSettled(open.mock.results.map(({ value }) => value as Promise<SyncEngine>));
      for (const one of engines) if (one.status === 'fulfilled') expect(one.value.status.phase).toBe(SyncPhase.Closed);
    });
  });
  return {
    get createWorker() {
      return createWorker;
    },
    open,
    close,
    below: (children, options = {}, more = {}) => ({
      provider: { identity: ['user-1'], relays: [], createWorker, ...options },
      fallback: () => ['opening'],
      children,
      ...more,
    }),
    async lastEngine() {
      await waitFor(() => expect(open).toHaveBeenCalled());
      return open.mock.results.at(-1)!.value as Promise<SyncEngine>;
    },
  };
}
