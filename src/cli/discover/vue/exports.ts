/** The name under which another file can import what a file of the app declares. */
import type { NodePath } from '@babel/traverse';
import type { Modules } from '../modules';

export interface ExportedName {
  readonly name: string;
  /** `useUserStore of src/stores/user.ts`, as a candidate names what it needs. */
  readonly text: string;
  readonly isDefault: boolean;
}

/** @param path a function, or what a variable is given */
export function exportedName(modules: Modules, path: NodePath): ExportedName | null {
  const module = modules.moduleOf(path);
  const { node } = path.isFunctionDeclaration() ? path : (path.parentPath ?? path);
  const id = node.type === 'FunctionDeclaration' || node.type === 'VariableDeclarator' ? node.id : null;
  const name = id?.type === 'Identifier' ? id.name : null;
  if (module === null) return null;
  const { path: file } = module.source;
  if (name !== null && modules.exportOf(file, name)?.path.node === path.node)
    return { name, text: `${name} of ${file}`, isDefault: false };
  if (modules.exportOf(file, 'default')?.path.node !== path.node) return null;
  const own = name ?? nameFor(file);
  return { name: own, text: `${own}, the default of ${file}`, isDefault: true };
}

/** `src/stores/user.ts` -> `useUser`: what has no name of its own is called as its file. */
function nameFor(file: string): string {
  const word = (
    file
      .replace(/(\/index)?\.\w+$/, '')
      .split('/')
      .at(-1) ?? ''
  ).replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase());
  return word.startsWith('use') ? word : `use${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
