/** An identifier as code: the text that stands at the evidence, and how another file reaches the same value. */
import type { NodePath } from '@babel/traverse';
import type { Node } from '@babel/types';
import { leavesOf, propertyName, writtenPath } from './bindings';
import { accessOf } from './known-calls';
import type { Modules } from './modules';

export interface Reading {
  readonly text: string;
  /** It waits for an answer, so it cannot stand where a component renders. */
  readonly isAwaited: boolean;
}

/** The expression as it stands, without what only a type checker reads. @param code the text of its file */
export function readingOf(path: NodePath, code: string): Reading {
  const awaited = path.parentPath?.isAwaitExpression() === true;
  const text = textOf(path.node, code);
  return {
    text: awaited ? `(await ${text})` : text,
    isAwaited: awaited || path.find((each) => each.isAwaitExpression()) !== null || /\bawait\b/.test(text),
  };
}

function textOf(node: Node, code: string): string {
  switch (node.type) {
    case 'Identifier':
      return node.name;
    case 'ThisExpression':
      return 'this';
    case 'TSAsExpression':
    case 'TSNonNullExpression':
    case 'TSSatisfiesExpression':
    case 'TypeCastExpression':
    case 'ParenthesizedExpression':
      return textOf(node.expression, code);
    case 'AwaitExpression':
      return `(await ${textOf(node.argument, code)})`;
    case 'MemberExpression':
    case 'OptionalMemberExpression': {
      const isOptional = node.optional === true || node.object.type === 'TSNonNullExpression';
      const object = textOf(node.object, code);
      if (!node.computed)
        return `${object}${isOptional ? '?.' : '.'}${propertyName(node) ?? sliceOf(node.property, code)}`;
      return `${object}${isOptional ? '?.' : ''}[${sliceOf(node.property, code)}]`;
    }
    case 'CallExpression':
    case 'OptionalCallExpression':
      return sliceOf(node, code);
    default:
      return `(${sliceOf(node, code)})`;
  }
}

function sliceOf(node: Node, code: string): string {
  return code
    .slice(node.start ?? 0, node.end ?? 0)
    .replace(/\s*\n\s*/g, ' ')
    .trim();
}

/**
 * `user` and `profile.sub` -> `user?.profile?.sub`.
 * @param certain how many of the first words are there in any case
 */
export function withFields(text: string, way: readonly string[], certain = text.endsWith(')') ? 1 : 0): string {
  return way.reduce((whole, word, index) => {
    if (/^\d+$/.test(word)) return `${whole}[${word}]`;
    return `${whole}${index < certain ? '.' : '?.'}${word}`;
  }, text);
}

/** A part of the state of Redux, by the hook that the app has for it. */
export function selectorFor(
  modules: Modules,
  way: readonly string[],
): { readonly expression: string; readonly imports: readonly string[] } {
  const value = withFields('state', way, 2);
  const exporting = (name: string) => modules.all.find(({ source }) => modules.exportOf(source.path, name) !== null);
  const own = exporting('useAppSelector');
  if (own !== undefined)
    return { expression: `useAppSelector((state) => ${value})`, imports: [`useAppSelector of ${own.source.path}`] };
  const typed = modules.all.find(({ source }) => /export (type|interface) RootState\b/.test(source.text));
  return {
    expression: `useSelector((state${typed === undefined ? '' : ': RootState'}) => ${value})`,
    imports: ['useSelector of react-redux', ...(typed === undefined ? [] : [`RootState of ${typed.source.path}`])],
  };
}

/** The import of a hook as another file of the same folder would write it, and the way into what it gives. */
export interface HookAccess {
  readonly importText: string;
  readonly hook: string;
  readonly path: readonly string[];
}

/** The hook without arguments that a value comes from; `null` where another file cannot call it. */
export function hookAccess(path: NodePath, way: readonly string[] = []): HookAccess | null {
  const { node } = path;
  switch (node.type) {
    case 'TSAsExpression':
    case 'TSNonNullExpression':
    case 'ParenthesizedExpression':
      return hookAccess(path.get('expression') as NodePath, way);
    case 'LogicalExpression':
      return hookAccess(path.get('left') as NodePath, way);
    case 'MemberExpression':
    case 'OptionalMemberExpression': {
      const property = propertyName(node);
      return property === null ? null : hookAccess(path.get('object') as NodePath, [property, ...way]);
    }
    case 'Identifier': {
      const declarator = path.scope.getBinding(node.name)?.path;
      if (!declarator?.isVariableDeclarator() || !declarator.node.init) return null;
      const leaf = leavesOf(declarator.node.id).find(({ name }) => name === node.name);
      const init = declarator.get('init') as NodePath;
      // A variable of a variable is followed no further than its hook.
      return leaf === undefined || init.isIdentifier() ? null : hookAccess(init, [...leaf.path, ...way]);
    }
    case 'CallExpression': {
      const written = writtenPath(node.callee);
      if (!/^use[A-Z]\w*$/.test(written) || node.arguments.length > 0) return null;
      const access = accessOf(path.scope, written);
      return access && { ...access, path: way };
    }
    default:
      return null;
  }
}
