/** Data that an app holds in memory for all of its parts: slices, stores, atoms, contexts. What one component holds for itself is mostly none. */
import type { Node } from '@babel/types';
import { calleeName, declared, holdsList, isData, listsInWords, returned, shapeOf, valueOf } from './list-shapes';
import { evidenceAt, visitNodes, type Evidence, type SourceFile } from './syntax';
import { findVueData, listsInComponent } from './vue/lists';

export interface StorageFinding {
  /** In words: `the list items in the slice "todos"`, `PouchDB`. */
  readonly what: string;
  readonly evidence: Evidence;
}

/** One finding for each store of the file that holds lists or nested objects. */
export function findStores(source: SourceFile): readonly StorageFinding[] {
  const { program } = source.ast;
  const sharesState = givesContext(source);
  const found = new Map<string, StorageFinding>();
  // An initial state that a slice uses is reported with its name.
  const ofSlices = new Set<Node>();
  const add = (node: Node, shape: string | null, where: string) => {
    if (shape === null) return;
    const what = `${shape} in ${where}`;
    if (!found.has(what)) found.set(what, { what, evidence: evidenceAt(source, node) });
  };
  visitNodes([program], (node) => {
    if (node.type !== 'CallExpression' || calleeName(node) !== 'createSlice') return true;
    const [options] = node.arguments;
    if (options?.type !== 'ObjectExpression') return true;
    const name = valueOf(options, 'name');
    const given = valueOf(options, 'initialState');
    const state = given?.type === 'Identifier' ? declared(source, given.name) : given;
    if (state !== null) ofSlices.add(state);
    add(
      state ?? node,
      shapeOf(state),
      name?.type === 'StringLiteral' ? `the slice "${name.value}"` : 'a slice of the store',
    );
    return true;
  });
  visitNodes([program], (node) => {
    if (node.type === 'ObjectProperty' && node.key.type === 'Identifier' && node.key.name === 'initialState') {
      if (!ofSlices.has(node.value)) add(node, shapeOf(node.value), 'a store');
    } else if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier' && node.init) {
      const { name } = node.id;
      if (name === 'initialState' && !ofSlices.has(node.init)) add(node, shapeOf(node.init), 'a store');
      if (isAtom(node.init)) add(node, atomShape(node.init, name), 'an atom');
    } else if (node.type === 'VariableDeclarator' && node.id.type === 'ArrayPattern' && sharesState) {
      const list = listOfHook(node);
      if (list !== null && isData(list)) add(node, `the list ${list}`, 'a context');
    } else if (node.type === 'CallExpression') {
      const name = calleeName(node);
      if (name === 'createEntityAdapter') add(node, 'a list', 'a store');
      if (isStoreCreator(node)) add(node, shapeOf(returned(node.arguments[0])), 'a store');
    } else if (node.type === 'ClassDeclaration' && isObservable(node)) {
      const lists = node.body.body.flatMap((member) =>
        member.type === 'ClassProperty' && member.key.type === 'Identifier' && member.value?.type === 'ArrayExpression'
          ? [member.key.name]
          : [],
      );
      add(node, listsInWords(lists), `the store ${node.id?.name ?? ''}`.trim());
    }
    return true;
  });
  for (const { node, shape, where } of findVueData(source)) add(node, shape, where);
  return [...found.values()];
}

/** One finding for all of them. */
export function findComponentLists(sources: readonly SourceFile[]): readonly StorageFinding[] {
  const lists = sources.flatMap((source) => {
    const found: { readonly name: string; readonly evidence: StorageFinding['evidence'] }[] = [];
    visitNodes([source.ast.program], (node) => {
      const hook = node.type === 'VariableDeclarator' ? listOfHook(node) : null;
      const names = hook === null ? listsInComponent(node) : [hook];
      for (const name of names.filter(isData)) found.push({ name, evidence: evidenceAt(source, node) });
      return true;
    });
    return found;
  });
  const [first] = lists;
  if (first === undefined) return [];
  const names = [...new Set(lists.map(({ name }) => name))];
  const shown = names.slice(0, 4).join(', ') + (names.length > 4 ? ` and ${names.length - 4} more` : '');
  return [{ what: `lists that components hold: ${shown}`, evidence: first.evidence }];
}

/** The name of the state where a hook begins it with a list. */
function listOfHook(node: Node): string | null {
  if (node.type !== 'VariableDeclarator' || node.id.type !== 'ArrayPattern') return null;
  const [state] = node.id.elements;
  if (state?.type !== 'Identifier' || node.init?.type !== 'CallExpression') return null;
  const name = calleeName(node.init);
  // `useState<Todo[]>(...)`, whatever it begins with.
  const [type] = node.init.typeParameters?.params ?? [];
  if (name === 'useState' && type?.type === 'TSArrayType') return state.name;
  const initial = name === 'useState' ? node.init.arguments[0] : name === 'useReducer' ? node.init.arguments[1] : null;
  if (initial == null) return null;
  const value = initial.type === 'ArrowFunctionExpression' ? initial.body : initial;
  return holdsList(value) || shapeOf(value)?.includes('list') === true ? state.name : null;
}

function givesContext(source: SourceFile): boolean {
  return /\bcreateContext\b|\.Provider\b/.test(source.text);
}

function isAtom(node: Node): boolean {
  return node.type === 'CallExpression' && /^(atom|atomWithStorage)$/.test(calleeName(node));
}

function atomShape(node: Node, name: string): string | null {
  if (node.type !== 'CallExpression' || !isData(name)) return null;
  const [first] = node.arguments;
  const initial = first?.type === 'ObjectExpression' ? (valueOf(first, 'default') ?? first) : first;
  return initial?.type === 'ArrayExpression' ? `the list ${name}` : shapeOf(initial);
}

/** Zustand's `create(...)`, also `create<State>()(...)` and with middleware inside. */
function isStoreCreator(node: Node): boolean {
  if (node.type !== 'CallExpression') return false;
  const { callee } = node;
  const name = callee.type === 'CallExpression' ? calleeName(callee) : calleeName(node);
  return name === 'create' || name === 'createStore';
}

function isObservable(node: Node): boolean {
  let found = false;
  visitNodes([node], (inner) => {
    if (inner.type === 'CallExpression' && /^make(Auto)?Observable$/.test(calleeName(inner))) found = true;
    return !found;
  });
  return found;
}
