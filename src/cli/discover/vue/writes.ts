/** What is written into the reactive state of Vue: into a ref, a reactive object, and the state of a store. */
import type { NodePath } from '@babel/traverse';
import type { CallExpression } from '@babel/types';
import { keyName, propertyName, writtenPath } from '../bindings';
import type { Modules } from '../modules';
import { functionAround } from '../state-writes';
import { unwrapped } from './calls';

export interface ReactiveWrite {
  /** From the state: none for the value of a ref. */
  readonly way: readonly string[];
  readonly value: NodePath;
  /** The functions around the write, by name: the innermost that has one. */
  readonly within: string;
}

/** The writes of `const x = ref()` and `const x = reactive({})`, in all files that import it. */
export function reactiveWrites(modules: Modules): (call: NodePath<CallExpression>) => readonly ReactiveWrite[] {
  let imported: Map<unknown, NodePath[]> | null = null;
  return (call) => {
    const declarator = call.parentPath;
    if (!declarator?.isVariableDeclarator() || declarator.node.id.type !== 'Identifier') return [];
    const own = declarator.scope.getBinding(declarator.node.id.name)?.referencePaths ?? [];
    imported ??= importedReferences(modules);
    return [...own, ...(imported.get(call.node) ?? [])].flatMap(writesThrough);
  };
}

/** Where other files name what a file exports, by the expression that it is. */
function importedReferences(modules: Modules): Map<unknown, NodePath[]> {
  const found = new Map<unknown, NodePath[]>();
  for (const { program } of modules.all) {
    for (const [name, binding] of Object.entries(program.scope.bindings)) {
      if (binding.kind !== 'module') continue;
      const definition = modules.definitionOf(program.scope, name);
      if (definition === null) continue;
      found.set(definition.path.node, [...(found.get(definition.path.node) ?? []), ...binding.referencePaths]);
    }
  }
  return found;
}

/** `name.value = x`, `name.user = x`, `Object.assign(name, x)`, `name.$patch(x)`. */
export function writesThrough(reference: NodePath): readonly ReactiveWrite[] {
  const way: string[] = [];
  let target = reference;
  for (
    let parent = target.parentPath;
    parent?.isMemberExpression() && target.key === 'object';
    parent = target.parentPath
  ) {
    const property = propertyName(parent.node);
    if (property === null) return [];
    way.push(property);
    target = parent;
  }
  const parent = target.parentPath;
  const within = functionAround(reference);
  if (parent?.isAssignmentExpression() && target.key === 'left')
    return [{ way: unwrapped(way), value: parent.get('right'), within }];
  if (!parent?.isCallExpression()) return [];
  const [first, second] = parent.get('arguments') as NodePath[];
  const isAssigned = writtenPath(parent.node.callee) === 'Object.assign' && first === target;
  const given = isAssigned ? second : way.at(-1) === '$patch' && target.key === 'callee' ? first : undefined;
  const before = unwrapped(isAssigned ? way : way.slice(0, -1));
  if (given === undefined) return [];
  if (!given.isObjectExpression()) return given.isFunction() ? [] : [{ way: before, value: given, within }];
  return given.get('properties').flatMap((property): readonly ReactiveWrite[] => {
    const key = property.isObjectProperty() ? keyName(property.node.key) : null;
    return key === null ? [] : [{ way: [...before, key], value: property.get('value') as NodePath, within }];
  });
}

/** The writes of a method through `this`. */
export function writesOfMethod(method: NodePath): readonly ReactiveWrite[] {
  const found: ReactiveWrite[] = [];
  method.traverse({ ThisExpression: (reference) => void found.push(...writesThrough(reference)) });
  return found;
}
