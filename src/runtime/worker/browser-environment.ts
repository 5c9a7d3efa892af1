/** The platform of a dedicated worker in a browser. */
import type { Clock } from '../core/clock';
import { openInstallation } from '../persistence/installation';
import { deleteLedger, openLedger } from '../persistence/ledger';
import type { SocketLike } from '../relay/socket';
import type { FetchText } from '../relay/nip11';
import type { TabChannel, TabMessage } from '../contracts/tabs';
import type { StorageLayer } from '../storage/layer';
import type { Platform } from './environment';
import { createFetchText } from './fetch-text';

/** 24.8 days. A longer timer of a browser ends at once, because browsers keep the delay in 32 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
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

export function browserPlatform(storage: StorageLayer): Platform {
  return {
    clock: systemClock,
    random: Math.random,
    storage,
    openInstallation: (appId) => openInstallation(appId, systemClock),
    openLedger,
    deleteLedger,
    openChannel: openBroadcastChannel,
    locks: {
      request: async (name, options, hold) => {
        await navigator.locks.request(name, options, hold);
      },
    },
    createSocket: openWebSocket,
    fetchText: createFetchText(),
    origin: ownOrigin(),
    label: describeBrowser(globalThis.navigator?.userAgent ?? ''),
  };
}

/** Also of a worker that was started through a blob. */
function ownOrigin(): string | undefined {
  const origin = (globalThis as { readonly location?: Location }).location?.origin;
  return origin?.startsWith('http') ? origin : undefined;
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
