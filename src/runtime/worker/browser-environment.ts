/** What the worker finds around it, so that tests and the same thread can put something else in its place. */
import type { RxStorage } from 'rxdb/plugins/core';
import configJson from '../../lib/config.json';
import wasm from '../../lib/worker/crypto.wasm';
import { createDocumentStorage, deleteDocuments } from '../storage/rxdb/dexie-storage';
import { loadBlackBox } from '../crypto/black-box';
import type { BlackBox } from '../crypto/derive-keys';
import { openInstallation } from '../persistence/installation';
import type { Installation } from '../persistence/installation';
import { deleteLedger, openLedger } from '../persistence/ledger';
import type { Ledger } from '../persistence/ledger';
import type { FetchText } from '../relay/nip11';
import type { Clock, Random } from '../core/clock';
import type { SocketLike } from '../relay/connection';
import type { Locks, TabChannel, TabMessage } from '../replica/tab-election';

export interface Environment {
  /** The contents of config.json, not yet checked. */
  readonly config: unknown;
  readonly clock: Clock;
  readonly random: Random;
  /** Where documents are kept. */
  readonly storage: RxStorage<unknown, unknown>;
  readonly openInstallation: () => Promise<Installation>;
  readonly openLedger: (databaseName: string, newDeviceId: () => string) => Promise<Ledger>;
  /** Leaves nothing of a database that nobody has open. */
  readonly deleteDatabase: (databaseName: string, collections: readonly string[]) => Promise<void>;
  readonly openChannel: (databaseName: string) => TabChannel;
  readonly locks: Locks;
  readonly loadBlackBox: () => Promise<BlackBox>;
  readonly createSocket: (url: string) => SocketLike;
  readonly fetchText: FetchText;
  /** What this device is called in the manifest that only the user's other devices can read. */
  readonly label: string;
}

/** 24.8 days. A longer timer of a browser ends at once, because browsers keep the delay in 32 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, callback) => {
    let timer: ReturnType<typeof setTimeout>;
    const wait = (leftMs: number): void => {
      const isLast = leftMs <= LONGEST_TIMER_MS;
      timer = isLast
        ? setTimeout(callback, leftMs)
        : setTimeout(() => wait(leftMs - LONGEST_TIMER_MS), LONGEST_TIMER_MS);
    };
    wait(delayMs);
    return () => clearTimeout(timer);
  },
};

/** The environment of a dedicated worker in a browser. */
export function browserEnvironment(): Environment {
  return {
    config: configJson,
    clock: systemClock,
    random: Math.random,
    storage: createDocumentStorage(),
    openInstallation: () => openInstallation(systemClock),
    openLedger,
    deleteDatabase,
    openChannel: openBroadcastChannel,
    locks: {
      request: async (name, options, hold) => {
        await navigator.locks.request(name, options, hold);
      },
    },
    loadBlackBox: () => loadBlackBox(wasm),
    createSocket: openWebSocket,
    fetchText: fetchUrl,
    label: describeBrowser(navigator.userAgent),
  };
}

export async function deleteDatabase(databaseName: string, collections: readonly string[]): Promise<void> {
  await deleteDocuments(databaseName, collections);
  await deleteLedger(databaseName);
}

export const openWebSocket = (url: string): SocketLike => new WebSocket(url) as unknown as SocketLike;
export const fetchUrl: FetchText = (url, init) => fetch(url, init);

function openBroadcastChannel(databaseName: string): TabChannel {
  const channel = new BroadcastChannel(`${databaseName}-tabs`);
  return {
    post: (message) => channel.postMessage(message),
    onMessage: (listener) => {
      channel.onmessage = ({ data }: MessageEvent<TabMessage>) => listener(data);
    },
    close: () => channel.close(),
  };
}

const browsers = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'];
const systems = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'];

/** For example "Chrome, Android": enough for a person to tell devices apart. */
export function describeBrowser(userAgent: string): string {
  const find = (names: readonly string[]) => names.find((name) => userAgent.includes(name));
  return [find(browsers), find(systems)].filter(Boolean).join(', ') || 'Browser';
}
