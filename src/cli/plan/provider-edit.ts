/**
 * Where the provider goes, as exact edits of the app's own code: the component that knows the user gives its children an engine. `init` does not make them, because
 * whose component that is remains the app's decision; it names them, so that a person or a program can.
 */
import type { NodePath } from '@babel/traverse';
import type { Function as FunctionNode, JSXElement, JSXFragment, Node } from '@babel/types';
import { nameOfFunction } from '../discover/bindings';
import type { ChosenPart } from '../discover/identity-choice';
import { sourceFiles } from '../discover/identity';
import { readModules, type Module } from '../discover/modules';
import { opensEngine } from '../discover/opens-engine';
import { ownerOf } from '../discover/places';
import type { Facts } from '../discover/facts';
import type { ProjectFiles } from '../discover/project-files';
import { printExpression } from '../edit/print';
import { importLine, importSplice, lineEndOf, type NeededImport } from '../edit/add-imports';
import { importPath } from '../edit/import-path';
import { applySplices, type Splice } from '../edit/splice';
import type { NextStep } from '../next';
import { editsBetween } from './edits-between';
import { folderOf, partImports } from './part-imports';
import { vueProviderSteps } from './vue-provider';

/** None where the app opens an engine already. @param dir the template's folder */
export function providerSteps(
  files: ProjectFiles,
  dir: string,
  chosen: readonly ChosenPart[],
  framework: Facts['platform']['framework'],
): readonly NextStep[] {
  const sources = sourceFiles(files, dir);
  if (opensEngine(files, sources)) return [];
  if (framework === 'vue') return vueProviderSteps(readModules(files, sources), dir, chosen);
  const parts = chosen.map((part) => withTypedState(files, sources, part));
  const identity = identityCode(parts);
  const target = targetOf(readModules(files, sources).all, parts);
  if (target !== null) {
    const { source } = target.module;
    const after = withProvider(target, dir, identity, parts);
    const why = `the provider, where ${chosen.map(({ expression }) => expression).join(' and ')} is known. All that reads or writes synced data has to be below it`;
    if (after !== null) return editsBetween(source.path, source.text, after, why);
  }
  const [place] = parts.flatMap((part) => part.place ?? []);
  const importer = place?.file ?? 'src/App';
  const lines = neededImports(importer, dir, parts).map((each) => importLine(each, "'", ';'));
  const element = `<SyncProvider identity={${identity.attribute}}>\n  ...\n</SyncProvider>`;
  return [
    {
      kind: 'by-hand',
      what: 'as far up as the user is known, render the provider around all that reads or writes synced data. Where nobody is signed in, its identity is null',
      ...(place === undefined ? {} : { file: place.file, line: place.line }),
      code: [lines.join('\n'), identity.constants.join('\n'), element].filter(Boolean).join('\n\n'),
    },
  ];
}

/** In TypeScript a selector has to say what its state is: the type that the app exports, by its usual name. */
function withTypedState(files: ProjectFiles, sources: readonly string[], part: ChosenPart): ChosenPart {
  const untyped = /\buseSelector\(\(?([A-Za-z_$][\w$]*)\)? =>/;
  if (!untyped.test(part.expression) || !sources.some((file) => /\.tsx?$/.test(file))) return part;
  const home = sources.find((file) => /\bexport (type|interface) RootState\b/.test(files.read(file) ?? ''));
  const type = home === undefined ? 'any' : 'RootState';
  return {
    ...part,
    expression: part.expression.replace(untyped, `useSelector(($1: ${type}) =>`),
    imports: home === undefined ? part.imports : [...part.imports, `RootState of ${home}`],
  };
}

interface IdentityCode {
  /** Calls of hooks, which have to stand at the beginning of a component. */
  readonly constants: readonly string[];
  /** The value of the provider's `identity`: `user && [user.id]`. */
  readonly attribute: string;
}

/** Nothing is opened for a user who is not there: each part is guarded by what it is read from. */
function identityCode(parts: readonly ChosenPart[]): IdentityCode {
  const constants: string[] = [];
  const guards = new Set<string>();
  const values = parts.map(({ expression }, index) => {
    const code = printExpression(expression) ?? expression;
    const [, object, property] =
      /^([A-Za-z_$][\w$]*(?:(?:!?\.|\?\.)[A-Za-z_$][\w$]*)*)!?\??\.([A-Za-z_$][\w$]*)$/.exec(code) ?? [];
    if (object !== undefined) {
      guards.add(object.replace(/!/g, '').replace(/\??\./g, '?.'));
      return `${object.replace(/!/g, '').replaceAll('?.', '.')}.${property}`;
    }
    if (/^[A-Za-z_$][\w$]*$/.test(code)) {
      guards.add(`${code} != null`);
      return code;
    }
    if (!/^use[A-Z]\w*\(/.test(code)) return code;
    const name = `userPart${parts.length === 1 ? '' : index + 1}`;
    constants.push(`const ${name} = ${code};`);
    guards.add(`${name} != null`);
    return name;
  });
  const list = `[${values.join(', ')}]`;
  const all = [...guards];
  if (all.length === 0) return { constants, attribute: list };
  // What a comparison gives is no identity, what an object that is missing gives (null, undefined) is one.
  return all.some((guard) => guard.includes('!='))
    ? { constants, attribute: `${all.join(' && ')} ? ${list} : null` }
    : { constants, attribute: `${all.join(' && ')} && ${list}` };
}

interface Target {
  readonly module: Module;
  readonly component: NodePath<FunctionNode>;
}

/** The component that has all parts; for hooks, which can be called in every component, the app's topmost one. */
function targetOf(modules: readonly Module[], parts: readonly ChosenPart[]): Target | null {
  const [first] = parts;
  const isOnePlace = parts.every(
    ({ place }) => place?.kind === 'component' && place.name === first?.place?.name && place.file === first.place.file,
  );
  if (first?.place == null || !isOnePlace) return null;
  const { name, file, line } = first.place;
  if (name !== '') {
    // Around a part of the page the provider would leave out what else is synced: how far up it can go, only the app's owner sees.
    if (name !== 'App' && !/^src\/(App|index|main)\.[jt]sx?$/.test(file)) return null;
    const module = modules.find(({ source }) => source.path === file);
    const component = module && componentOf(module, name, line);
    return module && component ? { module, component } : null;
  }
  const module = modules.find(({ source }) => /^src\/App\.[jt]sx?$/.test(source.path));
  const component = module && componentOf(module, 'App', null);
  // A context that the component itself gives is not there above it.
  const givesContext = component ? /Provider\b/.test(module.source.text) : true;
  return module && component && !givesContext ? { module, component } : null;
}

function componentOf({ program }: Module, name: string, line: number | null): NodePath<FunctionNode> | null {
  let found: NodePath<FunctionNode> | null = null;
  program.traverse({
    Function(path) {
      const isNamed = nameOfFunction(path) === name || ownerOf(path)?.name === name;
      const { loc } = path.node;
      const isAround = line === null || (loc != null && loc.start.line <= line && line <= loc.end.line);
      if (!isNamed || !isAround || ownerOf(path)?.path !== path) return;
      found ??= path;
      path.skip();
    },
  });
  return found;
}

/** The text of the file with the provider in it; `null` where what the component gives back is not one piece of JSX at its end. */
function withProvider(
  { module: { source, program }, component }: Target,
  dir: string,
  { constants, attribute }: IdentityCode,
  parts: readonly ChosenPart[],
): string | null {
  const { body } = component.node;
  const statements = body.type === 'BlockStatement' ? body.body : [];
  const last = statements.at(-1);
  const returned: Node | null | undefined =
    body.type !== 'BlockStatement' ? body : last?.type === 'ReturnStatement' ? last.argument : null;
  if (returned?.type !== 'JSXElement' && returned?.type !== 'JSXFragment') return null;
  const [firstStatement] = statements;
  if (constants.length > 0 && firstStatement === undefined) return null;

  const line = lineAt(source.text, (body.type === 'BlockStatement' ? last : component.parentPath?.parent)?.start ?? 0);
  const indent = /^\s*/.exec(line)?.[0] ?? '';
  const unit = /^\t/m.test(source.text) ? '\t' : '  ';
  const splices: Splice[] = [wrapped(source.text, returned, { indent, unit, attribute })];
  if (constants.length > 0 && firstStatement?.start != null) {
    const inner = /^\s*/.exec(lineAt(source.text, firstStatement.start))?.[0] ?? '';
    const text = constants.map((constant) => `${constant}\n${inner}`).join('');
    splices.push({ start: firstStatement.start, end: firstStatement.start, text });
  }
  const needed = neededImports(source.path, dir, parts).filter(({ name }) => !program.scope.hasBinding(name, true));
  splices.push(importSplice(source.text, program.node.body, needed));
  const lineEnd = lineEndOf(source.text);
  return applySplices(
    source.text,
    splices.map((splice) => ({ ...splice, text: splice.text.replace(/\r?\n/g, lineEnd) })),
  );
}

function wrapped(
  text: string,
  node: JSXElement | JSXFragment,
  { indent, unit, attribute }: { readonly indent: string; readonly unit: string; readonly attribute: string },
): Splice {
  const [start, end] = [node.start ?? 0, node.end ?? 0];
  const isInParentheses = node.extra?.parenthesized === true;
  const outer = isInParentheses ? (/[ \t]*$/.exec(text.slice(0, start))?.[0] ?? '') : indent + unit;
  const inner = indented(text.slice(start, end), isInParentheses ? unit : unit + unit);
  const element = `<SyncProvider identity={${attribute}}>\n${outer}${unit}${inner}\n${outer}</SyncProvider>`;
  return { start, end, text: isInParentheses ? element : `(\n${outer}${element}\n${indent})` };
}

/** What a template literal holds would not be the same further to the right. */
function indented(code: string, by: string): string {
  return code.includes('`') ? code : code.replace(/\n(?=[^\r\n])/g, `\n${by}`);
}

function neededImports(importer: string, dir: string, parts: readonly ChosenPart[]): readonly NeededImport[] {
  const provider = { name: 'SyncProvider', from: `${importPath(folderOf(importer), dir)}/react` };
  return [provider, ...partImports(importer, parts)];
}

function lineAt(text: string, position: number): string {
  return text.slice(text.lastIndexOf('\n', position - 1) + 1).split('\n')[0] ?? '';
}
