/**
 * Stands where a relay is, sees every frame in both directions and can be blocked. The built app stays as it is: the browser is told that the
 * relay's host is here.
 */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import WebSocket, { WebSocketServer } from 'ws';
import type { Certificate } from './certificate';

export interface Gateway {
  readonly port: number;
  readonly isBlocked: boolean;
  /** Drops all connections and refuses new ones, as a firewall would. */
  block(): void;
  unblock(): void;
  stop(): Promise<void>;
}

export interface GatewayOptions {
  /** The relay behind it. */
  readonly upstream: string;
  readonly certificate: Certificate;
  /** Sees every text frame; `isFromApp` tells the direction. */
  readonly onFrame: (frame: string, isFromApp: boolean) => void;
}

export async function startGateway({ upstream, certificate, onFrame }: GatewayOptions): Promise<Gateway> {
  let isBlocked = false;
  const server = createServer({ ...certificate }, (request, response) => {
    void answerHttp(upstream, request.headers.accept ?? '*/*').then(({ status, type, body }) => {
      response.writeHead(isBlocked ? 503 : status, { 'content-type': type, 'access-control-allow-origin': '*' });
      response.end(isBlocked ? '' : body);
    });
  });
  const sockets = new WebSocketServer({ server, perMessageDeflate: false, verifyClient: () => !isBlocked });
  sockets.on('connection', (client) => join(client, upstream, onFrame));
  await listen(server);
  const drop = () => sockets.clients.forEach((client) => client.terminate());
  return {
    port: (server.address() as AddressInfo).port,
    get isBlocked() {
      return isBlocked;
    },
    block() {
      isBlocked = true;
      drop();
    },
    unblock() {
      isBlocked = false;
    },
    stop: () =>
      new Promise((stopped) => {
        drop();
        sockets.close();
        server.closeAllConnections();
        server.close(() => stopped());
      }),
  };
}

function join(client: WebSocket, upstream: string, onFrame: GatewayOptions['onFrame']): void {
  const relay = new WebSocket(upstream, { perMessageDeflate: false });
  const waiting: string[] = [];
  client.on('message', (data) => {
    const frame = String(data);
    onFrame(frame, true);
    if (relay.readyState === WebSocket.OPEN) relay.send(frame);
    else waiting.push(frame);
  });
  relay.on('open', () => waiting.splice(0).forEach((frame) => relay.send(frame)));
  relay.on('message', (data) => {
    const frame = String(data);
    onFrame(frame, false);
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

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
}
