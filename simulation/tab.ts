/** A tab of the simulated user: the real modules of its worker over simulated ports, and what its app does with them. */
import configJson from '../src/lib/config.json';
import { readConfig } from '../src/runtime/core/config';
import type { SyncConfig } from '../src/runtime/core/config';
import { createMemoryLedger } from '../src/runtime/testing/memory-ledger';
import { readAbout } from '../src/runtime/crypto/read-manifest';
import { createMesh } from '../src/runtime/mesh/mesh';
import type { Clock } from '../src/runtime/core/clock';
import { createReplica } from '../src/runtime/replica/replica';
import type { Replica } from '../src/runtime/replica/replica';
import { seedDocuments } from '../src/runtime/storage/seed-documents';
import { createStampingStorage } from '../src/runtime/storage/rxdb/stamping-storage';
import type { Row, StampingStorage, SyncedCollection } from '../src/runtime/storage/rxdb/stamping-storage';
import { createStore } from '../src/runtime/storage/document-store';
import type { DocumentStore } from '../src/runtime/storage/document-store';
import { SyncError } from '../src/runtime/core/errors';
import type { SyncDocument } from '../src/runtime/core/json';
import type { SyncStatus } from '../src/runtime/core/status';
import type { Mesh } from '../src/runtime/contracts/mesh';
import type { Browser } from './browser';
import { tabChannel } from './browser-apis';
import { laneOf } from './collections';
import type { AppVersion } from './collections';
import { createDiskStorage } from './disk';
import { guarded } from './guarded-ledger';
import type { Dice } from './random';
import { SimulatedLink } from './link';
import type { SimulatedRelay } from './relay';
import { createStandInVault } from './stand-in-vault';
import { WorkerProcess } from './worker-process';

type Instance = SyncedCollection['inner'];
export type Change = (document: SyncDocument | undefined) => SyncDocument | null | undefined;

/** A write, and what became of it. */
export interface Attempt {
  /** Undefined if it was not refused. */
  readonly error?: SyncError;
  /** What the app showed of the document. Undefined if there was none. */
  readonly shown: SyncDocument | undefined;
  /** Null for a deletion. */
  readonly asked: SyncDocument | null;
  readonly before: Row | undefined;
  /** What was written, unless something else has taken its place already. */
  readonly after: Row | undefined;
}

/** Before the world begins, so that no stamp is held up by it. */
const BUILT_MS = Date.UTC(2026, 0, 1);

export class Tab {
  readonly process: WorkerProcess;
  readonly replica: Replica;
  readonly stamping: StampingStorage;
  readonly store: DocumentStore;
  readonly #portals = new Map<string, Instance>();
  readonly #dice: Dice;
  readonly #ready: { resolve: () => void; promise: Promise<void> };
  readonly version: AppVersion;
  status: SyncStatus | undefined;
  isSynced = false;
  #revisions = 0;

  constructor(
    readonly browser: Browser,
    readonly id: string,
  ) {
    const { options, disk, version } = browser;
    this.version = version;
    const { timeline } = options;
    const relays = browser.list;
    const former = options.list.filter((relay) => !relays.includes(relay));
    const config = configOf(relays, former);
    const settings = { ...options.settings, relays: config.relays };
    const seals = browser.isMistyped ? options.mistypedSeals : options.seals;
    const dice = (this.#dice = options.dice.fork());
    const process = (this.process = new WorkerProcess(timeline, () => browser.skewMs));
    const clock: Clock = {
      now: () => process.now(),
      monotonic: () => timeline.now,
      after: (delayMs, call) => process.after(delayMs, call),
    };
    const random = () => dice.next();
    const limits = config.connection;
    let mesh: Mesh | undefined;
    /**
     * When those complete reads began that count, by relay, on the world's time: what came to a relay later need not be known. A read in part promises less:
     * what it left out is compared later, and has to be there in the end.
     */
    const readAt = new Map<string, number>();
    const noteReads = (): void => {
      for (const relay of relays) {
        const connection = [...relay.connections].find(({ link }) => link.options.process === process);
        const isRead = mesh?.proof.read.has(relay.url) && !mesh.proof.awaited.includes(relay.url);
        if (isRead && !readAt.has(relay.url)) readAt.set(relay.url, connection?.readAt ?? -Infinity);
      }
    };
    const newDeviceId = () => dice.hex(32);
    const ledger = guarded(createMemoryLedger(newDeviceId, disk.ledger), process, (changes) =>
      options.onLedgerCommit(browser, changes, { tabId: id, list: relays }),
    );
    const announced = (listener: (collection: string, bulk: never) => void) =>
      browser.announcements.join(process, ([collection, bulk]) => listener(collection, bulk));
    this.stamping = createStampingStorage({
      storage: createDiskStorage({
        disk,
        process,
        onCommit: (commit) => options.onCommit(browser, commit),
        announce: (collection, bulk) => browser.announcements.post(process, [collection, bulk as never]),
        onAnnounced: announced as never,
      }) as never,
      now: clock.now,
      notBeforeMs: BUILT_MS,
      author: () => ({ deviceId: ledger.device.id, isProven: this.replica.isProven }),
      syncs: () => true,
    });
    this.store = createStore({ records: this.stamping, now: clock.now, revisionToken: dice.hex(10) });
    this.replica = createReplica({
      databaseName: browser.name,
      settings,
      relayCount: relays.length,
      vault: Promise.resolve(createStandInVault(seals, dice, { by: id, version })),
      installationKey: undefined as never,
      expectsData: false,
      ledger,
      store: this.store,
      createMesh: (listener, vault) =>
        (mesh = createMesh({
          config,
          pubkey: vault.pubkey,
          listener,
          memory: {
            load: () => ledger.loadRelayMemory(),
            save: (url, memory) => void ledger.saveRelayMemory(url, memory),
          },
          clock,
          random,
          connect: (url, handlers, authClock) => {
            const relay = options.relays.find((known) => known.url === url)!;
            const isReachable = () => !browser.unreachable.has(url);
            return new SimulatedLink(
              { relay, process, dice: dice.fork(), isReachable, limits, authClock, answered: noteReads },
              handlers,
            );
          },
          // These events say the truth of their ids; what is forged is recognised by its seal.
          idOf: ({ id }) => id,
          isSigned: vault.verify,
        })),
      clock,
      random,
      newDeviceId,
      tabId: id,
      locks: browser.locks.of(process),
      channel: tabChannel(browser.broadcast, process),
      laneOf,
      about: async () => readAbout({ relays: relays.map(({ url }) => url), label: browser.name, kit: 'simulation' }),
      onStatus: (status) => {
        this.status = status;
        options.onStatus(browser, this);
      },
      onSynced: () => {
        this.isSynced = true;
        noteReads();
        if (!browser.isMistyped) options.onRead(browser, readAt);
      },
      // What a tab has begun to say when it ends reaches nobody; by then the browser may have another list.
      onDurable: (stamps) => {
        if (process.isAlive) options.onDurable(browser, stamps);
      },
    });
    let resolve = () => {};
    const promise = new Promise<void>((done) => (resolve = done));
    this.#ready = { resolve, promise };
  }

  async open(): Promise<void> {
    for (const [collectionName, schema] of Object.entries(this.browser.options.app.schemasOf[this.version])) {
      const params = { databaseName: this.id, collectionName, schema, multiInstance: false, options: {} };
      const portal = await this.stamping.storage.createStorageInstance(params as never);
      this.#portals.set(collectionName, portal as unknown as Instance);
    }
    // What an older version of the app has stored lacks what this one fills in.
    for (const collection of this.stamping.collections.keys()) await this.store.rewrite(collection);
    this.#ready.resolve();
    this.replica.start();
  }

  /** A document as the app shows it. */
  async read(collection: string, id: string): Promise<SyncDocument | undefined> {
    await this.#ready.promise;
    const [row] = await this.#portals.get(collection)!.findDocumentsById([id], false);
    return row && documentIn(row as Row);
  }

  /**
   * Reads, changes and writes a document as RxDB does, again after each conflict. Resolves when it is committed or refused.
   * @param change makes the next document of the one that is shown; undefined to leave it.
   */
  async write(collection: string, id: string, change: Change): Promise<Attempt | undefined> {
    await this.#ready.promise;
    const portal = this.#portals.get(collection)!;
    for (;;) {
      const [previous] = await portal.findDocumentsById([id], true);
      const before = this.#stored(collection, id);
      const write = this.#rowOf(id, previous as Row | undefined, change);
      if (!write) return undefined;
      const attempt = (): Attempt => ({
        shown: previous && !previous._deleted ? documentIn(previous as Row) : undefined,
        asked: write.document._deleted ? null : documentIn(write.document as Row),
        before,
        after: this.#stored(collection, id)?._rev === write.document._rev ? this.#stored(collection, id) : undefined,
      });
      try {
        const { error } = await portal.bulkWrite([write as never], 'app');
        if (error.length === 0) return attempt();
        if (error[0]!.status !== 409) throw new Error(`refused: ${JSON.stringify(error[0])}`);
      } catch (error) {
        if (!(error instanceof SyncError)) throw error;
        // What was judged is not what was read, but what somebody has written in between.
        if (before?._rev !== previous?._rev) continue;
        return { ...attempt(), error };
      }
    }
  }

  /** @returns the ids of those that were refused. */
  async writeMany(
    collection: string,
    ids: readonly string[],
    change: (id: string) => SyncDocument,
  ): Promise<readonly string[]> {
    await this.#ready.promise;
    const portal = this.#portals.get(collection)!;
    const stored = new Map(
      (await portal.findDocumentsById([...ids], true)).map((row) => [row.id as string, row as Row]),
    );
    const rows = ids.flatMap((id) => this.#rowOf(id, stored.get(id), () => change(id)) ?? []);
    const { error } = await portal.bulkWrite(rows as never, 'app');
    return error.filter(({ status }) => status === 422).map(({ documentId }) => documentId);
  }

  async seed(collection: string, documents: readonly SyncDocument[], version: number): Promise<void> {
    await this.#ready.promise;
    await seedDocuments(this.stamping, this.store, { collection, documents, version });
  }

  #stored(collection: string, id: string): Row | undefined {
    return this.browser.disk.documents.get(collection)?.get(id);
  }

  #rowOf(id: string, previous: Row | undefined, change: Change) {
    const { _deleted, _rev } = previous ?? ({} as Row);
    const document = documentIn(previous ?? ({} as Row));
    const next = change(previous && !_deleted ? document : undefined);
    if (next === undefined) return undefined;
    const height = previous ? parseInt(_rev, 10) + 1 : 1;
    const row = Object.assign({}, next ?? document, {
      ...{ id, _deleted: next === null, _attachments: {}, _rev: `${height}-${this.id}.${this.#revisions++}` },
      _meta: { lwt: this.process.now() },
    });
    return previous ? { previous, document: row } : { document: row };
  }
}

function documentIn({ _deleted, _meta, _rev, _attachments, ...document }: Row): SyncDocument {
  return document as SyncDocument;
}

const configs = new Map<string, SyncConfig>();

/** The numbers of the real config.json; only the relays are others. */
function configOf(relays: readonly SimulatedRelay[], former: readonly SimulatedRelay[]): SyncConfig {
  const urlsOf = (some: readonly SimulatedRelay[]) => some.map(({ url }) => url);
  const key = [relays, former].map(urlsOf).join('|');
  let config = configs.get(key);
  if (!config)
    configs.set(key, (config = { ...readConfig(configJson), relays: urlsOf(relays), formerRelays: urlsOf(former) }));
  return config;
}
