/** Follows an expression through variables, patterns and calls to the session that it comes from. */
import type { Binding, NodePath, Scope } from '@babel/traverse';
import type { CallExpression, Function as FunctionNode, LVal } from '@babel/types';
import { importOf, isBelow, isFunctionNode, leavesOf, nameOfFunction, propertyName, writtenPath } from './bindings';
import {
  clientCalls,
  providerCalls,
  sessionContext,
  sessionHook,
  sessionProps,
  sessionQuery,
  sessionSelector,
  sessionStore,
  type KnownField,
} from './identity-sources';

/** Where a value comes from: a session of a known kind, and the way from it. */
export interface Origin {
  readonly kind: 'provider' | 'session' | 'state';
  /** In words, for people. */
  readonly source: string;
  /** What the session would be called, where the way from it is a single word: `user` for useUser(). */
  readonly noun: string;
  readonly fields: readonly KnownField[];
  readonly path: readonly string[];
  readonly access: { readonly importText: string; readonly hook: string } | null;
  /** The value is the first of a pair such as `[user, setUser]`. */
  readonly isPair?: boolean;
}

export interface OriginReader {
  originOf(path: NodePath): Origin | null;
  originOfParameter(fn: NodePath<FunctionNode>, index: number): Origin | null;
  /** The sessions that a call hands to its callback. */
  sessionParameters(call: NodePath<CallExpression>): readonly Origin[];
}

export function originReader(imports: ReadonlySet<string>): OriginReader {
  const session = (words: string, noun: string, access: Origin['access'] = null): Origin => ({
    kind: 'session',
    source: words,
    noun,
    fields: [],
    path: [],
    access,
  });
  const state = (words: string): Origin => ({ ...session(words, 'state'), kind: 'state' });

  /** `depth` bounds the way through variables that refer to each other. */
  function originOf(path: NodePath, depth = 12): Origin | null {
    if (depth === 0) return null;
    const { node } = path;
    switch (node.type) {
      case 'AwaitExpression':
        return originOf(path.get('argument') as NodePath, depth - 1);
      case 'TSAsExpression':
      case 'TSNonNullExpression':
      case 'TSSatisfiesExpression':
      case 'TypeCastExpression':
      case 'ParenthesizedExpression':
        return originOf(path.get('expression') as NodePath, depth - 1);
      case 'LogicalExpression':
        return originOf(path.get('left') as NodePath, depth - 1);
      case 'Identifier':
        return originOfName(path.scope, node.name, depth - 1);
      case 'MemberExpression':
      case 'OptionalMemberExpression':
        return originOfMember(path, depth - 1);
      case 'CallExpression':
      case 'OptionalCallExpression':
        return originOfCall(path as NodePath<CallExpression>, depth - 1);
      default:
        return null;
    }
  }

  function originOfName(scope: Scope, name: string, depth: number): Origin | null {
    const binding = scope.getBinding(name);
    if (binding === undefined) return null;
    if (binding.kind === 'module') {
      return sessionStore.test(name)
        ? session(`the store "${name}"`, name.replace(/(Store|State|Atom|Service)$/, ''))
        : null;
    }
    if (binding.path.isVariableDeclarator()) {
      const init = binding.path.get('init') as NodePath;
      const origin = init.node ? originOf(init, depth) : null;
      const leaf = leavesOf(binding.path.node.id).find((candidate) => candidate.name === name);
      return origin && leaf ? extend(origin, leaf.path) : null;
    }
    return binding.kind === 'param' ? originOfBoundParameter(binding, name, depth) : null;
  }

  function originOfBoundParameter(binding: Binding, name: string, depth: number): Origin | null {
    const fn = binding.scope.path;
    if (!fn.isFunction()) return null;
    for (const [index, parameter] of fn.node.params.entries()) {
      const leaf = leavesOf(parameter as LVal).find((candidate) => candidate.name === name);
      if (leaf === undefined) continue;
      const origin = originOfParameter(fn, index, depth);
      if (origin !== null) return extend(origin, leaf.path);
      const isProps = index === 0 && leaf.path.length === 1 && sessionProps.has(leaf.path[0] ?? '');
      return isProps ? session(`the property "${leaf.path[0]}" of a component`, leaf.path[0] ?? 'user') : null;
    }
    return null;
  }

  function originOfMember(path: NodePath, depth: number): Origin | null {
    const property = propertyName(path.node);
    if (property === null) return null;
    const written = writtenPath(path.node);
    if (/(^|\.)(auth|firebaseAuth|auth\(\))\.currentUser$/.test(written) && usesPackage('firebase')) {
      return provider('Firebase', `${written}`, fieldsOf('Firebase', 'onAuthStateChanged'));
    }
    if (/^this\.props\.(currentUser|authUser|loggedInUser)$/.test(written))
      return session(`the property "${property}" of a component`, property);
    if (written === 'this.context' && classContext(path) !== null)
      return session(`the context ${classContext(path)}`, 'user');
    const origin = originOf(path.get('object') as NodePath, depth);
    return origin && extend(origin, [property]);
  }

  function originOfCall(path: NodePath<CallExpression>, depth: number): Origin | null {
    const { callee, arguments: given } = path.node;
    const written = writtenPath(callee);
    const name = written.split('.').at(-1) ?? '';
    const first = given[0];

    const known = findProviderCall(path.scope, written);
    if (known !== null && known.callback === undefined) {
      return {
        ...provider(known.provider, `${name}()`, known.fields, nounOf(known.name)),
        access: accessOf(path.scope, written),
      };
    }
    const client = clientCalls.find(
      (call) =>
        call.callback === undefined &&
        (written === call.path || written.endsWith(`.${call.path}`)) &&
        isClientOf(call.needs),
    );
    if (client !== undefined) return provider(client.provider, `${written}()`, client.fields, 'nostr');

    if (name === 'useContext' || name === 'use') {
      const context = first?.type === 'Identifier' ? first.name : '';
      return sessionContext.test(context) ? session(`the context ${context}`, nounOf(context)) : null;
    }
    if (/^use(App|Typed)?Selector$/.test(name)) return originOfSelector(path, 'the Redux store', depth);
    if (name === 'getState' && callee.type === 'MemberExpression') return state('the Redux store');
    if (/^use(Recoil(State|Value)|Atom(Value)?)$/.test(name)) {
      const atom = first?.type === 'Identifier' ? first.name : '';
      if (!sessionStore.test(atom)) return null;
      const origin = session(`the atom ${atom}`, nounOf(atom));
      return /Value$/.test(name) ? origin : { ...origin, isPair: true };
    }
    if (/^use(Suspense)?Query$/.test(name) && isSessionQuery(path))
      return session('the query for the current user', 'user');
    if (/^use\w*Query$/.test(name) && sessionQuery.test(name)) return session(`${name}()`, 'user');
    if (/^use\w*Store$/.test(name) && isFunctionNode(first)) {
      const origin = originOfSelector(path, `the store ${name}`, depth);
      return origin && (sessionHook.test(name) ? { ...origin, kind: 'session' } : origin);
    }
    if (sessionHook.test(name) && first === undefined && !isPackageImport(path.scope, name)) {
      return session(`${name}()`, nounOf(name), accessOf(path.scope, written));
    }
    if (written === 'JSON.parse' && first) return originOf((path.get('arguments') as NodePath[])[0] as NodePath, depth);
    if (/(^|\.)(localStorage|sessionStorage)\.getItem$/.test(written) && first?.type === 'StringLiteral') {
      return /^(current|auth|logged-?in)?[-_.:]?(user|session|account)(Info|Data|Id)?$/i.test(first.value)
        ? session(`localStorage "${first.value}"`, /id$/i.test(first.value) ? 'userId' : 'user')
        : null;
    }
    return null;
  }

  /** `useSelector((state) => state.auth.user)` and `useSelector(selectCurrentUser)`. */
  function originOfSelector(path: NodePath<CallExpression>, words: string, depth: number): Origin | null {
    const [selector] = path.get('arguments') as NodePath[];
    if (selector === undefined) return null;
    if (selector.isIdentifier() || selector.isMemberExpression()) {
      const name = writtenPath(selector.node).split('.').at(-1) ?? '';
      return sessionSelector.test(name) ? session(`the selector ${name}`, nounOf(name)) : null;
    }
    if (!selector.isArrowFunctionExpression() && !selector.isFunctionExpression()) return null;
    const body = selector.get('body') as NodePath;
    const result = body.isBlockStatement()
      ? body
          .get('body')
          .find((statement) => statement.isReturnStatement())
          ?.get('argument')
      : body;
    const origin = result ? originOf(result as NodePath, depth) : null;
    return origin && { ...origin, source: words };
  }

  function originOfParameter(fn: NodePath<FunctionNode>, index: number, depth = 12): Origin | null {
    const call = fn.parentPath;
    if (call?.isCallExpression()) {
      const argument = call.node.arguments.indexOf(fn.node as never);
      const handed = callbackOf(call);
      if (handed && handed.callback.argument === argument && handed.callback.parameter === index) return handed.origin;
      const name = writtenPath(call.node.callee).split('.').at(-1) ?? '';
      if (
        index === 0 &&
        argument <= 0 &&
        (/^use\w*Selector$|^createSelector$|^connect$/.test(name) || /^use\w*Store$/.test(name))
      ) {
        return state('the Redux store');
      }
    }
    if (index !== 0 || depth === 0) return null;
    const declared = nameOfFunction(fn);
    return /^(mapState(ToProps)?)$/.test(declared) || sessionSelector.test(declared) ? state('the Redux store') : null;
  }

  function callbackOf(call: NodePath<CallExpression>) {
    const written = writtenPath(call.node.callee);
    const known =
      findProviderCall(call.scope, written) ??
      clientCalls.find(
        (entry) => (written === entry.path || written.endsWith(`.${entry.path}`)) && isClientOf(entry.needs),
      ) ??
      null;
    if (known?.callback === undefined) return null;
    return {
      callback: known.callback,
      origin: provider(known.provider, `${written.split('.').at(-1)}()`, known.fields),
    };
  }

  function provider(name: string, written: string, fields: readonly KnownField[], noun = 'user'): Origin {
    return { ...session(`${name}: ${written}`, noun), kind: 'provider', fields };
  }

  function findProviderCall(scope: Scope, written: string) {
    const [root = '', method] = written.split('.');
    const imported = importOf(scope, root);
    if (imported === null) return null;
    const name = imported.name === '*' ? method : imported.name;
    return (
      providerCalls.find(
        (call) => call.name === name && call.modules.some((module) => isBelow(imported.module, module)),
      ) ?? null
    );
  }

  function accessOf(scope: Scope, written: string): Origin['access'] {
    const binding = scope.getBinding(written);
    const declaration = binding?.path.parent;
    if (declaration?.type !== 'ImportDeclaration' || binding === undefined) return null;
    const name = binding.path.isImportDefaultSpecifier()
      ? written
      : `{ ${importOf(scope, written)?.name === written ? '' : `${importOf(scope, written)?.name} as `}${written} }`;
    return { importText: `import ${name} from '${declaration.source.value}';`, hook: written };
  }

  function isPackageImport(scope: Scope, name: string): boolean {
    const module = importOf(scope, name)?.module;
    return (
      module !== undefined &&
      !/^(\.|@\/|~|src\/)/.test(module) &&
      !/^(hooks|context|contexts|auth|store|stores|features|components|lib)\//.test(module)
    );
  }

  function isClientOf(packageName: string): boolean {
    // The client is often made in a file of its own, so an import of a relative module counts too.
    return (
      packageName === '' ||
      usesPackage(packageName) ||
      [...imports].some((module) => module.startsWith('.') || module.startsWith('@/') || module.startsWith('src/'))
    );
  }

  function usesPackage(name: string): boolean {
    return [...imports].some(
      (module) => isBelow(module, name) || (/firebase/i.test(name) && /firebase|auth/i.test(module)),
    );
  }

  return {
    originOf: (path) => originOf(path),
    originOfParameter: (fn, index) => originOfParameter(fn, index),
    sessionParameters(call) {
      const handed = callbackOf(call);
      return handed ? [handed.origin] : [];
    },
  };

  function classContext(path: NodePath): string | null {
    const owner = path.findParent((parent) => parent.isClass());
    const body = owner?.isClass() ? owner.node.body.body : [];
    for (const member of body) {
      if (member.type !== 'ClassProperty' || member.key.type !== 'Identifier' || member.key.name !== 'contextType')
        continue;
      if (member.value?.type === 'Identifier' && sessionContext.test(member.value.name)) return member.value.name;
    }
    return null;
  }
}

export function extend(origin: Origin, path: readonly string[]): Origin {
  const { isPair, ...rest } = origin;
  return isPair && path[0] === '0' ? { ...rest, path: path.slice(1) } : { ...origin, path: [...origin.path, ...path] };
}

function fieldsOf(provider: string, name: string): readonly KnownField[] {
  return providerCalls.find((call) => call.provider === provider && call.name === name)?.fields ?? [];
}

/** `useQuery(['me'], ...)`, `useQuery({ queryKey: ['me'] })`, `useQuery(ME_QUERY)`. */
function isSessionQuery(path: NodePath<CallExpression>): boolean {
  const [first] = path.node.arguments;
  if (first === undefined) return false;
  if (first.type === 'Identifier') return sessionQuery.test(first.name.replace(/^GET_/, ''));
  if (first.type === 'StringLiteral') return sessionQuery.test(first.value) || first.value === 'user';
  if (first.type === 'ArrayExpression') {
    const [key] = first.elements;
    return (
      first.elements.length === 1 &&
      key?.type === 'StringLiteral' &&
      (sessionQuery.test(key.value) || key.value === 'user')
    );
  }
  if (first.type !== 'ObjectExpression') return false;
  return first.properties.some((property) => {
    if (property.type !== 'ObjectProperty' || property.key.type !== 'Identifier' || property.key.name !== 'queryKey')
      return false;
    if (property.value.type !== 'ArrayExpression' || property.value.elements.length !== 1) return false;
    const [key] = property.value.elements;
    return key?.type === 'StringLiteral' && (sessionQuery.test(key.value) || key.value === 'user');
  });
}

/** `useCurrentUser` -> `currentUser`, `AuthContext` -> `auth`, `selectUserId` -> `userId`. */
function nounOf(name: string): string {
  const noun = name
    .replace(/^(use|select|get)(?=[A-Z])/, '')
    .replace(/(Context|Ctx|Store|State|Atom|Data|Info|Query|Provider)$/, '');
  return noun.charAt(0).toLowerCase() + noun.slice(1);
}
