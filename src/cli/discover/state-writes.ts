/** What is written into the state of a component: the calls of its setter, and the functions that make them. */
import type { NodePath } from '@babel/traverse';
import type { CallExpression } from '@babel/types';
import { nameOfFunction, returnedBy } from './bindings';

export interface StateWrite {
  /** What the state is called. */
  readonly name: string;
  /** What is written; `null` where the setter itself is handed on. */
  readonly value: NodePath | null;
  /** The setter where it is an argument of another call. */
  readonly callback: NodePath | null;
  /** The functions around the write, by name: the innermost that has one. */
  readonly within: string;
}

/** The writes of `const [x, setX] = useState()`. */
export function writesOfState(call: NodePath<CallExpression>): readonly StateWrite[] {
  const declarator = call.parentPath;
  if (!declarator?.isVariableDeclarator() || declarator.node.id.type !== 'ArrayPattern') return [];
  const [state, setter] = declarator.node.id.elements;
  if (setter?.type !== 'Identifier') return [];
  const name = state?.type === 'Identifier' ? state.name : 'user';
  return (declarator.scope.getBinding(setter.name)?.referencePaths ?? []).flatMap((reference): StateWrite[] => {
    const within = functionAround(reference);
    const { parentPath } = reference;
    if (!parentPath?.isCallExpression()) return [];
    if (parentPath.node.callee !== reference.node) return [{ name, value: null, callback: reference, within }];
    const [argument] = parentPath.get('arguments') as NodePath[];
    if (argument === undefined) return [];
    const values = argument.isFunction() ? returnedBy(argument) : [argument];
    return values.map((value) => ({ name, value, callback: null, within }));
  });
}

/** Whether a function, an action or a thunk of this name signs somebody in. */
export function isSignIn(name: string): boolean {
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase();
  return signsIn.test(words) && !endsOrFails.test(words);
}

const signsIn =
  /(^|[_/])((log|sign)_?(in|up)(ned)?|logged_?in|signed_?in|authenticated?|auth(entication)?_success|register(ed)?|restore_session|set_(credentials|session|auth|(current_|auth_|logged_in_)?user(_(data|info|details))?)|(fetch|get|load)_(me|current_user|profile))($|[_/])/;
const endsOrFails = /(out|error|fail(ed|ure)?|reject(ed)?|pending|request|start(ed)?|loading)$/;

/** `null`, `true`, `'done'`: what says how far a sign-in is, and not who signs in. */
export function isFixed(value: NodePath): boolean {
  return value.isLiteral() || (value.isIdentifier() && value.node.name === 'undefined');
}

/** The innermost function around a piece of code that has a name, as a function or as a member. */
export function functionAround(path: NodePath): string {
  for (let fn = path.getFunctionParent(); fn !== null; fn = fn.getFunctionParent()) {
    const name = nameOfFunction(fn) || propertyAround(fn);
    if (name !== '') return name;
  }
  return '';
}

/** `login: async () => ...` and `const login = useCallback(async () => ...)`. */
function propertyAround(fn: NodePath): string {
  const { parentPath } = fn;
  const key =
    fn.isObjectMethod() || fn.isClassMethod()
      ? fn.node.key
      : parentPath?.isObjectProperty()
        ? parentPath.node.key
        : null;
  if (key?.type === 'Identifier') return key.name;
  const outer = parentPath?.isCallExpression() ? parentPath.parentPath : null;
  return outer?.isVariableDeclarator() && outer.node.id.type === 'Identifier' ? outer.node.id.name : '';
}
