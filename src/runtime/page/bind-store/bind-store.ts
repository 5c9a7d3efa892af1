/**
 * State that lives in a store of the app, bound to documents: `bindStore` for Redux, Zustand and what is like them. The store shows what is stored and
 * what was typed since; what the app changes in it is written as the difference.
 */
import type { Observable } from 'rxjs';
import { ErrorCode, SyncError } from '../../core/errors';
import type { SyncProblem } from '../../core/errors';
import { isPlainObject } from '../../core/json';
import type { SyncObject } from '../../core/json';
import { createDeferred } from '../deferred';
import { warnDeveloper } from '../developer-warnings';
import { accessCollection } from '../rxdb/collection-access';
import { toSyncError } from '../rxdb/storage-errors';
import { bindingInvalid, checkBinding } from './binding';
import type { AnyBinding, StoreBinding } from './binding';
import { createBoundDocuments } from './bound-documents';
import type { BoundDocuments, PatchAny } from './bound-documents';
import { importOnce } from './import-once';
import type { DocumentsToImport, ImportingEngine, OldKeys } from './import-once';
import { heldBy, initialStateOf, placesOf, resetStore } from './sign-out';
import { documentPart, listPart } from './snapshot';
import { SYNCED, valueAt, withValues } from './store';
import type { PlacedValues, StoreLike } from './store';

/** What a binding needs of an engine: the `SyncEngine` of the template. */
export interface BindableEngine<Documents> extends ImportingEngine<Documents> {
  readonly status$: Observable<unknown>;
  seed<Name extends keyof Documents & string>(
    collection: Name,
    documents: readonly Partial<Documents[Name]>[],
  ): Promise<void>;
}

/** State that the app kept in localStorage. */
export interface OldState extends OldKeys {
  /**
   * What the texts under the keys come to, null for a key that is not there: a state as the store has it, or a part of it. What it throws leaves the keys
   * as they are, and so does a state that holds nothing of what is bound.
   */
  readonly state: (...texts: readonly (string | null)[]) => unknown;
}

/** More of `bindStore`. */
export interface BindStoreOptions {
  /** What the app kept in localStorage before: what of it is bound comes in once, before anything else is read or written. See `importOnce`. */
  readonly importOnce?: OldState;
  /** A write was refused, and the state has taken it back; or something else went wrong. By itself it is said on the console in development. */
  readonly onProblem?: (problem: SyncProblem) => void;
}

export interface BoundStore {
  /** Resolves when the store shows what is stored on this device. */
  readonly ready: Promise<void>;
  /** Ends the binding: the bound keys hold again what they held at the beginning, so that the next user does not see the last one's. */
  stop(): void;
}

/** How long a state that was reset waits for a sign-out to end the binding, before it counts as what the user has made of it. */
const RESET_PATIENCE_MS = 1_000;

/**
 * Binds named keys of a store's state to documents. What the store holds is seeded: it shows until something is stored, and is never written. From then on
 * what the app changes is written, as the difference, and what is stored shows in the store, as plain values. It ends with `stop`, at the latest when the engine closes.
 * @param store of Redux (its reducer one of `syncedReducer`), of Zustand, or like them.
 * @throws SyncError BINDING_INVALID for bindings of the whole state, of keys that the schema does not have, or of a store that cannot be written.
 * @example
 * const { stop } = bindStore(engine, store, [
 *   { collection: 'preferences', id: 'ui', at: 'settings', keys: ['theme'] },
 *   { collection: 'todos', at: 'todos.items', keys: ['title', 'done'], order: 'order' },
 * ]);
 */
export function bindStore<State, Documents>(
  engine: BindableEngine<Documents>,
  store: StoreLike<State>,
  bindings: readonly StoreBinding<State, Documents>[],
  { importOnce: oldState, onProblem = warnDeveloper }: BindStoreOptions = {},
): BoundStore {
  const ready = createDeferred();
  let isStopped = false;
  let isScheduled = false;
  /** Those of which the state holds the beginning again. A sign-out may have led there, and the engine close a moment later. */
  const deferred = new Set<BoundDocuments>();
  let resetTimer: ReturnType<typeof setTimeout> | undefined;
  const initial = initialStateOf(store);
  const held = heldBy(store);
  const given = bindings as unknown as readonly AnyBinding[];
  const bound = given.map((binding) => bind(binding));
  if (!store.setState && !store.dispatch)
    throw bindingInvalid('The store has neither "setState" nor "dispatch", so nothing can be shown in it.');

  function bind(binding: AnyBinding) {
    const access = accessCollection(engine.db, binding.collection);
    checkBinding(binding, access.primaryKey, access.schema);
    const isDocument = binding.id !== undefined;
    const partOf = (state: unknown) =>
      isDocument
        ? documentPart(binding)
        : listPart(binding, { primaryKey: access.primaryKey, initial: state, now: Date.now });
    const part = partOf(held);
    const patch = engine.patch as unknown as (name: string, ...change: Parameters<PatchAny>) => Promise<unknown>;
    const documents = createBoundDocuments(held, {
      part,
      access,
      patch: (id, change) => patch(binding.collection, id, change),
      keys: binding.order === undefined ? binding.keys : [...binding.keys, binding.order],
      absent: isDocument ? part.read(held, undefined).get(binding.id)!.properties : null,
      onStored: schedule,
      onProblem: report,
    });
    const documentsIn = (state: unknown) =>
      [...partOf(state).read(state, undefined)].map(([id, { properties }]): SyncObject => {
        const known = Object.entries(properties).filter(([, value]) => value !== undefined);
        return { ...Object.fromEntries(known), [access.primaryKey]: id } as SyncObject;
      });
    return { binding, documents, documentsIn };
  }

  /** Documents of the bound parts that a state has. */
  function documentsOf(state: unknown): DocumentsToImport<Documents> {
    const old: { [collection: string]: SyncObject[] } = {};
    for (const { binding, documents, documentsIn } of bound) {
      if (documents.part.places.every((place) => valueAt(state, place) === undefined)) continue;
      old[binding.collection] = [...(old[binding.collection] ?? []), ...documentsIn(state)];
    }
    const isEmpty = isPlainObject(state) && Object.keys(state).length === 0;
    if (!isEmpty && Object.keys(old).length === 0)
      throw bindingInvalid('The old state holds nothing at any bound place, so nothing is imported and the keys stay.');
    return old as unknown as DocumentsToImport<Documents>;
  }

  function report(error: unknown): void {
    const problem = error instanceof SyncError ? error : toSyncError(error);
    // What ends a binding is no problem of it.
    if (problem.code === ErrorCode.EngineClosed) return;
    onProblem(problem);
  }

  function observe(isWritten = false): void {
    if (isStopped) return;
    const state = store.getState();
    const areSeveralReset = bound.flatMap(({ documents }) => documents.resetPlaces(state, initial)).length > 1;
    for (const { documents } of bound)
      if (documents.isReset(state, initial, areSeveralReset)) deferred.add(documents);
      else observeOne(documents, state, isWritten);
    if (deferred.size > 0) resetTimer ??= setTimeout(endDeferral, RESET_PATIENCE_MS);
    else {
      clearTimeout(resetTimer);
      resetTimer = undefined;
    }
  }

  function observeOne(documents: BoundDocuments, state: State, isWritten: boolean): void {
    // What was not shown meanwhile.
    if (deferred.delete(documents)) schedule();
    try {
      documents.observe(state, isWritten);
    } catch (error) {
      // The other bindings go on.
      report(error);
    }
  }

  /** The engine is still open: it was the user who has emptied it all. */
  function endDeferral(): void {
    resetTimer = undefined;
    const state = store.getState();
    for (const documents of [...deferred]) observeOne(documents, state, false);
  }

  /** What arrives in one go is shown in one go. */
  function schedule(): void {
    if (isScheduled || isStopped) return;
    isScheduled = true;
    queueMicrotask(() => {
      isScheduled = false;
      if (!isStopped) show();
    });
  }

  function show(): void {
    observe();
    const shown = bound.map(({ documents }) => documents).filter((documents) => !deferred.has(documents));
    const writes = shown.flatMap((documents) => documents.takeWrite() ?? []);
    if (writes.length === 0) return;
    const valuesFor = (state: State): PlacedValues =>
      Object.assign({}, ...writes.map((write) => valuesOrNone(write, state)));
    const before = store.getState();
    const isSet = set(valuesFor);
    observe(true);
    if (!isSet) return shown.forEach((documents) => documents.putBack());
    if (store.getState() === before && !store.setState && bound.some(({ documents }) => !documents.isShown))
      report(bindingInvalid('The store does not take what is synced. Make its reducer one of syncedReducer(...).'));
  }

  function valuesOrNone(write: (state: unknown) => PlacedValues, state: State): PlacedValues {
    try {
      return write(state);
    } catch (error) {
      report(error);
      return {};
    }
  }

  /** @returns false where a reducer or a listener of the app has thrown. */
  function set(valuesFor: (state: State) => PlacedValues): boolean {
    try {
      if (store.setState) store.setState((state) => withValues(state, valuesFor(state as State)));
      else {
        const values = valuesFor(store.getState());
        if (Object.keys(values).length > 0) store.dispatch?.({ type: SYNCED, payload: { values } });
      }
      return true;
    } catch (error) {
      report(bindingInvalid(`The store threw when what is synced was written into it: ${String(error)}`));
      return false;
    }
  }

  async function start(): Promise<void> {
    if (oldState) {
      const { state, ...keys } = oldState;
      await importOnce(engine, { ...keys, documents: (...texts) => documentsOf(state(...texts)) }).catch(report);
    }
    for (const { binding, documents, documentsIn } of bound) {
      const isSeeded = await engine.seed(binding.collection as never, documentsIn(held) as never).then(
        () => true,
        (error) => (report(error), false),
      );
      if (isStopped) return;
      await documents.start(isSeeded);
    }
    if (!isStopped) show();
  }

  function stop(): void {
    if (isStopped) return;
    observe();
    isStopped = true;
    clearTimeout(resetTimer);
    unsubscribe();
    engineStatus.unsubscribe();
    for (const { documents } of bound) documents.stop();
    ready.resolve();
    resetStore(store, given.flatMap(placesOf));
  }

  const unsubscribe = store.subscribe(() => observe());
  const engineStatus = engine.status$.subscribe({ complete: () => queueMicrotask(stop) });
  start()
    .catch(report)
    .then(() => ready.resolve());
  return { ready: ready.promise, stop };
}
