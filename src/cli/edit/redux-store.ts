/** A store of Redux Toolkit whose reducer becomes one of `syncedReducer`. */
import type { NodePath, Scope } from '@babel/traverse';
import { importOf, propertyOf, writtenPath } from '../discover/bindings';
import type { Modules } from '../discover/modules';
import { importSplice } from './add-imports';
import { applySplices, type Splice } from './splice';

/** The text of the file with the reducer of its `configureStore` in `syncedReducer`, the same where it is in one; `null` where it has to be done by hand. */
export function withSyncedReducer(modules: Modules, file: string): string | null {
  const module = modules.all.find(({ source }) => source.path === file);
  if (module === undefined) return null;
  const { source, program } = module;
  const calls: NodePath[] = [];
  program.traverse({
    CallExpression(call) {
      if (writtenPath(call.node.callee) === 'configureStore') calls.push(call);
    },
  });
  const [call, ...others] = calls;
  if (call === undefined || others.length > 0) return null;
  const [options] = call.get('arguments') as NodePath[];
  const reducer = options && propertyOf(options, 'reducer').value;
  if (!reducer?.node || !/^(ObjectExpression|Identifier|CallExpression)$/.test(reducer.node.type)) return null;
  if (reducer.isCallExpression() && writtenPath(reducer.node.callee) === 'syncedReducer') return source.text;
  const isObject = isObjectOfReducers(modules, reducer);
  const taken = ['syncedReducer', ...(isObject ? ['combineReducers'] : [])].filter(
    (name) => program.scope.hasBinding(name, true) && !isFrom(program.scope, name, homes[name] ?? []),
  );
  if (isObject === null || taken.length > 0) return null;

  const { start, end } = reducer.node;
  const code = source.text.slice(start ?? 0, end ?? 0);
  const wrapped = isObject ? `syncedReducer(combineReducers(${code}))` : `syncedReducer(${code})`;
  const isShorthand = reducer.parent.type === 'ObjectProperty' && reducer.parent.shorthand;
  const splices: Splice[] = [{ start: start ?? 0, end: end ?? 0, text: isShorthand ? `reducer: ${wrapped}` : wrapped }];
  if (isObject && !program.scope.hasBinding('combineReducers', true)) {
    const beside = besideConfigureStore(program);
    if (beside === null) return null;
    splices.push(beside);
  }
  if (!program.scope.hasBinding('syncedReducer', true))
    splices.push(
      importSplice(source.text, program.node.body, [{ name: 'syncedReducer', from: 'zero-backend-sync/page' }]),
    );
  return applySplices(source.text, splices);
}

/** Whether it is an object of reducers, which `configureStore` would combine, or one reducer; `null` where that cannot be told. */
function isObjectOfReducers(modules: Modules, reducer: NodePath): boolean | null {
  const { path, way } = reducer.isIdentifier()
    ? (modules.definitionOf(reducer.scope, reducer.node.name) ?? { path: null, way: [] })
    : { path: reducer, way: [] };
  if (path === null || way.length > 0) return null;
  if (path.isObjectExpression()) return true;
  const isReducer =
    path.isFunction() ||
    (path.isCallExpression() &&
      writtenPath(path.node.callee) === 'combineReducers' &&
      isFrom(path.scope, 'combineReducers', homesOfCombineReducers));
  return isReducer ? false : null;
}

/** `combineReducers` in the import that has `configureStore`. */
function besideConfigureStore(program: NodePath): Splice | null {
  const { path } = program.scope.getBinding('configureStore') ?? {};
  const end = path?.isImportSpecifier() ? path.node.end : null;
  return end == null ? null : { start: end, end, text: ', combineReducers' };
}

/** Another package's function of the same name (immutable state, say) makes another kind of reducer. */
function isFrom(scope: Scope, name: string, homes: readonly string[]): boolean {
  const found = importOf(scope, name);
  return found !== null && found.name === name && homes.includes(found.module);
}

const homesOfCombineReducers = ['@reduxjs/toolkit', 'redux'];
const homes: Readonly<Record<string, readonly string[]>> = {
  combineReducers: homesOfCombineReducers,
  syncedReducer: ['zero-backend-sync/page', 'zero-backend-sync'],
};
