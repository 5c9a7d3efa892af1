/** A whole engine in this process as a browser has it: documents, ledger and installation in IndexedDB, sockets, and every word that crosses a border noted. */
import 'fake-indexeddb/auto';
import { WebSocket } from 'ws';
import { SyncEngine } from '../../src/lib/engine';
import type { OpenOptions } from '../../src/lib/engine';
import configJson from '../../src/lib/config.json';
import type { BlackBox } from '../../src/runtime/crypto/derive-keys';
import { createRxdbLayer } from '../../src/runtime/storage/rxdb/rxdb-layer';
import { systemClock } from '../../src/runtime/worker/browser-environment';
import type { Environment } from '../../src/runtime/worker/environment';
import { inProcessEnvironment, inProcessWorkers } from './in-process';
import { openInstallation } from '../../src/runtime/persistence/installation';
import { deleteLedger, openLedger } from '../../src/runtime/persistence/ledger';
import type { SocketLike } from '../../src/runtime/relay/socket';

/** No test needs more than the least that the black box accepts. */
export const config = { ...configJson, iterations: 100_000 };

/** What has left the worker, whole messages and frames in the order in which they left. */
export interface Borders {
  /** postMessage to the page. */
  readonly toPage: unknown[];
  /** BroadcastChannel to other tabs. */
  readonly toTabs: unknown[];
  /** Frames to relays, as text. */
  readonly toRelays: string[];
  sockets: number;
}

export const noBorders = (): Borders => ({ toPage: [], toTabs: [], toRelays: [], sockets: 0 });

export const blackBoxOf = (module: Uint8Array) => async (): Promise<BlackBox> =>
  (await WebAssembly.instantiate(module as BufferSource, {})).instance.exports as unknown as BlackBox;

/** Engines opened with this share one browser profile: that of the test file. */
export function openInBrowser(
  options: OpenOptions,
  borders: Borders,
  changes: Partial<Environment> = {},
): Promise<SyncEngine> {
  return open(options, borders, {
    ...inProcessEnvironment(),
    config,
    storage: createRxdbLayer(),
    openInstallation: (appId) => openInstallation(appId, systemClock),
    openLedger,
    deleteLedger,
    ...changes,
  });
}

/** On a device of its own. */
export function openElsewhere(options: OpenOptions, changes: Partial<Environment> = {}): Promise<SyncEngine> {
  return open(options, noBorders(), { ...inProcessEnvironment(), config, ...changes });
}

function open(options: OpenOptions, borders: Borders, environment: Environment): Promise<SyncEngine> {
  const start = inProcessWorkers({
    ...environment,
    createSocket: (url) => noteFrames(new WebSocket(url, { perMessageDeflate: false }), borders),
    openChannel: (name) => {
      const channel = environment.openChannel(name);
      const post: typeof channel.post = (message) => {
        borders.toTabs.push(message);
        channel.post(message);
      };
      return { ...channel, post };
    },
  });
  const createWorker = () => {
    const worker = start();
    // Noted where the engine's listener is called.
    return new Proxy(worker, {
      set(target, property, value) {
        if (property !== 'onmessage') return Reflect.set(target, property, value);
        target.onmessage = (event) => {
          borders.toPage.push(event.data);
          value?.(event);
        };
        return true;
      },
    });
  };
  return SyncEngine.open({ createWorker, ...options });
}

function noteFrames(socket: WebSocket, borders: Borders): SocketLike {
  borders.sockets += 1;
  const send = socket.send.bind(socket) as (text: string) => void;
  socket.send = ((text: string) => {
    borders.toRelays.push(text);
    send(text);
  }) as typeof socket.send;
  return socket as unknown as SocketLike;
}

/** Everything that this browser profile has in IndexedDB: names, keys and values. */
export async function everythingStored(): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await settled(indexedDB.open(name!));
    found.push(name, [...database.objectStoreNames]);
    for (const table of database.objectStoreNames) {
      const store = database.transaction(table).objectStore(table);
      found.push(await settled(store.getAllKeys()), await settled(store.getAll()));
    }
    database.close();
  }
  return found;
}

function settled<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
  });
}
