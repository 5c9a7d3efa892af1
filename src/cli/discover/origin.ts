/** Where a value comes from, when it comes from the session of the signed-in user. */
import type { KnownField } from './identity-sources';

export interface Origin {
  readonly kind:
    /** A known auth provider, wallet or extension, whose fields are known, too. */
    | 'provider'
    /** The app's own session: a hook, context, store, query or property that can be nothing else. */
    | 'session'
    /** The whole state of a store; only some of its parts are the session. */
    | 'state';
  /** In words, for people. */
  readonly source: string;
  /** What the session would be called, where the way from it is a single word: `user` for useUser(). */
  readonly noun: string;
  /** Of a provider, best first. */
  readonly fields: readonly KnownField[];
  /** The way from the session to the value. */
  readonly path: readonly string[];
  /** How other code reaches the session, where a hook that is imported gives it. */
  readonly access: { readonly importText: string; readonly hook: string } | null;
  /** The value is the first of a pair such as `[user, setUser]`. */
  readonly isPair?: boolean;
  /** A component that reads it is rendered again when it changes. */
  readonly isReactive?: boolean;
  /** How any component of Vue reaches the value: through a store, or a composable. */
  readonly reach?: Reach;
}

/** An expression, and what it needs to be imported, such as `useStore of vuex`. */
export interface Reach {
  readonly expression: string;
  readonly imports: readonly string[];
}

export function sessionOrigin(source: string, noun: string, access: Origin['access'] = null): Origin {
  return { kind: 'session', source, noun, fields: [], path: [], access };
}

export function stateOrigin(source = 'the Redux store'): Origin {
  return { ...sessionOrigin(source, 'state'), kind: 'state' };
}

export function providerOrigin(
  provider: string,
  written: string,
  fields: readonly KnownField[],
  noun = 'user',
): Origin {
  return { ...sessionOrigin(`${provider}: ${written}`, noun), kind: 'provider', fields };
}

/** A value that a hook gives. */
export function reactive(origin: Origin | null): Origin | null {
  return origin && { ...origin, isReactive: true };
}

/** The origin of something further down. */
export function extend(origin: Origin, path: readonly string[]): Origin {
  const { isPair, ...rest } = origin;
  return isPair && path[0] === '0' ? { ...rest, path: path.slice(1) } : { ...origin, path: [...origin.path, ...path] };
}

/** `useCurrentUser` -> `currentUser`, `AuthContext` -> `auth`, `selectUserId` -> `userId`. */
export function nounOf(name: string): string {
  const noun = name
    .replace(/^(use|select|get)(?=[A-Z])/, '')
    .replace(/(Context|Ctx|Store|State|Atom|Data|Info|Query|Provider|Service)$/, '');
  return noun.charAt(0).toLowerCase() + noun.slice(1);
}
