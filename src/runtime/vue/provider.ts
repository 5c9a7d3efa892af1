/** What opens the engine of an app, for whoever its user is at the moment. */
import {
  computed,
  defineComponent,
  effectScope,
  getCurrentInstance,
  markRaw,
  shallowRef,
  toRefs,
  toValue,
  unref,
  watch,
} from 'vue';
import type { App, ComputedRef, MaybeRef, MaybeRefOrGetter, VNode } from 'vue';
import { ErrorCode, SyncError } from '../core/errors';
import type { SyncProblem } from '../core/errors';
import type { OpenRequest } from '../core/open-request';
import { createEngineOpener, nothingOpened } from '../page/provider/opener';
import type { Opened } from '../page/provider/opener';
import { wantedEngine } from '../page/provider/options';
import type { ProviderOptions } from '../page/provider/options';
import type { Closable } from '../page/provider/lease';
import { createContext, userContext } from './context';
import { isOnServer } from './use-watch';

/** Options whose value is a function. Of every other one a function is a getter. */
type FunctionOption = 'createWorker' | 'onProblem';
const FUNCTION_OPTIONS: ReadonlySet<string> = new Set<FunctionOption>(['createWorker', 'onProblem']);

/** The options of `SyncEngine.open`, and what only a provider has; each may be a ref or a getter, and those that are functions may be refs. */
export type ProvideSyncOptions<Options extends OpenRequest> = {
  readonly [Name in keyof ProviderOptions<Options>]: Name extends FunctionOption
    ? MaybeRef<ProviderOptions<Options>[Name]>
    : MaybeRefOrGetter<ProviderOptions<Options>[Name]>;
};

/** What `provideSync` gives to whoever calls it. */
export interface ProvidedSync<Engine> {
  /** The engine, or null as long as there is none. */
  readonly engine: ComputedRef<Engine | null>;
  /** Why no engine could be opened. */
  readonly problem: ComputedRef<SyncProblem | undefined>;
}

/** The same, for the composables. */
export interface Provided<Engine> extends ProvidedSync<Engine> {
  /** Of the options, as it is now. */
  onProblem(): ((problem: SyncError) => void) | undefined;
}

/** `SyncProvider` as templates and render functions see it. */
export interface SyncProviderComponent<Options extends OpenRequest> {
  new (): {
    readonly $props: ProviderOptions<Options>;
    readonly $slots: {
      /** The app. */
      default?(): VNode[];
      /** Shown in its place as long as there is no engine; learns why none could be opened. */
      fallback?(scope: { readonly problem: SyncProblem | undefined }): VNode[];
    };
  };
}

/** What provides the engines of one kind, and what finds them. */
export function createProvider<Engine extends Closable, Options extends OpenRequest>(
  open: (options: Options) => Promise<Engine>,
) {
  const context = createContext<Provided<Engine>>('zero-backend-sync');
  const openEngine = createEngineOpener(open);

  function provideSync(options: ProvideSyncOptions<Options>, app?: App): ProvidedSync<Engine> {
    if (!app && !getCurrentInstance())
      throw new SyncError(
        ErrorCode.ProviderMissing,
        'provideSync() is called outside of the setup of a component, where nothing is below it. Call it there, or give it the app: provideSync(options, app).',
      );
    if (!app) return start();
    const scope = effectScope(true);
    // Not `onUnmount`, which Vue has since 3.5.
    const { unmount } = app;
    app.unmount = () => {
      unmount();
      scope.stop();
    };
    return scope.run(start)!;

    function start(): ProvidedSync<Engine> {
      const wanted = computed(() => wantedEngine(readOptions(options)));
      const opened = shallowRef<Opened<Engine>>(nothingOpened);
      const key = computed(() => wanted.value.key);
      // Between two identities the engine of the first is not shown to the second.
      const current = computed(() => (opened.value.key === key.value ? opened.value : nothingOpened));
      const onProblem = () => unref(options.onProblem) as ReturnType<Provided<Engine>['onProblem']>;
      if (!isOnServer())
        watch(
          key,
          (_key, _former, onCleanup) =>
            onCleanup(
              openEngine(wanted.value, (next, error) => {
                // An engine is no state to be observed, wherever the app puts it.
                if (next.engine) markRaw(next.engine);
                opened.value = next;
                if (error) onProblem()?.(error);
              }),
            ),
          { immediate: true },
        );
      const provided = {
        engine: computed(() => current.value.engine),
        problem: computed(() => current.value.problem),
        onProblem,
      };
      context.provide(provided, app);
      userContext.provide(
        computed(() => wanted.value.user),
        app,
      );
      return provided;
    }
  }

  /** Without a template, so that the kit needs no compiler of Vue's. */
  const SyncProvider = defineComponent({
    name: 'SyncProvider',
    props: {
      identity: null,
      guest: null,
      onProblem: null,
      secret: null,
      // A template may give it by its name alone.
      existing: { type: Boolean, default: undefined },
      relays: null,
      createWorker: null,
      timeouts: null,
    },
    setup(props, { slots }) {
      const { engine, problem } = provideSync(toRefs(props) as unknown as ProvideSyncOptions<Options>);
      return () => (engine.value || !slots.fallback ? slots.default?.() : slots.fallback({ problem: problem.value }));
    },
  }) as unknown as SyncProviderComponent<Options>;

  return { provideSync, SyncProvider, find: context.find };
}

/** The options as they are now, without what is not given, and without proxies: a worker takes none. */
function readOptions<Options extends OpenRequest>(options: ProvideSyncOptions<Options>): ProviderOptions<Options> {
  const read = (name: string, given: unknown): unknown => {
    if (FUNCTION_OPTIONS.has(name)) return unref(given);
    const value: unknown = toValue(given);
    if (Array.isArray(value)) return [...(value as unknown[])];
    return typeof value === 'object' && value !== null ? { ...value } : value;
  };
  const entries = Object.entries(options).map(([name, given]) => [name, read(name, given)] as const);
  const given = entries.filter(([, value]) => value !== undefined);
  return { identity: undefined, ...Object.fromEntries(given) } as ProviderOptions<Options>;
}
