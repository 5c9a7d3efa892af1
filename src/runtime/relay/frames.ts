/** What a relay sends, as untrusted as anything can be: one frame in, one checked value or nothing out. Never throws. */
import type { NostrEvent } from '../contracts/slot';

export enum FrameKind {
  Event = 'EVENT',
  Eose = 'EOSE',
  Ok = 'OK',
  Closed = 'CLOSED',
  Notice = 'NOTICE',
  Auth = 'AUTH',
  NegMessage = 'NEG-MSG',
  NegError = 'NEG-ERR',
  /** Of an extension that is not used here. */
  Other = 'other',
}

export type Frame =
  | { readonly kind: FrameKind.Event; readonly subscriptionId: string; readonly event: NostrEvent }
  /** `finish`: the relay says that there is nothing older (NIP-67). */
  | { readonly kind: FrameKind.Eose; readonly subscriptionId: string; readonly finish: boolean }
  | { readonly kind: FrameKind.Ok; readonly eventId: string; readonly accepted: boolean; readonly reason: string }
  | { readonly kind: FrameKind.Closed; readonly subscriptionId: string; readonly reason: string }
  | { readonly kind: FrameKind.Notice; readonly reason: string }
  | { readonly kind: FrameKind.Auth; readonly challenge: string }
  /** NIP-77. `message` is thought to be in hex. */
  | { readonly kind: FrameKind.NegMessage; readonly subscriptionId: string; readonly message: string }
  | { readonly kind: FrameKind.NegError; readonly subscriptionId: string }
  | { readonly kind: FrameKind.Other };

const longestReason = 1_024;

/** Parses one message of a socket; undefined for what no honest relay sends: anything but a well-formed frame of at most `maxBytes`. */
export function parseFrame(data: unknown, maxBytes: number): Frame | undefined {
  // A string of n UTF-16 units has at least n bytes of UTF-8, which is close enough to bound the work of JSON.parse.
  if (typeof data !== 'string' || data.length > maxBytes) return undefined;
  let message: unknown;
  try {
    message = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (!Array.isArray(message)) return undefined;
  const [kind, first, second, third] = message as readonly unknown[];
  switch (kind) {
    case FrameKind.Event:
      return isId(first) && isEvent(second) ? { kind, subscriptionId: first, event: second } : undefined;
    case FrameKind.Eose:
      return isId(first) ? { kind, subscriptionId: first, finish: isFinish(second) } : undefined;
    case FrameKind.Ok:
      // Some relays answer what they could not read, and so know no id of.
      if (first === '') return { kind: FrameKind.Other };
      return isId(first) && typeof second === 'boolean'
        ? { kind, eventId: first, accepted: second, reason: reasonOf(third) }
        : undefined;
    case FrameKind.Closed:
      return isId(first) ? { kind, subscriptionId: first, reason: reasonOf(second) } : undefined;
    case FrameKind.Notice:
      return { kind, reason: reasonOf(first) };
    case FrameKind.Auth:
      return typeof first === 'string' && first.length > 0 && first.length <= longestReason
        ? { kind, challenge: first }
        : undefined;
    case FrameKind.NegMessage:
      return isId(first) && typeof second === 'string' ? { kind, subscriptionId: first, message: second } : undefined;
    case FrameKind.NegError:
      return isId(first) ? { kind, subscriptionId: first } : undefined;
    default:
      return typeof kind === 'string' ? { kind: FrameKind.Other } : undefined;
  }
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 64;
}

function isFinish(hints: unknown): boolean {
  return hints === 'finish' || (Array.isArray(hints) && hints.includes('finish'));
}

function reasonOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, longestReason) : '';
}

function isEvent(value: unknown): value is NostrEvent {
  if (typeof value !== 'object' || value === null) return false;
  const event = value as Partial<Record<keyof NostrEvent, unknown>>;
  return (
    isHex(event.id, 64) &&
    isHex(event.pubkey, 64) &&
    isHex(event.sig, 128) &&
    isCount(event.created_at) &&
    isCount(event.kind) &&
    typeof event.content === 'string' &&
    Array.isArray(event.tags) &&
    event.tags.every((tag) => Array.isArray(tag) && tag.every((part) => typeof part === 'string'))
  );
}

function isHex(value: unknown, length: number): boolean {
  return typeof value === 'string' && value.length === length && /^[0-9a-f]+$/.test(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
