/** Identifiers of the user that stores of Pinia and Vuex are declared to hold, or that signing in writes into them, although nothing reads them yet. */
import type { NodePath } from '@babel/traverse';
import { declaredFields, shapeOf } from '../declared-fields';
import { identityFields, sessionSlice, sessionWords, type KnownField } from '../identity-sources';
import type { Module, Modules } from '../modules';
import { isFixed, isSignIn } from '../state-writes';
import { writesIn, type StoreField } from '../store-sessions';
import { callBehind, usesVue } from './calls';
import { exportedName } from './exports';
import { givenBy, memberOf, membersIn } from './objects';
import { isSessionStore, piniaStores, writesOfStore, type PiniaStore } from './pinia';
import { textBelow } from './refs';
import { accessText, objectBehind, stateOf, vuexModules, type VuexModule } from './vuex';
import { reactiveWrites } from './writes';

export interface VueStoreFields {
  readonly fields: readonly StoreField[];
  /** Ways into the state of Vuex below which the session lies, each with dots. */
  readonly ways: readonly string[];
}

export function vueStoreFields(modules: Modules): VueStoreFields {
  if (!usesVue(modules)) return { fields: [], ways: [] };
  const writesOf = reactiveWrites(modules);
  const vuex = vuexModules(modules).map((each) => fieldsOfVuex(modules, each));
  return {
    fields: [
      ...piniaStores(modules).flatMap((store) => fieldsOfPinia(modules, store, writesOf)),
      ...vuex.flatMap(({ fields }) => fields),
    ],
    ways: vuex.flatMap(({ ways }) => ways),
  };
}

function fieldsOfPinia(
  modules: Modules,
  store: PiniaStore,
  writesOf: ReturnType<typeof reactiveWrites>,
): readonly StoreField[] {
  const exported = exportedName(modules, store.call);
  if (exported === null) return [];
  const source = `the store ${store.hook}`;
  const field = (
    way: readonly string[],
    kind: StoreField['kind'],
    node: StoreField['node'],
    by: string,
  ): StoreField => ({
    way,
    kind,
    node,
    module: store.module,
    hook: null,
    source: by === '' ? source : `${source}, which ${by}() fills`,
    reach: { expression: textBelow(modules, store.call, `${exported.name}()`, way), imports: [exported.text] },
  });
  const states = store.made.isFunction() ? givenBy(store.made) : givenBy(memberOf(store.made, 'state'));
  const isFilled = (value: NodePath) => {
    const made = value.isIdentifier() ? callBehind(modules, value.scope, value.node.name) : null;
    return made !== null && writesOf(made).some((write) => isSignIn(write.within) && !isFixed(write.value));
  };
  const declared = states
    .flatMap((state) => membersIn(objectBehind(modules, state)))
    .flatMap(({ name, value }) => {
      if (!isSessionStore(store) && !sessionSlice.test(name) && !isFilled(value)) return [];
      return fieldsBelow(modules, name, [value]).map(({ path, kind }) =>
        field([name, ...wordsOf(path)], kind, nodeOf(value), ''),
      );
    });
  const written = writesOfStore(store)
    .filter(({ value, within }) => isSignIn(within) && !isFixed(value))
    .flatMap(({ way, value, within }) =>
      way.length === 0
        ? []
        : fieldsBelow(modules, way.at(-1) ?? '', [value]).map(({ path, kind }) =>
            field([...way, ...wordsOf(path)], kind, value.parent, within),
          ),
    );
  return [...declared, ...written];
}

/** Where a value stands: a name that is given back stands where it is declared. */
function nodeOf(value: NodePath): StoreField['node'] {
  const declared = value.isIdentifier() ? value.scope.getBinding(value.node.name)?.path.node : undefined;
  return declared ?? value.parent;
}

/** A member of a store that identifies the user itself, or what its values have. */
function fieldsBelow(modules: Modules, name: string, values: readonly NodePath[]): readonly KnownField[] {
  const own = identityFields[name];
  if (own !== undefined && /user|account|uid|sub|email/i.test(name)) return [{ path: '', kind: own }];
  return sessionWords.has(name) || own === undefined
    ? values.flatMap((value) => declaredFields(modules, shapeOf(modules, value, [])))
    : [];
}

function fieldsOfVuex(modules: Modules, { way, options, module }: VuexModule): VueStoreFields {
  const state = stateOf(modules, options);
  const fields: StoreField[] = [];
  const ways: string[] = [];
  for (const { name, value } of membersIn(objectBehind(modules, memberOf(options, 'mutations')))) {
    if (!value.isFunction() || !isSignIn(name)) continue;
    for (const write of writesIn(value)) {
      if (isFixed(write.value) || write.way.length === 0) continue;
      ways.push([...way, ...write.way].join('.'));
      const begun = memberOf(state, write.way[0] ?? '');
      for (const { path, kind } of fieldsBelow(modules, write.way.at(-1) ?? '', [
        write.value,
        ...(begun === null ? [] : [begun]),
      ]))
        fields.push(
          vuexField(
            [...way, ...write.way, ...wordsOf(path)],
            kind,
            module,
            write.value.parent,
            `, which "${name}" fills`,
          ),
        );
    }
  }
  for (const { name, value } of membersIn(state)) {
    if (!sessionSlice.test(name) && !sessionSlice.test(way.at(-1) ?? '')) continue;
    for (const { path, kind } of fieldsBelow(modules, name, [value]))
      fields.push(vuexField([...way, name, ...wordsOf(path)], kind, module, value.parent, ''));
  }
  return { fields, ways };
}

function vuexField(
  way: readonly string[],
  kind: StoreField['kind'],
  module: Module,
  node: StoreField['node'],
  by: string,
): StoreField {
  const reach = { expression: accessText('useStore()', ['state', ...way]), imports: ['useStore of vuex'] };
  return { way, kind, node, module, hook: null, source: `the Vuex store${by}`, reach };
}

function wordsOf(path: string): readonly string[] {
  return path.split('.').filter(Boolean);
}
