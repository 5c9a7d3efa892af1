/**
 * A device of a user: a whole engine in this process on real sockets, which can be stopped in the middle of whatever it does. Patience is made short,
 * since a test cannot wait for minutes; everything else is as it ships.
 */
import { randomBytes } from 'node:crypto';
import { firstValueFrom, timeout } from 'rxjs';
import type { Observable } from 'rxjs';
import { filter } from 'rxjs/operators';
import { WebSocket } from 'ws';
import defaults from '../../src/runtime/core/defaults.json';
import { ReadCompleteness, SyncPhase } from '../../src/runtime/core/status';
import type { SyncStatus } from '../../src/runtime/core/status';
import { SyncEngine } from '../../src/lib/engine';
import type { SocketLike } from '../../src/runtime/relay/socket';
import type { Environment } from '../../src/runtime/worker/environment';
import { config as browserConfig } from './browser-device';
import { inProcessEnvironment, inProcessWorkers } from './in-process';

/** The time-outs of connections stay as they are: the machine that runs this may be busy. */
export const config = {
  ...browserConfig,
  ...defaults,
  connection: { ...defaults.connection, resubscribeMinMs: 50 },
  publishing: { ...defaults.publishing, readBackIntervalMs: 100, retryMinMs: 200 },
  reading: {
    ...defaults.reading,
    manifestIntervalMs: 10_000,
    patienceMs: 2_000,
    repairDelayMs: 300,
    repairJitterMs: 300,
  },
  replica: { ...defaults.replica, idleMs: 500 },
};

export interface DeviceOptions {
  readonly identity: readonly string[];
  readonly relays: readonly string[];
  /** By how much the wall clock is ahead. */
  readonly skewMs?: number;
  /** Notes that the relays hold before the device is opened. */
  readonly expected?: readonly Note[];
  readonly changes?: Partial<Environment>;
}

export interface Note {
  readonly id: string;
  readonly title: string;
  readonly body: string;
}

/** Notes that compression cannot make smaller than three quarters of `bytes` each. */
export function makeNotes(name: string, count: number, bytes: number): readonly Note[] {
  return Array.from({ length: count }, (_, n) => ({
    id: `${name}-${n}`,
    title: `${name} ${n}`,
    body: randomBytes((bytes * 3) / 4).toString('base64'),
  }));
}

export const saysThatAllIsStored = ({ phase, pending }: SyncStatus): boolean =>
  phase === SyncPhase.Online && pending === 0;

export class Device {
  engine!: SyncEngine;
  /** How many notes were missing when it said that everything is read. */
  readonly falseClaims: string[] = [];
  /** Reasons with which relays have refused what the device has sent. */
  readonly refusals: string[] = [];
  readonly #options: DeviceOptions;
  readonly #environment: Environment;
  readonly #sockets = new Set<WebSocket>();
  #checks: Promise<void>[] = [];
  #isCut = false;
  #writtenAt = 0;
  #onFrame: (text: string) => void = () => {};

  private constructor(options: DeviceOptions) {
    const environment = inProcessEnvironment();
    const { skewMs = 0, changes } = options;
    this.#options = options;
    this.#environment = {
      ...environment,
      config,
      clock: { ...environment.clock, now: () => Date.now() + skewMs },
      createSocket: (url) => this.#createSocket(url),
      ...changes,
    };
  }

  get isClockWrong(): boolean {
    return (this.#options.skewMs ?? 0) !== 0;
  }

  static async open(options: DeviceOptions): Promise<Device> {
    const device = new Device(options);
    await device.start(options.expected);
    return device;
  }

  /** @param expected notes that the relays hold, and that the device has to show when it says that everything is read */
  async start(expected: readonly Note[] = []): Promise<void> {
    const { identity, relays } = this.#options;
    this.#isCut = false;
    const engine = await SyncEngine.open({ identity, relays, createWorker: inProcessWorkers(this.#environment) });
    this.engine = engine;
    const check = (claim: string) => this.#checks.push(this.#check(claim, engine, expected));
    engine.status$.subscribe((status) => {
      if (saysThatAllIsStored(status)) check('online, nothing pending');
    });
    engine.synced().then(
      () => {
        if (engine.status.completeness === ReadCompleteness.Complete) check('synced()');
      },
      () => {
        // It was closed before.
      },
    );
  }

  /** As when the browser is killed: nothing more goes out or comes in. */
  async stop(): Promise<void> {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.terminate();
    await Promise.all(this.#checks.splice(0));
    await this.engine.close();
  }

  /** Resolves when a frame to or from a relay matches; the device is cut off with it. */
  cutAtFrame(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      this.#onFrame = (text) => {
        if (!pattern.test(text)) return;
        this.#onFrame = () => {};
        this.#isCut = true;
        resolve();
      };
    });
  }

  async write(notes: readonly Note[]): Promise<void> {
    this.#writtenAt = this.#environment.clock.now();
    await Promise.all(
      notes.map(({ id, title, body }) => this.engine.patch('notes', id, { title, body, done: false, order: 0 })),
    );
  }

  async notes(): Promise<readonly string[]> {
    return (await this.engine.db.notes.find().exec()).map(({ id }) => id);
  }

  /** Resolves when the notes are here as they were written. */
  async untilShows(wanted: readonly Note[]): Promise<void> {
    const isShown = (notes: readonly Note[]) => {
      const byId = new Map(notes.map((note) => [note.id, note]));
      return wanted.every(({ id, body }) => byId.get(id)?.body === body);
    };
    await first(this.engine.db.notes.find().$ as Observable<readonly Note[]>, isShown);
  }

  /** Resolves with the first status that is as wanted: the present one or one to come. */
  until(isIt: (status: SyncStatus) => boolean): Promise<SyncStatus> {
    return first(this.engine.status$ as Observable<SyncStatus>, isIt).catch((error) => {
      throw new Error(`${(error as Error).message}: ${JSON.stringify(this.engine.status)}`);
    });
  }

  /** Resolves when everything is read, and everything that was written before is stored. */
  untilStored(): Promise<SyncStatus> {
    // A status may be somewhat older than the last write.
    return this.until((status) => saysThatAllIsStored(status) && (status.lastSyncedAt ?? 0) > this.#writtenAt);
  }

  async #check(claim: string, { db }: SyncEngine, expected: readonly Note[]): Promise<void> {
    const shown = new Set((await db.notes.find().exec()).map(({ id }) => id));
    const missing = expected.filter(({ id }) => !shown.has(id));
    if (missing.length > 0) this.falseClaims.push(`${claim}, and ${missing.length} of ${expected.length} are missing`);
  }

  #createSocket(url: string): SocketLike {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {
      // The engine has a listener of its own.
    });
    socket.on('message', (data: Buffer) => this.#noteFrame(data.toString('utf8')));
    const send = socket.send.bind(socket) as (text: string) => void;
    socket.send = ((text: string) => {
      this.#noteFrame(text);
      if (!this.#isCut) send(text);
    }) as typeof socket.send;
    if (this.#isCut) socket.terminate();
    return socket as unknown as SocketLike;
  }

  #noteFrame(text: string): void {
    if (this.#isCut) return;
    const [, reason] = /^\["OK","\w*",false,(".*")\]$/.exec(text) ?? [];
    if (reason) this.refusals.push(JSON.parse(reason) as string);
    this.#onFrame(text);
    if (this.#isCut) for (const socket of this.#sockets) socket.terminate();
  }
}

function first<Value>(values: Observable<Value>, isIt: (value: Value) => boolean): Promise<Value> {
  return firstValueFrom(values.pipe(filter(isIt), timeout({ first: 30_000 })));
}
