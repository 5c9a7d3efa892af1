/** The store of Vuex 4: its root and its modules, what mutations write into them, and how a component reads them. */
import type { NodePath } from '@babel/traverse';
import type { Function as FunctionNode } from '@babel/types';
import { identityFields, sessionProps, sessionSlice, sessionWords } from '../identity-sources';
import type { Module, Modules } from '../modules';
import { extend, nounOf, sessionOrigin, stateOrigin, type Origin } from '../origin';
import { writtenPath } from '../bindings';
import { memberOf, membersIn, spreadsIn } from './objects';

export interface VuexModule {
  /** The ways into the state: none for the root, `auth` for a module of that name. */
  readonly way: readonly string[];
  readonly options: NodePath;
  readonly module: Module;
}

/** The parts of all stores that the app makes, the root first. */
export function vuexModules(modules: Modules): readonly VuexModule[] {
  const found: VuexModule[] = [];
  const visit = (options: NodePath | null, way: readonly string[]) => {
    const object = objectBehind(modules, options);
    const module = object && modules.moduleOf(object);
    if (object === null || !module || way.length > 4) return;
    found.push({ way, options: object, module });
    const inner = objectBehind(modules, memberOf(object, 'modules'));
    for (const { name, value } of membersIn(inner)) visit(value, [...way, name]);
  };
  for (const { program, imports } of modules.all) {
    if (!imports.includes('vuex')) continue;
    program.traverse({
      'CallExpression|NewExpression'(call: NodePath) {
        if (!call.isCallExpression() && !call.isNewExpression()) return;
        if (!/^(createStore|Vuex\.Store|Store)$/.test(writtenPath(call.node.callee))) return;
        visit((call.get('arguments') as NodePath[])[0] ?? null, []);
      },
    });
  }
  return found;
}

/** The object that an expression is, by names and other files. */
export function objectBehind(modules: Modules, path: NodePath | null, left = 6): NodePath | null {
  if (left === 0 || !path?.node) return null;
  if (path.isObjectExpression()) return path;
  if (path.isTSAsExpression() || path.isTSSatisfiesExpression())
    return objectBehind(modules, path.get('expression') as NodePath, left - 1);
  const definition = path.isIdentifier() ? modules.definitionOf(path.scope, path.node.name) : null;
  return definition === null || definition.way.length > 0 ? null : objectBehind(modules, definition.path, left - 1);
}

/** The object that a state begins as, written out or given by a function. */
export function stateOf(modules: Modules, options: NodePath): NodePath | null {
  const state = memberOf(options, 'state');
  if (state?.isFunction()) {
    const body = (state as NodePath<FunctionNode>).get('body') as NodePath;
    const last = body.isBlockStatement() ? body.get('body').at(-1) : null;
    return objectBehind(modules, last?.isReturnStatement() ? (last.get('argument') as NodePath) : body);
  }
  return objectBehind(modules, state);
}

/** @param way from the store: `state.auth.user.id`, `getters.auth/currentUser.id` */
export function originInVuex([first = '', ...way]: readonly string[]): Origin | null {
  const source = 'the Vuex store';
  const reach = { expression: accessText('useStore()', [first, ...way]), imports: ['useStore of vuex'] };
  if (first === 'state') return { ...extend(stateOrigin(source), way), reach };
  const [getter = '', ...rest] = way;
  const name = getter.split('/').at(-1) ?? '';
  if (first !== 'getters' || !isSessionGetter(name, getter.includes('/') ? (getter.split('/').at(-2) ?? '') : ''))
    return null;
  return { ...extend(sessionOrigin(`the getter "${getter}" of ${source}`, nounOf(name)), rest), reach };
}

function isSessionGetter(name: string, module: string): boolean {
  if (/^(current|auth|logged_?In|my)?_?(user|account)_?(Id|Email|Uid|Sub)$/i.test(name)) return true;
  return (
    sessionProps.has(name) ||
    sessionSlice.test(name) ||
    (sessionSlice.test(module) && (sessionWords.has(name) || Object.hasOwn(identityFields, name)))
  );
}

/** What a helper of the options API, such as `mapState('auth', ['user'])`, gives a component under a name, as a way from the store. */
export function mappedWay(modules: Modules, computed: NodePath | null, name: string): readonly string[] | null {
  for (const call of spreadsIn(computed)) {
    if (!call.isCallExpression()) continue;
    const [, kind] = /^map(State|Getters)$/.exec(writtenPath(call.node.callee)) ?? [];
    const inputs = call.get('arguments') as NodePath[];
    const [first] = inputs;
    const namespace = first?.isStringLiteral() ? first.node.value.split('/') : [];
    const mapped = inputs[namespace.length === 0 ? 0 : 1];
    if (kind === undefined || mapped === undefined) continue;
    const taken = takenBy(mapped, name);
    if (taken === null) continue;
    return kind === 'State' ? ['state', ...namespace, ...taken] : ['getters', [...namespace, ...taken].join('/')];
  }
  return null;
}

/** `['user']`, `{ me: 'user' }` and `{ me: (state) => state.user }`. */
export function takenBy(mapped: NodePath, name: string): readonly string[] | null {
  if (mapped.isArrayExpression()) {
    const names = mapped.node.elements.flatMap((each) => (each?.type === 'StringLiteral' ? [each.value] : []));
    const taken = names.find((each) => each.split('/').at(-1) === name);
    return taken === undefined ? null : [taken];
  }
  const value = memberOf(mapped, name);
  if (value?.isStringLiteral()) return [value.node.value];
  if (!value?.isFunction()) return null;
  const body = value.get('body') as NodePath;
  const [, ...way] = writtenPath(body.node).split('.');
  return way.length === 0 || way.includes('?') ? null : way;
}

/** `useStore()` and a way -> `useStore().state.auth.user?.id`: what the store itself has is there in any case. */
export function accessText(call: string, way: readonly string[], certain = 2): string {
  return way.reduce((text, word, index) => {
    const isName = /^[A-Za-z_$][\w$]*$/.test(word);
    const mark = index < certain ? '' : '?';
    return isName ? `${text}${mark}.${word}` : `${text}${mark === '' ? '' : '?.'}['${word}']`;
  }, call);
}
