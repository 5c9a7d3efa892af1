/**
 * What an app shows, in the words of no framework, so that one table of tests holds for all of them. `reactFramework` and `vueFramework` show it with the
 * template's own react.ts and vue.ts.
 */
import type { SyncEngine } from '../../../src/lib/engine';
import type { OpenOptions } from '../../../src/lib/engine';
import type { Collections } from '../../../src/lib/schema';
import type { SyncError, SyncProblem } from '../../../src/runtime/core/errors';
import type { SyncStatus } from '../../../src/runtime/core/status';
import type {
  BindStoreOptions,
  ChangeOf,
  QrCode,
  QueryOf,
  QueryState,
  StoreBinding,
  StoreLike,
  SyncCode,
  SyncCodeState,
} from '../../../src/runtime/page';
import type { ProviderOptions } from '../../../src/runtime/page/provider/options';
import type { ShownWrite } from '../../../src/runtime/page/provider/watches';

/** Something that is shown. */
export type Part =
  | string
  | { readonly id: string; readonly text: string }
  | { readonly input: string; readonly value: string; readonly onInput: (value: string) => void }
  | { readonly button: string; readonly onClick: () => void }
  | { readonly view: View<never>; readonly props?: object }
  | ProviderPart;

export interface ProviderPart {
  readonly provider: ProviderOptions<OpenOptions>;
  readonly fallback?: (problem: SyncProblem | undefined) => readonly Part[];
  readonly children: readonly Part[];
}

/** A component: it asks the hooks for what it shows, and then says what that is, again after each change. What it is given is read when it is used. */
export type View<Props = object> = (hooks: Hooks, props: () => Props) => () => readonly Part[];

export interface ShownDocument<Document> {
  readonly document: Document | null | undefined;
  readonly problem: SyncError | undefined;
  patch(change: ChangeOf<Document>): ShownWrite;
}

/** The hooks or composables of a framework. What they give is read when it is shown. */
export interface Hooks {
  useDocument<Name extends keyof Collections>(
    collection: Name,
    id: () => string | null | undefined,
  ): ShownDocument<Collections[Name]>;
  useQuery<Name extends keyof Collections>(
    collection: Name,
    query?: () => QueryOf<Collections[Name]>,
  ): QueryState<Collections[Name]>;
  useSyncEngine(): { readonly engine: SyncEngine | null };
  useSyncStatus(): { readonly status: SyncStatus };
  useSyncCode(of?: SyncCode): SyncCodeState & Pick<SyncCode, 'forget' | 'join' | 'leave' | 'share'>;
  useQrCode(link: () => string | null): { readonly qrCode: QrCode | null };
  useBoundStore<State>(
    engine: { readonly engine: SyncEngine | null },
    store: StoreLike<State>,
    bindings: readonly StoreBinding<State, Collections>[],
    options?: BindStoreOptions,
  ): void;
  /** State of the framework's own, bound. */
  useBoundState<State extends object>(
    engine: { readonly engine: SyncEngine | null },
    initial: State,
    bindings: readonly StoreBinding<State, Collections>[],
    options?: BindStoreOptions,
  ): {
    readonly state: State;
    /** Changes it in the way of the framework. */
    change(update: (state: State) => State): void;
  };
}

export interface Mounted {
  /** Shows something else in its place. */
  update(parts: readonly Part[]): Promise<void>;
  unmount(): void;
}

export interface Framework {
  readonly name: string;
  mount(parts: readonly Part[]): Mounted;
  /** Does something, such as an event of a user, and resolves when it shows: in the same frame. */
  act(run: () => void): Promise<void>;
  /** What a view throws when it is mounted. */
  thrownBy(view: View): unknown;
  /** Ends all that is mounted. */
  cleanup(): void;
}
