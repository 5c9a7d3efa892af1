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
import type { RelayFrame, RelayOptions, RunningRelay } from './contract';
import type { NostrEvent } from './event';
import { createFanOut } from './fan-out';
import { answerHttp } from './information';
import { openJournal } from './journal';
import { createOriginCheck, FORBIDDEN_ORIGIN, refuseHttp } from './origins';
import { personalityOf } from './personality';
import { restrictionOf } from './restriction';
import { Store } from './store';
import { verify } from './verify';

export type { AuthTerms } from './authentication';
export type { RelayFrame, RelayOptions, RelaySnapshot, RunningRelay } from './contract';
export type { NostrEvent } from './event';
export { relayModes } from './personality';
export type { RelayLimits, RelayMode } from './personality';
export type { RatePolicy } from './rate';
export type { Restriction } from './restriction';

/** Starts a relay. Rejects with KitError RELAY_PORT_TAKEN, RELAY_CANNOT_LISTEN, RELAY_FILE_BUSY or RELAY_FILE_UNUSABLE. */
export async function startRelay(options: RelayOptions = {}): Promise<RunningRelay> {
  const { host = '127.0.0.1', mode = 'strfry', clock = Date, requiresAuth = false } = options;
  const personality = personalityOf(mode, options.limits, options.auth);
  const { limits } = personality;
  const restriction = options.restricted && restrictionOf(options.restricted);
  const nowSeconds = () => Math.floor(clock.now() / 1000);
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
    restriction,
    rate: { perMinute: limits.addressableEventsPerMinute, per: 'key', counting: 'window', ...options.rate },
    nowSeconds,
    isHeard: (event) => [...clients.values()].some((connection) => connection.isListeningTo(event)),
  });

  const description = {
    name: options.name ?? `zero-backend-sync (${mode})`,
    requiresAuth,
    restrictsWriting: requiresAuth || restriction?.writes === true,
    limits: { ...limits, ...options.stated },
    hintsCompleteness: personality.hintsCompleteness,
    reconciles: personality.reconciles,
  };
  const isLetIn = createOriginCheck(options.origins);
  const http = createServer((request, response) =>
    isLetIn(request) ? answerHttp(request, response, description) : refuseHttp(response),
  );
  // ws answers an oversized frame itself, with close code 1009; where the imitated relay does otherwise, the frame has to get in first.
  const maxPayload = personality.onOversizedFrame === 'close' ? limits.maxFrameBytes : 64 * limits.maxFrameBytes;
  const sockets = new WebSocketServer({
    server: http,
    maxPayload,
    perMessageDeflate: false,
    verifyClient: ({ req }, answer) => answer(isLetIn(req), FORBIDDEN_ORIGIN),
  });
  sockets.on('error', () => {
    // The HTTP server's errors are forwarded here as well; `listen` reports them.
  });
  sockets.on('connection', (socket, request) => serve(socket, request.socket.remoteAddress ?? ''));
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

  function serve(socket: WebSocket, address: string): void {
    // Its handshake was under way when the relay stopped listening.
    if (isPaused || stopping) return socket.terminate();
    const number = ++connectionsSoFar;
    const report = (direction: RelayFrame['direction'], text: string) => {
      for (const listener of listeners) listener({ connection: number, direction, text });
    };
    const connection = createConnection(
      {
        personality,
        store,
        admit,
        verify,
        requiresAuth,
        restriction,
        isSilent: options.silent ?? false,
        greeting: options.greeting,
        address,
        nowSeconds,
        show: fanOut.show,
        flushShown: fanOut.flush,
      },
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
