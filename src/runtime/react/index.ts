/**
 * `zero-backend-sync/react`: a provider and four hooks over an engine, for React 18 and later. The template's react.ts binds them to the app's
 * collections. RxDB's own hooks (`rxdb/plugins/react`) work beside them, with `useSyncEngine()?.db` as their database.
 */
import {
  createContext,
  createElement,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { ReactElement, ReactNode, RefObject } from 'react';
import type { SyncError, SyncProblem } from '../core/errors';
import type { OpenRequest } from '../core/open-request';
import type { SyncStatus } from '../core/status';
import { createEngineOpener, nothingOpened } from '../page/provider/opener';
import type { Opened } from '../page/provider/opener';
import { wantedEngine } from '../page/provider/options';
import type { ProviderOptions } from '../page/provider/options';
import { patchShown, providerMissing, watchDocumentOf, watchQueryOf, watchStatus } from '../page/provider/watches';
import type { EngineOf, ShownWrite, Watch } from '../page/provider/watches';
import { readQuery } from '../page/query';
import type { ChangeOf, QueryOf } from '../page/rxdb/patch';
import type { QueryState } from '../page/rxdb/queries';
import { UserContext } from './user-context';

export type { EngineOf, ShownWrite } from '../page/provider/watches';
export { useQrCode, useSyncCode } from './sync-code';
export type { UseSyncCodeResult } from './sync-code';
export { useBoundState, useBoundStore } from './bound-store';

/** The options of `SyncEngine.open`, and what only a provider has. */
export type SyncProviderProps<Options extends OpenRequest> = ProviderOptions<Options> & {
  /** Shown in the place of the children as long as there is no engine; as a function it learns why none could be opened. */
  readonly fallback?: ReactNode | ((problem: SyncProblem | undefined) => ReactNode);
  readonly children?: ReactNode;
};

/** What `useQuery` gives. It is run again for a component that is mounted anew. */
export type QueryResult<Document> = QueryState<Document>;

/** What `useDocument` gives. */
export type UseDocumentResult<Document> = readonly [
  /** undefined until it is known, null where there is none. */
  document: Document | null | undefined,
  /**
   * Shows at once; a refused write is taken back, and its SyncError goes to the problem beside it and to `onProblem` of the provider. It belongs to the
   * document beside it: what is given is written as the difference to that one, so it undoes nothing that came since, and with another document it is another
   * function.
   */
  patch: (change: ChangeOf<Document>) => ShownWrite,
  /** Why the last write was refused; undefined after one that was not. */
  problem: SyncError | undefined,
];

/** The provider and the hooks of one kind of engine. The hooks throw PROVIDER_MISSING in a component that is not below the provider. */
export interface SyncHooks<Documents, Engine, Options extends OpenRequest> {
  /** Opens an engine for its identity and closes it when the identity changes or the provider goes. */
  SyncProvider(props: SyncProviderProps<Options>): ReactElement;
  /** The engine, or null as long as there is none. */
  useSyncEngine(): Engine | null;
  /** What is true of the sync now. Without an engine it is starting, or stopped with the problem that kept it from opening. */
  useSyncStatus(): SyncStatus;
  /**
   * The documents of a query as plain objects, always up to date. What is being written shows in the same frame, as in `useDocument`.
   * @param query in RxDB's Mango syntax and JSON: anything else in it, such as `undefined` or a date, is the problem QUERY_UNSUPPORTED and finds nothing. Two
   * with the same content are the same, in whatever order their properties are. Sort ascending: only then an index serves.
   */
  useQuery<Name extends keyof Documents & string>(
    collection: Name,
    query?: QueryOf<Documents[Name]>,
  ): QueryResult<Documents[Name]>;
  /**
   * One document and a way to change it. A change renders before it is on disk, in every component that shows the document by this hook.
   * @param id as long as it is undefined, null or empty there is no document to show, and the hook waits.
   */
  useDocument<Name extends keyof Documents & string>(
    collection: Name,
    id: string | null | undefined,
  ): UseDocumentResult<Documents[Name]>;
}

interface Provided<Engine> extends Opened<Engine> {
  readonly onProblem: RefObject<((problem: SyncError) => void) | undefined>;
}

/**
 * The provider and the hooks of one kind of engine.
 * @param open `SyncEngine.open` of the app.
 * @example
 * const hooks: SyncHooks<Collections, SyncEngine, OpenOptions> = createHooks((options) => SyncEngine.open(options));
 * export const { SyncProvider, useDocument, useQuery, useSyncEngine, useSyncStatus } = hooks;
 */
export function createHooks<Documents, Engine extends EngineOf<Documents>, Options extends OpenRequest>(
  open: (options: Options) => Promise<Engine>,
): SyncHooks<Documents, Engine, Options> {
  const SyncContext = createContext<Provided<Engine> | undefined>(undefined);
  const openEngine = createEngineOpener(open);

  function SyncProvider({ fallback, children, ...options }: SyncProviderProps<Options>): ReactElement {
    const wanted = wantedEngine<Options>(options as ProviderOptions<Options>);
    const { key, user } = wanted;
    const { onProblem } = options;
    const [opened, setOpened] = useState<Opened<Engine>>(nothingOpened);
    const latestOnProblem = useRef(onProblem);
    useEffect(() => {
      latestOnProblem.current = onProblem;
    });

    useEffect(
      () =>
        openEngine(wanted, (next, error) => {
          setOpened(next);
          if (error) latestOnProblem.current?.(error);
        }),
      // The key stands for all options.
      [key],
    );

    // Between two identities the engine of the first is not shown to the second.
    const current = opened.key === key ? opened : nothingOpened;
    const value = useMemo(() => ({ ...current, onProblem: latestOnProblem }), [current]);
    const shown =
      value.engine || fallback === undefined
        ? children
        : typeof fallback === 'function'
          ? fallback(value.problem)
          : fallback;
    return createElement(SyncContext.Provider, { value }, createElement(UserContext.Provider, { value: user }, shown));
  }

  function useProvided(hook: keyof SyncHooks<Documents, Engine, Options>): Provided<Engine> {
    const provided = useContext(SyncContext);
    if (!provided) throw providerMissing(hook, '<SyncProvider>');
    return provided;
  }

  function useSyncEngine(): Engine | null {
    return useProvided('useSyncEngine').engine;
  }

  function useSyncStatus(): SyncStatus {
    const { engine, problem } = useProvided('useSyncStatus');
    return useWatch(useMemo(() => watchStatus(engine, problem), [engine, problem]));
  }

  function useQuery<Name extends keyof Documents & string>(
    collection: Name,
    query: QueryOf<Documents[Name]> = {},
  ): QueryResult<Documents[Name]> {
    const { engine } = useProvided('useQuery');
    const read = readQuery(query);
    const watch = useMemo(
      () => watchQueryOf(engine, collection, read),
      [engine, collection, read.json, read.problem?.message],
    );
    return useWatch(watch);
  }

  function useDocument<Name extends keyof Documents & string>(
    collection: Name,
    id: string | null | undefined,
  ): UseDocumentResult<Documents[Name]> {
    const { engine, onProblem } = useProvided('useDocument');
    const watch = useMemo(() => watchDocumentOf(engine, collection, id), [engine, collection, id]);
    const { document, problem } = useWatch(watch);
    const patch = useCallback(
      (change: ChangeOf<Documents[Name]>) => patchShown(watch, change, document, onProblem.current),
      [watch, document, onProblem],
    );
    return [document, patch, problem];
  }

  return { SyncProvider, useSyncEngine, useSyncStatus, useQuery, useDocument };
}

function useWatch<State>({ read, subscribe }: Watch<State>): State {
  return useSyncExternalStore(subscribe, read, read);
}
