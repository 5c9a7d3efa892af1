/** Takes the kit, and what came with it, out of a configuration that somebody has changed since: entries of lists, calls around what is exported, imports. */
import type { ArrayExpression, Expression, Node, ObjectExpression, Statement } from '@babel/types';
import { visitNodes, type SourceFile } from '../discover/syntax';
import { parseSound } from '../edit/config-edit';
import { isRequireOf, localsOf } from '../edit/config-names';
import { unwrap } from '../edit/exported-objects';
import { removeEntry } from '../edit/remove';
import { TARGET_OF_TOP_LEVEL_AWAIT } from '../homes/vite';
import { applySplices } from '../edit/splice';

export interface TakeOutOptions {
  /** Names of packages that go. */
  readonly packages: readonly string[];
  /** The file before the kit came into it; empty where there was none. What stood there stays, empty as it may be. */
  readonly original: string;
}

/** More than any configuration names it. */
const mostRounds = 40;

/** The text without it; `null` where it cannot be told where it stands. */
export function takeOutKit(file: string, text: string, options: TakeOutOptions): string | null {
  let rest = text;
  // One after the other: an entry's position is that of the text that still has it.
  for (let round = 0; round < mostRounds; round++) {
    const source = parseSound(file, rest);
    if (source === null) return null;
    const kit = kitIn(source, options);
    const next =
      withoutEntry(source, kit, options) ??
      withoutCall(source, kit) ??
      (rest === text ? null : withoutSetting(source, kit, options)) ??
      withoutImport(source, kit);
    if (next === null) return kit.isThere ? null : rest;
    rest = next;
  }
  return null;
}

/** Whether a configuration says nothing: an empty object is exported, and nothing else but imports stands in the file. */
export function isEmptyConfig(file: string, text: string): boolean {
  const source = parseSound(file, text);
  if (source === null) return false;
  const others = source.ast.program.body.filter((statement) => !isImport(statement));
  const [only] = others;
  const code = only === undefined ? '' : text.slice(only.start ?? 0, only.end ?? 0);
  return (
    others.length === 1 &&
    /^(module\.exports=|exportdefault)(defineConfig\()?(\{\})?\)?;?$/.test(code.replace(/\s+/g, ''))
  );
}

interface Kit {
  readonly isOf: (specifier: string) => boolean;
  readonly names: ReadonlySet<string>;
  readonly isThere: boolean;
}

function kitIn(source: SourceFile, { packages, original }: TakeOutOptions): Kit {
  const gone = packages.filter((name) => name === 'zero-backend-sync' || !original.includes(name));
  const isOf = (specifier: string) => gone.some((name) => specifier === name || specifier.startsWith(`${name}/`));
  let isThere = false;
  visitNodes([source.ast.program], (node) => {
    isThere ||= node.type === 'StringLiteral' && isOf(node.value);
    return !isThere;
  });
  return { isOf, names: new Set(localsOf(source, isOf)), isThere };
}

interface Place {
  readonly list: ArrayExpression;
  readonly entry: Node;
  /** The properties that it stands in, from the outside, each with its object. */
  readonly way: readonly { readonly owner: ObjectExpression; readonly property: Node }[];
}

function withoutEntry({ text, ast }: SourceFile, kit: Kit, { original }: TakeOutOptions): string | null {
  const found: Place[] = [];
  const visit = (node: Node, way: Place['way']): void =>
    visitNodes([node], (child) => {
      if (child !== node && child.type === 'ObjectExpression') {
        for (const inner of child.properties) visit(inner, [...way, { owner: child, property: inner }]);
        return false;
      }
      if (child.type !== 'ArrayExpression') return true;
      const entry = child.elements.find((element) => element !== null && isEntry(element, kit));
      if (entry == null) return true;
      found.push({ list: child, entry, way });
      return false;
    });
  visit(ast.program, []);
  const [first] = found;
  if (first === undefined) return null;
  const { list, entry, way } = first;
  if (list.elements.length === 1 && isWhole(list, way.at(-1)?.property)) {
    // The list goes with its last entry where the kit has made it, and so does an object that was made for it.
    const isMade = ({ property }: Place['way'][number]) =>
      property.type === 'ObjectProperty' && !new RegExp(`\\b${nameOf(property.key)}\\b`).test(original);
    let depth = way.length - 1;
    while (
      depth > 0 &&
      way[depth]?.owner.properties.length === 1 &&
      isMade(way[depth - 1] ?? { property: entry, owner: list as never })
    )
      depth--;
    const place = way[depth];
    if (place !== undefined && isMade(place)) return removeEntry(text, place.owner, place.property);
  }
  const [spread] = list.elements;
  const other = list.elements.length === 2 && spread?.type === 'SpreadElement' ? spread.argument : null;
  if (other !== null && list.elements[1] === entry)
    return applySplices(text, [
      { start: list.start ?? 0, end: list.end ?? 0, text: text.slice(other.start ?? 0, other.end ?? 0) },
    ]);
  return removeEntry(text, list, entry);
}

/** `build: { target: 'es2022' }`, which one of the plugins needs, where the app had no such setting. */
function withoutSetting(
  { text, ast }: SourceFile,
  { isThere }: Kit,
  { packages, original }: TakeOutOptions,
): string | null {
  if (!isThere || !packages.includes('vite-plugin-top-level-await') || /\btarget\b/.test(original)) return null;
  let rest: string | null = null;
  visitNodes([ast.program], (node) => {
    if (rest !== null) return false;
    if (node.type !== 'ObjectExpression') return true;
    for (const property of node.properties) {
      if (property.type !== 'ObjectProperty' || nameOf(property.key) !== 'build') continue;
      const { value } = property;
      const target = value.type === 'ObjectExpression' ? value.properties.find(isMadeTarget) : undefined;
      if (value.type !== 'ObjectExpression' || target === undefined) continue;
      rest =
        value.properties.length === 1 && !/\bbuild\b/.test(original)
          ? removeEntry(text, node, property)
          : removeEntry(text, value, target);
    }
    return rest === null;
  });
  return rest;
}

function isMadeTarget(property: Node): boolean {
  return (
    property.type === 'ObjectProperty' &&
    nameOf(property.key) === 'target' &&
    property.value.type === 'StringLiteral' &&
    property.value.value === TARGET_OF_TOP_LEVEL_AWAIT
  );
}

/** Whether a list, or a function that returns it, is all that a property says. */
function isWhole(list: ArrayExpression, property: Node | undefined): boolean {
  if (property?.type !== 'ObjectProperty') return false;
  const { value } = property;
  return value === list || (value.type === 'ArrowFunctionExpression' && value.body === list);
}

function nameOf(key: Node): string {
  return key.type === 'Identifier' ? key.name : key.type === 'StringLiteral' ? key.value.replace(/\W/g, '.') : '.^';
}

/** `kit()`, `new Kit()`, `require('...').kit()`, `{ plugin: require('...') }`, and nothing that only contains one. */
function isEntry(element: Node, kit: Kit): boolean {
  if (element.type === 'CallExpression' || element.type === 'NewExpression') return isKit(element.callee, kit);
  if (element.type !== 'ObjectExpression') return false;
  return element.properties.some(
    (property) =>
      property.type === 'ObjectProperty' &&
      property.key.type === 'Identifier' &&
      property.key.name === 'plugin' &&
      isKit(property.value, kit),
  );
}

function isKit(typed: Node, kit: Kit): boolean {
  const node = unwrap(typed as Expression);
  if (node.type === 'Identifier') return kit.names.has(node.name);
  if (node.type === 'MemberExpression') return isKit(node.object, kit);
  return isRequireOf(node, kit.isOf);
}

/** A call around what is exported becomes what is in it. */
function withoutCall({ text, ast }: SourceFile, kit: Kit): string | null {
  const found: { readonly start: number; readonly end: number; readonly text: string }[] = [];
  visitNodes([ast.program], (node) => {
    if (found.length > 0) return false;
    if (node.type !== 'CallExpression' || isRequireOf(node, kit.isOf) || !isKit(node.callee, kit)) return true;
    const [inner] = node.arguments;
    const code = inner === undefined ? '{}' : text.slice(inner.start ?? 0, inner.end ?? 0);
    found.push({ start: node.start ?? 0, end: node.end ?? 0, text: code });
    return false;
  });
  return found.length === 0 ? null : applySplices(text, found);
}

/** An import of the kit, whose names nothing uses any more, with its line. */
function withoutImport({ text, ast }: SourceFile, kit: Kit): string | null {
  const statement = ast.program.body.find(
    (candidate) =>
      (candidate.type === 'ImportDeclaration' && kit.isOf(candidate.source.value)) ||
      (candidate.type === 'VariableDeclaration' &&
        candidate.declarations.length === 1 &&
        isRequireOf(candidate.declarations[0]?.init, kit.isOf)),
  );
  if (statement === undefined) return null;
  let isUsed = false;
  visitNodes(
    ast.program.body.filter((other) => other !== statement),
    (node) => {
      isUsed ||= node.type === 'Identifier' && kit.names.has(node.name);
      return !isUsed;
    },
  );
  if (isUsed && !ast.program.body.some((other) => other !== statement && isImport(other) && importsKit(other, kit)))
    return null;
  const start = statement.start ?? 0;
  const rest = text.slice(statement.end ?? 0);
  const isFirst = text.slice(0, start).trim() === '';
  // At the top the line behind it was added with it.
  const line = (isFirst ? /^[ \t]*(\r?\n){0,2}/ : /^[ \t]*(\r?\n)?/).exec(rest)?.[0] ?? '';
  return text.slice(0, start) + rest.slice(line.length);
}

function importsKit(statement: Statement, kit: Kit): boolean {
  let isThere = false;
  visitNodes([statement], (node) => {
    isThere ||= node.type === 'StringLiteral' && kit.isOf(node.value);
    return !isThere;
  });
  return isThere;
}

function isImport(statement: Statement): boolean {
  return (
    statement.type === 'ImportDeclaration' ||
    (statement.type === 'VariableDeclaration' &&
      statement.declarations.every(({ init }) => isRequireOf(init, () => true)))
  );
}
