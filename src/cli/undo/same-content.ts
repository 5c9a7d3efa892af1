/**
 * Whether two texts of a file say the same, so that what somebody has only formatted is not taken for a change of theirs. Code is compared as syntax trees
 * without positions, quotes, semicolons and the layout of comments; JSON as values; anything else as text without white space.
 */
import { parseExpression } from '@babel/parser';
import { parseJson } from '../edit/json';
import { parseSource } from '../discover/syntax';

export function isSameContent(file: string, a: string, b: string): boolean {
  if (a === b) return true;
  if (isReadByLines(file)) return sameList(linesOf(a), linesOf(b));
  const isSame = /\.(json|jsonc|json5)$/.test(file)
    ? sameJson(file, a, b)
    : /\.[cm]?[jt]sx?$/.test(file)
      ? sameCode(file, a, b)
      : null;
  return isSame ?? withoutSpace(a) === withoutSpace(b);
}

/** Line ends are part of what these files say; `a` and `b` in two lines are not `ab`. */
export function isReadByLines(file: string): boolean {
  return /(^|\/)(\.\w*ignore|\.env(\..*)?|\.npmrc|\.yarnrc|\.gitattributes)$/.test(file);
}

export function linesOf(text: string): readonly string[] {
  return text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}

function withoutSpace(text: string): string {
  return text.replace(/[\s\ufeff]+/g, '');
}

/** `null` where one of them is no JSON. */
function sameJson(file: string, a: string, b: string): boolean | null {
  try {
    const [one, other] = [a, b].map((text) => jsonIn(file, text));
    return one === other;
  } catch {
    return null;
  }
}

function jsonIn(file: string, text: string): string {
  try {
    // Lock files have a hundred thousand lines, which the parser of JSON with comments takes seconds for.
    return JSON.stringify(sorted(JSON.parse(text.replace(/^\ufeff/, ''))));
  } catch {
    return JSON.stringify([sorted(parseJson(file, text)), commentsOf(parseExpression(text))]);
  }
}

/** With keys in one order, whatever order they are written in. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, inner]) => [key, sorted(inner)]);
}

/** `null` where one of them cannot be read: the parser goes on after an error, and a tree with errors may lack what the text has. */
function sameCode(file: string, a: string, b: string): boolean | null {
  const [one, other] = [parseSource(file, a)?.ast, parseSource(file, b)?.ast];
  if (one === undefined || other === undefined) return null;
  if ((one.errors?.length ?? 0) + (other.errors?.length ?? 0) > 0) return null;
  return (
    JSON.stringify(commentsOf(one)) === JSON.stringify(commentsOf(other)) &&
    JSON.stringify(meaning(one.program)) === JSON.stringify(meaning(other.program))
  );
}

/** What comments say, in their order. A formatter wraps and indents them, and moves them to the next line. */
function commentsOf(node: { readonly comments?: readonly { readonly value: string }[] | null }): readonly string[] {
  return (node.comments ?? []).map(({ value }) => value.replace(/[\s*]+/g, ''));
}

interface Tree {
  readonly type: string;
  readonly [field: string]: unknown;
}

const layout = new Set(['start', 'end', 'loc', 'range', 'extra', 'errors', 'comments', 'tokens', 'sourceType']);

/** A syntax tree without what a formatter decides. */
function meaning(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !isTree(item) || item.type !== 'EmptyStatement').map(meaning);
  if (!isTree(value)) return typeof value === 'bigint' ? String(value) : value;
  switch (value.type) {
    // A key in quotes and one without are the same key.
    case 'StringLiteral':
    case 'NumericLiteral':
      return { type: value.type, value: value.value };
    case 'BigIntLiteral':
      return { type: value.type, value: String(value.value).toLowerCase() };
    case 'DirectiveLiteral':
      return { type: value.type, value: value.value };
    case 'TSParenthesizedType':
      return meaning(value.typeAnnotation);
    case 'JSXElement':
    case 'JSXFragment':
      return fieldsOf({ ...value, children: jsxChildren(value.children as readonly Tree[]) });
    case 'JSXAttribute':
      return fieldsOf({ ...value, value: unwrapString(value.value) });
    default:
      return fieldsOf(value.computed === true ? value : { ...value, ...plainKey(value) });
  }
}

function fieldsOf(tree: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(
    Object.entries(tree)
      .filter(([name]) => !layout.has(name) && !name.endsWith('Comments'))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, meaning(inner)]),
  );
}

const keyed =
  /^(ObjectProperty|ObjectMethod|ClassProperty|ClassMethod|TS\w*Signature|TSEnumMember|ObjectTypeProperty)$/;

function plainKey({ type, key, id, shorthand }: Tree): Readonly<Record<string, unknown>> {
  if (!keyed.test(type)) return {};
  const name = type === 'TSEnumMember' ? 'id' : 'key';
  const node = (type === 'TSEnumMember' ? id : key) as Tree | undefined;
  const plain = node?.type === 'Identifier' ? node.name : node?.value;
  const isNamed = node !== undefined && /^(Identifier|StringLiteral|NumericLiteral)$/.test(node.type);
  return { ...(isNamed && { [name]: String(plain) }), ...(shorthand !== undefined && { shorthand: false }) };
}

/** As React sees them: white space at line ends is nothing, `{' '}` is a space. */
function jsxChildren(children: readonly Tree[]): readonly unknown[] {
  const joined: unknown[] = [];
  for (const child of children) {
    const text = child.type === 'JSXText' ? jsxText(String(child.value)) : stringIn(child);
    const last = joined.at(-1);
    if (text === null) joined.push(child);
    else if (typeof last === 'string') joined[joined.length - 1] = last + text;
    else if (text !== '') joined.push(text);
  }
  return joined;
}

function jsxText(text: string): string {
  const lines = text.split(/\r\n|\n|\r/);
  return lines
    .map((line, index) => {
      const spaced = line.replace(/\t/g, ' ');
      const started = index === 0 ? spaced : spaced.replace(/^ +/, '');
      return index === lines.length - 1 ? started : started.replace(/ +$/, '');
    })
    .filter((line) => line !== '')
    .join(' ');
}

function stringIn(child: Tree): string | null {
  const expression = child.type === 'JSXExpressionContainer' ? (child.expression as Tree) : null;
  return expression?.type === 'StringLiteral' ? String(expression.value) : null;
}

function unwrapString(value: unknown): unknown {
  const text = isTree(value) ? stringIn(value) : null;
  return text === null ? value : { type: 'StringLiteral', value: text };
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}
