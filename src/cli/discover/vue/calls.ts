/** Which calls are Vue's: its functions are imported, or put into every file by the app's tools. */
import type { NodePath, Scope } from '@babel/traverse';
import type { CallExpression } from '@babel/types';
import { importOf, isBelow, writtenPath } from '../bindings';
import type { Modules } from '../modules';

const packages = ['vue', 'vue-demi', 'pinia', 'vuex', '@vueuse/core'];

/** Whether an app is one of Vue. */
export function usesVue(modules: Modules): boolean {
  return modules.all.some(({ source, imports }) => source.vue !== null || imports.includes('vue'));
}

/** The name of a function of Vue or of its stores; `null` where a call is of something else. */
export function vueCallee({ node, scope }: NodePath<CallExpression>): string | null {
  if (node.callee.type !== 'Identifier') return null;
  const imported = importOf(scope, node.callee.name);
  if (imported !== null) return packages.some((name) => isBelow(imported.module, name)) ? imported.name : null;
  return scope.hasBinding(node.callee.name, true) ? null : node.callee.name;
}

/** Behind a ref's `.value`, which a template and a store leave out. */
export function unwrapped(way: readonly string[]): readonly string[] {
  return way[0] === 'value' ? way.slice(1) : way;
}

/** The call that makes what a name stands for, such as a store of Pinia. */
export function callBehind(modules: Modules, scope: Scope, name: string): NodePath<CallExpression> | null {
  const definition = modules.definitionOf(scope, name);
  return definition !== null && definition.way.length === 0 && definition.path.isCallExpression()
    ? definition.path
    : null;
}

export function isCallOf(call: NodePath | null, name: string): call is NodePath<CallExpression> {
  return call?.isCallExpression() === true && writtenPath(call.node.callee) === name;
}
