/** Reads one source file's syntax tree for identifiers of the signed-in user, following variables to where their value comes from. */
import traverse, { type Binding, type NodePath, type Scope } from '@babel/traverse';
import type { CallExpression, Function as FunctionNode, Identifier, LVal, Node, PatternLike } from '@babel/types';
import {
  clientCalls,
  identityFields,
  providerCalls,
  sessionContext,
  sessionHook,
  sessionProps,
  sessionQuery,
  sessionSelector,
  sessionSlice,
  sessionStore,
  sessionWords,
  type IdentifierKind,
  type KnownField,
} from './identity-sources';
import { evidenceAt, type Evidence, type SourceFile } from './syntax';

export interface SessionField {
  readonly expression: string;
  readonly kind: IdentifierKind;
  readonly source: string;
  readonly evidence: Evidence;
  readonly rank: number;
  /** The hook's import as it stands in the evidence file, and the path below its result. */
  readonly access: { readonly importText: string; readonly hook: string; readonly path: readonly string[] } | null;
}

/** Where a value comes from: a session of a known kind, and the way from it. */
interface Origin {
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

export function findSessionFields(source: SourceFile): readonly SessionField[] {
  const found: SessionField[] = [];
  const imports = new Set(
    source.ast.program.body.flatMap((node) => (node.type === 'ImportDeclaration' ? [node.source.value] : [])),
  );
  const reader = originReader(source, imports);
  const add = (node: Node, origin: Origin | null, rank: number) => {
    const field = origin && identify(origin);
    if (origin && field) found.push({ ...field, source: origin.source, evidence: evidenceAt(source, node), rank });
  };

  traverse(source.ast, {
    'MemberExpression|OptionalMemberExpression'(path: NodePath) {
      if (!isCalled(path)) add(path.node, reader.originOf(path), 2);
    },
    VariableDeclarator(path) {
      const init = path.get('init');
      const origin = init.node ? reader.originOf(init as NodePath) : null;
      if (origin === null) return;
      for (const leaf of leavesOf(path.node.id)) add(path.node, extend(origin, leaf.path), 2);
    },
    CallExpression(path) {
      const origin = reader.originOf(path);
      // A provider's hook proves its provider: the fields are known without being read.
      if (origin?.kind === 'provider' && origin.path.length === 0) {
        for (const { path: way } of origin.fields) add(path.node, extend(origin, way === '' ? [] : way.split('.')), 1);
      } else add(path.node, origin, 2);
      for (const parameter of reader.sessionParameters(path)) {
        for (const { path: way } of parameter.fields) add(path.node, extend(parameter, way.split('.')), 1);
      }
    },
    Function(path) {
      for (const [index, parameter] of path.node.params.entries()) {
        const origin = reader.originOfParameter(path, index);
        if (origin === null || parameter.type === 'Identifier') continue;
        for (const leaf of leavesOf(parameter as LVal)) add(parameter, extend(origin, leaf.path), 2);
      }
    },
  });
  return found;
}

/** The expression, kind and access of an origin that ends at an identifier of the session's user; `null` for everything else. */
function identify(origin: Origin): Pick<SessionField, 'expression' | 'kind' | 'access'> | null {
  const kind = kindOf(origin);
  if (kind === null) return null;
  // [user, loading] of a pair: the index says nothing to a person, the index of accounts[0] does.
  const path = origin.path[0] === '0' ? origin.path.slice(1) : origin.path;
  const words = path
    .join('.')
    .replace(/\.(\d+)/g, '[$1]')
    .split('.')
    .filter(Boolean);
  return {
    expression: [path === origin.path ? origin.noun : 'user', ...words].slice(words.length > 1 ? -2 : 0).join('.'),
    kind,
    access: origin.access && { ...origin.access, path: origin.path },
  };
}

function kindOf({ kind, path, fields, noun }: Origin): IdentifierKind | null {
  if (kind === 'provider') return fields.find((field) => field.path === path.join('.'))?.kind ?? null;
  const leaf = path.at(-1);
  if (leaf === undefined) return /(Id|Uid|Sub)$/.test(noun) ? 'id' : /Email$/.test(noun) ? 'email' : null;
  const way = path.slice(0, -1);
  const leafKind = identityFields[leaf] ?? null;
  if (kind === 'session') return way.every((word) => sessionWords.has(word)) ? leafKind : null;
  const [slice, ...rest] = way;
  if (slice === undefined) return /^(current)?user_?(id|email)$/i.test(leaf) ? leafKind : null;
  return sessionSlice.test(slice) && rest.every((word) => sessionWords.has(word)) ? leafKind : null;
}

function extend(origin: Origin, path: readonly string[]): Origin {
  const { isPair, ...rest } = origin;
  return isPair && path[0] === '0' ? { ...rest, path: path.slice(1) } : { ...origin, path: [...origin.path, ...path] };
}

interface OriginReader {
  originOf(path: NodePath): Origin | null;
  originOfParameter(fn: NodePath<FunctionNode>, index: number): Origin | null;
  /** The sessions that a call hands to its callback. */
  sessionParameters(call: NodePath<CallExpression>): readonly Origin[];
}

function originReader(source: SourceFile, imports: ReadonlySet<string>): OriginReader {
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

function importOf(scope: Scope, name: string): { readonly module: string; readonly name: string } | null {
  const path = scope.getBinding(name)?.path;
  if (path === undefined || path.parent.type !== 'ImportDeclaration') return null;
  const module = path.parent.source.value;
  if (path.isImportNamespaceSpecifier()) return { module, name: '*' };
  if (path.isImportDefaultSpecifier()) return { module, name: 'default' };
  if (!path.isImportSpecifier()) return null;
  const { imported } = path.node;
  return { module, name: imported.type === 'Identifier' ? imported.name : imported.value };
}

function isBelow(module: string, packageName: string): boolean {
  return module === packageName || module.startsWith(`${packageName}/`);
}

/** The names that a pattern binds, each with its way into the value. */
function leavesOf(
  pattern: LVal | PatternLike | Node,
): readonly { readonly name: string; readonly path: readonly string[] }[] {
  switch (pattern.type) {
    case 'Identifier':
      return [{ name: pattern.name, path: [] }];
    case 'AssignmentPattern':
      return leavesOf(pattern.left);
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) => {
        if (property.type !== 'ObjectProperty') return [];
        const key =
          property.key.type === 'Identifier' && !property.computed
            ? property.key.name
            : property.key.type === 'StringLiteral'
              ? property.key.value
              : null;
        return key === null ? [] : leavesOf(property.value).map((leaf) => ({ ...leaf, path: [key, ...leaf.path] }));
      });
    case 'ArrayPattern':
      return pattern.elements.flatMap((element, index) =>
        element === null ? [] : leavesOf(element).map((leaf) => ({ ...leaf, path: [String(index), ...leaf.path] })),
      );
    default:
      return [];
  }
}

/** `a.b.c` of a chain as written, calls as `()`; `?` where a part is neither. */
function writtenPath(node: Node): string {
  switch (node.type) {
    case 'Identifier':
      return node.name;
    case 'ThisExpression':
      return 'this';
    case 'MemberExpression':
    case 'OptionalMemberExpression':
      return `${writtenPath(node.object)}.${propertyName(node) ?? '?'}`;
    case 'CallExpression':
    case 'OptionalCallExpression':
      return `${writtenPath(node.callee)}()`;
    case 'TSNonNullExpression':
    case 'TSAsExpression':
      return writtenPath(node.expression);
    default:
      return '?';
  }
}

function propertyName(node: Node): string | null {
  if (node.type !== 'MemberExpression' && node.type !== 'OptionalMemberExpression') return null;
  const { property } = node;
  if (property.type === 'Identifier' && !node.computed) return property.name;
  if (property.type === 'StringLiteral') return property.value;
  return property.type === 'NumericLiteral' ? String(property.value) : null;
}

function nameOfFunction(fn: NodePath<FunctionNode>): string {
  if (fn.isFunctionDeclaration()) return fn.node.id?.name ?? '';
  const { parent } = fn;
  return parent.type === 'VariableDeclarator' && parent.id.type === 'Identifier' ? (parent.id as Identifier).name : '';
}

/** `useCurrentUser` -> `currentUser`, `AuthContext` -> `auth`, `selectUserId` -> `userId`. */
function nounOf(name: string): string {
  const noun = name
    .replace(/^(use|select|get)(?=[A-Z])/, '')
    .replace(/(Context|Ctx|Store|State|Atom|Data|Info|Query|Provider)$/, '');
  return noun.charAt(0).toLowerCase() + noun.slice(1);
}

function isFunctionNode(node: Node | undefined): boolean {
  return node?.type === 'ArrowFunctionExpression' || node?.type === 'FunctionExpression';
}

/** `user.email` in `user.email.toLowerCase()` is read; `user.id` in `user.id()` is a method. */
function isCalled(path: NodePath): boolean {
  const { parent } = path;
  return (parent.type === 'CallExpression' || parent.type === 'OptionalCallExpression') && parent.callee === path.node;
}
