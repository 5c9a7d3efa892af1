/** The third context: where the app keeps its data today, and which of the three storage layers suits it. */
import { majorOf, readPackageJson } from './package-json';
import { sourceFiles } from './identity';
import { readModules } from './modules';
import type { ProjectFiles } from './project-files';
import { findStoredKeys } from './stored-keys';
import { findComponentLists, findStores, type StorageFinding } from './stores';
import { findLine } from './syntax';

export type StorageLayer = 'rxdb' | 'nosql' | 'file';
export type FileFormat = 'json' | 'yaml' | 'csv';

export interface StorageFacts {
  readonly findings: readonly StorageFinding[];
  readonly recommended: StorageLayer;
  readonly why: string;
}

export interface LayerDescription {
  readonly layer: StorageLayer;
  readonly title: string;
  readonly means: string;
  readonly available: boolean;
}

/** In order of priority. */
export const storageLayers: readonly LayerDescription[] = [
  {
    layer: 'rxdb',
    title: '1. RxDB on IndexedDB',
    means:
      'Collections with a schema, relations, indexes and live queries. What is written shows at once and merges field by field.',
    available: true,
  },
  {
    layer: 'nosql',
    title: '2. NoSQL: PouchDB or plain IndexedDB',
    means:
      'Documents without a schema behind an API you may already use; no relations, and conflicts are merged per document.',
    available: false,
  },
  {
    layer: 'file',
    title: '3. One file: JSON, YAML or CSV',
    means: 'A small text document, such as settings or a table, that is read and written as a whole; no queries.',
    available: false,
  },
];

const databases: readonly (readonly [packageName: string, what: string])[] = [
  ['rxdb', 'RxDB'],
  ['pouchdb', 'PouchDB'],
  ['pouchdb-browser', 'PouchDB'],
  ['dexie', 'Dexie'],
  ['idb', 'IndexedDB through idb'],
  ['idb-keyval', 'IndexedDB through idb-keyval'],
  ['localforage', 'localForage'],
  ['redux-persist', 'a persisted Redux store'],
];

export function discoverStorage(files: ProjectFiles, options: { readonly ignore?: string } = {}): StorageFacts {
  const packageJson = readPackageJson(files);
  const installed = databases.flatMap(([name, what]) => {
    const evidence =
      packageJson.all[name] === undefined
        ? null
        : findLine('package.json', packageJson.text, new RegExp(`"${name}"\\s*:`));
    return evidence === null ? [] : [{ what, evidence }];
  });
  const modules = readModules(files, sourceFiles(files, options.ignore));
  const kept = findStoredKeys(modules).map(({ key, evidence }) => ({
    what: key === null ? 'localStorage' : `localStorage "${key}"`,
    evidence,
  }));
  const sources = modules.all.map(({ source }) => source);
  const data = [...installed, ...sources.flatMap((source) => findStores(source)), ...kept];
  // What a component holds for itself may be anything; it says something only where there is no data to be seen.
  const findings = data.length > 0 ? data : findComponentLists(sources);
  return { findings, recommended: 'rxdb', why: reasonFor(findings, majorOf(packageJson.all.rxdb ?? null) !== null) };
}

function reasonFor(findings: readonly StorageFinding[], hasRxdb: boolean): string {
  const has = (pattern: RegExp) => findings.some(({ what }) => pattern.test(what));
  if (hasRxdb) return 'the app already uses RxDB';
  if (has(/PouchDB/))
    return 'PouchDB documents become RxDB documents as they are, and PouchDB has no end-to-end encrypted replication';
  if (has(/Dexie|idb|localForage/)) return 'the data is in IndexedDB already, where RxDB keeps its own';
  if (has(/list/)) return 'the app keeps lists, which want queries and a merge for each item';
  if (has(/nested|Redux/)) return 'the state is nested, and RxDB merges it field by field';
  if (has(/localStorage/)) return 'what is in localStorage becomes documents that other tabs and devices see at once';
  return 'it is the layer with live queries and a merge for each field';
}
