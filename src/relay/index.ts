/**
 * The embedded relay: a small real Nostr relay for `npm start`, tests and the chaos proxy. It listens on loopback unless told otherwise,
 * keeps what it acknowledged through `kill -9`, and can behave as each of the relays that are in wide use.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { KitError } from '../preset/kit-error';
import { compact, createAdmission } from './admission';
import { createConnection } from './connection';
import type { Connection } from './connection';
import type { NostrEvent } from './event';
import { createFanOut } from './fan-out';
import { answerHttp } from './information';
import { openJournal } from './journal';
import { personalityOf } from './personality';
import type { RelayLimits, RelayMode } from './personality';
import { Store } from './store';
import { createVerifier } from './verify';

export type { NostrEvent } from './event';
export { relayModes } from './personality';
export type { RelayLimits, RelayMode } from './personality';

export interface RelayOptions {
  /** Default 127.0.0.1: nobody but this machine. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Where events are kept; without it they live in memory only. */
  readonly file?: string;
  /** Wait for the disk before OK. Without it an acknowledged event survives `kill -9`, but not a power cut. */
  readonly fsync?: boolean;
  /** Whose quirks to imitate. `strict` is NIP-01 to the letter. Default `strfry`. */
  readonly mode?: RelayMode;
  /** The name in the NIP-11 document. */
  readonly name?: string;
  /** Wall clock, ms since the epoch. */
  readonly clock?: { now(): number };
  readonly limits?: Partial<RelayLimits>;
  /** Refuse to serve who has not authenticated by NIP-42. */
  readonly requiresAuth?: boolean;
}

/** A text frame on the wire; `connection` numbers the connections from 1. */
export interface RelayFrame {
  readonly connection: number;
  readonly direction: 'in' | 'out';
  readonly text: string;
}

export interface RelaySnapshot {
  readonly events: readonly NostrEvent[];
}

export interface RunningRelay {
  readonly url: string;
  readonly port: number;
  readonly mode: RelayMode;
  /** Open WebSocket connections. */
  readonly connections: number;
  readonly isPaused: boolean;
  /** What is stored, in the order of arrival. */
  events(): readonly NostrEvent[];
  /** Sees every frame, in and out, before it is read and after it is written. Returns a function that ends it. */
  onFrame(listener: (frame: RelayFrame) => void): () => void;
  /** Drops all connections and refuses new ones until `resume`. */
  pause(): Promise<void>;
  /** Listens again on the same port. Rejects with RELAY_PORT_TAKEN if another program has taken it. */
  resume(): Promise<void>;
  /** Drops all connections at once, without a closing handshake, and goes on listening. */
  dropConnections(): void;
  /** Forgets everything, deletions included, as an operator's `rm` would. */
  wipe(): void;
  snapshot(): RelaySnapshot;
  /** Puts back what `snapshot` took, as an operator's restored backup would. */
  restore(snapshot: RelaySnapshot): void;
  /** Closes everything. May be called twice. */
  stop(): Promise<void>;
}

/** Starts a relay. Rejects with KitError RELAY_PORT_TAKEN, RELAY_CANNOT_LISTEN, RELAY_FILE_BUSY or RELAY_FILE_UNUSABLE. */
export async function startRelay(options: RelayOptions = {}): Promise<RunningRelay> {
  const { host = '127.0.0.1', mode = 'strfry', clock = Date, requiresAuth = false } = options;
  const personality = personalityOf(mode, options.limits);
  const { limits } = personality;
  const nowSeconds = () => Math.floor(clock.now() / 1000);
  const verify = createVerifier();
  const store = new Store(personality, nowSeconds);
  const journal = options.file === undefined ? undefined : openJournal(options.file, { fsync: options.fsync });
  store.reset(journal?.events ?? []);
  if (journal && journal.lines > store.size) compact(journal, store, nowSeconds());

  const clients = new Map<WebSocket, Connection>();
  const listeners = new Set<(frame: RelayFrame) => void>();
  const fanOut = createFanOut(
    { [Symbol.iterator]: () => clients.values() },
    personality.batchesFanOut ? { isStillStored: (event) => store.has(event.id) } : undefined,
  );
  const admit = createAdmission({
    personality,
    store,
    journal,
    verify,
    requiresAuth,
    nowSeconds,
    isHeard: (event) => [...clients.values()].some((connection) => connection.isListeningTo(event)),
  });

  const description = { name: options.name ?? `zero-backend-sync (${mode})`, requiresAuth, personality };
  const http = createServer((request, response) => answerHttp(request, response, description));
  // ws answers an oversized frame itself, with close code 1009; where the imitated relay does otherwise, the frame has to get in first.
  const maxPayload = personality.onOversizedFrame === 'close' ? limits.maxFrameBytes : 64 * limits.maxFrameBytes;
  const sockets = new WebSocketServer({ server: http, maxPayload, perMessageDeflate: false });
  sockets.on('error', () => {
    // The HTTP server's errors are forwarded here as well; `listen` reports them.
  });
  sockets.on('connection', serve);
  const unanswered = new WeakSet<WebSocket>();
  const heartbeat = setInterval(() => {
    for (const socket of clients.keys()) {
      if (unanswered.has(socket)) socket.terminate();
      unanswered.add(socket);
      socket.ping();
    }
  }, limits.pingMs);
  heartbeat.unref();

  let connectionsSoFar = 0;
  let isPaused = false;
  let stopping: Promise<void> | undefined;
  const port = await listen(options.port ?? 0).catch((error: unknown) => {
    clearInterval(heartbeat);
    journal?.close();
    throw error;
  });

  return {
    url: `ws://${urlHost(host)}:${port}`,
    port,
    mode,
    get connections() {
      return clients.size;
    },
    get isPaused() {
      return isPaused;
    },
    events: () => store.events(),
    onFrame(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async pause() {
      if (isPaused || stopping) return;
      isPaused = true;
      await stopListening();
    },
    async resume() {
      if (!isPaused || stopping) return;
      await listen(port);
      isPaused = false;
    },
    dropConnections,
    wipe: () => replaceAll([]),
    snapshot: () => ({ events: store.events() }),
    restore: (snapshot) => replaceAll(snapshot.events),
    stop: () => (stopping ??= stop()),
  };

  function serve(socket: WebSocket): void {
    // Its handshake was under way when the relay stopped listening.
    if (isPaused || stopping) return socket.terminate();
    const number = ++connectionsSoFar;
    const report = (direction: RelayFrame['direction'], text: string) => {
      for (const listener of listeners) listener({ connection: number, direction, text });
    };
    const connection = createConnection(
      { personality, store, admit, verify, requiresAuth, nowSeconds, show: fanOut.show, flushShown: fanOut.flush },
      (text) => {
        if (socket.readyState !== socket.OPEN) return;
        if (socket.bufferedAmount > limits.maxPendingBytes) return socket.terminate();
        socket.send(text);
        report('out', text);
      },
    );
    clients.set(socket, connection);
    socket.on('close', () => clients.delete(socket));
    socket.on('error', () => {
      // ws closes the socket itself, with the code that fits.
    });
    socket.on('pong', () => unanswered.delete(socket));
    socket.on('message', (data: Buffer, isBinary) => {
      const text = data.toString('utf8');
      report('in', text);
      if (data.length > limits.maxFrameBytes) {
        if (personality.onOversizedFrame === 'notice') return socket.send('["NOTICE","message too large"]');
        return socket.terminate();
      }
      if (isBinary) return socket.send('["NOTICE","ERROR: bad msg: binary frames are not Nostr"]');
      connection.receive(text);
    });
  }

  function replaceAll(events: readonly NostrEvent[]): void {
    store.reset(events);
    journal?.rewrite(store.events());
  }

  function listen(wanted: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException) => reject(cannotListen(error, host, wanted));
      http.once('error', fail);
      http.listen(wanted, host, () => {
        http.off('error', fail);
        resolve((http.address() as AddressInfo).port);
      });
    });
  }

  function dropConnections(): void {
    for (const socket of clients.keys()) socket.terminate();
  }

  function stopListening(): Promise<void> {
    return new Promise((resolve) => {
      http.close(() => resolve());
      dropConnections();
      http.closeAllConnections();
    });
  }

  async function stop(): Promise<void> {
    clearInterval(heartbeat);
    if (!isPaused) await stopListening();
    sockets.close();
    fanOut.flush();
    journal?.close();
  }
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): KitError {
  if (error.code === 'EADDRINUSE') {
    return new KitError(
      'RELAY_PORT_TAKEN',
      `Port ${port} on ${host} is taken. Stop what uses it, or choose another with --port.`,
    );
  }
  return new KitError('RELAY_CANNOT_LISTEN', `The relay cannot listen on ${host}:${port}: ${error.message}.`);
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
