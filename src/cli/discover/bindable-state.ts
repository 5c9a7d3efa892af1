/** Pieces of the app's state that can be bound to documents as they are: lists of items with ids, and settings, in stores that a file of the app exports. */
import type { NodePath } from '@babel/traverse';
import type { CallExpression } from '@babel/types';
import { keyName, propertyOf, writtenPath } from './bindings';
import { exportedCalls, type ExportedStore } from './exported-stores';
import type { Module, Modules } from './modules';
import { piniaRoots } from './vue/pinia-state';
import { nameOfStore, type StateRoot } from './state-root';
import {
  isFunction,
  itemOf,
  kindOf,
  membersOf,
  placeOf,
  type PropertyKind,
  type StateMember,
  type StatePlace,
} from './state-shape';
import { findStoredKeys, type StoredKey } from './stored-keys';
import { evidenceAt, type Evidence } from './syntax';

export interface BindableProperty {
  readonly name: string;
  readonly kind: PropertyKind;
  readonly isOptional: boolean;
  /** What it begins as, where that is written out. */
  readonly initial?: string | number | boolean;
}

export interface BindablePiece {
  readonly shape: 'list' | 'settings';
  readonly store: ExportedStore;
  /** `todos.items`; `null` where the properties are those of the state itself. */
  readonly at: string | null;
  /** What it is called in the app: `todos`. */
  readonly name: string;
  /** Those whose types are known, without the id. */
  readonly properties: readonly BindableProperty[];
  /** Those that are not bound. */
  readonly leftOut: readonly string[];
  /** Where the state is. */
  readonly evidence: Evidence;
  /** Where the app keeps it on the device so far; `null` where it does not, as far as can be seen. */
  readonly kept: Evidence | null;
}

export interface BindableState {
  /** Best first: what the app keeps on the device, then what is known whole. */
  readonly pieces: readonly BindablePiece[];
  /** Why other pieces cannot be bound, in words that complete "because". */
  readonly refused: readonly string[];
}

export function findBindableState(modules: Modules): BindableState {
  const refused: string[] = [];
  const keys = findStoredKeys(modules);
  const roots = [...reduxSlices(modules), ...zustandStores(modules), ...piniaRoots(modules)];
  const pieces = roots.flatMap((root) => piecesOf(modules, root, keys, refused));
  const rank = ({ kept, leftOut, shape }: BindablePiece) =>
    (kept === null ? 4 : 0) + (leftOut.length > 0 ? 2 : 0) + (shape === 'list' ? 0 : 1);
  return { pieces: [...pieces].sort((one, other) => rank(one) - rank(other)), refused };
}

function piecesOf(
  modules: Modules,
  root: StateRoot,
  keys: readonly StoredKey[],
  refused: string[],
): readonly BindablePiece[] {
  if (isSession(root.name)) return [];
  const { store, key, module, path } = root;
  const evidence = evidenceAt(module.source, path.node);
  const hasWay = (name: string) => {
    if (name !== '' && !name.includes('.')) return true;
    refused.push(`the key ${JSON.stringify(name)} cannot stand in a way like a.b (${evidence.file}:${evidence.line})`);
    return false;
  };
  if (key !== null && !hasWay(key)) return [];
  const found: BindablePiece[] = [];
  const add = (
    at: string | null,
    name: string,
    shape: BindablePiece['shape'],
    members: ReadonlyMap<string, StateMember>,
  ) => {
    const known = knownOf(modules, members, shape === 'settings');
    if (known.properties.length === 0) {
      refused.push(`no type of a property of ${at ?? name} can be told (${evidence.file}:${evidence.line})`);
      return;
    }
    const kept = root.isKept ? evidence : keptAt(keys, module, [name, root.name]);
    found.push({ ...known, shape, store, at, name, evidence, kept });
  };
  const visit = (place: StatePlace, at: string | null, name: string, depth: number) => {
    const item = itemOf(modules, place);
    if (item !== null && at !== null) {
      const members = membersOf(modules, item);
      const id = members.get('id');
      const kind = id && kindOf(modules, id);
      if (id === undefined)
        refused.push(
          members.size === 0
            ? `what the items of ${at} are is not declared (${evidence.file}:${evidence.line})`
            : `the items of ${at} have no id (${evidence.file}:${evidence.line})`,
        );
      else if (kind?.type !== 'string' || (id.type !== null && id.isOptional))
        refused.push(`the ids in ${at} are not known to be texts (${evidence.file}:${evidence.line})`);
      else {
        const { id: _, ...others } = Object.fromEntries(members);
        add(at, isCommonWord(name) ? root.name : name, 'list', new Map(Object.entries(others)));
      }
      return;
    }
    const members = membersOf(modules, place);
    if (isSettings(name)) add(at, name, 'settings', members);
    else if (depth > 0)
      for (const [member, inner] of members)
        if (!isSession(member) && hasWay(member))
          visit(inner, at === null ? member : `${at}.${member}`, member, depth - 1);
  };
  visit(root.place, key, root.name, key === null ? 2 : 1);
  return found;
}

function knownOf(
  modules: Modules,
  members: ReadonlyMap<string, StateMember>,
  hasInitial: boolean,
): Pick<BindablePiece, 'properties' | 'leftOut'> {
  const properties: BindableProperty[] = [];
  const leftOut: string[] = [];
  for (const [name, member] of members) {
    if (isFunction(modules, member)) continue;
    const kind = isPropertyName(name) && !isSecret(name) ? kindOf(modules, member) : null;
    if (kind === null) {
      leftOut.push(name);
      continue;
    }
    const { node } = member.value ?? {};
    const initial =
      hasInitial &&
      (node?.type === 'StringLiteral' ||
        node?.type === 'BooleanLiteral' ||
        // JSON has no Infinity, which 1e999 is.
        (node?.type === 'NumericLiteral' && Number.isFinite(node.value)))
        ? node.value
        : undefined;
    properties.push({ name, kind, isOptional: member.isOptional, ...(initial !== undefined && { initial }) });
  }
  return { properties, leftOut };
}

/** The first key of localStorage that the file writes itself, or that is called like the state. */
function keptAt(keys: readonly StoredKey[], module: Module, names: readonly string[]): Evidence | null {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const words = names
    .filter((name) => !isCommonWord(name))
    .map(plain)
    .filter(Boolean);
  const own = keys.find(
    ({ key, evidence }) =>
      evidence.file === module.source.path || (key !== null && words.some((word) => plain(key).includes(word))),
  );
  return own?.evidence ?? null;
}

/** The slices of Redux Toolkit in stores that a file exports, by the keys of the state. */
function reduxSlices(modules: Modules): readonly StateRoot[] {
  return exportedCalls(modules, ['configureStore'], 'redux').flatMap(({ store, call }): StateRoot[] => {
    const [options] = call.get('arguments') as NodePath[];
    const reducers = options && reducersOf(modules, propertyOf(options, 'reducer').value);
    const properties = reducers?.isObjectExpression() ? reducers.get('properties') : [];
    return properties.flatMap((property): StateRoot[] => {
      const key = property.isObjectProperty() && !property.node.computed ? keyName(property.node.key) : null;
      const slice = key === null ? null : sliceOf(modules, property.get('value') as NodePath);
      const [settings] = slice === null ? [] : (slice.get('arguments') as NodePath[]);
      const state = settings && propertyOf(settings, 'initialState').value;
      const module = slice && modules.moduleOf(slice);
      if (key === null || slice === null || !state || !module) return [];
      return [{ store, path: slice, module, place: placeOf(modules, state), key, name: key, isKept: false }];
    });
  });
}

/** The object that names the reducers. */
function reducersOf(modules: Modules, path: NodePath | null): NodePath | null {
  let at = path;
  for (let left = 6; left > 0 && at?.node; left--) {
    if (at.isObjectExpression()) return at;
    if (at.isIdentifier()) at = modules.definitionOf(at.scope, at.node.name)?.path ?? null;
    else if (at.isCallExpression() && /^(combineReducers|syncedReducer)$/.test(writtenPath(at.node.callee)))
      at = (at.get('arguments') as NodePath[])[0] ?? null;
    else return null;
  }
  return null;
}

function sliceOf(modules: Modules, reducer: NodePath): NodePath<CallExpression> | null {
  let at: NodePath | null = reducer;
  for (let left = 6; left > 0 && at?.node; left--) {
    if (at.isCallExpression()) return writtenPath(at.node.callee) === 'createSlice' ? at : null;
    if (at.isMemberExpression()) at = at.get('object') as NodePath;
    else if (at.isIdentifier()) at = modules.definitionOf(at.scope, at.node.name)?.path ?? null;
    else return null;
  }
  return null;
}

function zustandStores(modules: Modules): readonly StateRoot[] {
  return exportedCalls(modules, ['create', 'createStore'], 'zustand').flatMap(
    ({ store, call, module }): StateRoot[] => {
      // `create<State>()(...)` and `create<State>(...)`.
      const { callee } = call.node;
      const types = call.node.typeParameters ?? (callee.type === 'CallExpression' ? callee.typeParameters : null);
      const [type] = types?.type === 'TSTypeParameterInstantiation' ? types.params : [];
      const made = stateMadeBy(call);
      const begun = made && placeOf(modules, made.path);
      if (made === null || (type === undefined && begun === null)) return [];
      const place = {
        value: begun?.value ?? null,
        type: type ? { node: type, scope: call.scope } : (begun?.type ?? null),
      };
      return [{ store, path: call, module, place, key: null, name: nameOfStore(store.name), isKept: made.isKept }];
    },
  );
}

/** Through the middleware that leaves `setState` as it is. */
function stateMadeBy(call: NodePath<CallExpression>): { readonly path: NodePath; readonly isKept: boolean } | null {
  let [at] = call.get('arguments') as NodePath[];
  let isKept = false;
  while (at?.isCallExpression()) {
    const name = writtenPath(at.node.callee);
    if (!/^(persist|devtools|subscribeWithSelector)$/.test(name)) return null;
    isKept ||= name === 'persist';
    [at] = at.get('arguments') as NodePath[];
  }
  if (!at?.isFunction()) return null;
  const body = at.get('body') as NodePath;
  if (!body.isBlockStatement()) return { path: body, isKept };
  const last = body.get('body').at(-1);
  const returned = last?.isReturnStatement() ? (last.get('argument') as NodePath) : null;
  return returned?.node ? { path: returned, isKept } : null;
}

/** Who is signed in is the identity, and no data. */
function isSession(name: string): boolean {
  return /^(auth\w*|session\w*|login\w*|account|user|currentUser|credentials)$/i.test(name);
}

function isSettings(name: string): boolean {
  return /^(\w*(settings|preferences|prefs)|options|appearance|theme)$/i.test(name);
}

/** What is no name of its own: `todos.items`. */
function isCommonWord(name: string): boolean {
  return /^(items?|list|entries|data|all|values?|entities|state|store|app)$/i.test(name);
}

function isSecret(name: string): boolean {
  return /token|secret|password|passphrase|credential|apiKey/i.test(name);
}

/** What RxDB takes, without the names that its documents have themselves. */
function isPropertyName(name: string): boolean {
  const isTaken =
    /^(collection|close|deleted|get|incremental\w+|modify|patch|populate|primary|primaryPath|put|remove|revision|toJSON|toMutableJSON|update\w*|id|constructor)$/;
  return /^[a-z](?:[a-zA-Z0-9]|_(?!_|$))*$/.test(name) && !isTaken.test(name);
}
