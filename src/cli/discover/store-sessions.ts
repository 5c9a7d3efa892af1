/** Slices, reducers and stores of any name into which signing in writes who the user is. */
import type { NodePath } from '@babel/traverse';
import type { CallExpression, Function as FunctionNode, Node } from '@babel/types';
import { keyName, nameOfFunction, propertyName, propertyOf, returnedBy, writtenPath } from './bindings';
import { declaredFields, shapeOf } from './declared-fields';
import { identityFields, type IdentifierKind } from './identity-sources';
import type { Module, Modules } from './modules';
import type { Reach } from './origin';
import { isSignIn } from './state-writes';

export interface StoreField {
  /** From the whole state: `member.userId`. */
  readonly way: readonly string[];
  readonly kind: IdentifierKind;
  readonly node: Node;
  readonly module: Module;
  /** The hook of a store of its own (Zustand); `null` for Redux. */
  readonly hook: string | null;
  /** In words, for people. */
  readonly source: string;
  /** How any component of Vue reads it. */
  readonly reach?: Reach;
}

export interface StoreSessions {
  readonly fields: readonly StoreField[];
  /** Ways into the state of Redux below which the session lies, each with dots. */
  readonly ways: ReadonlySet<string>;
}

export interface Write {
  readonly way: readonly string[];
  readonly value: NodePath;
}

export function findStoreSessions(modules: Modules): StoreSessions {
  const keyOf = storeKeys(modules);
  const fields: StoreField[] = [];
  const ways = new Set<string>();

  /** @param state where the initial state stands, for its shape */
  const add = (
    module: Module,
    key: string,
    state: NodePath | null,
    writes: readonly Write[],
    by: string,
    hook = false,
  ) => {
    for (const { way, value } of writes) {
      if (value.isLiteral() || (value.isIdentifier() && value.node.name === 'undefined')) continue;
      const prefix = hook ? way : [key, ...way];
      const own = identityFields[way.at(-1) ?? ''];
      const below =
        own !== undefined
          ? [{ path: '', kind: own }]
          : [
              ...declaredFields(modules, shapeOf(modules, value, [])),
              ...(state === null ? [] : declaredFields(modules, shapeOf(modules, state, way))),
            ];
      if (!hook && (own !== undefined || below.length > 0 || way.length > 0)) ways.add(prefix.join('.'));
      for (const { path, kind } of below) {
        fields.push({
          way: [...prefix, ...path.split('.').filter(Boolean)],
          kind,
          node: value.parent,
          module,
          hook: hook ? key : null,
          source: hook ? `the store ${key}, which ${by}() fills` : `the slice "${key}", which "${by}" fills`,
        });
      }
    }
  };

  for (const module of modules.all) {
    module.program.traverse({
      CallExpression(call) {
        if (nameOf(call.node) === 'createSlice') {
          const [options] = call.get('arguments') as NodePath[];
          const name = options && propertyOf(options, 'name').value;
          const key = keyOf.get(call.node) ?? (name?.isStringLiteral() ? name.node.value : '');
          if (options === undefined || key === '' || isPlural(key)) return;
          const state = propertyOf(options, 'initialState').value;
          for (const { action, fn } of caseReducers(options))
            if (isSignIn(action)) add(module, key, state, [...writesIn(fn), ...handedIn(modules, action, fn)], action);
        }
      },
      Function(fn) {
        for (const { action, body } of switchCases(fn)) {
          const key = keyOf.get(fn.node) ?? nameOfFunction(fn).replace(/Reducer$/, '');
          if (key === '' || isPlural(key) || !isSignIn(action)) continue;
          const [state] = fn.get('params') as NodePath[];
          const initial = state?.isAssignmentPattern() ? (state.get('right') as NodePath) : null;
          add(
            module,
            key,
            initial,
            body.flatMap((each) => writesOfValue(each, 'state')),
            action,
          );
        }
      },
      VariableDeclarator(declarator) {
        const hook = declarator.node.id.type === 'Identifier' ? declarator.node.id.name : '';
        const init = declarator.get('init') as NodePath;
        if (!/^use[A-Z]/.test(hook) || !init.isCallExpression() || !/^create/.test(writtenPath(init.node.callee)))
          return;
        for (const { action, value } of setCalls(init))
          if (isSignIn(action)) add(module, hook, null, writesOfValue(value, ''), action, true);
      },
    });
  }
  return { fields, ways };
}

/** The names under which reducers stand in the store, by the slice or the function. */
function storeKeys(modules: Modules): ReadonlyMap<Node, string> {
  const keys = new Map<Node, string>();
  for (const { program } of modules.all) {
    program.traverse({
      ObjectExpression(object) {
        const isReducers =
          (object.parent.type === 'CallExpression' && nameOf(object.parent) === 'combineReducers') ||
          (object.parent.type === 'ObjectProperty' && keyName(object.parent.key) === 'reducer');
        for (const property of isReducers ? object.get('properties') : []) {
          const key = property.isObjectProperty() ? keyName(property.node.key) : null;
          let value = property.isObjectProperty() ? (property.get('value') as NodePath) : null;
          for (let left = 4; left > 0 && key !== null && value?.node; left--) {
            if (value.isMemberExpression()) value = value.get('object') as NodePath;
            else if (value.isIdentifier()) value = modules.definitionOf(value.scope, value.node.name)?.path ?? null;
            else break;
          }
          if (key !== null && value?.node) keys.set(value.node, key);
        }
      },
    });
  }
  return keys;
}

interface CaseReducer {
  readonly action: string;
  readonly fn: NodePath<FunctionNode>;
}

/** Those of `reducers`, and those that `extraReducers` adds for other actions. */
function caseReducers(options: NodePath): readonly CaseReducer[] {
  const found: CaseReducer[] = [];
  const reducers = propertyOf(options, 'reducers').value;
  const members = reducers?.isObjectExpression() ? reducers.get('properties') : [];
  for (const member of members) {
    const { node } = member;
    if (node.type === 'SpreadElement') continue;
    const fn = (member.isObjectMethod() ? member : member.get('value')) as NodePath;
    const action = keyName(node.key);
    if (fn.isFunction() && action !== null) found.push({ action, fn });
  }
  const extra = options.isObjectExpression()
    ? options
        .get('properties')
        .find(({ node }) => node.type !== 'SpreadElement' && keyName(node.key) === 'extraReducers')
    : undefined;
  extra?.traverse({
    CallExpression(call) {
      const [matcher, fn] = call.get('arguments') as NodePath[];
      if (!/^add(Case|Matcher)$/.test(nameOf(call.node)) || !matcher || !fn?.isFunction()) return;
      const action = writtenPath(matcher.node).split('.').find(isSignIn);
      if (action !== undefined && !/pending|rejected/i.test(writtenPath(matcher.node))) found.push({ action, fn });
    },
  });
  return found;
}

/** What a case reducer writes: `state.a = x`, `return { ...state, a: x }`, `Object.assign(state, x)`. */
export function writesIn(fn: NodePath<FunctionNode>): readonly Write[] {
  const [first] = fn.node.params;
  const state = first?.type === 'Identifier' ? first.name : '';
  const found: Write[] = returnedBy(fn).flatMap((value) => writesOfValue(value, state));
  fn.traverse({
    AssignmentExpression(assignment) {
      const [root, ...way] = writtenPath(assignment.node.left).split('.');
      if (root === state && way.length > 0 && !way.includes('?')) found.push({ way, value: assignment.get('right') });
    },
    CallExpression(call) {
      if (writtenPath(call.node.callee) !== 'Object.assign') return;
      const [target, ...values] = call.get('arguments') as NodePath[];
      if (target?.isIdentifier() && target.node.name === state)
        found.push(...values.flatMap((value) => writesOfValue(value, state)));
    },
  });
  return found;
}

/** The writes that an object is, and what is spread into it; the old state is none. */
function writesOfValue(value: NodePath, state: string): readonly Write[] {
  if (value.isFunction()) return returnedBy(value).flatMap((each) => writesOfValue(each, state));
  if (!value.isObjectExpression()) return value.isIdentifier() && value.node.name === state ? [] : [{ way: [], value }];
  return value.get('properties').flatMap((property): Write[] => {
    if (property.isSpreadElement()) {
      const argument = property.get('argument');
      return argument.isIdentifier() ? [] : [{ way: [], value: argument }];
    }
    const key = property.isObjectProperty() ? keyName(property.node.key) : null;
    return key === null ? [] : [{ way: [key], value: property.get('value') as NodePath }];
  });
}

/** What is handed to the action where it is dispatched, as an object that is written out. */
function handedIn(modules: Modules, action: string, fn: NodePath<FunctionNode>): readonly Write[] {
  const found: Write[] = [];
  const target = writesIn(fn).find(({ value }) => /payload/.test(writtenPath(value.node)));
  if (target === undefined) return [];
  for (const { program } of modules.all) {
    program.traverse({
      CallExpression(call) {
        const [first] = call.get('arguments') as NodePath[];
        if (nameOf(call.node) === action && first?.isObjectExpression()) found.push({ way: target.way, value: first });
      },
    });
  }
  return found;
}

/** The cases of a reducer that looks at `action.type`, with what they return. */
function switchCases(
  fn: NodePath<FunctionNode>,
): readonly { readonly action: string; readonly body: readonly NodePath[] }[] {
  const body = fn.get('body') as NodePath;
  const statement = body.isBlockStatement() ? body.get('body').find((each) => each.isSwitchStatement()) : undefined;
  if (!statement?.isSwitchStatement() || propertyName(statement.node.discriminant) !== 'type') return [];
  return statement.get('cases').map((each) => {
    const test = each.node.test;
    const action =
      test?.type === 'StringLiteral' ? test.value : test ? (writtenPath(test).split('.').at(-1) ?? '') : '';
    const returned: NodePath[] = [];
    each.traverse({
      Function: (inner) => inner.skip(),
      ReturnStatement(found) {
        if (found.node.argument) returned.push(found.get('argument') as NodePath);
      },
    });
    return { action, body: returned };
  });
}

/** The calls of `set` in a store that is made by a function of it (Zustand), by the function around each. */
function setCalls(create: NodePath<CallExpression>): readonly { readonly action: string; readonly value: NodePath }[] {
  const found: { action: string; value: NodePath }[] = [];
  create.traverse({
    CallExpression(call) {
      const [value] = call.get('arguments') as NodePath[];
      const binding = call.node.callee.type === 'Identifier' ? call.scope.getBinding(call.node.callee.name) : undefined;
      if (binding?.kind !== 'param' || binding.identifier.name !== 'set' || value === undefined) return;
      const property = call.findParent((parent) => parent.isObjectProperty() || parent.isObjectMethod());
      const key = property?.isObjectProperty() || property?.isObjectMethod() ? keyName(property.node.key) : null;
      if (key !== null) found.push({ action: key, value });
    },
  });
  return found;
}

/** A slice of many is not about the one who is signed in. */
function isPlural(key: string): boolean {
  return /[^s]s$/.test(key) && !/status$/i.test(key);
}

function nameOf({ callee }: CallExpression): string {
  return writtenPath(callee).split('.').at(-1) ?? '';
}
