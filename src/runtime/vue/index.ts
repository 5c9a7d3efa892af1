/**
 * `zero-backend-sync/vue`: what provides an engine, and composables over it, for Vue 3.3 and later. The template's vue.ts binds them to the app's
 * collections.
 */
import { computed, toValue } from 'vue';
import type { App, ComputedRef, MaybeRefOrGetter, ShallowRef } from 'vue';
import type { SyncError } from '../core/errors';
import type { OpenRequest } from '../core/open-request';
import type { SyncStatus } from '../core/status';
import { patchShown, providerMissing, watchDocumentOf, watchQueryOf, watchStatus } from '../page/provider/watches';
import type { EngineOf, ShownWrite } from '../page/provider/watches';
import { readQuery } from '../page/query';
import type { ChangeOf, QueryOf } from '../page/rxdb/patch';
import type { QueryWatch } from '../page/rxdb/queries';
import { createProvider } from './provider';
import type { Provided, ProvidedSync, ProvideSyncOptions, SyncProviderComponent } from './provider';
import { useWatch } from './use-watch';

export type { EngineOf, ShownWrite } from '../page/provider/watches';
export { useBoundState, useBoundStore } from './bound-store';
export { storeOf } from './live-store';
export type { PiniaLike, VuexLike } from './live-store';
export type { ProvidedSync, ProvideSyncOptions, SyncProviderComponent } from './provider';
export { useQrCode, useSyncCode } from './sync-code';
export type { UseSyncCodeResult } from './sync-code';

/** What `useQuery` gives, as refs. */
export interface QueryRefs<Document> {
  /** In the order of the query. The same list until something in it changes, and of each document the same object until something in that changes. */
  readonly documents: ComputedRef<readonly Document[]>;
  /** The query has not run yet. */
  readonly isLoading: ComputedRef<boolean>;
  /** Why the query could not be run; the documents are those of before then. */
  readonly problem: ComputedRef<SyncError | undefined>;
}

/** What `useDocument` gives: refs, and a way to change the document. */
export interface DocumentRefs<Document> {
  /** undefined until it is known, null where there is none. Read-only: `v-model` takes a writable `computed` whose setter patches. */
  readonly document: ComputedRef<Document | null | undefined>;
  /**
   * Shows at once; a refused write is taken back, and its SyncError goes to `problem` and to `onProblem` of the provider. It writes the difference to what
   * was shown, so it undoes nothing that came since.
   * @param shown the document that the change was computed from, where that was read before something was awaited; by itself the one that `document` has now.
   */
  patch(change: ChangeOf<Document>, shown?: Document | null): ShownWrite;
  /** Why the last write was refused; undefined after one that was not. */
  readonly problem: ComputedRef<SyncError | undefined>;
}

/**
 * What provides the engines of one kind, and the composables over them. All of them are for the setup of a component, and end with it; those that read
 * throw PROVIDER_MISSING where nothing was provided. Collections, ids and queries may be refs or getters.
 */
export interface SyncComposables<Documents, Engine, Options extends OpenRequest> {
  /**
   * Opens an engine for its identity, and closes it when the identity changes or the component goes: for the component itself and for all below it.
   * @param app in the place of a component, before `app.mount`: for all of it, its stores and its router's guards, until it is unmounted.
   */
  provideSync(options: ProvideSyncOptions<Options>, app?: App): ProvidedSync<Engine>;
  /** The same as a component: its slot `fallback` is shown as long as there is no engine. */
  readonly SyncProvider: SyncProviderComponent<Options>;
  /** The engine, or null as long as there is none. */
  useSyncEngine(): ComputedRef<Engine | null>;
  /** What is true of the sync now. Without an engine it is starting, or stopped with the problem that kept it from opening. */
  useSyncStatus(): Readonly<ShallowRef<SyncStatus>>;
  /**
   * The documents of a query as plain objects, always up to date. What is being written shows in the same task, as in `useDocument`.
   * @param query in RxDB's Mango syntax and JSON: anything else in it, such as `undefined` or a date, is the problem QUERY_UNSUPPORTED and finds nothing. Two
   * with the same content are the same, in whatever order their properties are. Sort ascending: only then an index serves.
   */
  useQuery<Name extends keyof Documents & string>(
    collection: MaybeRefOrGetter<Name>,
    query?: MaybeRefOrGetter<QueryOf<Documents[Name]> | undefined>,
  ): QueryRefs<Documents[Name]>;
  /**
   * One document and a way to change it. A change shows before it is on disk, wherever the document is shown by this composable.
   * @param id as long as it is undefined, null or empty there is no document to show, and it waits.
   */
  useDocument<Name extends keyof Documents & string>(
    collection: MaybeRefOrGetter<Name>,
    id: MaybeRefOrGetter<string | null | undefined>,
  ): DocumentRefs<Documents[Name]>;
}

/**
 * What provides the engines of one kind, and the composables over them.
 * @param open `SyncEngine.open` of the app.
 * @example
 * const composables: SyncComposables<Collections, SyncEngine, OpenOptions> = createComposables((options) => SyncEngine.open(options));
 * export const { provideSync, SyncProvider, useDocument, useQuery, useSyncEngine, useSyncStatus } = composables;
 */
export function createComposables<Documents, Engine extends EngineOf<Documents>, Options extends OpenRequest>(
  open: (options: Options) => Promise<Engine>,
): SyncComposables<Documents, Engine, Options> {
  const { provideSync, SyncProvider, find } = createProvider<Engine, Options>(open);

  function useProvided(name: keyof SyncComposables<Documents, Engine, Options>): Provided<Engine> {
    const provided = find();
    if (!provided) throw providerMissing(name, 'one that calls provideSync()');
    return provided;
  }

  function useSyncEngine(): ComputedRef<Engine | null> {
    return useProvided('useSyncEngine').engine;
  }

  function useSyncStatus(): Readonly<ShallowRef<SyncStatus>> {
    const { engine, problem } = useProvided('useSyncStatus');
    return useWatch(() => watchStatus(engine.value, problem.value));
  }

  function useQuery<Name extends keyof Documents & string>(
    collection: MaybeRefOrGetter<Name>,
    query?: MaybeRefOrGetter<QueryOf<Documents[Name]> | undefined>,
  ): QueryRefs<Documents[Name]> {
    const { engine } = useProvided('useQuery');
    let last: readonly unknown[] = [];
    let watched: QueryWatch<Documents[Name]>;
    const state = useWatch(() => {
      const read = readQuery(toValue(query) ?? {});
      const [from, name] = [engine.value, toValue(collection)];
      const asked = [from, name, read.json, read.problem?.message];
      // Vue tells of queries that are other objects, not of those that ask for something else.
      if (asked.some((one, at) => one !== last[at])) watched = watchQueryOf(from, name, read);
      last = asked;
      return watched;
    });
    return {
      documents: computed(() => protectedList(state.value.documents)),
      isLoading: computed(() => state.value.isLoading),
      problem: computed(() => state.value.problem),
    };
  }

  function useDocument<Name extends keyof Documents & string>(
    collection: MaybeRefOrGetter<Name>,
    id: MaybeRefOrGetter<string | null | undefined>,
  ): DocumentRefs<Documents[Name]> {
    const { engine, onProblem } = useProvided('useDocument');
    const watched = computed(() => watchDocumentOf(engine.value, toValue(collection), toValue(id)));
    const state = useWatch(() => watched.value);
    const document = computed(() => protectedDocument(state.value.document));
    return {
      document,
      patch: (change, shown = document.value) => patchShown(watched.value, change, shown, onProblem()),
      problem: computed(() => state.value.problem),
    };
  }

  return { provideSync, SyncProvider, useSyncEngine, useSyncStatus, useQuery, useDocument };
}

/** `v-model="document.title"` would change what is shown and store nothing: it throws, except in production, where it costs nothing either. */
function protectedDocument<Document>(document: Document): Document {
  return process.env.NODE_ENV === 'production' ? document : Object.freeze(document);
}

function protectedList<Document>(documents: readonly Document[]): readonly Document[] {
  if (process.env.NODE_ENV !== 'production') documents.forEach(protectedDocument);
  return documents;
}
