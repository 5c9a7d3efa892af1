/**
 * Stands where a relay is, sees every frame in both directions and can be blocked. The built app stays as it is: the browser is told that the
 * relay's host is here.
 */
import { createServer } from 'node:https';
import WebSocket, { WebSocketServer } from 'ws';
import type { Resources } from '../resources';
import type { Certificate } from './certificate';
import { listenOnLoopback } from './listen';

export interface Gateway {
  readonly port: number;
  /** Connections of the app since the start. */
  readonly connections: number;
  /** Drops all connections and refuses new ones, as a firewall would. */
  block(): void;
  unblock(): void;
}

/** A text frame on the wire. */
export interface Frame {
  readonly text: string;
  readonly isFromApp: boolean;
  /** The same for all frames of one connection. */
  readonly connection: object;
}

export interface GatewayOptions {
  /** The relay behind it. */
  readonly upstream: string;
  readonly certificate: Certificate;
  readonly onFrame: (frame: Frame) => void;
  readonly resources: Resources;
}

/** @throws KitError PORT_UNAVAILABLE */
export async function startGateway({ upstream, certificate, onFrame, resources }: GatewayOptions): Promise<Gateway> {
  let isBlocked = false;
  const server = createServer({ ...certificate }, (request, response) => {
    void answerHttp(upstream, request.headers.accept ?? '*/*').then(({ status, type, body }) => {
      response.writeHead(isBlocked ? 503 : status, { 'content-type': type, 'access-control-allow-origin': '*' });
      response.end(isBlocked ? '' : body);
    });
  });
  const sockets = new WebSocketServer({ server, perMessageDeflate: false, verifyClient: () => !isBlocked });
  // The HTTP server's errors come here as well; `listenOnLoopback` reports them.
  sockets.on('error', () => {});
  let connections = 0;
  sockets.on('connection', (client) => {
    connections++;
    join(client, upstream, onFrame);
  });
  const port = await listenOnLoopback(server);
  const drop = () => sockets.clients.forEach((client) => client.terminate());
  resources.add(() => {
    drop();
    sockets.close();
    server.closeAllConnections();
    return new Promise<void>((stopped) => void server.close(() => stopped()));
  });
  return {
    port,
    get connections() {
      return connections;
    },
    block() {
      isBlocked = true;
      drop();
    },
    unblock() {
      isBlocked = false;
    },
  };
}

function join(client: WebSocket, upstream: string, onFrame: GatewayOptions['onFrame']): void {
  const relay = new WebSocket(upstream, { perMessageDeflate: false });
  const waiting: string[] = [];
  client.on('message', (data) => {
    const frame = String(data);
    onFrame({ text: frame, isFromApp: true, connection: client });
    if (relay.readyState === WebSocket.OPEN) relay.send(frame);
    else waiting.push(frame);
  });
  relay.on('open', () => waiting.splice(0).forEach((frame) => relay.send(frame)));
  relay.on('message', (data) => {
    const frame = String(data);
    onFrame({ text: frame, isFromApp: false, connection: client });
    client.send(frame);
  });
  // Whichever side goes takes the other with it; what went wrong is the engine's to notice.
  for (const [one, other] of [
    [client, relay],
    [relay, client],
  ] as const) {
    one.on('close', () => other.terminate());
    one.on('error', () => other.terminate());
  }
}

/** The relay's NIP-11 document. */
async function answerHttp(
  upstream: string,
  accept: string,
): Promise<{ readonly status: number; readonly type: string; readonly body: string }> {
  try {
    const response = await fetch(upstream.replace(/^ws/, 'http'), {
      headers: { accept },
      signal: AbortSignal.timeout(8000),
    });
    return {
      status: response.status,
      type: response.headers.get('content-type') ?? 'text/plain',
      body: await response.text(),
    };
  } catch {
    return { status: 502, type: 'text/plain', body: '' };
  }
}
