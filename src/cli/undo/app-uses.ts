/** Where the app's own files import what an undo takes away: the template, or a package of the kit. */
import type { Node } from '@babel/types';
import { moduleResolver } from '../discover/module-paths';
import type { ProjectFiles } from '../discover/project-files';
import { whySkipped } from '../discover/skipped-files';
import { evidenceAt, isCodeName, parseSource, visitNodes, type Evidence } from '../discover/syntax';

export interface AppUse extends Evidence {
  /** The file of the template, or the package. */
  readonly what: string;
}

export interface AppUses {
  readonly template: readonly AppUse[];
  readonly packages: readonly AppUse[];
}

/**
 * @param gone files of the app that go, or are gone
 * @param packages names of packages that go
 */
export function findAppUses(files: ProjectFiles, gone: ReadonlySet<string>, packages: readonly string[]): AppUses {
  const sources = files.list('src');
  const own = [...sources, ...rootFiles(files)].filter((file) => isCodeName(file) && !gone.has(file));
  const resolve = moduleResolver(files, new Set([...sources, ...gone]));
  const uses = { template: [] as AppUse[], packages: [] as AppUse[] };
  for (const file of own) {
    const text = files.read(file) ?? '';
    const source = whySkipped(file, text) === null ? parseSource(file, text) : null;
    if (source === null) continue;
    visitNodes([source.ast.program], (node) => {
      const specifier = specifierOf(node);
      if (specifier === null) return true;
      const name = packages.find((candidate) => specifier === candidate || specifier.startsWith(`${candidate}/`));
      const target = name === undefined ? resolve(file, specifier) : null;
      if (name !== undefined) uses.packages.push({ ...evidenceAt(source, node), what: name });
      else if (target !== null && gone.has(target)) uses.template.push({ ...evidenceAt(source, node), what: target });
      return true;
    });
  }
  return uses;
}

/** Configurations of the app's tools. */
function rootFiles(files: ProjectFiles): readonly string[] {
  return files.list('').filter((file) => !file.includes('/'));
}

/** What an import, a re-export, `require`, `import()`, `jest.mock` or a type's `import()` names. */
function specifierOf(node: Node): string | null {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      return node.source?.value ?? null;
    case 'TSImportType':
      return node.argument.type === 'StringLiteral' ? node.argument.value : null;
    case 'TSExternalModuleReference':
      return node.expression.value;
    case 'CallExpression':
    case 'ImportExpression': {
      const first = node.type === 'ImportExpression' ? node.source : node.arguments[0];
      if (node.type === 'CallExpression' && !isImporting(node.callee)) return null;
      return first?.type === 'StringLiteral' ? first.value : null;
    }
    default:
      return null;
  }
}

function isImporting(callee: Node): boolean {
  if (callee.type === 'Import') return true;
  if (callee.type === 'Identifier') return callee.name === 'require';
  if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier') return false;
  return callee.object.name === 'jest' || callee.object.name === 'require';
}
