/**
 * The relays that run beside a development server and beside the demo, so that sync works on the first start without a network and nothing of a developer's experiments
 * reaches public relays. What they store survives a restart, and so do their ports where they are still free.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startRelay } from '../relay';
import type { NostrEvent, RelayOptions, RunningRelay } from '../relay';
import { cacheFolder } from './app';
import type { AppContext } from './app';
import { KitError } from './kit-error';

export interface DevRelayState {
  readonly index: number;
  readonly url: string;
  readonly on: boolean;
  /** How many events it stores. */
  readonly events: number;
  /** It was started by `add`: no app knows it that was not told. */
  readonly added?: true;
  /** It is gone, with what it stored. */
  readonly killed?: true;
}

export interface DevRelays {
  /** Starts the relays once; every call resolves with the addresses when all listen. Rejects with a KitError of the relay. */
  start(): Promise<readonly string[]>;
  list(): Promise<readonly DevRelayState[]>;
  /** Switches a relay on or off. Resolves with its state, or undefined if there is none of this index. */
  setOn(index: number, on: boolean): Promise<DevRelayState | undefined>;
  /** Starts one more, which lives until `stop` and keeps nothing beyond it. Resolves with its state, or undefined if there are MOST_RELAYS. */
  add(): Promise<DevRelayState | undefined>;
  /** Ends a relay for good: it forgets what it stores and does not come back in this run. Resolves with its state, or undefined if there is none of this index. */
  kill(index: number): Promise<DevRelayState | undefined>;
  /** What a relay stores, newest first. */
  events(index: number, limit: number): Promise<readonly NostrEvent[] | undefined>;
  stop(): Promise<void>;
}

export interface DevRelaysOptions {
  readonly count: number;
  /** Where events and ports are kept; without it they live in memory, at any free ports. */
  readonly folder?: string;
  readonly warn: (message: string) => void;
}

/** A demonstration needs no more, and a page cannot have a process start relays without end. */
export const MOST_RELAYS = 8;

interface DevRelay extends RunningRelay {
  readonly isAdded?: true;
}

const devRelaysByFolder = new Map<string, DevRelays>();

/**
 * The development relays of an app, the same ones for its bundler and its server, which are configured in turn. Nothing listens before they are started.
 * @returns undefined where the app wants none
 */
export function devRelaysOf({ appPath, options }: AppContext): DevRelays | undefined {
  if (options.devRelays === 0) return undefined;
  const folder = path.join(cacheFolder(appPath), 'relays');
  const relays =
    devRelaysByFolder.get(folder) ??
    createDevRelays({
      count: options.devRelays,
      folder,
      warn: (message) => console.warn(`zero-backend-sync: ${message}`),
    });
  devRelaysByFolder.set(folder, relays);
  return relays;
}

export function createDevRelays({ count, folder, warn }: DevRelaysOptions): DevRelays {
  let running: Promise<DevRelay[]> | undefined;
  const killed = new Set<RunningRelay>();
  const start = () => (running ??= startAll());
  const stateOf = (relay: DevRelay, index: number): DevRelayState => ({
    ...{ index, url: relay.url, on: !relay.isPaused, events: relay.events().length },
    ...(relay.isAdded && { added: true }),
    ...(killed.has(relay) && { on: false, events: 0, killed: true }),
  });

  return {
    start: async () => (await start()).filter(({ isAdded }) => !isAdded).map(({ url }) => url),
    list: async () => (await start()).map(stateOf),
    async setOn(index, on) {
      const relay = (await start())[index];
      if (!relay) return undefined;
      if (!killed.has(relay)) await (on ? relay.resume() : relay.pause());
      return stateOf(relay, index);
    },
    async add() {
      const relays = await start();
      if (relays.length >= MOST_RELAYS) return undefined;
      const relay: DevRelay = Object.assign(await startRelay({ name: 'added relay' }), { isAdded: true } as const);
      return stateOf(relay, relays.push(relay) - 1);
    },
    async kill(index) {
      const relay = (await start())[index];
      if (!relay) return undefined;
      if (!killed.has(relay)) {
        killed.add(relay);
        relay.wipe();
        await relay.stop();
      }
      return stateOf(relay, index);
    },
    async events(index, limit) {
      const relay = (await start())[index];
      if (relay && killed.has(relay)) return [];
      return relay?.events().slice(-limit).reverse();
    },
    async stop() {
      const stopping = running;
      // A tool that restarts its server in one process starts them anew.
      running = undefined;
      killed.clear();
      const relays = await (stopping ?? []);
      await Promise.all(relays.map((relay) => relay.stop()));
    },
  };

  async function startAll(): Promise<DevRelay[]> {
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
    const relays: DevRelay[] = [];
    // One after the other: a port that is free for two would be taken by one of them.
    for (let number = 1; number <= count; number++) relays.push(await startOne(number));
    return relays;
  }

  async function startOne(number: number): Promise<RunningRelay> {
    const name = `development relay ${number}`;
    if (folder === undefined) return startRelay({ name });
    const file = path.join(folder, `relay-${number}.jsonl`);
    const portFile = path.join(folder, `relay-${number}.port`);
    try {
      const relay = await startAtPort(readPort(portFile), { name, file });
      writeFileSync(portFile, String(relay.port));
      return relay;
    } catch (error) {
      if (!isKitError(error, 'RELAY_FILE_BUSY')) throw error;
      warn(
        `The relays of another development server of this app are running, so ${name} keeps nothing beyond this run.`,
      );
      return startRelay({ name });
    }
  }
}

/** At the port that the app knows from the last start, or at any if another program has taken it. */
async function startAtPort(port: number, options: RelayOptions): Promise<RunningRelay> {
  try {
    return await startRelay({ ...options, port });
  } catch (error) {
    if (!isKitError(error, 'RELAY_PORT_TAKEN')) throw error;
    return startRelay(options);
  }
}

/** 0, any free port, on the first start. */
function readPort(file: string): number {
  const port = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0;
}

function isKitError(error: unknown, code: string): boolean {
  return error instanceof KitError && error.code === code;
}
