/** Settings that write the salt into the bundle: a prefix of variables that it has, too, or definitions that take in the whole environment. */
import type { Node, ObjectExpression } from '@babel/types';
import { evidenceAt, visitNodes, type SourceFile } from '../discover/syntax';
import { parseSound } from '../edit/config-edit';
import { keyOf, memberPath } from '../edit/exported-objects';
import { textOf } from '../homes/config-values';
import { saltVariable } from '../salt';
import type { CheckContext, Finding } from './finding';

export function exposedSalts(files: CheckContext['files'], file: string): readonly Finding[] {
  const source = parseSound(file, files.read(file) ?? '');
  if (source === null) return [];
  const findings: Finding[] = [];
  const report = (node: Node, what: string, how: string) =>
    findings.push({
      check: 'build-settings',
      code: 'SALT_EXPOSED',
      severity: 'error',
      evidence: evidenceAt(source, node),
      what: `${file} ${what}.`,
      why: `${saltVariable} is among them, and whoever loads the app could read it there.`,
      how,
    });
  visitNodes([source.ast.program], (node) => {
    if (node.type === 'ObjectProperty' && keyOf(node) === 'envPrefix') {
      const prefix = prefixesIn(node.value).find((text) => saltVariable.startsWith(text));
      if (prefix !== undefined)
        report(
          node,
          `gives the app every variable that begins with ${JSON.stringify(prefix)} (envPrefix)`,
          'Choose a longer prefix, such as "VITE_" or "PUBLIC_"; the build reads the salt by itself.',
        );
    }
    for (const definitions of definitionsIn(node)) {
      const leak = leakIn(definitions, source, 0);
      if (leak !== null)
        report(
          leak,
          'defines the whole environment, or the salt, in the sources',
          'Define the variables that the app reads one by one; the build reads the salt by itself.',
        );
    }
    return true;
  });
  return findings.filter(
    ({ evidence }, index) => findings.findIndex((other) => other.evidence?.line === evidence?.line) === index,
  );
}

function prefixesIn(node: Node): readonly string[] {
  const nodes = node.type === 'ArrayExpression' ? node.elements : [node];
  return nodes.flatMap((entry) => (entry === null ? [] : (textOf(entry) ?? [])));
}

/** `define: { ... }` of Vite and Rsbuild, and what webpack's plugins are given. */
function definitionsIn(node: Node): readonly Node[] {
  if (node.type === 'ObjectProperty' && keyOf(node) === 'define') return [node.value];
  if (node.type !== 'NewExpression') return [];
  const name = memberPath(node.callee).split('.').at(-1);
  return name === 'DefinePlugin' || name === 'EnvironmentPlugin' ? node.arguments : [];
}

/** A variable may be made of another one. */
const mostSteps = 6;

/** The part of it that has the salt; `null` where none is known to. */
function leakIn(node: Node, source: SourceFile, steps: number): Node | null {
  if (steps > mostSteps) return null;
  const inner = (child: Node) => leakIn(child, source, steps + 1);
  switch (node.type) {
    case 'ObjectExpression':
      return leakInObject(node, source, steps);
    case 'ArrayExpression':
      return firstOf(node.elements, inner);
    case 'StringLiteral':
      return node.value === saltVariable ? node : null;
    case 'SpreadElement':
    case 'AwaitExpression':
      return inner(node.argument);
    case 'MemberExpression':
      return isEnvironment(node) || keyOf(node) === saltVariable ? node : memberLeak(node.object, node, source, steps);
    case 'Identifier': {
      const made = declared(source, node.name);
      return made !== null && inner(made) !== null ? node : null;
    }
    case 'CallExpression':
      if (isWholeLoadEnv(node)) return node;
      return firstOf(node.arguments, inner);
    default:
      return null;
  }
}

function leakInObject({ properties }: ObjectExpression, source: SourceFile, steps: number): Node | null {
  return firstOf(properties, (property) => {
    if (property.type === 'SpreadElement') return leakIn(property.argument, source, steps + 1);
    if (property.type !== 'ObjectProperty') return null;
    if (new RegExp(`\\b${saltVariable}\\b`).test(keyOf(property) ?? '')) return property;
    return leakIn(property.value, source, steps + 1) === null ? null : property;
  });
}

/** `dotenv.config().parsed` has all variables, `env.VITE_X` one of them. */
function memberLeak(
  object: Node,
  member: Node & { readonly type: 'MemberExpression' },
  source: SourceFile,
  steps: number,
) {
  const isAll = /^(parsed|publicVars|rawPublicVars|stringified|raw)$/.test(keyOf(member) ?? '');
  return isAll ? leakIn(object, source, steps + 1) : null;
}

/** `process.env` itself, not one variable of it. */
function isEnvironment(node: Node): boolean {
  return memberPath(node) === 'process.env';
}

/** `loadEnv(mode, root, '')` of Vite, `loadEnv({ prefixes: [''] })` of Rsbuild, `dotenv.config()`. */
function isWholeLoadEnv(node: Node & { readonly type: 'CallExpression' }): boolean {
  const name = memberPath(node.callee);
  if (name === 'dotenv.config') return true;
  if (name.split('.').at(-1) !== 'loadEnv') return false;
  const [first, , prefix] = node.arguments;
  if (prefix !== undefined) return prefixesIn(prefix).some((text) => saltVariable.startsWith(text));
  if (first?.type !== 'ObjectExpression') return false;
  const given = first.properties.find(
    (property) => property.type === 'ObjectProperty' && keyOf(property) === 'prefixes',
  );
  return given?.type === 'ObjectProperty' && prefixesIn(given.value).some((text) => saltVariable.startsWith(text));
}

/** What a name is declared as, anywhere in the file: configurations are short, and use a name once. */
function declared({ ast }: SourceFile, name: string): Node | null {
  let found: Node | null = null;
  visitNodes([ast.program], (node) => {
    if (node.type !== 'VariableDeclarator' || node.init == null) return found === null;
    const isNamed = node.id.type === 'Identifier' && node.id.name === name;
    const isPart =
      node.id.type === 'ObjectPattern' &&
      node.id.properties.some(
        (property) =>
          property.type === 'ObjectProperty' &&
          property.value.type === 'Identifier' &&
          property.value.name === name &&
          /^(parsed|publicVars|rawPublicVars|env)$/.test(keyOf(property) ?? ''),
      );
    if (isNamed || isPart) found ??= node.init;
    return found === null;
  });
  return found;
}

function firstOf<T>(nodes: readonly (T | null)[], look: (node: T) => Node | null): Node | null {
  for (const node of nodes) {
    const found = node === null ? null : look(node);
    if (found !== null) return found;
  }
  return null;
}
