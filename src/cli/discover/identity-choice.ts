/** Whether what somebody typed can name a user: one expression, of names that exist where it is to stand, and not the same for everybody. */
import { parseExpression } from '@babel/parser';
import traverse, { type NodePath, type Visitor } from '@babel/traverse';
import { file as fileNode, program as programNode, expressionStatement, type Expression } from '@babel/types';
import { constancyOf, type Constancy } from './constant-values';
import type { IdentityFacts, IdentityPart } from './identity';
import { sourceFiles } from './identity';
import { identityFields, type IdentifierKind } from './identity-sources';
import { readModules, type Modules } from './modules';
import { namesIn, ownerOf, type Place } from './places';
import type { ProjectFiles } from './project-files';
import { propertyName } from './bindings';

export interface ChosenPart {
  readonly expression: string;
  /** `null` where the words of the expression do not say. */
  readonly kind: IdentifierKind | 'literal' | null;
  /** Where it can stand; `null` where that is not known. */
  readonly place: (Place & { readonly file: string; readonly line: number }) | null;
  readonly imports: readonly string[];
  /** The candidate that it is. */
  readonly found: IdentityPart | null;
  /** Why it cannot be used, in a whole sentence; `null` where it can. */
  readonly problem: string | null;
}

/** What each part is, where it can stand, and what is wrong with it. @param ignore the template's folder */
export function examineChoice(
  files: ProjectFiles,
  facts: IdentityFacts,
  expressions: readonly string[],
  ignore?: string,
): readonly ChosenPart[] {
  const candidates = facts.proposals.flatMap(({ parts }) => parts);
  let modules: Modules | null = null;
  return expressions.map((expression) => {
    const found = candidates.find((part) => sameText(part.expression, expression)) ?? null;
    if (found !== null) {
      const { kind, place, imports, evidence } = found;
      const { file, line } = evidence;
      return { expression, kind, place: { ...place, file, line }, imports, found, problem: null };
    }
    modules ??= readModules(files, sourceFiles(files, ignore));
    return examine(modules, expression);
  });
}

function examine(modules: Modules, expression: string): ChosenPart {
  const path = expressionPath(expression);
  const names = namesIn(path).filter((name) => !browserNames.has(name));
  const exporterOf = (name: string) =>
    modules.all.find(({ source }) => modules.exportOf(source.path, name) !== null)?.source.path;
  const homesFor = (wanted: readonly string[]) =>
    modules.all
      .flatMap(({ source, program }) => homesOf(program, wanted, source.path))
      .sort((a, b) => homeOrder.indexOf(a.place.kind) - homeOrder.indexOf(b.place.kind));
  // What another file exports can be imported into the place that has the rest.
  const local = names.filter((name) => exporterOf(name) === undefined);
  const [home] = [...homesFor(names), ...(local.length === 0 ? [] : homesFor(local))];
  const elsewhere = names.filter((name) => home?.path.scope.hasBinding(name, true) !== true);
  const missing = elsewhere.filter((name) => exporterOf(name) === undefined);
  const imports = elsewhere.map((name) => `${name} of ${exporterOf(name)}`);
  const constancy =
    home === undefined ? exportedConstancy(modules, path) : constancyOf(modules, expressionPath(expression, home.path));
  const part = { expression, kind: kindOf(path), place: home?.place ?? null, imports, found: null };
  if (constancy === 'constant') return { ...part, kind: 'literal', problem: null };
  if (constancy === 'random')
    return { ...part, problem: `${expression} is another value at each start, so nobody would find their data again.` };
  const isNothing = path.isObjectExpression() || path.isFunction() || path.isClass() || path.isUnaryExpression();
  if (isNothing)
    return { ...part, problem: `${expression} is no text and no whole number, as each part of an identity is.` };
  if (missing.length === 0) return { ...part, problem: null };
  const what = missing.map((name) => `"${name}"`).join(' and ');
  const isAre = missing.length === 1 ? 'is' : 'are';
  return {
    ...part,
    problem: `${what} ${isAre} in scope nowhere in the source, so ${expression} could stand in no component.`,
  };
}

/** An expression as a syntax tree of its own, or with the names of the place where it is to stand. */
export function expressionPath(expression: string, home?: NodePath): NodePath {
  const statement = expressionStatement(parsed(expression));
  const found: NodePath[] = [];
  const visitor: Visitor = {
    Expression(path) {
      found.push(path);
      path.stop();
    },
  };
  if (home === undefined) traverse(fileNode(programNode([statement])), visitor);
  else traverse(statement, visitor, home.scope, undefined, home);
  return found[0] as NodePath;
}

export function parsed(expression: string): Expression {
  return parseExpression(expression, { plugins: ['typescript'] });
}

/** Of a constant that another file exports, or of an expression without names. */
function exportedConstancy(modules: Modules, path: NodePath): Constancy | null {
  for (const { source } of path.isIdentifier() ? modules.all : []) {
    const definition = path.isIdentifier() ? modules.exportOf(source.path, path.node.name) : null;
    if (definition !== null && !definition.path.isFunction())
      return constancyOf(modules, definition.path, definition.way);
  }
  return constancyOf(modules, path);
}

interface Home {
  readonly place: NonNullable<ChosenPart['place']>;
  readonly path: NodePath;
}

/** Components, hooks and functions of a file in which all names are in scope, one of them of its own; otherwise the file. */
function homesOf(program: NodePath, names: readonly string[], file: string): readonly Home[] {
  const homes: Home[] = [];
  const consider = (path: NodePath) => {
    const { scope } = path;
    if (!names.every((name) => scope.hasBinding(name, true))) return;
    const isProgram = path.isProgram();
    if (!isProgram && !names.some((name) => scope.hasOwnBinding(name))) return;
    const owner = ownerOf(path);
    const place: Place =
      owner?.path === path
        ? { kind: owner.kind, name: owner.name }
        : { kind: isProgram ? 'module' : 'function', name: '' };
    homes.push({ place: { ...place, file, line: path.node.loc?.start.line ?? 1 }, path });
  };
  consider(program);
  program.traverse({ Function: consider });
  return homes;
}

const homeOrder: readonly Place['kind'][] = ['component', 'hook', 'module', 'function'];

function kindOf(path: NodePath): IdentifierKind | null {
  const name = path.isIdentifier() ? path.node.name : (propertyName(path.node) ?? '');
  if (/\bnpub|pubkey|wallet|address$/i.test(name) && !/e-?mail/i.test(name)) return 'public-key';
  return identityFields[name] ?? null;
}

function sameText(a: string, b: string): boolean {
  const bare = (text: string) => text.replace(/[\s?!]/g, '');
  return bare(a) === bare(b);
}

const browserNames = new Set(
  'window globalThis document localStorage sessionStorage navigator location JSON String Number undefined process encodeURIComponent btoa atob Math Date crypto'.split(
    ' ',
  ),
);
