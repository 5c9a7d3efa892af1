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
import type { Observable } from 'rxjs';
import { ErrorCode, SyncError } from '../core/errors';
import type { SyncProblem } from '../core/errors';
import { checkIdentity, GuestMode, isIdentityKnown } from '../core/open-request';
import type { MaybeIdentity, OpenRequest } from '../core/open-request';
import { startingStatus, SyncPhase } from '../core/status';
import type { SyncStatus } from '../core/status';
import { warnDeveloper } from '../page/developer-warnings';
import { readQuery } from '../page/query';
import type { SyncDatabaseOf } from '../page/rxdb/database';
import { watchNothing } from '../page/rxdb/documents';
import type { DocumentState, DocumentWatch } from '../page/rxdb/documents';
import type { ChangeOf, QueryOf } from '../page/rxdb/patch';
import { watchNoQuery, watchQuery } from '../page/rxdb/queries';
import type { QueryState } from '../page/rxdb/queries';
import { createEngineLeases } from './lease';
import { UserContext } from './user-context';

export { useQrCode, useSyncCode } from './sync-code';
export type { UseSyncCodeResult } from './sync-code';
export { useBoundState, useBoundStore } from './bound-store';

/** What the hooks need of an engine: the `SyncEngine` of the template. `Documents` has the type of the documents by collection. */
export interface EngineOf<Documents> {
  readonly db: SyncDatabaseOf<Documents>;
  readonly status: SyncStatus;
  readonly status$: Observable<SyncStatus>;
  watch<Name extends keyof Documents & string>(
    collection: Name,
    id: string | null | undefined,
  ): DocumentWatch<Documents[Name]>;
  close(): Promise<void>;
}

/** The options of `SyncEngine.open`, and what only a provider has. */
export type SyncProviderProps<Options extends OpenRequest> = Omit<Options, 'adoptGuest' | 'identity'> & {
  /** As for `open`. As long as it, or a part of it, is undefined, the app does not know its user yet and nothing is opened; null says that nobody is signed in. */
  readonly identity: MaybeIdentity;
  /** What there is while the identity is null, and whether the user who signs in gets it. Nothing, unless said otherwise. */
  readonly guest?: GuestMode;
  /** Shown in the place of the children as long as there is no engine; as a function it learns why none could be opened. */
  readonly fallback?: ReactNode | ((problem: SyncProblem | undefined) => ReactNode);
  /** Hears of each write of `useDocument` that was refused, and why no engine could be opened: one place for a message to the user. */
  readonly onProblem?: (problem: SyncError) => void;
  readonly children?: ReactNode;
};

/** What `useQuery` gives. It is run again for a component that is mounted anew. */
export type QueryResult<Document> = QueryState<Document>;

/** A write that shows already. No promise itself, so that an event handler may end with it. */
export interface ShownWrite {
  /** Resolves when it is committed locally; rejects with the SyncError that refused it. Who does not look at it loses nothing: see `onProblem`. */
  readonly committed: Promise<void>;
}

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

interface Opened<Engine> {
  readonly key: string | null;
  readonly engine: Engine | null;
  readonly problem?: SyncProblem;
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
  const nothingOpened: Opened<Engine> = { key: null, engine: null };
  const SyncContext = createContext<Provided<Engine> | undefined>(undefined);
  const leaseEngine = createEngineLeases<Engine>();

  function SyncProvider({
    fallback,
    children,
    guest = GuestMode.None,
    onProblem,
    ...options
  }: SyncProviderProps<Options>): ReactElement {
    const { identity } = options;
    const isOpen = isIdentityKnown(identity) && (identity !== null || guest !== GuestMode.None);
    const key = isOpen ? keyOf({ ...options, identity: identityOrProblem(identity), guest }) : null;
    const [opened, setOpened] = useState(nothingOpened);
    const latestOnProblem = useRef(onProblem);
    useEffect(() => {
      latestOnProblem.current = onProblem;
    });

    useEffect(() => {
      if (key === null) return;
      const adoptGuest = identity !== null && guest === GuestMode.Adopted;
      const request = { ...options, ...(adoptGuest && { adoptGuest }) } as unknown as Options;
      const lease = leaseEngine(key, identityKeyOf(identity), () => open(request));
      let isCurrent = true;
      lease.engine.then(
        (engine) => isCurrent && setOpened({ key, engine }),
        (error: SyncError) => {
          if (!isCurrent) return;
          const { code, message } = error;
          setOpened({ key, engine: null, problem: { code, message } });
          latestOnProblem.current?.(error);
        },
      );
      return () => {
        isCurrent = false;
        lease.end();
      };
      // The key stands for all options.
    }, [key]);

    // Between two identities the engine of the first is not shown to the second.
    const current = opened.key === key ? opened : nothingOpened;
    const value = useMemo(() => ({ ...current, onProblem: latestOnProblem }), [current]);
    const shown =
      value.engine || fallback === undefined
        ? children
        : typeof fallback === 'function'
          ? fallback(value.problem)
          : fallback;
    const user = identity === null ? null : key;
    return createElement(SyncContext.Provider, { value }, createElement(UserContext.Provider, { value: user }, shown));
  }

  function useProvided(hook: keyof SyncHooks<Documents, Engine, Options>): Provided<Engine> {
    const provided = useContext(SyncContext);
    if (!provided) throw providerMissing(hook);
    return provided;
  }

  function useSyncEngine(): Engine | null {
    return useProvided('useSyncEngine').engine;
  }

  function useSyncStatus(): SyncStatus {
    const { engine, problem } = useProvided('useSyncStatus');
    const without = useMemo(
      () => (problem ? { ...startingStatus, phase: SyncPhase.Stopped, problems: [problem] } : startingStatus),
      [problem],
    );
    const subscribe = useCallback(
      (changed: () => void) => {
        const subscription = engine?.status$.subscribe(changed);
        return () => subscription?.unsubscribe();
      },
      [engine],
    );
    const read = () => engine?.status ?? without;
    return useSyncExternalStore(subscribe, read, read);
  }

  function useQuery<Name extends keyof Documents & string>(
    collection: Name,
    query: QueryOf<Documents[Name]> = {},
  ): QueryResult<Documents[Name]> {
    const { engine } = useProvided('useQuery');
    const { json, problem } = readQuery(query);
    const watch = useMemo(() => {
      if (!engine || json === undefined) return watchNoQuery<Documents[Name]>(problem);
      return watchQuery(engine.db, collection, JSON.parse(json) as QueryOf<Documents[Name]>);
    }, [engine, collection, json, problem?.message]);
    return useSyncExternalStore(watch.subscribe, watch.read, watch.read);
  }

  function useDocument<Name extends keyof Documents & string>(
    collection: Name,
    id: string | null | undefined,
  ): UseDocumentResult<Documents[Name]> {
    const { engine, onProblem } = useProvided('useDocument');
    const watch = useMemo(
      () => (engine ? engine.watch(collection, id) : watchNothing<Documents[Name]>(noEngine())),
      [engine, collection, id],
    );
    const { document, problem } = useSyncExternalStore<DocumentState<Documents[Name]>>(
      watch.subscribe,
      watch.read,
      watch.read,
    );
    const patch = useCallback(
      (change: ChangeOf<Documents[Name]>) => {
        const committed = watch.patch(change, document ?? null);
        committed.catch((error: SyncError) => (onProblem.current ?? warnDeveloper)(error));
        return { committed };
      },
      [watch, document, onProblem],
    );
    return [document, patch, problem];
  }

  return { SyncProvider, useSyncEngine, useSyncStatus, useQuery, useDocument };
}

const noEngine = (): SyncError =>
  new SyncError(
    ErrorCode.EngineClosed,
    'There is no engine yet. Write once useSyncEngine() gives one, or give SyncProvider a fallback.',
  );

const providerMissing = (hook: string): SyncError =>
  new SyncError(
    ErrorCode.ProviderMissing,
    `${hook}() is called by a component that is not below <SyncProvider>. Put the provider around the app, where the user is known, and import it from the same file as the hook.`,
  );

const functionIds = new WeakMap<object, number>();
let lastFunctionId = 0;

/** A number and its digits are one identity, whose engines must not be open at once. */
const identityKeyOf = (identity: OpenRequest['identity']): string =>
  JSON.stringify(identityOrProblem(identity), (_name, value: unknown) =>
    typeof value === 'number' ? String(value) : value,
  );

/** As JSON, what is no identity may look like one, or cannot be written: it is told apart by what is wrong with it. */
function identityOrProblem(identity: OpenRequest['identity']): OpenRequest['identity'] | string {
  try {
    checkIdentity(identity);
    return identity;
  } catch (error) {
    return (error as SyncError).message;
  }
}

/**
 * Options as a key, in whatever order they were given: equal values have the same, and of functions only the same one. `createWorker` is one: made
 * anew at each render it would be another device each time.
 */
function keyOf(options: object): string {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const sorted = given.sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify(sorted, (_name, value: unknown) => {
    if (typeof value !== 'function') return value;
    const id = functionIds.get(value) ?? (lastFunctionId += 1);
    functionIds.set(value, id);
    return `function ${id}`;
  });
}
