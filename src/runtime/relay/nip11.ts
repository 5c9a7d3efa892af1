/** What a relay says about itself (NIP-11). These documents lie, so they only make us more careful, never more trusting. */
import type { Clock } from '../core/clock';

export interface RelayInformation {
  /** Longest message in bytes that the relay accepts. */
  readonly maxMessageBytes?: number;
  readonly maxContentBytes?: number;
  readonly maxSubscriptions?: number;
  /** Most events in one answer. */
  readonly maxLimit?: number;
  /** Nothing is read or written without NIP-42. */
  readonly authRequired?: boolean;
  /** Seconds by which the clock of the relay was ahead of this device's when it answered, where a page may read that. */
  readonly clockAhead?: number;
}

/** The part of `fetch` that is used. */
export type FetchText = (
  url: string,
  init: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
) => Promise<{ readonly ok: boolean; readonly body: ReadableStream<Uint8Array> | null }>;

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
    });
    if (!response.ok || !response.body) return undefined;
    return readRelayInformation(JSON.parse(await readText(response.body)));
  } catch {
    return undefined;
  } finally {
    cancel();
    // A body that is not wanted, of an error page for instance, would keep its connection as long as the relay goes on sending.
    abort.abort();
  }
}

/** A relay may send without end: what is too long is not even received. */
async function readText(body: ReadableStream<Uint8Array>): Promise<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    bytes += read.value.length;
    if (bytes > longestDocument) {
      await reader.cancel();
      throw new RangeError('The document is too long.');
    }
    text += decoder.decode(read.value, { stream: true });
  }
  return text + decoder.decode();
}

/** Reads the limits out of a document; whatever is no sensible number is left out. */
export function readRelayInformation(document: unknown): RelayInformation | undefined {
  const limitation = fieldOf(document, 'limitation');
  if (typeof limitation !== 'object' || limitation === null) return undefined;
  return {
    maxMessageBytes: limitOf(limitation, 'max_message_length'),
    maxContentBytes: limitOf(limitation, 'max_content_length'),
    maxSubscriptions: limitOf(limitation, 'max_subscriptions'),
    maxLimit: limitOf(limitation, 'max_limit'),
  };
}

function limitOf(limitation: object, name: string): number | undefined {
  const value = fieldOf(limitation, name);
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
