/**
 * The engine without a worker: the same rooms in the same thread, with storage in memory. For an app's tests, and for nothing else:
 * here deriving keys and merging hold up the page.
 */
import type { RxStorage } from 'rxdb/plugins/core';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import configJson from '../../lib/config.json';
import wasm from '../../lib/worker/crypto.wasm';
import type { MessageToMain, MessageToWorker } from '../core/messages';
import type { StartWorker } from '../page/worker-supervisor';
import { loadBlackBox } from '../crypto/black-box';
import { fetchUrl, openWebSocket, systemClock } from '../worker/browser-environment';
import type { Environment } from '../worker/browser-environment';
import { serve } from '../../lib/worker/index';
import { temporaryInstallation } from '../persistence/installation';
import type { Installation } from '../persistence/installation';
import { createMemoryLedger, emptyLedgerDisk } from './memory-ledger';
import type { LedgerDisk } from './memory-ledger';
import type { Locks, TabChannel } from '../replica/tab-election';

/** @returns a worker that lives in this thread. Each has an environment of its own, as if on a device of its own, unless one is given. */
export function startInProcess(environment: Environment = inProcessEnvironment()): StartWorker {
  return ({ message: toPage, failed }) => {
    let isRunning = true;
    const deliver = <Message>(receive: (message: Message) => void, message: Message) => {
      const copy = copyMessage(message);
      queueMicrotask(() => {
        if (isRunning) receive(copy);
      });
    };
    const served = serve((message: MessageToMain) => deliver(toPage, message), environment);
    const receiveSafely = (message: MessageToWorker) => {
      try {
        served.receive(message);
      } catch (error) {
        failed(String(error));
      }
    };
    return {
      post: (message) => deliver(receiveSafely, message),
      terminate: () => {
        isRunning = false;
        void served.end();
      },
    };
  };
}

/** A device of its own: engines on the same environment are one device, whose worker was started again or whose user has changed. */
export function inProcessEnvironment(): Environment {
  let installation: Promise<Installation> | undefined;
  const ledgers = new Map<string, LedgerDisk>();
  return {
    config: configJson,
    clock: systemClock,
    random: Math.random,
    storage: memoryOfOneTab(),
    openInstallation: () => (installation ??= temporaryInstallation()),
    async openLedger(databaseName, newDeviceId) {
      const ledger = ledgers.get(databaseName) ?? emptyLedgerDisk();
      ledgers.set(databaseName, ledger);
      return createMemoryLedger(newDeviceId, ledger);
    },
    async deleteDatabase(databaseName) {
      ledgers.delete(databaseName);
      forgetDocuments(databaseName);
    },
    openChannel: silentChannel,
    locks: locksOfOneTab(),
    loadBlackBox: () => loadBlackBox(wasm),
    createSocket: openWebSocket,
    fetchText: fetchUrl,
    label: 'Test',
  };
}

/** RxDB's memory storage would open a channel to other tabs, which keeps a test runner from ending. */
function memoryOfOneTab(): RxStorage<unknown, unknown> {
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
