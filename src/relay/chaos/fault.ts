/**
 * What a fault is, and what it may do to a connection that runs through the chaos proxy.
 */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { parseEvent } from '../event';
import type { Clock } from '../../runtime/core/clock';
import type { EventTemplate } from '../../runtime/core/nostr';
import type { NostrEvent } from '../event';

export type FaultSection =
  | 'transport'
  | 'write path'
  | 'read path'
  | 'state'
  | 'access'
  | 'tar pits'
  | 'floods'
  | 'nip-11'
  | 'views'
  | 'clock'
  | 'client';
export type Direction = 'up' | 'down';
export type Settings = { readonly [setting: string]: number };

/** What a hook has done to what it was shown. */
export enum Effect {
  /** Nothing: the fault has not fired. */
  None,
  /** It fired, and what it was shown goes on its way. */
  Passed,
  /** It fired, and what it was shown goes no further. */
  Taken,
}

export interface Fault<S extends Settings = Settings> {
  /** What `--fault` takes: lower case and hyphens. */
  readonly name: string;
  readonly section: FaultSection;
  /** What goes wrong, in one sentence. */
  readonly sentence: string;
  /** What must hold meanwhile, in one sentence. Without one: nothing of the user's is lost, and devices converge once it is over. */
  readonly holds?: string;
  /** Defaults of what can be set; every fault also has `probability`, 1 by default. */
  readonly settings: S;
  /** It forges events of the user, and needs the user's secret key to do so. */
  readonly needsKey?: boolean;
  /** Connections that begin while it is on speak permessage-deflate, where the client offers it. */
  readonly deflates?: boolean;
  readonly inject: Injection<S>;
}

/** The places where a fault can step in. */
export interface Injection<S extends Settings = Settings> {
  onSwitchedOn?(chaos: Chaos, settings: S): Effect;
  /** A name is being resolved by `ChaosProxy.lookup`. Taken: it does not resolve. */
  onLookup?(): Effect;
  onConnection?(socket: Socket): Effect;
  onUpgrade?(socket: Duplex): Effect;
  onOpen?(link: Link, settings: S): Effect;
  onPing?(): Effect;
  /** The NIP-11 document is asked for. Taken: the fault answers. */
  onInformation?(request: InformationRequest, settings: S): Effect;
  /** Some time has passed: called again and again on every link while the fault is on. */
  onTick?(link: Link, elapsedMs: number, settings: S): Effect;
  fromClient?(frame: Frame, link: Link, settings: S): Effect;
  fromRelay?(frame: Frame, link: Link, settings: S): Effect;
  /** When a frame may leave: ms on the proxy's clock, given the present and when the one before it leaves. */
  releaseAtMs?(
    frame: Frame,
    line: { readonly nowMs: number; readonly previousMs: number },
    link: Link,
    settings: S,
  ): number;
  /** Ms that the device's clock is ahead. */
  skewMs?(chaos: Chaos, settings: S): number;
}

/** An injection that steps in at this place. */
export type With<Hook extends keyof Injection> = Injection & Required<Pick<Injection, Hook>>;

export interface Frame {
  readonly text: string;
  /** The parsed text where it is a JSON array that begins with a string. */
  readonly message?: readonly [string, ...unknown[]];
  /** A binary frame's bytes. */
  readonly binary?: Buffer;
}

/** One client's connection through the proxy. */
export interface Link {
  readonly chaos: Chaos;
  readonly subscriptions: ReadonlyMap<string, Subscription>;
  /** Bytes that the client has not taken yet. */
  readonly unsentBytes: number;
  toClient(...message: readonly unknown[]): void;
  toClientRaw(data: string | Buffer): void;
  /** Sends a part of a text message, past everything that waits; until the last part nothing else may be sent. */
  toClientInParts(bytes: Buffer, isLast: boolean): void;
  /** Its OK, if there is one, does not reach the client. */
  toRelay(...message: readonly unknown[]): void;
  /** Sends to the client once the frame in hand has gone its way. */
  toClientAfterwards(...message: readonly unknown[]): void;
  /** From now on nothing passes in this direction, and a loss of the connection is not noticed: a TCP connection that has lost a byte never recovers. */
  deafen(direction: Direction): void;
  /** Ends the connection without a closing handshake. */
  cut(): void;
  close(code: number, reason: string): void;
}

/** An open subscription. */
export interface Subscription {
  /** Whether EOSE has passed. */
  readonly isLive: boolean;
  /** As the client has sent them. */
  readonly filters: readonly unknown[];
}

/** A GET for the NIP-11 document. */
export interface InformationRequest {
  readonly chaos: Chaos;
  /** The address that was asked, as http. */
  readonly url: string;
  readonly response: ServerResponse;
  /** Answers with what the relay says of itself, changed. */
  answer(change: (document: Readonly<Record<string, unknown>>) => unknown): void;
}

/** What all links of a proxy share. */
export interface Chaos {
  readonly clock: Clock;
  readonly random: () => number;
  readonly links: Iterable<Link>;
  /** What has passed through the proxy. */
  readonly memory: Memory;
  /** A valid event of somebody else. */
  makeStrangersEvent(template: EventTemplate): NostrEvent;
  /** A valid event of the user. Only for faults with `needsKey`. */
  signAsUser(template: EventTemplate): NostrEvent;
  /** An envelope of the user around deflated bytes; one that does not open where the proxy has no seal key. */
  sealAsUser(deflated: Buffer, place: Pick<NostrEvent, 'created_at' | 'pubkey' | 'tags'>): Buffer;
}

export interface Memory {
  /** Versions of an address that were published through the proxy or read through it, oldest `created_at` first. */
  versionsOf(event: NostrEvent): readonly NostrEvent[];
  /** The same for every address. */
  allVersions(): Iterable<readonly NostrEvent[]>;
  /** When an event was last published through the proxy, ms; undefined if never. */
  publishedAtMs(id: string): number | undefined;
}

/** State that a fault keeps for each link (or proxy), gone with it. */
export function perLink<K extends object, T>(initial: () => T): (key: K) => T {
  const states = new WeakMap<K, T>();
  return (key) => {
    const state = states.get(key) ?? initial();
    states.set(key, state);
    return state;
  };
}

/** Keeps the settings' types inside a definition while the registry holds all alike. */
export function defineFault<S extends Settings>(fault: Fault<S>): Fault {
  return fault;
}

/** The event that a client's frame publishes. */
export function publishedEvent(frame: Frame): NostrEvent | undefined {
  return frame.message?.[0] === 'EVENT' ? eventOrNone(frame.message[1]) : undefined;
}

/** The event that a relay's frame brings, and to which subscription. */
export function servedEvent(frame: Frame): { readonly id: string; readonly event: NostrEvent } | undefined {
  if (frame.message?.[0] !== 'EVENT' || typeof frame.message[1] !== 'string') return undefined;
  const event = eventOrNone(frame.message[2]);
  return event && { id: frame.message[1], event };
}

function eventOrNone(value: unknown): NostrEvent | undefined {
  const event = parseEvent(value);
  return 'reason' in event ? undefined : event;
}
