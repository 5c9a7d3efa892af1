/** Where an expression can stand: a component or hook that renders again, a module, or only the function around it. */
import type { NodePath, Scope } from '@babel/traverse';
import { keyName, nameOfFunction } from './bindings';
import { vueFileOf } from './syntax';

export interface Place {
  readonly kind: 'component' | 'hook' | 'module' | 'function';
  /** Of the component, hook or function. */
  readonly name: string;
}

/** The place in which every name of the expression is in scope, the best one. */
export function placeOf(path: NodePath, names: readonly string[] = namesIn(path)): Place {
  const owner = ownerOf(path);
  const isIn = (fn: NodePath | null) =>
    names.every((name) => {
      const binding = path.scope.getBinding(name);
      if (binding === undefined) return true;
      const home = binding.scope.getFunctionParent()?.path ?? null;
      return home === null || home === fn;
    });
  if (owner !== null && isIn(owner.path)) return { kind: owner.kind, name: owner.name };
  if (isIn(null) && owner === null && path.getFunctionParent() === null) return { kind: 'module', name: '' };
  const around = path.getFunctionParent();
  return { kind: 'function', name: around === null ? '' : nameOfFunction(around) };
}

export interface Owner extends Place {
  readonly path: NodePath;
}

/** The outermost component or hook around a piece of code. */
export function ownerOf(path: NodePath): Owner | null {
  let owner: Owner | null = null;
  for (
    let fn: NodePath | null = path.isFunction() ? path : path.getFunctionParent();
    fn !== null;
    fn = fn.getFunctionParent()
  ) {
    const name = componentName(fn);
    if (/^[A-Z]/.test(name)) owner = { kind: 'component', name, path: fn };
    else if (/^use[A-Z]/.test(name)) owner = { kind: 'hook', name, path: fn };
  }
  return owner ?? setupOf(path);
}

/** The component that a script of `<script setup>` is, with its template. */
function setupOf(path: NodePath): Owner | null {
  const program = path.scope.getProgramParent().path;
  const vue = vueFileOf(program.node);
  return vue?.scripts.some(({ isSetup }) => isSetup) === true
    ? { kind: 'component', name: vue.name, path: program }
    : null;
}

/** Also of `memo(() => ...)`, of a method of a class component, and of a component without a name. */
function componentName(fn: NodePath): string {
  if (!fn.isFunction()) return '';
  const name = nameOfFunction(fn);
  if (name !== '') return name;
  if (fn.isClassMethod() || fn.isClassPrivateMethod()) {
    const owner = fn.findParent((parent) => parent.isClass());
    return owner?.isClass() && owner.node.superClass ? (owner.node.id?.name ?? 'Component') : '';
  }
  if (isSetupMethod(fn)) return vueFileOf(fn.scope.getProgramParent().path.node)?.name ?? 'Component';
  if (fn.parentPath?.isExportDefaultDeclaration()) return 'Component';
  const call = fn.parentPath;
  const isWrapped =
    call?.isCallExpression() && /^(React\.)?(memo|forwardRef|observer|withRouter)$/.test(String(call.get('callee')));
  if (!isWrapped) return '';
  const { parent } = call;
  return parent.type === 'VariableDeclarator' && parent.id.type === 'Identifier' ? parent.id.name : 'Component';
}

/** The names that an expression takes from its surroundings. */
export function namesIn(path: NodePath): readonly string[] {
  const names = new Set<string>();
  const visit = (identifier: NodePath) => {
    if (!identifier.isIdentifier() && !identifier.isJSXIdentifier()) return;
    const { name } = identifier.node;
    if (!identifier.isReferencedIdentifier()) return;
    const home: Scope | undefined = identifier.scope.getBinding(name)?.scope;
    // A name that the expression itself binds, such as a parameter of a selector, is no name of its surroundings.
    if (home !== undefined && home.path.findParent((parent) => parent === path) !== null) return;
    names.add(name);
  };
  visit(path);
  path.traverse({ Identifier: visit });
  return [...names];
}

/** The `setup` of a component with options. */
function isSetupMethod(fn: NodePath): boolean {
  const member = fn.isObjectMethod() ? fn : fn.parentPath;
  if (!member?.isObjectMethod() && !member?.isObjectProperty()) return false;
  const around = member.parentPath.parentPath;
  return (
    keyName(member.node.key) === 'setup' &&
    (around?.isExportDefaultDeclaration() === true || around?.isCallExpression() === true)
  );
}
