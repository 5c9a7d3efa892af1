/** NIP-11 through the proxy: not a WebSocket's business, but a client asks for it at the same address. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Effect } from './fault';
import type { Chaos, InformationRequest } from './fault';
import type { LinkContext } from './link';

/** With them a page may read the answer. */
export const corsHeaders = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' };

export interface InformationContext {
  readonly chaos: Chaos;
  readonly target: string;
  /** The proxy's own address. */
  readonly url: () => string;
  readonly run: LinkContext['run'];
}

/** Passes the relay's answer on, unless a fault answers. */
export function answerInformation(
  incoming: IncomingMessage,
  response: ServerResponse,
  { chaos, target, url, run }: InformationContext,
): void {
  const accept = incoming.headers.accept ?? '*/*';
  response.on('error', () => response.destroy());
  const request: InformationRequest = {
    chaos,
    url: url(),
    response,
    answer: (change) => void askRelay(target, accept, response, (body) => JSON.stringify(change(recordIn(body)))),
  };
  const isAnswered = incoming.method === 'GET' && accept.includes('json');
  const effect = isAnswered
    ? run('onInformation', (inject, settings) => inject.onInformation(request, settings))
    : Effect.None;
  if (effect !== Effect.Taken) void askRelay(target, accept, response, (body) => body);
}

async function askRelay(
  target: string,
  accept: string,
  response: ServerResponse,
  change: (body: Buffer) => Buffer | string,
): Promise<void> {
  try {
    const answer = await fetch(target.replace(/^ws/, 'http'), { headers: { accept } });
    const body = change(Buffer.from(await answer.arrayBuffer()));
    response.writeHead(answer.status, {
      ...corsHeaders,
      'content-type': answer.headers.get('content-type') ?? 'text/plain',
    });
    response.end(body);
  } catch {
    response.writeHead(502, corsHeaders).end();
  }
}

function recordIn(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body.toString('utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}
