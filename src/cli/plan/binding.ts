/** The part of a plan that binds one piece of the app's own state: a component that does it, the collection, and the store's reducer. */
import { findBindableState, type BindablePiece, type BindableProperty } from '../discover/bindable-state';
import { sourceFiles } from '../discover/identity';
import { readModules, type Modules } from '../discover/modules';
import { parseSource, whereIs } from '../discover/syntax';
import { usesVue } from '../discover/vue/calls';
import { importPath } from '../edit/import-path';
import { printString } from '../edit/print';
import { withSyncedReducer } from '../edit/redux-store';
import { withCollection } from '../edit/schema-collections';
import { documentsFolder } from '../next';
import { templateModule } from '../template';
import { databaseNames } from './database-names';
import { homeOf } from '../homes';
import type { Draft, PlannedWrite, PlanRequest } from './plan';

const existingStateDocument = `${documentsFolder}/existing-state.md`;

/**
 * Adds it to the plan.
 * @param writes of the plan so far: the schema that is being written gets the collection.
 * @returns why nothing was bound, in words that complete "because"; `null` where something was.
 */
export function planBinding(request: PlanRequest, writes: PlannedWrite[], draft: Draft): string | null {
  const { files, facts, answers } = request;
  const schemaFile = `${answers.dir}/${templateModule(request.record?.form ?? facts.form, 'schema')}`;
  const schemaAt = writes.findIndex(({ path }) => path === schemaFile);
  const schema = writes[schemaAt];
  if (schema === undefined) return `${schemaFile} is there already, and yours`;
  const modules = readModules(files, sourceFiles(files, answers.dir));
  const { pieces, refused } = findBindableState(modules);
  const [piece] = pieces;
  if (piece === undefined)
    return (
      refused[0] ??
      `no list with ids and no settings were found in an exported store of ${usesVue(modules) ? 'Pinia' : 'Redux Toolkit or Zustand'}`
    );

  const isTypescript = facts.platform.language === 'typescript';
  const folder = folderOf(piece.store.file);
  const isPinia = piece.store.kind === 'pinia';
  const binder = `${isPinia ? 'useSynced' : 'Synced'}${capitalised(wordOf(piece.name))}`;
  const scriptEnding = isPinia ? 'js' : (homeOf(facts.platform.buildTool)?.jsxEnding ?? 'js');
  const path = `${folder}/${binder}.${isTypescript ? (isPinia ? 'ts' : 'tsx') : scriptEnding}`;
  if (files.read(path) !== null) return `${path} is there already`;
  const described = withPiece(schemaFile, schema.after, piece);
  if (described === null) return `${schemaFile} takes no collection called ${wordOf(piece.name)}`;

  const what = piece.at ?? `${piece.properties.map(({ name }) => name).join(', ')} of ${piece.store.name}`;
  const after = bindingText(piece, { binder, what, folder, lib: answers.dir, collection: described.collection });
  // The names in it are the app's.
  if ((parseSource(path, after)?.ast.errors ?? [null]).length > 0) return `${path} would not compile`;

  writes[schemaAt] = {
    ...schema,
    after: described.text,
    why: `${schema.why}; with the collection ${described.collection}`,
  };
  const why = `binds ${what} (${whereIs(piece.evidence)}) to the collection ${described.collection}; ${isPinia ? `call ${binder}() once, behind provideSync` : `render <${binder} /> once, below SyncProvider`}`;
  draft.write({ path, before: null, after, role: 'created', why });
  if (piece.leftOut.length > 0)
    draft.note(
      `${what} is bound without ${piece.leftOut.join(', ')}: a type that a schema can have is not known of it, or it is a secret. It stays on the device, and what comes from another device is without it. Add it to ${schemaFile} and to ${path}, if it is synced.`,
    );
  if (piece.store.kind === 'redux') planReducer(request, modules, piece, draft);
  draft.next({
    kind: 'by-hand',
    what: isPinia
      ? `call what binds ${what} once, in the setup of App.vue behind provideSync. How it works: ${existingStateDocument}`
      : `render what binds ${what} once, below SyncProvider. How it works: ${existingStateDocument}`,
    code: `import { ${binder} } from ${printString(importPath('src', `${folder}/${binder}`), "'")}; // from a file in src\n\n${isPinia ? `${binder}();` : `<${binder} />`}`,
  });
  planKept(modules, piece, what, draft);
  return null;
}

/** @returns the text of the schema with the piece's collection, and what that is called; the samples keep their names. */
function withPiece(
  file: string,
  text: string,
  piece: BindablePiece,
): { readonly text: string; readonly collection: string } | null {
  const word = wordOf(piece.name);
  const names = [word, `app${capitalised(word)}`].filter((name) => !databaseNames.has(name));
  for (const collection of names) {
    const result = withCollection(file, text, collection, definitionText(collection, piece));
    const source = result === null ? null : parseSource(file, result);
    if (result !== null && source !== null && (source.ast.errors?.length ?? 0) === 0)
      return { text: result, collection };
  }
  return null;
}

function definitionText(collection: string, piece: BindablePiece): string {
  const { shape, properties } = piece;
  const isList = shape === 'list';
  const required = isList ? properties.filter(({ isOptional }) => !isOptional).map(({ name }) => name) : [];
  return [
    `const ${collection} = defineCollection({`,
    '  schema: {',
    '    version: 0,',
    `    primaryKey: 'id',`,
    `    type: 'object',`,
    '    additionalProperties: false,',
    '    properties: {',
    `      id: { type: 'string', maxLength: 100 },`,
    ...properties.map((property) => `      ${property.name}: ${propertyText(property)},`),
    ...(isList ? [`      ${orderOf(piece)}: { type: 'number', default: 0 },`] : []),
    '    },',
    `    required: [${['id', ...required].map((name) => `'${name}'`).join(', ')}],`,
    '  },',
    '});',
  ].join('\n');
}

function propertyText({ kind, initial }: BindableProperty): string {
  const values = kind.type === 'string' ? kind.values : null;
  const isOwn = typeof initial === kind.type && (values === null || values.some((value) => value === initial));
  return `{ ${[
    `type: '${kind.type}'`,
    ...(kind.type === 'array' ? [`items: { type: '${kind.items}' }`] : []),
    ...(values === null ? [] : [`enum: [${values.map((value) => printString(value, "'")).join(', ')}]`]),
    ...(isOwn && initial !== undefined
      ? [`default: ${typeof initial === 'string' ? printString(initial, "'") : String(initial)}`]
      : []),
  ].join(', ')} }`;
}

/** A property of the documents that no item has. */
function orderOf({ properties, leftOut }: BindablePiece): string {
  const taken = [...properties.map(({ name }) => name), ...leftOut];
  return ['order', 'position'].find((name) => !taken.includes(name)) ?? 'placeInList';
}

interface BindingNames {
  /** The component, or the composable, that binds it. */
  readonly binder: string;
  readonly what: string;
  readonly folder: string;
  readonly lib: string;
  readonly collection: string;
}

function bindingText(piece: BindablePiece, { binder, what, folder, lib, collection }: BindingNames): string {
  const { store, at, shape, properties } = piece;
  const imported = ['useBoundStore', 'useSyncEngine', binder].includes(store.name) ? 'appStore' : store.name;
  const named = imported === store.name ? imported : `${store.name} as ${imported}`;
  const home = store.file.replace(/\.[cm]?[jt]sx?$/, '');
  const binding = [
    `collection: '${collection}'`,
    ...(shape === 'settings' ? [`id: 'ui'`] : []),
    ...(at === null ? [] : [`at: ${printString(at, "'")}`]),
    `keys: [${properties.map(({ name }) => `'${name}'`).join(', ')}]`,
    ...(shape === 'list' ? [`order: '${orderOf(piece)}'`] : []),
  ].join(', ');
  const isPinia = store.kind === 'pinia';
  const framework = isPinia ? 'vue' : 'react';
  const given = isPinia ? `${imported}()` : imported;
  const where = isPinia
    ? 'Call it once, in the setup that calls provideSync, behind that'
    : 'Render it once, below the provider';
  return `import { useBoundStore } from 'zero-backend-sync/${framework}';
import { useSyncEngine } from ${printString(`${importPath(folder, lib)}/${framework}`, "'")};
import ${store.isDefault ? imported : `{ ${named} }`} from ${printString(importPath(folder, home), "'")};

/** Binds ${what.replaceAll('*/', '* /')}: the same on all devices of the user. ${where}. */
export function ${binder}() {
  useBoundStore(useSyncEngine(), ${given}, [
    { ${binding} },
  ]);
${isPinia ? '' : '  return null;\n'}}
`;
}

function planReducer({ files }: PlanRequest, modules: Modules, { store }: BindablePiece, draft: Draft): void {
  const before = files.read(store.file);
  const after = withSyncedReducer(modules, store.file);
  if (after !== null) {
    draft.write({
      path: store.file,
      before,
      after,
      role: 'edited',
      why: 'what is synced gets into the store by its reducer',
    });
    return;
  }
  draft.next({
    kind: 'by-hand',
    file: store.file,
    what: 'make the reducer of the store one of syncedReducer. Without it the store does not show what other devices write',
    code: `import { syncedReducer } from 'zero-backend-sync/page';\n\nconfigureStore({ reducer: syncedReducer(combineReducers({ /* its reducers */ })), /* its other options */ })`,
  });
}

/** What the app keeps of it itself goes, and comes in once: in which form that is, only the app's owner knows. */
function planKept(modules: Modules, { store, kept }: BindablePiece, what: string, draft: Draft): void {
  const text = modules.all.find(({ source }) => source.path === store.file)?.source.text ?? '';
  if (kept !== null)
    draft.next({
      kind: 'by-hand',
      file: kept.file,
      line: kept.line,
      what: `the app keeps data like ${what} on this device itself: take what is bound out of there, and bring in once what its users have: "From localStorage" in ${existingStateDocument}`,
    });
  else if (/\bpreloadedState\b/.test(text))
    draft.next({
      kind: 'by-hand',
      file: store.file,
      what: `take ${what} out of the preloaded state, or it shows one user's data to the next`,
    });
}

/** As a name in code. */
function wordOf(name: string): string {
  const word = name.replace(/[^A-Za-z0-9]+(\w?)/g, (_, next: string) => next.toUpperCase()).replace(/^\d+/, '');
  return word.charAt(0).toLowerCase() + word.slice(1) || 'state';
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function folderOf(file: string): string {
  return file.split('/').slice(0, -1).join('/');
}
