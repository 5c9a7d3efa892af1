/** Asks one relay: its NIP-11 document, its clock, and (where allowed) one throw-away event of kind 30078, written and read back. */
import { randomBytes } from 'node:crypto';
import WebSocket from 'ws';
import defaults from '../../runtime/core/defaults.json';
import type { EventTemplate, NostrEvent } from '../../runtime/core/nostr';
import { createAuthClock } from '../../runtime/relay/auth/auth-clock';
import { RelayConnection } from '../../runtime/relay/connection';
import { LinkState } from '../../runtime/relay/link';
import type { SocketLike } from '../../runtime/relay/socket';
import { Verdict } from '../../runtime/relay/verdict';
import { systemClock } from '../../runtime/worker/browser-environment';

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

type Wrote = Pick<RelayAnswer, 'writeTest' | 'reason'>;

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
    const wrote = await converse(url, { now, write, timeoutMs, clockSkewMs: answer.clockSkewMs });
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

interface Conversation {
  /** ms since the epoch. */
  readonly now: () => number;
  readonly write: boolean;
  readonly timeoutMs: number;
  /** The relay's clock minus ours, where it is known. */
  readonly clockSkewMs: number | null;
}

/** A relay that serves strangers nothing says EOSE first, and the event after it has accepted us. */
const AFTER_EOSE_MS = 1_000;

/**
 * Connects as the engine does, NIP-42 included; with `write` publishes an event that expires in a minute and asks for it again. OK is not storage: only
 * what is read back was stored.
 */
async function converse(url: string, { now, write, timeoutMs, clockSkewMs }: Conversation): Promise<Wrote> {
  const { finalizeEvent, generateSecretKey } = await import('nostr-tools/pure');
  const key = generateSecretKey();
  const { opened, link, ended } = connect(url, {
    now,
    timeoutMs,
    clockSkewMs,
    sign: (event) => finalizeEvent(event as Parameters<typeof finalizeEvent>[0], key),
  });
  try {
    await opened;
    if (!write) return { writeTest: 'not asked', reason: null };
    const createdAt = Math.floor(now() / 1000);
    const event = finalizeEvent(
      {
        kind: 30078,
        created_at: createdAt,
        tags: [
          ['d', randomBytes(16).toString('hex')],
          ['expiration', String(createdAt + 60)],
        ],
        content: randomBytes(512).toString('base64'),
      },
      key,
    );
    const { verdict, reason } = await Promise.race([ended, published(link, event)]);
    if (verdict === Verdict.Unanswered) throw noAnswer(timeoutMs);
    if (verdict !== Verdict.Accepted && verdict !== Verdict.Duplicate) return { writeTest: 'refused', reason };
    return await Promise.race([ended, readBack(link, event, timeoutMs)]);
  } finally {
    link.stop();
  }
}

function published(link: RelayConnection, event: NostrEvent): Promise<{ verdict: Verdict; reason: string }> {
  return new Promise((resolve) => link.publish(event, (verdict, reason) => resolve({ verdict, reason })));
}

function readBack(link: RelayConnection, event: NostrEvent, timeoutMs: number): Promise<Wrote> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(noAnswer(timeoutMs)), timeoutMs);
    const end = (wrote: Wrote) => {
      clearTimeout(timer);
      resolve(wrote);
    };
    link.subscribe(
      { kinds: [event.kind], authors: [event.pubkey] },
      {
        event: ({ id }) => id === event.id && end({ writeTest: 'stored', reason: null }),
        eose: () => setTimeout(() => end({ writeTest: 'lost', reason: null }), AFTER_EOSE_MS).unref(),
        interrupted: (verdict, reason) => verdict !== Verdict.Unanswered && end({ writeTest: 'unreadable', reason }),
      },
    );
  });
}

const noAnswer = (timeoutMs: number) => new Error(`it gave no answer within ${timeoutMs / 1000} s`);

interface ConnectOptions extends Omit<Conversation, 'write'> {
  readonly sign: (event: EventTemplate) => NostrEvent;
}

function connect(url: string, { now, timeoutMs, clockSkewMs, sign }: ConnectOptions) {
  let failure: Error | undefined;
  const link = new RelayConnection(
    {
      url,
      createSocket(address) {
        const socket = new WebSocket(address, { handshakeTimeout: timeoutMs });
        socket.on('error', (error) => (failure ??= error));
        return socket as unknown as SocketLike;
      },
      clock: { ...systemClock, now },
      random: Math.random,
      inbound: defaults.inbound,
      limits: { ...defaults.connection, connectTimeoutMs: timeoutMs, answerTimeoutMs: timeoutMs },
      signAuth: (relayUrl, challenge, createdAt) =>
        sign({
          ...{ kind: 22242, created_at: createdAt, content: '' },
          tags: [
            ['relay', relayUrl],
            ['challenge', challenge],
          ],
        }),
      authClock: createAuthClock({
        now,
        learnedOffset: () => 0,
        aheadOf: () => (clockSkewMs === null ? undefined : Math.round(clockSkewMs / 1000)),
      }),
    },
    {
      stateChanged(state) {
        if (state === LinkState.Open) open();
        else if (state === LinkState.Waiting) setImmediate(() => end(failure ?? new Error('it closed the connection')));
      },
      authenticated: () => {},
      authRefused: () => {},
      expectsChallenge: () => false,
      challenged: () => {},
    },
  );
  let open = () => {};
  let end = (_error: Error) => {};
  const opened = new Promise<void>((resolve, reject) => {
    open = resolve;
    end = reject;
  });
  const ended = new Promise<never>((_resolve, reject) => {
    const endBefore = end;
    end = (error) => {
      endBefore(error);
      reject(error);
    };
  });
  // Whoever waits for it hears of it.
  ended.catch(() => {});
  link.start();
  return { link, opened, ended };
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
