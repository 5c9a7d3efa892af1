/** Asks one relay: its NIP-11 document, its clock, and (where allowed) one throw-away event of kind 30078, written and read back. */
import { randomBytes } from 'node:crypto';
import WebSocket from 'ws';

export interface RelayAnswer {
  readonly url: string;
  /** `null` where the relay answered; otherwise why it did not. */
  readonly unreachable: string | null;
  /** Fields of its NIP-11 document that matter here; `null` where it has none. */
  readonly information: RelayInformation | null;
  /** The relay's clock minus ours in ms, from the HTTP date; `null` where it sends none. */
  readonly clockSkewMs: number | null;
  readonly writeTest: 'not asked' | 'stored' | 'refused' | 'lost' | 'unreadable';
  /** The relay's reason for refusing to write, or to read. */
  readonly reason: string | null;
}

export interface RelayInformation {
  readonly name: string;
  readonly paymentRequired: boolean;
  readonly authRequired: boolean;
  readonly minPowDifficulty: number;
  readonly maxMessageLength: number | null;
}

export interface ProbeOptions {
  readonly fetch: typeof fetch;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly write: boolean;
  readonly timeoutMs?: number;
}

export async function probeRelay(
  url: string,
  { fetch, now, write, timeoutMs = 8000 }: ProbeOptions,
): Promise<RelayAnswer> {
  const nothing: RelayAnswer = {
    url,
    unreachable: null,
    information: null,
    clockSkewMs: null,
    writeTest: 'not asked',
    reason: null,
  };
  let answer = nothing;
  try {
    const started = now();
    const response = await fetch(url.replace(/^ws/, 'http'), {
      headers: { accept: 'application/nostr+json' },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const date = Date.parse(response.headers.get('date') ?? '');
    // The header counts whole seconds.
    const clockSkewMs = Number.isNaN(date) ? null : date + 500 - (started + now()) / 2;
    answer = { ...nothing, information: readInformation(await response.text()), clockSkewMs };
  } catch {
    // Some relays answer WebSockets only; the WebSocket below shows whether this one does.
  }
  try {
    const wrote = await converse(url, { now, write, timeoutMs });
    return { ...answer, ...wrote };
  } catch (error) {
    return { ...answer, unreachable: inWords(error) };
  }
}

const wordsByCode: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is unknown here (DNS)',
  EAI_AGAIN: 'no name can be looked up here (DNS)',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  ENETUNREACH: 'there is no way to its network',
  ETIMEDOUT: 'it did not answer in time',
};

function inWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return wordsByCode[code ?? ''] ?? message ?? String(error);
}

/** Opens a socket; with `write` publishes an event that expires in a minute and asks for it again. */
async function converse(
  url: string,
  { now, write, timeoutMs }: { readonly now: () => number; readonly write: boolean; readonly timeoutMs: number },
): Promise<Pick<RelayAnswer, 'writeTest' | 'reason'>> {
  const socket = new WebSocket(url, { handshakeTimeout: timeoutMs });
  const frames = frameQueue(socket, timeoutMs);
  try {
    await frames.opened;
    if (!write) return { writeTest: 'not asked', reason: null };
    const { finalizeEvent, generateSecretKey } = await import('nostr-tools/pure');
    const createdAtSeconds = Math.floor(now() / 1000);
    const event = finalizeEvent(
      {
        kind: 30078,
        created_at: createdAtSeconds,
        tags: [
          ['d', randomBytes(16).toString('hex')],
          ['expiration', String(createdAtSeconds + 60)],
        ],
        content: randomBytes(512).toString('base64'),
      },
      generateSecretKey(),
    );
    socket.send(JSON.stringify(['EVENT', event]));
    const [, , accepted, reason] = await frames.next(([type, id]) => type === 'OK' && id === event.id);
    if (accepted !== true) return { writeTest: 'refused', reason: String(reason ?? '') };
    // OK is not storage: only what is read back was stored.
    socket.send(JSON.stringify(['REQ', 'probe', { kinds: [30078], authors: [event.pubkey] }]));
    const [type, , read] = await frames.next(
      ([kind, , stored]) =>
        kind === 'EOSE' || kind === 'CLOSED' || (kind === 'EVENT' && (stored as { id?: string }).id === event.id),
    );
    if (type === 'CLOSED') return { writeTest: 'unreadable', reason: String(read ?? '') };
    return { writeTest: type === 'EVENT' ? 'stored' : 'lost', reason: null };
  } finally {
    socket.terminate();
  }
}

type Frame = readonly unknown[];

function frameQueue(socket: WebSocket, timeoutMs: number) {
  const received: Frame[] = [];
  let wake = () => {};
  let failure: Error | null = null;
  const fail = (error: Error) => {
    failure ??= error;
    wake();
  };
  socket.on('message', (data) => {
    try {
      const frame: unknown = JSON.parse(String(data));
      if (Array.isArray(frame)) received.push(frame);
    } catch {
      // Junk is not what is being waited for.
    }
    wake();
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('it closed the connection')));
  const opened = new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  return {
    opened,
    async next(isWanted: (frame: Frame) => boolean): Promise<Frame> {
      const timer = setTimeout(() => fail(new Error(`it gave no answer within ${timeoutMs / 1000} s`)), timeoutMs);
      try {
        for (;;) {
          const index = received.findIndex(isWanted);
          if (index !== -1) return received.splice(index, 1)[0] as Frame;
          if (failure) throw failure;
          await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function readInformation(text: string): RelayInformation | null {
  try {
    const { name, limitation } = JSON.parse(text) as { name?: unknown; limitation?: Record<string, unknown> };
    return {
      name: typeof name === 'string' ? name : '',
      paymentRequired: limitation?.payment_required === true,
      authRequired: limitation?.auth_required === true,
      minPowDifficulty: Number(limitation?.min_pow_difficulty ?? 0),
      maxMessageLength: typeof limitation?.max_message_length === 'number' ? limitation.max_message_length : null,
    };
  } catch {
    return null;
  }
}
