/** What the matrix asks of an app in the browser, put on `window`. The app's entry imports it. */
import instantiateAdd from './add.wasm';
import * as greetings from './greetings.rpc';
import { SyncEngine } from './lib/engine';
import type { SyncStatus } from './lib/types';

export interface Probe {
  /** WebAssembly by import: 5. */
  add(): Promise<number>;
  /** WebAssembly by address: its content type. */
  assetType(): Promise<string | null>;
  /** A module of workerize-loader. */
  greet(): Promise<string>;
  /** Writes through the engine's worker into IndexedDB; resolves when relays hold the signed event. */
  sync(title: string): Promise<SyncStatus>;
  titles(): Promise<readonly string[]>;
  /** Where workers of both kinds say that they failed: URL, line and column of the script that runs. */
  failures(): Promise<readonly string[]>;
}

declare global {
  interface Window {
    readonly probe: Probe;
  }
}

const relays = new URLSearchParams(window.location.search).getAll('relay');
const opened = SyncEngine.open({ identity: ['matrix', 'of the preset'], ...(relays.length > 0 && { relays }) });
const startGreetings = (greetings as unknown as { default(): Workerized<typeof greetings> }).default;

const probe: Probe = {
  async add() {
    const { instance } = await instantiateAdd();
    return (instance.exports as { add(a: number, b: number): number }).add(2, 3);
  },
  async assetType() {
    const response = await fetch(new URL('./add.wasm', import.meta.url));
    return response.headers.get('Content-Type');
  },
  async greet() {
    const worker = startGreetings();
    const greeting = await worker.Greet('from the page');
    worker.terminate();
    return greeting;
  },
  async sync(title) {
    const engine = await opened;
    await engine.patch('notes', title, { title, order: 1 });
    return new Promise((resolve) => {
      const subscription = engine.status$.subscribe((status) => {
        if (status.pending > 0 || status.lastSyncedAt === null) return;
        resolve(status);
        setTimeout(() => subscription.unsubscribe());
      });
    });
  },
  async titles() {
    const { db } = await opened;
    const notes = await db.notes.find().exec();
    return notes.map(({ title }) => title);
  },
  async failures() {
    const workerized = startGreetings();
    const ofWorkerized = await workerized
      .fail()
      .catch(({ stack }: Error) => /http[^\s()]+:\d+:\d+/.exec(String(stack))?.[0]);
    workerized.terminate();
    const native = new Worker(new URL('./thrower.ts', import.meta.url));
    const ofNative = await new Promise<string>((resolve) => {
      native.onerror = (event) => {
        event.preventDefault();
        resolve(`${event.filename}:${event.lineno}:${event.colno}`);
      };
      native.postMessage('fail');
    });
    native.terminate();
    return [String(ofWorkerized), ofNative];
  },
};

Object.assign(window, { probe });
