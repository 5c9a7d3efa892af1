/** Reads one source file's syntax tree for identifiers of the signed-in user. */
import traverse, { type NodePath } from '@babel/traverse';
import type { LVal, Node } from '@babel/types';
import { leavesOf } from './bindings';
import { identityFields, sessionSlice, sessionWords, type IdentifierKind } from './identity-sources';
import { extend, type Origin } from './origin';
import { originReader } from './session-origins';
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

export function findSessionFields(source: SourceFile): readonly SessionField[] {
  // No compiler takes a file that declares a name twice, and the scopes of the traversal would throw.
  if (source.ast.errors?.some(({ reasonCode }) => reasonCode === 'VarRedeclaration')) return [];
  const found: SessionField[] = [];
  const imports = source.ast.program.body.flatMap((node) =>
    node.type === 'ImportDeclaration' ? [node.source.value] : [],
  );
  const reader = originReader(imports);
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
      const handed = reader.originForCallback(path);
      for (const { path: way } of handed?.fields ?? []) add(path.node, handed && extend(handed, way.split('.')), 1);
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

/** `user.email` in `user.email.toLowerCase()` is read; `user.id` in `user.id()` is a method. */
function isCalled(path: NodePath): boolean {
  const { parent } = path;
  return (parent.type === 'CallExpression' || parent.type === 'OptionalCallExpression') && parent.callee === path.node;
}
