/** Lines at the beginning of a Vue component's setup, behind what they are made of; everything else of its file stays as it is. */
import type { NodePath } from '@babel/traverse';
import type { Node, ObjectExpression } from '@babel/types';
import type { Module } from '../discover/modules';
import { keyName, leavesOf } from '../discover/bindings';
import { behind, importLine, importSplice, lineEndOf, type NeededImport } from './add-imports';
import { appendTo, applySplices, indentationUnit, insertBefore, type Splice } from './splice';

export interface SetupLines {
  readonly imports: readonly NeededImport[];
  /** Without their semicolons. */
  readonly statements: readonly string[];
  /** Names of the setup that the statements take. */
  readonly names: readonly string[];
  readonly isTypescript: boolean;
}

/** The text of the file with the lines; `null` where the component has another form. @param setup the program of `<script setup>`, or the setup function of options */
export function withSetup(module: Module, setup: NodePath, lines: SetupLines): string | null {
  const { vue, text } = module.source;
  if (vue === null) return null;
  const script = vue.scripts.find(({ isSetup }) => isSetup) ?? vue.scripts[0];
  if (script === undefined) return withNewScript(text, vue.start, lines);
  const body = module.program.node.body.filter(
    ({ start }) => (start ?? 0) >= script.inner.start && (start ?? 0) < script.inner.end,
  );
  const style = styleOf(text, body);
  const splices = script.isSetup
    ? inScript(text, script.inner.start, body, lines, style)
    : inOptions(text, script.inner.start, body, setup, lines, style);
  if (splices === null) return null;
  const lineEnd = lineEndOf(text);
  return applySplices(
    text,
    splices.map((splice) => ({ ...splice, text: splice.text.replace(/\r?\n/g, lineEnd) })),
  );
}

interface Style {
  readonly indent: string;
  readonly end: string;
}

/** As the statements of a script are written. */
function styleOf(text: string, body: readonly Node[]): Style {
  const [first] = body;
  const line = first === undefined ? '' : lineBefore(text, first.start ?? 0);
  const isTerminated = first === undefined || body.some(({ end }) => text[(end ?? 0) - 1] === ';');
  return { indent: /^[ \t]*$/.test(line) ? line : '', end: isTerminated ? ';' : '' };
}

function withNewScript(text: string, start: number, { imports, statements, isTypescript }: SetupLines): string {
  const lines = [
    isTypescript ? '<script setup lang="ts">' : '<script setup>',
    ...imports.map((each) => importLine(each, "'", ';')),
    '',
    ...statements.map((statement) => `${statement};`),
    '</script>',
    '',
    '',
  ];
  return applySplices(text, [{ start, end: start, text: lines.join(lineEndOf(text)) }]);
}

function inScript(
  text: string,
  start: number,
  body: readonly Node[],
  lines: SetupLines,
  style: Style,
): readonly Splice[] {
  const imports = body.filter(({ type }) => type === 'ImportDeclaration');
  const last = imports.at(-1);
  const declaring = body.filter((node) => declares(node, lines.names)).at(-1);
  const code = lines.statements.map((statement) => `${style.indent}${statement}${style.end}`);
  if (declaring !== undefined) {
    const at = behind(text, declaring);
    const added = { start: at, end: at, text: code.map((line) => `\n${line}`).join('') };
    return [importsInto(text, start, imports, lines.imports, style, true), added];
  }
  const at = last === undefined ? start : behind(text, last);
  const { text: imported } = importsInto(text, start, imports, lines.imports, style, false);
  return [{ start: at, end: at, text: `${imported}\n\n${code.join('\n')}${spaceBehind(text, at, body)}` }];
}

/** What follows begins on a line of its own, a statement behind an empty one. */
function spaceBehind(text: string, at: number, body: readonly Node[]): string {
  const next = body.find(({ start }) => (start ?? 0) >= at);
  const between = text.slice(at, next?.start ?? text.indexOf('</script', at));
  const isApart = next === undefined ? between.includes('\n') : /\n[ \t]*\r?\n/.test(between);
  return isApart ? '' : between.includes('\n') || next === undefined ? '\n' : '\n\n';
}

function importsInto(
  text: string,
  start: number,
  imports: readonly Node[],
  needed: readonly NeededImport[],
  { indent, end }: Style,
  isAlone: boolean,
): Splice {
  if (imports.length > 0) return importSplice(text, imports, needed);
  const lines = needed.map((each) => `\n${indent}${importLine(each, "'", end)}`).join('');
  return { start, end: start, text: isAlone ? `${lines}\n` : lines };
}

function declares(node: Node, names: readonly string[]): boolean {
  if (node.type === 'VariableDeclaration')
    return node.declarations.some(({ id }) => namesOf(id).some((name) => names.includes(name)));
  return node.type === 'FunctionDeclaration' && names.includes(node.id?.name ?? '');
}

function namesOf(pattern: Node): readonly string[] {
  return leavesOf(pattern).map(({ name }) => name);
}

/** Members that a component's options begin with. */
const firstMembers = new Set('name components directives extends mixins inheritAttrs props emits'.split(' '));

function inOptions(
  text: string,
  start: number,
  body: readonly Node[],
  setup: NodePath,
  lines: SetupLines,
  style: Style,
): readonly Splice[] | null {
  const imports = body.filter(({ type }) => type === 'ImportDeclaration');
  const imported = importsInto(text, start, imports, lines.imports, style, true);
  const unit = indentationUnit(text);
  const code = (indent: string) => lines.statements.map((statement) => `${indent}${statement}${style.end}`).join('\n');
  if (setup.isFunction()) {
    const block = setup.node.body;
    if (block.type !== 'BlockStatement') return null;
    const declaring = block.body.filter((node) => declares(node, lines.names)).at(-1);
    const [first] = block.body;
    if (declaring !== undefined) {
      const at = behind(text, declaring);
      return [imported, { start: at, end: at, text: `\n${code(lineIndent(text, declaring.start ?? 0))}` }];
    }
    const outer = lineIndent(text, block.start ?? 0);
    const at = first?.start ?? (block.start ?? 0) + 1;
    if (first === undefined)
      return [imported, { start: at, end: (block.end ?? 0) - 1, text: `\n${code(outer + unit)}\n${outer}` }];
    const isOnLine = lineBefore(text, at).trim() === '';
    const inner = isOnLine ? lineIndent(text, at) : outer + unit;
    return [
      imported,
      { start: at, end: at, text: `${isOnLine ? '' : `\n${inner}`}${code(inner).trimStart()}\n${inner}` },
    ];
  }
  const options = optionsIn(body);
  if (options === null) return null;
  const next = options.properties.find(
    (property) => property.type === 'SpreadElement' || !firstMembers.has(keyName(property.key) ?? ''),
  );
  const [any] = options.properties;
  const inner = any === undefined ? lineIndent(text, options.start ?? 0) + unit : lineIndent(text, any.start ?? 0);
  const entry = `setup() {\n${code(inner + unit)}\n${inner}}`;
  return [imported, next === undefined ? appendTo(text, options, entry) : insertBefore(text, next, entry)];
}

/** The object of `export default { ... }` and `export default defineComponent({ ... })`. */
function optionsIn(body: readonly Node[]): ObjectExpression | null {
  const exported = body.find(({ type }) => type === 'ExportDefaultDeclaration');
  const declared = exported?.type === 'ExportDefaultDeclaration' ? exported.declaration : undefined;
  const options = declared?.type === 'CallExpression' ? declared.arguments[0] : declared;
  return options?.type === 'ObjectExpression' ? options : null;
}

function lineBefore(text: string, position: number): string {
  return text.slice(text.lastIndexOf('\n', position - 1) + 1, position);
}

function lineIndent(text: string, position: number): string {
  return /^[ \t]*/.exec(lineBefore(text, position))?.[0] ?? '';
}
