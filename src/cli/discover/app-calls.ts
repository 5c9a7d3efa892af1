/** Calls of an app's own making that give its session: hooks, contexts, atoms, queries, what is kept in localStorage. */
import type { Scope } from '@babel/traverse';
import type { CallExpression, Node } from '@babel/types';
import { importOf } from './bindings';
import { sessionContext, sessionHook, sessionQuery, sessionStore } from './identity-sources';
import { accessOf } from './known-calls';
import { nounOf, sessionOrigin, stateOrigin, type Origin } from './origin';

/**
 * @param written the callee as it stands
 * @param isOwn whether an import is the app's own file
 */
export function appCallOrigin(
  call: CallExpression,
  written: string,
  scope: Scope,
  isOwn: (scope: Scope, module: string) => boolean,
): Origin | null {
  const name = written.split('.').at(-1) ?? '';
  const [first] = call.arguments;
  const argument = first?.type === 'Identifier' ? first.name : '';

  if (name === 'useContext' || name === 'use') {
    return sessionContext.test(argument) ? sessionOrigin(`the context ${argument}`, nounOf(argument)) : null;
  }
  if (/^use(Recoil(State|Value)|Atom(Value)?)$/.test(name)) {
    if (!sessionStore.test(argument)) return null;
    return { ...sessionOrigin(`the atom ${argument}`, nounOf(argument)), isPair: !name.endsWith('Value') };
  }
  if (/^use(Suspense)?Query$/.test(name)) {
    return isSessionKey(first) ? sessionOrigin('the query for the current user', 'user') : null;
  }
  if (name === 'getState' && call.callee.type === 'MemberExpression') return stateOrigin();
  if (/(^|\.)(local|session)Storage\.getItem$/.test(written)) {
    const key = first?.type === 'StringLiteral' ? first.value : '';
    return sessionItem.test(key) ? sessionOrigin(`localStorage "${key}"`, /id$/i.test(key) ? 'userId' : 'user') : null;
  }
  // With an argument a hook of this name is about somebody in particular.
  const isOwnHook = sessionHook.test(name) || (/^use\w*Query$/.test(name) && sessionQuery.test(name));
  if (!isOwnHook || first !== undefined || isFromPackage(scope, name, isOwn)) return null;
  return sessionOrigin(`${name}()`, nounOf(name), accessOf(scope, written));
}

/** A key under which an app keeps who is signed in. */
export const sessionItem = /^(current|auth|logged-?in)?[-_.:]?(user|session|account)(Info|Data|Id)?$/i;

/** `useQuery(['me'], ...)`, `useQuery({ queryKey: ['me'] })`, `useQuery(ME_QUERY)`. A key of several parts is about somebody in particular. */
function isSessionKey(key: Node | undefined): boolean {
  switch (key?.type) {
    case 'Identifier':
      return sessionQuery.test(key.name.replace(/^GET_/, ''));
    case 'StringLiteral':
      return sessionQuery.test(key.value) || key.value === 'user';
    case 'ArrayExpression':
      return key.elements.length === 1 && key.elements[0]?.type === 'StringLiteral' && isSessionKey(key.elements[0]);
    case 'ObjectExpression':
      return key.properties.some(
        (property) =>
          property.type === 'ObjectProperty' &&
          property.key.type === 'Identifier' &&
          property.key.name === 'queryKey' &&
          isSessionKey(property.value),
      );
    default:
      return false;
  }
}

/** A hook of a package that is not known says nothing, whatever its name; folders of the app may be named like packages. */
function isFromPackage(scope: Scope, name: string, isOwn: (scope: Scope, module: string) => boolean): boolean {
  const module = importOf(scope, name)?.module;
  if (module === undefined || isOwn(scope, module)) return false;
  return !/^(\.|@\/|~|src\/)/.test(module) && !ownFolder.test(module);
}

const ownFolder = /^(hooks|contexts?|auth|stores?|features|components|lib)\//;
