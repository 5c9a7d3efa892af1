/** Names of packages in a configuration file: those that it has, and those that it gets, imported or required as the file does it. */
import type { Comment, Node } from '@babel/types';
import { visitNodes, type SourceFile } from '../discover/syntax';
import { behind, importLine, importSplice, lineEndOf } from './add-imports';
import { printString } from './print';
import { quoteOf } from './config-edit';
import type { Splice } from './splice';

export interface NeededName {
  readonly from: string;
  /** `null`: the default export. */
  readonly name: string | null;
  /** What it is called where that is free. */
  readonly local: string;
}

export interface BoundNames {
  /** In the order of what was needed. */
  readonly locals: readonly string[];
  readonly splices: readonly Splice[];
  /** How many statements the splices add. */
  readonly imports: number;
}

/** @param isModule whether package.json says that its `.js` files are modules */
export function bindNames(source: SourceFile, needed: readonly NeededName[], isModule: boolean): BoundNames {
  const taken = identifiersIn(source);
  const added: NeededName[] = [];
  const locals = needed.map(({ from, name, local }) => {
    const present = localOf(source, from, name);
    if (present !== null) return present;
    const free = [local, `${local}Plugin`, `${local}OfKit`].find((candidate) => !taken.has(candidate)) ?? local;
    added.push({ name, local: free, from });
    return free;
  });
  if (added.length === 0) return { locals, splices: [], imports: 0 };
  const splice = isModuleFile(source, isModule) ? importsIn(source, added) : requiresIn(source, added);
  return { locals, splices: [splice], imports: added.length };
}

function importsIn({ text, ast }: SourceFile, added: readonly NeededName[]): Splice {
  const { body } = ast.program;
  const needed = added.map(({ name, local, from }) => ({
    name: name === null || name === local ? local : `${name} as ${local}`,
    from,
    isDefault: name === null,
  }));
  if (body.some(({ type }) => type === 'ImportDeclaration')) return importSplice(text, body, needed);
  const { quote, end } = styleOf(text);
  return atTop(
    { text, ast },
    needed.map((each) => importLine(each, quote, end)),
  );
}

function requiresIn({ text, ast }: SourceFile, added: readonly NeededName[]): Splice {
  const { quote, end } = styleOf(text);
  const written = added.map(({ name, local, from }) => {
    const required = `require(${printString(from, quote)})`;
    if (name === null) return `const ${local} = ${required}${end}`;
    return `const { ${name === local ? name : `${name}: ${local}`} } = ${required}${end}`;
  });
  const last = ast.program.body.filter(isRequire).at(-1);
  if (last === undefined) return atTop({ text, ast }, written);
  const at = behind(text, last);
  return { start: at, end: at, text: written.map((line) => lineEndOf(text) + line).join('') };
}

/** Behind what has to be first: `#!`, `'use strict'`, comments for tools and those about the whole file. */
function atTop({ text, ast }: Pick<SourceFile, 'text' | 'ast'>, lines: readonly string[]): Splice {
  const lineEnd = lineEndOf(text);
  const { directives, interpreter, body } = ast.program;
  const comments = (body[0]?.leadingComments ?? []).filter((comment, index, all) =>
    all.slice(index).some((later) => isAboutFile(text, later)),
  );
  const ends = [interpreter?.end, directives.at(-1)?.end, comments.at(-1)?.end].filter((end) => end != null);
  const last = Math.max(0, ...ends);
  if (last === 0) {
    const start = text.startsWith('\ufeff') ? 1 : 0;
    return { start, end: start, text: lines.map((line) => line + lineEnd).join('') + (body.length > 0 ? lineEnd : '') };
  }
  return { start: last, end: last, text: lines.map((line) => lineEnd + line).join('') };
}

function isAboutFile(text: string, { value, end }: Comment): boolean {
  return /@ts-|@license|@file|@fileoverview|copyright|eslint|prettier|webpack\.js\.org|vite\.dev|vitejs\.dev/i.test(
    value,
  )
    ? !/@type\b/.test(value)
    : /^[ \t]*\r?\n[ \t]*\r?\n/.test(text.slice(end ?? 0));
}

function styleOf(text: string) {
  const hasCode = text.trim() !== '';
  return {
    quote: quoteOf(text),
    end: !hasCode || /[;][ \t]*(\/\/.*)?$/m.test(text) ? ';' : '',
  };
}

/** Whether a file is a module: by its ending, otherwise by what it says, otherwise by its package. */
function isModuleFile({ path, ast }: SourceFile, isModule: boolean): boolean {
  if (/\.m[jt]s$/.test(path)) return true;
  if (ast.program.body.some(({ type }) => /^(Import|Export)/.test(type))) return true;
  if (/\.c[jt]s$/.test(path)) return false;
  let isCommon = false;
  visitNodes([ast.program], (node) => {
    isCommon ||= node.type === 'Identifier' && (node.name === 'require' || node.name === 'module');
    return !isCommon;
  });
  return isCommon ? false : isModule;
}

function isRequire(statement: Node): boolean {
  return (
    statement.type === 'VariableDeclaration' &&
    statement.declarations.some(({ init }) => {
      const call = init?.type === 'MemberExpression' ? init.object : init;
      return call?.type === 'CallExpression' && call.callee.type === 'Identifier' && call.callee.name === 'require';
    })
  );
}

/** What an export of a package is called in the file; `null` where the file does not have it. @param name `null`: the default export */
export function localOf({ ast }: SourceFile, from: string, name: string | null): string | null {
  for (const statement of ast.program.body) {
    if (statement.type === 'ImportDeclaration' && statement.source.value === from) {
      for (const specifier of statement.specifiers) {
        if (specifier.type === 'ImportDefaultSpecifier' && name === null) return specifier.local.name;
        if (specifier.type !== 'ImportSpecifier') continue;
        const { imported } = specifier;
        if ((imported.type === 'Identifier' ? imported.name : imported.value) === (name ?? 'default'))
          return specifier.local.name;
      }
    }
    if (statement.type !== 'VariableDeclaration') continue;
    for (const { id, init } of statement.declarations) {
      if (!isRequireOf(init, (module) => module === from)) continue;
      if (id.type === 'Identifier' && name === null) return id.name;
      if (id.type !== 'ObjectPattern') continue;
      for (const property of id.properties)
        if (
          property.type === 'ObjectProperty' &&
          property.key.type === 'Identifier' &&
          property.key.name === (name ?? 'default') &&
          property.value.type === 'Identifier'
        )
          return property.value.name;
    }
  }
  return null;
}

/** `require('...')` of a module that is meant. */
export function isRequireOf(node: Node | null | undefined, isMeant: (module: string) => boolean): boolean {
  if (node?.type !== 'CallExpression' || node.callee.type !== 'Identifier' || node.callee.name !== 'require')
    return false;
  const [module] = node.arguments;
  return module?.type === 'StringLiteral' && isMeant(module.value);
}

/** What the exports of modules are called in the file. */
export function localsOf(source: SourceFile, isMeant: (module: string) => boolean): readonly string[] {
  return declarationsOf(source, isMeant).flatMap(({ names }) => names);
}

/** Whether the file makes use of a module: names that it only imports are none. */
export function usesModule(source: SourceFile, module: string): boolean {
  return usesIn(source, module)(source.ast.program);
}

/** The line in which the module is used again in the same list, or around itself; `null` where it is not. */
export function secondUse(source: SourceFile, module: string): number | null {
  const isUsedIn = usesIn(source, module);
  const names = new Set(localsOf(source, (name) => name === module));
  let line: number | null = null;
  visitNodes([source.ast.program], (node) => {
    if (node.type === 'ArrayExpression') {
      const [, second] = node.elements.filter((element) => element !== null && isUsedIn(element));
      line ??= second?.loc?.start.line ?? null;
    }
    if (node.type === 'CallExpression' && node.callee.type === 'Identifier' && names.has(node.callee.name))
      line ??= node.arguments.find((argument) => isUsedIn(argument))?.loc?.start.line ?? null;
    return line === null;
  });
  return line;
}

function usesIn(source: SourceFile, module: string): (node: Node) => boolean {
  const declarations = declarationsOf(source, (name) => name === module);
  const names = new Set(declarations.flatMap((declaration) => declaration.names));
  const nodes = new Set<Node>(declarations.map(({ node }) => node));
  return (within) => {
    let isUsed = false;
    visitNodes([within], (node) => {
      if (nodes.has(node)) return false;
      isUsed ||=
        (node.type === 'Identifier' && names.has(node.name)) ||
        (node.type === 'StringLiteral' && node.value === module);
      return !isUsed;
    });
    return isUsed;
  };
}

interface Declaration {
  readonly node: Node;
  readonly names: readonly string[];
}

function declarationsOf({ ast }: SourceFile, isMeant: (module: string) => boolean): readonly Declaration[] {
  return ast.program.body.flatMap((statement): readonly Declaration[] => {
    if (statement.type === 'ImportDeclaration' && isMeant(statement.source.value))
      return [{ node: statement, names: statement.specifiers.map(({ local }) => local.name) }];
    if (statement.type !== 'VariableDeclaration') return [];
    return statement.declarations
      .filter(({ init }) => isRequireOf(init, isMeant))
      .map((declarator) => {
        const names: string[] = [];
        visitNodes([declarator.id], (node) => {
          if (node.type === 'Identifier') names.push(node.name);
          return true;
        });
        return { node: declarator, names };
      });
  });
}

function identifiersIn({ ast }: SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  visitNodes([ast.program], (node) => {
    if (node.type === 'Identifier') names.add(node.name);
    return true;
  });
  return names;
}
