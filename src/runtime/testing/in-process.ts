/**
 * The engine without a worker: the same modules in the same thread, with storage in memory. For an app's tests, and for nothing else:
 * here deriving keys and merging hold up the page.
 */
import type { RxStorage } from 'rxdb/plugins/core';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import type { WorkerLike } from '../page/worker-contract';
import { temporaryInstallation } from '../persistence/installation';
import type { Installation } from '../persistence/installation';
import type { Locks, TabChannel } from '../contracts/tabs';
import { createRxdbLayer } from '../storage/rxdb/rxdb-layer';
import { fetchUrl, openWebSocket, systemClock } from '../worker/browser-environment';
import type { Environment, Platform } from '../worker/environment';
import type { MessageLoop } from '../worker/worker-scope';
import { createMemoryLedger, emptyLedgerDisk } from './memory-ledger';
import type { LedgerDisk } from './memory-ledger';

/** `serve` of the template's worker/index.ts. */
export type Serve<ToWorker, ToPage> = (
  post: (message: ToPage) => void,
  environment?: Partial<Environment>,
) => MessageLoop<ToWorker>;

/**
 * Workers that live in this thread, for `createWorker` of `SyncEngine.open` and `SyncProvider`. All workers of one call are on one device; each call
 * makes a device of its own: for a `SyncProvider` call it once, outside the component.
 * @param serve of the app's `src/lib/worker`.
 * @param environment in the place of what the app and this device have, such as other relays' sockets or a clock.
 * @example
 * import { createInProcessWorkers } from 'zero-backend-sync/testing';
 * import { serve } from './lib/worker';
 * const engine = await SyncEngine.open({ identity: ['test'], relays: [], createWorker: createInProcessWorkers(serve) });
 */
export function createInProcessWorkers<ToWorker, ToPage>(
  serve: Serve<ToWorker, ToPage>,
  environment: Partial<Environment> = {},
): () => WorkerLike<ToWorker, ToPage> {
  const device = { ...createMemoryPlatform(), ...environment };
  return () => createInProcessWorker(serve, device);
}

function createInProcessWorker<ToWorker, ToPage>(
  serve: Serve<ToWorker, ToPage>,
  environment: Partial<Environment>,
): WorkerLike<ToWorker, ToPage> {
  let isRunning = true;
  const deliver = <Message>(receive: (message: Message) => void, message: Message) => {
    const copy = copyMessage(message);
    queueMicrotask(() => {
      if (isRunning) receive(copy);
    });
  };
  const worker: WorkerLike<ToWorker, ToPage> = {
    onmessage: null,
    onerror: null,
    postMessage: (message) => deliver(receive, message),
    terminate() {
      isRunning = false;
      void loop.close();
    },
  };
  const loop = serve((message) => deliver((data) => worker.onmessage?.({ data }), message), environment);

  function receive(message: ToWorker): void {
    try {
      loop.receive(message);
    } catch (error) {
      worker.onerror?.({ message: String(error), preventDefault: () => {} });
    }
  }
  return worker;
}

/**
 * A device with everything in memory, and the network of this process.
 * @example
 * const device = createMemoryPlatform();
 * const createWorker = createInProcessWorkers(serve, { ...device, label: 'Phone' });
 */
export function createMemoryPlatform(): Platform {
  const installations = new Map<string, Promise<Installation>>();
  const ledgers = new Map<string, LedgerDisk>();
  return {
    clock: systemClock,
    random: Math.random,
    storage: createRxdbLayer(memoryOfOneTab(), async (databaseName) => forgetDocuments(databaseName)),
    openInstallation(appId) {
      const installation = installations.get(appId) ?? temporaryInstallation();
      installations.set(appId, installation);
      return installation;
    },
    async openLedger(databaseName, newDeviceId) {
      const ledger = ledgers.get(databaseName) ?? emptyLedgerDisk();
      ledgers.set(databaseName, ledger);
      return createMemoryLedger(newDeviceId, ledger);
    },
    async deleteLedger(databaseName) {
      ledgers.delete(databaseName);
    },
    openChannel: silentChannel,
    locks: locksOfOneTab(),
    createSocket: openWebSocket,
    fetchText: fetchUrl,
    label: 'Test',
  };
}

/** RxDB's memory storage would open a channel to other tabs, which keeps a test runner from ending. */
export function memoryOfOneTab(): RxStorage<unknown, unknown> {
  const storage = getRxStorageMemory() as unknown as RxStorage<unknown, unknown>;
  return {
    name: storage.name,
    rxdbVersion: storage.rxdbVersion,
    createStorageInstance: (params) => storage.createStorageInstance({ ...params, multiInstance: false }),
  };
}

/** RxDB's memory storage keeps what was written until the process ends. */
function forgetDocuments(databaseName: string): void {
  const { collectionStates } = getRxStorageMemory();
  for (const key of [...collectionStates.keys()]) if (key.startsWith(`${databaseName}--`)) collectionStates.delete(key);
}

function silentChannel(): TabChannel {
  return { post: () => {}, onMessage: () => {}, close: () => {} };
}

/** There is no other tab, so every lock is free but where engines of this one share it: a guest's that closes while its user signs in. */
function locksOfOneTab(): Locks {
  const shares = new Map<string, Set<Promise<void>>>();
  return {
    async request(name, { mode, signal }, hold) {
      const sharing = shares.get(name) ?? new Set();
      shares.set(name, sharing);
      if (mode !== 'shared') {
        while (sharing.size > 0) await Promise.race([Promise.allSettled(sharing), untilAborted(signal)]);
        signal?.throwIfAborted();
        return hold();
      }
      const share = hold();
      sharing.add(share);
      await share.finally(() => sharing.delete(share));
    },
  };
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) =>
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
}

/**
 * What a worker would get: a copy, so that neither side sees the other's changes. Not structuredClone: under Jest its objects come from
 * another realm, and a plain object of another realm is none here.
 */
function copyMessage<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(copyMessage) as Value;
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyMessage(item)])) as Value;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
