/**
 * React on top of the engine: a provider and four hooks, for React 18 and later. RxDB's own hooks (`rxdb/plugins/react`) work beside them,
 * with `useSyncEngine()?.db` as their database.
 */
import {
  createContext,
  createElement,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react';
import type { ReactElement, ReactNode } from 'react';
import type { MangoQuery, RxDocument } from 'rxdb/plugins/core';
import { startingStatus, SyncEngine } from './engine';
import type { Collections } from './schema';
import { watchDocument } from './storage';
import type { CollectionName, DocumentState, DocumentWatch, SyncCollection } from './storage';
import { ErrorCode, SyncError } from '../runtime/core/errors';
import { GuestMode } from '../runtime/core/open-request';
import { SyncPhase } from '../runtime/core/status';
import type { SyncProblem } from '../runtime/core/errors';
import type { SyncStatus } from '../runtime/core/status';
import { toSyncError } from '../runtime/page/rxdb/storage-errors';

export interface SyncProviderProps {
  /** As for `SyncEngine.open`; null as long as the app does not know its user. Another identity is another engine. */
  readonly identity: readonly string[] | null;
  /** What there is while the identity is null, and whether the user who signs in gets it. Nothing, unless said otherwise. */
  readonly guest?: GuestMode;
  readonly secret?: string;
  readonly relays?: readonly string[];
  /** For tests; see `SyncEngine.open`. */
  readonly inProcess?: boolean;
  /** Shown in the place of the children as long as there is no engine; as a function it learns why none could be opened. */
  readonly fallback?: ReactNode | ((problem: SyncProblem | undefined) => ReactNode);
  readonly children?: ReactNode;
}

interface Opened {
  readonly key: string | null;
  readonly engine: SyncEngine | null;
  readonly problem?: SyncProblem;
}

const nothingOpened: Opened = { key: null, engine: null };
const SyncContext = createContext<Opened>(nothingOpened);

/** Opens an engine for its identity and closes it when the identity changes or the provider goes. */
export function SyncProvider({
  fallback,
  children,
  identity,
  guest = GuestMode.None,
  ...options
}: SyncProviderProps): ReactElement {
  const isOpen = identity !== null || guest !== GuestMode.None;
  const key = isOpen ? JSON.stringify([identity, guest, options.secret, options.relays, options.inProcess]) : null;
  const [opened, setOpened] = useState<Opened>(nothingOpened);

  useEffect(() => {
    if (key === null) return;
    const adoptGuest = identity !== null && guest === GuestMode.Adopted;
    const open = () => SyncEngine.open({ ...options, identity, ...(adoptGuest && { adoptGuest }) });
    const lease = leaseEngine(key, JSON.stringify(identity), open);
    let isCurrent = true;
    lease.engine.then(
      (engine) => isCurrent && setOpened({ key, engine }),
      ({ code, message }: SyncError) => isCurrent && setOpened({ key, engine: null, problem: { code, message } }),
    );
    return () => {
      isCurrent = false;
      lease.end();
    };
    // The key stands for all options.
  }, [key]);

  // Between two identities the engine of the first is not shown to the second.
  const value = opened.key === key ? opened : nothingOpened;
  const shown =
    value.engine || fallback === undefined
      ? children
      : typeof fallback === 'function'
        ? fallback(value.problem)
        : fallback;
  return createElement(SyncContext.Provider, { value }, shown);
}

/** The engine, or null as long as there is none. */
export function useSyncEngine(): SyncEngine | null {
  return useContext(SyncContext).engine;
}

/** What is true of the sync now. Without an engine it is starting, or stopped with the problem that kept it from opening. */
export function useSyncStatus(): SyncStatus {
  const { engine, problem } = useContext(SyncContext);
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

export interface QueryResult<Document> {
  /** Empty until the query has run. The same RxDocument object as long as the document stays the same, so it serves `memo`. */
  readonly documents: readonly RxDocument<Document>[];
  readonly isLoading: boolean;
  /** Why the query could not be run; the documents are those of before then. It is run again for a component that is mounted anew. */
  readonly problem: SyncError | undefined;
}

const loadingResult: QueryResult<never> = { documents: [], isLoading: true, problem: undefined };

/**
 * The documents of a query, always up to date.
 * @param query in RxDB's Mango syntax, as JSON; two queries with the same JSON are the same. Sort ascending: only then an index serves.
 */
export function useQuery<Name extends CollectionName>(
  collection: Name,
  query: MangoQuery<Collections[Name]> = {},
): QueryResult<Collections[Name]> {
  const engine = useSyncEngine();
  const queryJson = JSON.stringify(query);
  const watch = useMemo(() => {
    let result: QueryResult<Collections[Name]> = loadingResult;
    return {
      read: () => result,
      subscribe: (changed: () => void) => {
        if (!engine) return () => {};
        const live = collectionOf(engine, collection).find(JSON.parse(queryJson) as MangoQuery<Collections[Name]>).$;
        const show = (shown: QueryResult<Collections[Name]>) => {
          result = shown;
          changed();
        };
        const subscription = live.subscribe({
          next: (documents) => show({ documents, isLoading: false, problem: undefined }),
          error: (error) => show({ documents: result.documents, isLoading: false, problem: toSyncError(error) }),
        });
        return () => subscription.unsubscribe();
      },
    };
  }, [engine, collection, queryJson]);
  return useSyncExternalStore(watch.subscribe, watch.read, watch.read);
}

export type UseDocumentResult<Document> = readonly [
  /** undefined until it is known, null where there is none. */
  document: Document | null | undefined,
  /** Shows at once and resolves when it is committed; a refused write is taken back, and the promise rejects with its SyncError. */
  patch: (partial: Partial<Document>) => Promise<void>,
  /** Why the last write was refused; undefined after one that was not. */
  problem: SyncError | undefined,
];

/** One document and a way to change it. A change renders before it is on disk, in every component that shows the document by this hook. */
export function useDocument<Name extends CollectionName>(
  collection: Name,
  id: string,
): UseDocumentResult<Collections[Name]> {
  const engine = useSyncEngine();
  const watch = useMemo(
    () => (engine ? watchDocument(engine.db, collection, id) : noDocument),
    [engine, collection, id],
  );
  const { document, problem } = useSyncExternalStore<DocumentState<Collections[Name]>>(
    watch.subscribe,
    watch.read,
    watch.read,
  );
  return [document, watch.patch, problem];
}

function collectionOf<Name extends CollectionName>(engine: SyncEngine, name: Name): SyncCollection<Name> {
  return engine.db[name] as unknown as SyncCollection<Name>;
}

const unknownState: DocumentState<never> = { document: undefined, problem: undefined };

const noDocument: DocumentWatch<never> = {
  read: () => unknownState,
  subscribe: () => () => {},
  patch: () =>
    Promise.reject(
      new SyncError(
        ErrorCode.EngineClosed,
        'There is no engine yet. Write once useSyncEngine() gives one, or give SyncProvider a fallback.',
      ),
    ),
};

interface Lease {
  users: number;
  readonly engine: Promise<SyncEngine>;
}

const leases = new Map<string, Lease>();
/** By identity: resolves when the engines that nobody uses any more have closed, so that their database may be opened again. */
const departures = new Map<string, Promise<void>>();

/**
 * One engine for all providers with the same options, closed when the last of them has been gone for a moment: React's StrictMode mounts
 * everything twice, and a provider that moves in the tree is unmounted before it is mounted again.
 */
function leaseEngine(key: string, identityKey: string, open: () => Promise<SyncEngine>) {
  const departed = departures.get(identityKey) ?? Promise.resolve();
  const lease = leases.get(key) ?? { users: 0, engine: departed.then(open) };
  leases.set(key, lease);
  lease.users += 1;

  async function closeIfUnused(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (lease.users > 0 || leases.get(key) !== lease) return;
    leases.delete(key);
    await lease.engine.then((engine) => engine.close()).catch(() => {});
  }
  return {
    engine: lease.engine,
    end: () => {
      lease.users -= 1;
      departures.set(identityKey, (departures.get(identityKey) ?? Promise.resolve()).then(closeIfUnused));
    },
  };
}
