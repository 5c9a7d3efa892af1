/** Where an app of Vue provides the engine, as exact edits of its root component: in `<script setup>`, or in the `setup` of its options. */
import type { NodePath } from '@babel/traverse';
import { leavesOf, writtenPath } from '../discover/bindings';
import type { ChosenPart } from '../discover/identity-choice';
import { expressionPath } from '../discover/identity-choice';
import type { Module, Modules } from '../discover/modules';
import { namesIn } from '../discover/places';
import { parseSource } from '../discover/syntax';
import { isRef } from '../discover/vue/refs';
import { rootComponent } from '../discover/vue/root';
import { importLine, type NeededImport } from '../edit/add-imports';
import { importPath } from '../edit/import-path';
import { withSetup, type SetupLines } from '../edit/vue-setup';
import type { NextStep } from '../next';
import { editsBetween } from './edits-between';
import { folderOf, partImports } from './part-imports';
import { vueIdentity, type ScriptNames } from './vue-identity';

/** @param dir the template's folder */
export function vueProviderSteps(modules: Modules, dir: string, chosen: readonly ChosenPart[]): readonly NextStep[] {
  const root = rootComponent(modules);
  const after = root === null ? null : withProvideSync(modules, root, dir, chosen);
  if (root !== null && after !== null) {
    const known = chosen.map(({ expression }) => expression).join(' and ');
    const why = `provides the engine to the app, for the user that ${known} names. All that reads or writes synced data is below it`;
    return editsBetween(root.source.path, root.source.text, after, why);
  }
  const [place] = chosen.flatMap((part) => part.place ?? []);
  const importer = place?.file ?? root?.source.path ?? 'src/App.vue';
  const { constants, getter } = vueIdentity(
    chosen.map(({ expression }) => expression),
    { isTaken: () => false, constantOf: () => null },
  );
  const lines = neededImports(importer, dir, chosen).map((each) => importLine(each, "'", ';'));
  return [
    {
      kind: 'by-hand',
      what: 'in the setup of App.vue, or of the component as far up as the user is known, provide the engine to all that reads or writes synced data. Where nobody is signed in, the identity is null',
      ...(place === undefined ? {} : { file: place.file, line: place.line }),
      code: [...lines, '', ...constants.map((constant) => `${constant};`), `${callOf(getter)};`].join('\n'),
    },
  ];
}

function callOf(getter: string): string {
  return `provideSync({ identity: ${getter} })`;
}

function neededImports(importer: string, dir: string, parts: readonly ChosenPart[]): readonly NeededImport[] {
  return [{ name: 'provideSync', from: `${importPath(folderOf(importer), dir)}/vue` }, ...partImports(importer, parts)];
}

/** The text of the root component that provides the engine; `null` where its script does not have, or cannot import, what names the user. */
function withProvideSync(modules: Modules, root: Module, dir: string, chosen: readonly ChosenPart[]): string | null {
  const { source } = root;
  if (source.vue === null || chosen.length === 0) return null;
  if (chosen.some(({ expression }) => /\bthis\b/.test(expression))) return null;
  const setup = setupOf(root);
  const expressions = chosen.map(({ expression }) => inScript(modules, setup, expression));
  const imports = neededImports(source.path, dir, chosen);
  const isThere = (name: string) =>
    setup.scope.hasBinding(name) === true || imports.some((each) => each.name === name) || globals.has(name);
  if (!expressions.every((expression) => namesIn(expressionPath(expression)).every(isThere))) return null;
  const { constants, getter, names } = vueIdentity(expressions, namesOf(setup));
  const lines: SetupLines = {
    imports: imports.filter(({ name }) => !root.program.scope.hasOwnBinding(name)),
    statements: [...constants, callOf(getter)],
    names,
    isTypescript: modules.all.some(
      (module) => /\.tsx?$/.test(module.source.path) || module.source.vue?.language === 'ts',
    ),
  };
  const after = withSetup(root, setup, lines);
  const result = after === null ? null : parseSource(source.path, after);
  return result === null || (result.ast.errors ?? []).length > 0 ? null : after;
}

/** What has the names of a component's setup: its script, or the function of its options. */
function setupOf({ program, source }: Module): NodePath {
  if (source.vue?.scripts.some(({ isSetup }) => isSetup) === true) return program;
  let found: NodePath | null = null;
  program.traverse({
    Function(fn) {
      const member = fn.isObjectMethod() ? fn : fn.parentPath;
      const isSetup =
        (member.isObjectMethod() || member.isObjectProperty()) && writtenPath(member.node.key) === 'setup';
      if (isSetup && member.parentPath?.findParent((parent) => parent.isExportDefaultDeclaration()) != null)
        found ??= fn;
    },
  });
  return found ?? program;
}

function namesOf(setup: NodePath): ScriptNames {
  return {
    isTaken: (name) => setup.scope.hasBinding(name) === true,
    constantOf(call) {
      const bindings = Object.values(setup.scope.bindings);
      const found = bindings.find(({ path }) => {
        const { node } = path;
        return (
          node.type === 'VariableDeclarator' &&
          node.id.type === 'Identifier' &&
          node.init?.type === 'CallExpression' &&
          node.init.arguments.length === 0 &&
          writtenPath(node.init) === call
        );
      });
      return found?.identifier.name ?? null;
    },
  };
}

/** With the `.value` of a ref, which somebody who looks at a template leaves out. */
function inScript(modules: Modules, setup: NodePath, expression: string): string {
  const [name = ''] = /^[A-Za-z_$][\w$]*(?=[?.!])/.exec(expression) ?? [];
  const declarator = setup.scope.getBinding(name)?.path;
  if (!declarator?.isVariableDeclarator() || /^[\w$]+!?\??\.value\b/.test(expression)) return expression;
  const leaf = leavesOf(declarator.node.id).find((each) => each.name === name);
  const isUnwrapped = leaf !== undefined && isRef(modules, declarator.get('init') as NodePath, leaf.path);
  return isUnwrapped ? expression.replace(name, `${name}.value`) : expression;
}

const globals = new Set('window globalThis localStorage sessionStorage JSON String Number undefined'.split(' '));
