/** The root component of an app of Vue: what its entry mounts, otherwise App.vue. */
import type { NodePath } from '@babel/traverse';
import { writtenPath } from '../bindings';
import type { Module, Modules } from '../modules';

/** `null` where it cannot be told. */
export function rootComponent(modules: Modules): Module | null {
  for (const module of modules.all) {
    const file = mountedBy(modules, module);
    const found = file === null ? undefined : modules.all.find(({ source }) => source.path === file);
    if (found !== undefined) return found;
  }
  return modules.all.find(({ source }) => source.path === 'src/App.vue') ?? null;
}

/** The file of `App` in `createApp(App)`. */
function mountedBy(modules: Modules, { source, program, imports }: Module): string | null {
  if (!imports.includes('vue')) return null;
  let file: string | null = null;
  program.traverse({
    CallExpression(call) {
      const [first] = call.get('arguments') as NodePath[];
      if (!/^create(SSR)?App$/.test(writtenPath(call.node.callee)) || !first?.isIdentifier()) return;
      const declaration = call.scope.getBinding(first.node.name)?.path.parent;
      if (declaration?.type === 'ImportDeclaration') file ??= modules.resolve(source.path, declaration.source.value);
    },
  });
  return file;
}
