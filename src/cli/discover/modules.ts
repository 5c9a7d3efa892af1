/** The app's source files with their scopes, and what a name of one of them means, through imports and exports of the others. */
import traverse, { type NodePath, type Scope } from '@babel/traverse';
import type { Node, Program } from '@babel/types';
import { leavesOf } from './bindings';
import { moduleResolver, type ResolveModule } from './module-paths';
import type { ProjectFiles } from './project-files';
import { parseSource, type SourceFile } from './syntax';

export interface Module {
  readonly source: SourceFile;
  readonly program: NodePath<Program>;
  /** What it imports, as written. */
  readonly imports: readonly string[];
}

/** The expression, function or class that a name stands for, and the way from its value to what is meant. */
export interface Definition {
  readonly path: NodePath;
  readonly way: readonly string[];
}

export interface Modules {
  readonly all: readonly Module[];
  readonly resolve: ResolveModule;
  moduleOf(path: NodePath | Scope): Module | null;
  /** What a name means where it stands; `null` for parameters, packages and what is not known. */
  definitionOf(scope: Scope, name: string): Definition | null;
  /** What a file exports under a name. */
  exportOf(file: string, name: string): Definition | null;
}

/** Exports may pass through files that only collect them. */
const mostReexports = 6;

export function readModules(files: ProjectFiles, paths: readonly string[]): Modules {
  const modules = paths.flatMap((file) => readModule(file, files.read(file) ?? '') ?? []);
  const moduleByFile = new Map(modules.map((module) => [module.source.path, module]));
  const moduleByProgram = new Map<Node, Module>(modules.map((module) => [module.program.node, module]));
  const resolve = moduleResolver(files, new Set(moduleByFile.keys()));
  const hasComponents = modules.some(({ source }) => source.vue !== null);

  function moduleOf(path: NodePath | Scope): Module | null {
    const scope = 'bindings' in path ? path : path.scope;
    return moduleByProgram.get(scope.getProgramParent().path.node) ?? null;
  }

  function definitionOf(scope: Scope, name: string, left = mostReexports): Definition | null {
    const binding = scope.getBinding(name);
    if (binding === undefined) return ofAutoImport(name, left);
    const { path } = binding;
    if (path.parent.type === 'ImportDeclaration') {
      const module = moduleOf(scope);
      const file = module && resolve(module.source.path, path.parent.source.value);
      if (file === null || path.isImportNamespaceSpecifier()) return null;
      return exportOf(file, path.isImportSpecifier() ? textOf(path.node.imported) : 'default', left - 1);
    }
    if (path.isFunctionDeclaration() || path.isClassDeclaration()) return { path, way: [] };
    return path.isVariableDeclarator() ? ofDeclarator(path, name) : null;
  }

  /** Many apps of Vue have their composables and stores in every file without an import. */
  function ofAutoImport(name: string, left: number): Definition | null {
    if (!hasComponents || !/^use[A-Z]/.test(name)) return null;
    for (const { source } of modules) {
      const found = exportOf(source.path, name, left - 1);
      if (found !== null) return found;
    }
    return null;
  }

  function exportOf(file: string, name: string, left = mostReexports): Definition | null {
    const module = left <= 0 ? undefined : moduleByFile.get(file);
    if (module === undefined) return null;
    const { program } = module;
    for (const statement of program.get('body')) {
      if (statement.isExportDefaultDeclaration() && name === 'default') {
        const declaration = statement.get('declaration') as NodePath;
        return declaration.isIdentifier()
          ? definitionOf(program.scope, declaration.node.name, left)
          : { path: declaration, way: [] };
      }
      if (statement.isExportAllDeclaration()) {
        const from = resolve(file, statement.node.source.value);
        const found = from === null ? null : exportOf(from, name, left - 1);
        if (found !== null) return found;
      }
      if (!statement.isExportNamedDeclaration()) continue;
      const from = statement.node.source?.value;
      for (const specifier of statement.node.specifiers) {
        if (specifier.type !== 'ExportSpecifier' || textOf(specifier.exported) !== name) continue;
        if (from === undefined) return definitionOf(program.scope, specifier.local.name, left);
        const target = resolve(file, from);
        return target === null ? null : exportOf(target, specifier.local.name, left - 1);
      }
    }
    const isExported = program.get('body').some((statement) => {
      if (!statement.isExportNamedDeclaration() || !statement.node.declaration) return false;
      return Object.hasOwn(statement.getBindingIdentifiers(), name);
    });
    return isExported ? definitionOf(program.scope, name, left) : null;
  }

  return {
    all: modules,
    resolve,
    moduleOf,
    definitionOf: (scope, name) => definitionOf(scope, name),
    exportOf: (file, name) => exportOf(file, name),
  };
}

/** `null` where the syntax or the names of a file cannot be read. */
function readModule(file: string, text: string): Module | null {
  const source = parseSource(file, text);
  if (source === null) return null;
  const found: NodePath<Program>[] = [];
  try {
    traverse(source.ast, {
      Program(path) {
        found.push(path);
        path.stop();
      },
    });
  } catch {
    return null; // One name is declared twice.
  }
  const [program] = found;
  if (program === undefined) return null;
  const imports = source.ast.program.body.flatMap((node) =>
    node.type === 'ImportDeclaration' ? [node.source.value] : [],
  );
  return { source, program, imports };
}

function ofDeclarator(path: NodePath, name: string): Definition | null {
  if (!path.isVariableDeclarator() || !path.node.init) return null;
  const leaf = leavesOf(path.node.id).find((candidate) => candidate.name === name);
  return leaf === undefined ? null : { path: path.get('init') as NodePath, way: leaf.path };
}

function textOf(node: { readonly type: string; readonly name?: string; readonly value?: string }): string {
  return node.name ?? node.value ?? '';
}
