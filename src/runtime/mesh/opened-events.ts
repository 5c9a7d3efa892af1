/**
 * Which events have been opened, so that a copy of one costs neither an opening nor a signature check. Only what the keys have opened is in here: a
 * forgery leaves no trace that could hide what comes after it.
 */
import type { NostrEvent } from '../contracts/slot';
import type { Admitted } from './admitted';

export interface OpenedEvent {
  readonly id: string;
  readonly admitted: Admitted;
  /** The signature that was found right. Undefined while only copies with a false one have come. */
  sig: string | undefined;
}

export enum Copy {
  /** Address, time, contents and id are those of the opened event; its signature may be another. */
  Same = 'same',
  /** It bears the id of the opened event and is not what that id says. */
  WrongId = 'wrong-id',
  /** A version that has been opened, under another id: of no use to anybody. */
  Other = 'other',
}

/**
 * 13 bytes at the beginning of an envelope are its version and nonce (docs/protocol.md, section 2), 17 digits of base64 and a part of the next.
 * 94 random bits are enough.
 */
const NONCE_DIGITS = 17;
/** UTF-16 units of contents that are kept for comparison, which is a hundred times faster than hashing. Base64 takes a byte each in memory. */
const MAX_RECENT_LENGTH = 8_388_608;

export class OpenedEvents {
  readonly #remembered: number;
  readonly #idOf: (event: NostrEvent) => string;
  /** By what names a version: address, time and nonce. */
  readonly #byVersion = new Map<string, OpenedEvent>();
  readonly #byId = new Map<string, OpenedEvent>();
  /** Contents by id. */
  readonly #recent = new Map<string, string>();
  #recentLength = 0;

  constructor(remembered: number, idOf: (event: NostrEvent) => string) {
    this.#remembered = remembered;
    this.#idOf = idOf;
  }

  /** `event`: with its right id. */
  add(event: NostrEvent, d: string, admitted: Admitted, sig: string | undefined): void {
    const opened = { id: event.id, admitted, sig };
    this.#byVersion.set(versionKey(event, d), opened);
    this.#byId.set(event.id, opened);
    for (const [oldest, { id }] of this.#byVersion) {
      if (this.#byVersion.size <= this.#remembered) break;
      this.#byVersion.delete(oldest);
      this.#byId.delete(id);
    }
    if (!this.#recent.has(event.id)) this.#recentLength += event.content.length;
    this.#recent.set(event.id, event.content);
    for (const [id, content] of this.#recent) {
      if (this.#recentLength <= MAX_RECENT_LENGTH) break;
      this.#recent.delete(id);
      this.#recentLength -= content.length;
    }
  }

  get(event: NostrEvent, d: string): OpenedEvent | undefined {
    return this.#byVersion.get(versionKey(event, d));
  }

  /** What was opened of the event with this id and a right signature. */
  byId(id: string): Admitted | undefined {
    const opened = this.#byId.get(id);
    return opened?.sig === undefined ? undefined : opened.admitted;
  }

  /** What an event is beside the one that was opened, `get` of it. */
  compare(event: NostrEvent, { id }: OpenedEvent): Copy {
    if (event.id !== id) return Copy.Other;
    const content = this.#recent.get(id);
    const isSame = content === undefined ? this.#idOf(event) === id : event.content === content;
    return isSame ? Copy.Same : Copy.WrongId;
  }
}

const versionKey = ({ created_at, content }: NostrEvent, d: string): string =>
  `${d} ${created_at} ${content.slice(0, NONCE_DIGITS)}`;
