/** The options of a provider of any framework, and the keys that they come to: which options open the same engine, and whose it is. */
import type { SyncError } from '../../core/errors';
import { checkIdentity, GuestMode, isIdentityKnown } from '../../core/open-request';
import type { MaybeIdentity, OpenRequest } from '../../core/open-request';

/** The options of `SyncEngine.open`, and what only a provider has. */
export type ProviderOptions<Options extends OpenRequest> = Omit<Options, 'adoptGuest' | 'identity'> & {
  /** As for `open`. As long as it, or a part of it, is undefined, the app does not know its user yet and nothing is opened; null says that nobody is signed in. */
  readonly identity: MaybeIdentity;
  /** What there is while the identity is null, and whether the user who signs in gets it. Nothing, unless said otherwise. */
  readonly guest?: GuestMode | undefined;
  /** Hears of each write of `useDocument` that was refused, and why no engine could be opened: one place for a message to the user. */
  readonly onProblem?: ((problem: SyncError) => void) | undefined;
};

/** What a provider opens for its options. */
export interface WantedEngine<Options> {
  /** Stands for all options: equal ones have the same key, and one engine. Null as long as there is nothing to open. */
  readonly key: string | null;
  /** The same, and null for a guest: whose engine the provider opens, or has open. */
  readonly user: string | null;
  /** Of those whose engines must not be open at once. */
  readonly identityKey: string;
  /** What `open` is called with. */
  readonly request: Options;
}

/** What the options of a provider ask for. */
export function wantedEngine<Options extends OpenRequest>({
  guest = GuestMode.None,
  onProblem: _onProblem,
  ...options
}: ProviderOptions<Options>): WantedEngine<Options> {
  const { identity } = options;
  const isOpen = isIdentityKnown(identity) && (identity !== null || guest !== GuestMode.None);
  const given = isOpen ? identityOrProblem(identity) : null;
  const key = isOpen ? keyOf({ ...options, identity: given, guest }) : null;
  const adoptGuest = identity !== null && guest === GuestMode.Adopted;
  return {
    key,
    user: identity === null ? null : key,
    // A number and its digits are one identity.
    identityKey: JSON.stringify(given, (_name, value: unknown) => (typeof value === 'number' ? String(value) : value)),
    request: { ...options, ...(adoptGuest && { adoptGuest }) } as unknown as Options,
  };
}

/** As JSON, what is no identity may look like one, or cannot be written: it is told apart by what is wrong with it. */
function identityOrProblem(identity: OpenRequest['identity']): OpenRequest['identity'] | string {
  try {
    checkIdentity(identity);
    return identity;
  } catch (error) {
    return (error as SyncError).message;
  }
}

const functionIds = new WeakMap<object, number>();
let lastFunctionId = 0;

/**
 * Options as a key, in whatever order they were given: equal values have the same, and of functions only the same one. `createWorker` is one: made
 * anew each time it would be another device each time.
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
