/**
 * Single-file components of Vue, as code: the text of the file in which only its scripts, and what its template reads, are left, each where it stands,
 * so that positions and lines are those of the file. Blocks and templates are parsed by Vue's own parser (66 kB of `@vue/compiler-dom`; its compiler for
 * whole files has a megabyte): a reader of tags would have to know comments, raw text, nested templates and attributes as well as it does.
 */
import { parseExpression } from '@babel/parser';
import { NodeTypes, parse, type ElementNode, type TemplateChildNode } from '@vue/compiler-dom';

export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface VueScript {
  /** What stands between its tags. */
  readonly inner: Range;
  readonly isSetup: boolean;
}

export interface VueFile {
  /** The component's name, by its file. */
  readonly name: string;
  /** As the file has them: at most one of each kind. */
  readonly scripts: readonly VueScript[];
  readonly language: 'js' | 'jsx' | 'ts' | 'tsx';
  /** The first block of the file. */
  readonly start: number;
  /** As long as the file; what the template reads stands in it as statements. */
  readonly code: string;
  readonly template: Range | null;
  /** Properties that the template gives to elements by `:name="..."`. */
  readonly properties: readonly BoundProperty[];
}

export interface BoundProperty {
  /** As the template writes it: `SyncProvider`, `sync-provider`. */
  readonly element: string;
  readonly name: string;
  readonly value: Range;
}

/** @throws where a block of the file does not end */
export function readVueFile(file: string, text: string): VueFile {
  // To decode an entity, the parser as it is bundled would ask a browser; none is a part of a script or of an expression.
  const { children } = parse(text.replaceAll('&', '+'), { parseMode: 'sfc', comments: false, onError() {} });
  const blocks = children.filter((child): child is ElementNode => child.type === NodeTypes.ELEMENT);
  const scripts = blocks.filter(({ tag }) => tag === 'script');
  const languages = scripts.map((script) => attributeOf(script, 'lang') ?? 'js');
  const language = (['tsx', 'ts', 'jsx'] as const).find((each) => languages.includes(each)) ?? 'js';
  const template = blocks.find(({ tag }) => tag === 'template');
  const read = template === undefined || attributeOf(template, 'lang') !== null ? [] : expressionsOf(template.children);
  const parsable = read.filter(({ start, end }) => isExpression(text.slice(start, end), language));
  const vueScripts = scripts.map((script) => ({
    inner: innerOf(script),
    isSetup: attributeOf(script, 'setup') !== null,
  }));
  return {
    name: componentName(file),
    scripts: vueScripts,
    language,
    start: blocks[0]?.loc.start.offset ?? 0,
    code: codeOf(
      text,
      vueScripts.map(({ inner }) => inner),
      parsable,
    ),
    properties: template === undefined ? [] : propertiesOf(template.children),
    template: template === undefined ? null : { start: template.loc.start.offset, end: template.loc.end.offset },
  };
}

/** `src/App.vue` -> `App`, `src/user-menu/index.vue` -> `UserMenu`. */
function componentName(file: string): string {
  const words =
    file
      .replace(/(\/index)?\.vue$/i, '')
      .split('/')
      .at(-1) ?? '';
  return words.replace(/(?:^|[-_.\s]+)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function attributeOf({ props }: ElementNode, name: string): string | null {
  const found = props.find((prop) => prop.type === NodeTypes.ATTRIBUTE && prop.name === name);
  return found?.type === NodeTypes.ATTRIBUTE ? (found.value?.content ?? '') : null;
}

function innerOf(block: ElementNode): Range {
  const { start, end } = block.innerLoc ?? block.loc;
  return { start: start.offset, end: end.offset };
}

function propertiesOf(nodes: readonly TemplateChildNode[]): readonly BoundProperty[] {
  return nodes.flatMap((node): readonly BoundProperty[] => {
    if (node.type !== NodeTypes.ELEMENT) return [];
    const own = node.props.flatMap((prop) => {
      if (prop.type !== NodeTypes.DIRECTIVE || prop.name !== 'bind' || prop.exp === undefined) return [];
      const name = prop.arg?.type === NodeTypes.SIMPLE_EXPRESSION && prop.arg.isStatic ? prop.arg.content : null;
      const { start, end } = prop.exp.loc;
      return name === null ? [] : [{ element: node.tag, name, value: { start: start.offset, end: end.offset } }];
    });
    return [...own, ...propertiesOf(node.children)];
  });
}

/** What a template reads of its component: without listeners, and without what a loop or a slot names itself. */
function expressionsOf(nodes: readonly TemplateChildNode[], inner: ReadonlySet<string> = new Set()): readonly Range[] {
  return nodes.flatMap((node): readonly Range[] => {
    if (node.type === NodeTypes.INTERPOLATION) return rangeOf(node.content, inner);
    if (node.type !== NodeTypes.ELEMENT) return [];
    const directives = node.props.flatMap((prop) => (prop.type === NodeTypes.DIRECTIVE ? [prop] : []));
    const named = directives.flatMap(({ name, exp }) => {
      if (exp === undefined || (name !== 'for' && name !== 'slot')) return [];
      const pattern = name === 'for' ? exp.loc.source.split(/\s(?:in|of)\s/)[0] : exp.loc.source;
      return pattern?.match(/[A-Za-z_$][\w$]*/g) ?? [];
    });
    const names = named.length === 0 ? inner : new Set([...inner, ...named]);
    const own = directives.filter(({ name }) => !['for', 'slot', 'on'].includes(name));
    return [
      ...own.flatMap(({ exp }) => (exp === undefined ? [] : rangeOf(exp, names))),
      ...expressionsOf(node.children, names),
    ];
  });
}

function rangeOf(
  {
    loc,
  }: {
    readonly loc: { readonly source: string; readonly start: { offset: number }; readonly end: { offset: number } };
  },
  inner: ReadonlySet<string>,
): readonly Range[] {
  const names = loc.source.match(/(?<![\w$.])[A-Za-z_$][\w$]*/g) ?? [];
  return names.some((name) => inner.has(name)) ? [] : [{ start: loc.start.offset, end: loc.end.offset }];
}

function isExpression(code: string, language: VueFile['language']): boolean {
  try {
    parseExpression(code, { plugins: language.startsWith('ts') ? ['typescript'] : [] });
    return true;
  } catch {
    return false;
  }
}

/** What stands around an expression of a template (a quote, a brace, the end of a tag) has room for the signs that make it a block. */
function codeOf(text: string, scripts: readonly Range[], read: readonly Range[]): string {
  const code = text.replace(/[^\r\n]/g, ' ').split('');
  const put = ({ start, end }: Range) => {
    for (let at = start; at < end; at++) code[at] = text.charAt(at);
  };
  for (const range of scripts) {
    put(range);
    if (!endsByItself(text, range, [...scripts, ...read])) code[range.end] = ';';
  }
  for (const range of read) {
    put(range);
    code[range.start - 2] = '{';
    code[range.start - 1] = '(';
    code[range.end] = ')';
    code[range.end + 1] = '}';
  }
  return code.join('');
}

/** Whether the last statement of a script ends without a semicolon before what follows: that would become a part of it. */
function endsByItself(text: string, { end }: Range, ranges: readonly Range[]): boolean {
  const [next] = ranges.filter(({ start }) => start >= end).sort((a, b) => a.start - b.start);
  if (next === undefined) return true;
  return text.slice(end, next.start).includes('\n') && !/^\s*[([`/+*,.-]/.test(text.slice(next.start, next.end));
}
