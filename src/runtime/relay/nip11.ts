/** What a relay says about itself (NIP-11). These documents lie, so they only make us more careful, never more trusting. */
import type { Clock } from '../core/clock';

export interface RelayInformation {
  /** Longest message in bytes that the relay accepts. */
  readonly maxMessageBytes?: number;
  readonly maxContentBytes?: number;
  readonly maxSubscriptions?: number;
  /** Most events in one answer. */
  readonly maxLimit?: number;
  /** Something is read or written only after NIP-42 AUTH. */
  readonly authRequired?: boolean;
  /** Not everybody may write. */
  readonly restrictedWrites?: boolean;
  /** It says that it knows NIP-77, which is not true of all that say so. */
  readonly reconciles?: boolean;
  /** The relay's wall clock when it answered, in ms and right to a second; only where it lets pages read its `Date` header. */
  readonly dateMs?: number;
  /** By how much this device's clock was ahead of `dateMs` when the answer came, in ms. */
  readonly clockAheadMs?: number;
}

/** What is asked for, and nothing of the user goes with it. */
export interface FetchTextInit {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** A relay does not choose which other server this device speaks to. */
  readonly redirect: 'error';
  /** A site's cookies would tell who the user is there. */
  readonly credentials: 'omit';
  readonly referrerPolicy: 'no-referrer';
  /** A stored answer would have an old `Date`. */
  readonly cache: 'no-store';
}

/** The part of `fetch` that is used. */
export type FetchText = (
  url: string,
  init: FetchTextInit,
) => Promise<{
  readonly ok: boolean;
  readonly body: ReadableStream<Uint8Array> | null;
  readonly headers?: { get(name: string): string | null };
}>;

/** Bytes. */
const longestDocument = 262_144;

/** Asks a relay for its document; undefined if there is none or it makes no sense. Never rejects. */
export async function fetchRelayInformation(
  relayUrl: string,
  { fetchText, clock, timeoutMs }: { readonly fetchText: FetchText; readonly clock: Clock; readonly timeoutMs: number },
): Promise<RelayInformation | undefined> {
  const abort = new AbortController();
  const cancel = clock.after(timeoutMs, () => abort.abort());
  try {
    const url = new URL(relayUrl);
    url.protocol = url.protocol === 'wss:' ? 'https:' : 'http:';
    const response = await fetchText(url.href, {
      headers: { Accept: 'application/nostr+json' },
      signal: abort.signal,
      redirect: 'error',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
    });
    const receivedAt = clock.now();
    if (!response.ok || !response.body) return undefined;
    const limits = readRelayInformation(JSON.parse(await readText(response.body)));
    const date = readDate(response.headers?.get('date'), receivedAt);
    return limits || date ? { ...limits, ...date } : undefined;
  } catch {
    return undefined;
  } finally {
    cancel();
    // A body that is not wanted, of an error page for instance, would keep its connection as long as the relay goes on sending.
    abort.abort();
  }
}

/**
 * A server may send without end: what is too long is not even received.
 * @throws RangeError
 */
export async function readText(body: ReadableStream<Uint8Array>, longestBytes = longestDocument): Promise<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    bytes += read.value.length;
    if (bytes > longestBytes) {
      await reader.cancel();
      throw new RangeError('The document is too long.');
    }
    text += decoder.decode(read.value, { stream: true });
  }
  return text + decoder.decode();
}

function readDate(
  header: string | null | undefined,
  receivedAt: number,
): Pick<RelayInformation, 'dateMs' | 'clockAheadMs'> | undefined {
  const dateMs = Date.parse(header ?? '');
  return Number.isNaN(dateMs) ? undefined : { dateMs, clockAheadMs: receivedAt - dateMs };
}

/** Reads the limits out of a document; whatever is of another type, or no sensible number, is left out. */
export function readRelayInformation(document: unknown): RelayInformation | undefined {
  const limitation = fieldOf(document, 'limitation');
  if (typeof limitation !== 'object' || limitation === null) return undefined;
  return {
    maxMessageBytes: limitOf(limitation, 'max_message_length'),
    maxContentBytes: limitOf(limitation, 'max_content_length'),
    maxSubscriptions: limitOf(limitation, 'max_subscriptions'),
    maxLimit: limitOf(limitation, 'max_limit'),
    authRequired: flagOf(limitation, 'auth_required'),
    restrictedWrites: flagOf(limitation, 'restricted_writes'),
    reconciles: knows(document, 77) || undefined,
  };
}

function knows(document: unknown, nip: number): boolean {
  const known = fieldOf(document, 'supported_nips');
  return Array.isArray(known) && known.includes(nip);
}

function limitOf(limitation: object, name: string): number | undefined {
  const value = fieldOf(limitation, name);
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function flagOf(limitation: object, name: string): boolean | undefined {
  const value = fieldOf(limitation, name);
  return typeof value === 'boolean' ? value : undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
