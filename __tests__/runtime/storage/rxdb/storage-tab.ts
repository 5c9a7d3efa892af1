/** A tab as the app has it: RxDB on a main thread, over storage-remote, with the stamping storage and the store in a worker. */
import { Subject } from 'rxjs';
import { createRxDatabase, fillWithDefaultSettings } from 'rxdb/plugins/core';
import type { RxCollection, RxDatabase, RxStorage } from 'rxdb/plugins/core';
import { exposeRxStorageRemote, getRxStorageRemote } from 'rxdb/plugins/storage-remote';
import type { MessageFromRemote, MessageToRemote } from 'rxdb/plugins/storage-remote';
import { createDexieStorage } from '../../../../src/runtime/storage/rxdb/dexie-storage';
import type { StoreChange } from '../../../../src/runtime/contracts/store';
import type { Renames } from '../../../../src/runtime/crdt/rename';
import { compileRules } from '../../../../src/runtime/crdt/merge-rules';
import type { JsonSchema, MergeRules } from '../../../../src/runtime/crdt/merge-rules';
import { createStampingStorage } from '../../../../src/runtime/storage/rxdb/stamping-storage';
import type { Author } from '../../../../src/runtime/storage/layer';
import type { StampingOptions, StampingStorage } from '../../../../src/runtime/storage/rxdb/stamping-storage';
import { withShownRows } from '../../../../src/runtime/page/rxdb/shown-rows';
import { withoutDefaults } from '../../../../src/runtime/core/schema';
import { createStore } from '../../../../src/runtime/storage/document-store';
import type { DocumentStore } from '../../../../src/runtime/storage/document-store';
import { viewOf } from '../../../../src/runtime/crdt/view';
import type { SyncObject } from '../../../../src/runtime/core/json';

export const itemSchema: JsonSchema = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  additionalProperties: false,
  properties: {
    id: { type: 'string', maxLength: 40 },
    title: { type: 'string', maxLength: 40_000 },
    theme: { type: 'string', default: 'light' },
    rank: { type: 'number', minimum: 0, maximum: 1e9, multipleOf: 1 },
    tags: { type: 'array', items: { type: 'string' }, 'x-merge': 'set' },
    visits: { type: 'integer', 'x-merge': 'counter' },
    settings: { type: 'object' },
  },
  required: ['id', 'title', 'rank'],
  indexes: ['rank'],
};

export interface TabOptions extends Partial<Omit<StampingOptions, 'author'>> {
  readonly databaseName: string;
  readonly schemas?: { readonly [collection: string]: JsonSchema };
  readonly author?: Author;
  readonly renames?: Renames;
  readonly onNewer?: () => void;
}

export interface Item {
  readonly id: string;
  readonly title: string;
  readonly rank: number;
  readonly [property: string]: unknown;
}

export interface Tab {
  readonly database: RxDatabase;
  readonly items: RxCollection<Item>;
  readonly stamping: StampingStorage;
  readonly store: DocumentStore;
  readonly rules: MergeRules;
  /** Every change that the store has told of. */
  readonly changes: StoreChange[];
  /** What the store's registers of a document show, without its primary key. */
  shown(id: string): Promise<SyncObject | undefined>;
  author: Author;
  now: number;
  close(): Promise<void>;
}

let tabCount = 0;

export async function openTab({
  databaseName,
  schemas = { items: itemSchema },
  renames,
  onNewer,
  ...options
}: TabOptions): Promise<Tab> {
  tabCount += 1;
  const world = { author: options.author ?? { deviceId: 'a'.repeat(32), isProven: true }, now: 1_700_000_000_000 };
  const stamping = createStampingStorage({
    storage: createDexieStorage(),
    now: () => world.now,
    notBeforeMs: 0,
    syncs: () => true,
    schemaOf: (collection) =>
      schemas[collection] && (fillWithDefaultSettings(schemas[collection] as never) as unknown as JsonSchema),
    ...options,
    author: () => world.author,
  });
  const toWorker = new Subject<MessageToRemote>();
  const toMain = new Subject<MessageFromRemote>();
  exposeRxStorageRemote({
    messages$: toWorker,
    send: (message) => queueMicrotask(() => toMain.next(structuredClone(message))),
    // One process knows a database by its name once; two tabs are two processes.
    storage: {
      ...stamping.storage,
      createStorageInstance: (params) => stamping.storage.createStorageInstance({ ...params, databaseName } as never),
    } as RxStorage<unknown, unknown> as never,
  });
  const store = createStore({
    records: stamping,
    now: () => world.now,
    revisionToken: `worker${tabCount}`,
    renames: () => renames,
    onNewer,
  });
  const changes: StoreChange[] = [];
  store.changes((change) => changes.push(change));
  const database = await createRxDatabase({
    name: `${databaseName}-${tabCount}`,
    storage: withShownRows(
      getRxStorageRemote({
        identifier: `tab${tabCount}`,
        mode: 'one',
        messageChannelCreator: async () => ({
          messages$: toMain,
          send: (message) => queueMicrotask(() => toWorker.next(structuredClone(message))),
          close: async () => {},
        }),
      }),
    ),
    multiInstance: false,
    hashFunction: async () => 'zero-backend-sync',
  });
  await database.addCollections(
    Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [name, { schema: withoutDefaults(schema) }]),
    ) as never,
  );
  const rules = compileRules(schemas.items ?? itemSchema);
  return Object.assign(world, {
    database,
    items: database.items as unknown as RxCollection<Item>,
    stamping,
    store,
    rules,
    changes,
    shown: async (id: string) => {
      const stored = (await store.read('items', [id])).get(id);
      return stored && viewOf(stored.registers, rules);
    },
    close: async () => {
      await database.close();
    },
  });
}

/** Resolves when `condition` holds; looks again whenever anything may have happened. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 4_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('this has not come true within four seconds');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
