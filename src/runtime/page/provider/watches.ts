/** What hooks and composables show, as external stores: of the engine of a provider, or of none. */
import type { Observable } from 'rxjs';
import { ErrorCode, SyncError } from '../../core/errors';
import type { SyncProblem } from '../../core/errors';
import { startingStatus, SyncPhase } from '../../core/status';
import type { SyncStatus } from '../../core/status';
import { warnDeveloper } from '../developer-warnings';
import type { ReadQuery } from '../query';
import type { SyncDatabaseOf } from '../rxdb/database';
import { watchNothing } from '../rxdb/documents';
import type { DocumentWatch } from '../rxdb/documents';
import type { ChangeOf, QueryOf } from '../rxdb/patch';
import { watchNoQuery, watchQuery } from '../rxdb/queries';
import type { QueryWatch } from '../rxdb/queries';

/** What a provider needs of an engine: the `SyncEngine` of the template. `Documents` has the type of the documents by collection. */
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

/** A state that changes: `read` gives the same object until then. */
export interface Watch<State> {
  read(): State;
  /** Calls back after each change. @returns ends it. */
  subscribe(changed: () => void): () => void;
}

/** The document of an engine; without one it waits, and refuses to write. */
export function watchDocumentOf<Documents, Name extends keyof Documents & string>(
  engine: EngineOf<Documents> | null,
  collection: Name,
  id: string | null | undefined,
): DocumentWatch<Documents[Name]> {
  return engine ? engine.watch(collection, id) : watchNothing<Documents[Name]>(noEngine());
}

/** The documents of a query; without an engine it waits. */
export function watchQueryOf<Documents, Name extends keyof Documents & string>(
  engine: EngineOf<Documents> | null,
  collection: Name,
  { json, problem }: ReadQuery,
): QueryWatch<Documents[Name]> {
  if (!engine || json === undefined) return watchNoQuery<Documents[Name]>(problem);
  return watchQuery(engine.db, collection, JSON.parse(json) as QueryOf<Documents[Name]>);
}

/** The status of an engine; without one it is starting, or stopped with the problem that kept it from opening. */
export function watchStatus(
  engine: Pick<EngineOf<unknown>, 'status' | 'status$'> | null,
  problem: SyncProblem | undefined,
): Watch<SyncStatus> {
  if (engine)
    return {
      read: () => engine.status,
      subscribe(changed) {
        const subscription = engine.status$.subscribe(changed);
        return () => subscription.unsubscribe();
      },
    };
  const status = problem ? { ...startingStatus, phase: SyncPhase.Stopped, problems: [problem] } : startingStatus;
  return { read: () => status, subscribe: () => () => {} };
}

/** A write that shows already. No promise itself, so that an event handler may end with it. */
export interface ShownWrite {
  /** Resolves when it is committed locally; rejects with the SyncError that refused it. Who does not look at it loses nothing: see `onProblem`. */
  readonly committed: Promise<void>;
}

/**
 * Writes what differs from what was shown, and says a refusal once.
 * @param shown the document that the change was computed from, null for none.
 * @param onProblem of the provider; without it the console says the refusal, in development.
 */
export function patchShown<Document>(
  watch: DocumentWatch<Document>,
  change: ChangeOf<Document>,
  shown: Document | null | undefined,
  onProblem: (problem: SyncError) => void = warnDeveloper,
): ShownWrite {
  const committed = watch.patch(change, shown ?? null);
  committed.catch(onProblem);
  return { committed };
}

const noEngine = (): SyncError =>
  new SyncError(
    ErrorCode.EngineClosed,
    'There is no engine yet. Write once useSyncEngine() gives one, or give SyncProvider a fallback.',
  );

/** @param provider what a component has to be below, as an app writes it. */
export const providerMissing = (hook: string, provider: string): SyncError =>
  new SyncError(
    ErrorCode.ProviderMissing,
    `${hook}() is called by a component that is not below ${provider}. That belongs around the app, where the user is known, and is imported from the same file as ${hook}.`,
  );
