/** Stores that other files of the app can import. */
import type { NodePath } from '@babel/traverse';
import type { CallExpression } from '@babel/types';
import { importOf, keyName, writtenPath } from './bindings';
import type { Module, Modules } from './modules';

export interface ExportedStore {
  readonly kind: 'redux' | 'zustand' | 'pinia';
  readonly file: string;
  /** As the file calls it. */
  readonly name: string;
  readonly isDefault: boolean;
}

export interface ExportedCall {
  readonly store: ExportedStore;
  readonly call: NodePath<CallExpression>;
  readonly module: Module;
}

/** Stores that are made where the file is loaded, and exported. */
export function exportedCalls(
  modules: Modules,
  makers: readonly string[],
  kind: 'redux' | 'zustand',
): readonly ExportedCall[] {
  const packageName = kind === 'redux' ? '@reduxjs/toolkit' : 'zustand';
  return modules.all.flatMap((module): ExportedCall[] => {
    const found: ExportedCall[] = [];
    module.program.traverse({
      Function: (inner) => inner.skip(),
      VariableDeclarator(declarator) {
        const init = declarator.get('init') as NodePath;
        const { id } = declarator.node;
        if (!init.node || !init.isCallExpression() || id.type !== 'Identifier') return;
        const { callee } = init.node;
        const maker = writtenPath(callee.type === 'CallExpression' ? callee.callee : callee);
        const from = importOf(module.program.scope, maker)?.module ?? '';
        if (!makers.includes(maker) || !(from === packageName || from.startsWith(`${packageName}/`))) return;
        const exported = exportOf(module, id.name);
        if (exported !== null)
          found.push({ store: { kind, file: module.source.path, name: id.name, ...exported }, call: init, module });
      },
    });
    return found;
  });
}

/** Whether the file exports a name as itself, or as its default; `null` where it does neither. */
function exportOf({ program }: Module, name: string): Pick<ExportedStore, 'isDefault'> | null {
  let isDefault: boolean | null = null;
  for (const statement of program.get('body')) {
    if (statement.isExportDefaultDeclaration()) {
      const { declaration } = statement.node;
      if (declaration.type === 'Identifier' && declaration.name === name) isDefault ??= true;
    }
    if (!statement.isExportNamedDeclaration() || statement.node.source) continue;
    const isDeclared = statement.node.declaration != null && Object.hasOwn(statement.getBindingIdentifiers(), name);
    const isNamed = statement.node.specifiers.some(
      (each) => each.type === 'ExportSpecifier' && each.local.name === name && keyName(each.exported) === name,
    );
    if (isDeclared || isNamed) isDefault = false;
  }
  return isDefault === null ? null : { isDefault };
}
