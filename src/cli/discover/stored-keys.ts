/** What the app keeps in localStorage, by its keys: through the browser's own interface, and through hooks and functions of the app that pass a key on. */
import type { NodePath } from '@babel/traverse';
import type { Function as FunctionNode, Node } from '@babel/types';
import { propertyName, propertyOf, writtenPath } from './bindings';
import type { Modules } from './modules';
import { evidenceAt, type Evidence } from './syntax';
import { persistedKey } from './vue/persisted';

export interface StoredKey {
  /** The value of the key; `null` where it is made while the app runs. */
  readonly key: string | null;
  readonly evidence: Evidence;
}

/** Each key once, where it stands first. */
export function findStoredKeys(modules: Modules): readonly StoredKey[] {
  const passing = passingFunctions(modules);
  const found = new Map<string | null, StoredKey>();
  for (const { source, program } of modules.all) {
    const add = (key: NodePath | null, node: Node, way: readonly string[] = []) => {
      const text = key === null ? null : textOf(modules, key, way);
      if (!found.has(text)) found.set(text, { key: text, evidence: evidenceAt(source, node) });
    };
    program.traverse({
      CallExpression(call) {
        const inputs = call.get('arguments') as NodePath[];
        if (isStorageCall(call)) {
          const [key] = inputs;
          // What a function of the app is given is looked for where that is called.
          if (key && !isParameter(key)) add(key, call.node);
          return;
        }
        const persisted = persistedKey(modules, call);
        if (persisted !== null) {
          add(persisted, call.node);
          return;
        }
        const index = positionIn(modules, call, passing) ?? knownHooks(call);
        const key = index === null ? undefined : inputs[index];
        if (key === undefined || isParameter(key)) return;
        add(key, call.node);
      },
      AssignmentExpression(assignment) {
        const target = assignment.get('left') as NodePath;
        if (!target.isMemberExpression() || !/(^|\.)localStorage$/.test(writtenPath(target.node.object))) return;
        const name = target.node.computed ? null : propertyName(target.node);
        if (name === null) add(target.get('property') as NodePath, assignment.node);
        else if (!found.has(name)) found.set(name, { key: name, evidence: evidenceAt(source, assignment.node) });
      },
    });
  }
  // A key that is made while the app runs says something only where there is no other.
  const named = [...found.values()].filter(({ key }) => key !== null);
  return named.length > 0 ? named : [...found.values()];
}

/** Functions of the app that hand a parameter on as a key, by their nodes, with the position of the parameter. */
function passingFunctions(modules: Modules): ReadonlyMap<Node, number> {
  const found = new Map<Node, number>();
  // A hook may call another one of the app, so a second round sees what the first one found.
  for (let round = 0; round < 3; round++) {
    for (const { program } of modules.all) {
      program.traverse({
        CallExpression(call) {
          const index = isStorageCall(call) ? 0 : positionIn(modules, call, found);
          const key = index === null ? undefined : (call.get('arguments') as NodePath[])[index];
          const owner = key === undefined ? null : parameterOf(key);
          if (owner !== null) found.set(owner.fn.node, owner.index);
        },
      });
    }
  }
  return found;
}

/** Packages whose hooks take the key first. */
function knownHooks(call: NodePath): number | null {
  if (!call.isCallExpression()) return null;
  const name = writtenPath(call.node.callee);
  const isHook =
    /^use(Local|Persisted|Persistent)(Storage|State)\w*$/.test(name) || /^(useStorage|atomWithStorage)$/.test(name);
  return isHook ? 0 : null;
}

function positionIn(modules: Modules, call: NodePath, passing: ReadonlyMap<Node, number>): number | null {
  if (!call.isCallExpression() || call.node.callee.type !== 'Identifier') return null;
  const definition = modules.definitionOf(call.scope, call.node.callee.name);
  return definition === null ? null : (passing.get(definition.path.node) ?? null);
}

function isStorageCall(call: NodePath): boolean {
  if (!call.isCallExpression()) return false;
  return /(^|\.)localStorage\.setItem$/.test(writtenPath(call.node.callee));
}

function isParameter(path: NodePath): boolean {
  return parameterOf(path) !== null;
}

function parameterOf(path: NodePath): { readonly fn: NodePath<FunctionNode>; readonly index: number } | null {
  if (!path.isIdentifier()) return null;
  const binding = path.scope.getBinding(path.node.name);
  const fn = binding?.scope.path;
  if (binding?.kind !== 'param' || !fn?.isFunction()) return null;
  const { name } = path.node;
  const index = fn.node.params.findIndex(
    (parameter) =>
      (parameter.type === 'Identifier' && parameter.name === name) ||
      (parameter.type === 'AssignmentPattern' && parameter.left.type === 'Identifier' && parameter.left.name === name),
  );
  return index === -1 ? null : { fn, index };
}

/** The text that a key is, through constants and objects of constants. */
function textOf(modules: Modules, path: NodePath, way: readonly string[] = [], left = 8): string | null {
  if (left === 0 || !path.node) return null;
  const next = (inner: NodePath, rest = way) => textOf(modules, inner, rest, left - 1);
  switch (path.node.type) {
    case 'StringLiteral':
      return path.node.value;
    case 'TemplateLiteral': {
      const parts = (path.get('expressions') as NodePath[]).map((each) => next(each, []));
      if (parts.includes(null)) return null;
      return path.node.quasis.map((quasi, index) => `${quasi.value.cooked}${parts[index] ?? ''}`).join('');
    }
    case 'BinaryExpression': {
      const [first, second] = [next(path.get('left') as NodePath), next(path.get('right') as NodePath)];
      return first === null || second === null ? null : first + second;
    }
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
      return next(path.get('expression') as NodePath);
    case 'MemberExpression': {
      const property = propertyName(path.node);
      return property === null ? null : next(path.get('object') as NodePath, [property, ...way]);
    }
    case 'ObjectExpression': {
      const [first = '', ...rest] = way;
      const { value } = propertyOf(path, first);
      return value === null ? null : next(value, rest);
    }
    case 'Identifier': {
      const definition = modules.definitionOf(path.scope, path.node.name);
      return definition === null ? null : next(definition.path, [...definition.way, ...way]);
    }
    default:
      return null;
  }
}
