/** What a caller gives to the embedded relay, and what it gets. */
import type { AuthTerms } from './authentication';
import type { NostrEvent } from './event';
import type { RelayLimits, RelayMode } from './personality';
import type { RatePolicy } from './rate';
import type { Restriction } from './restriction';

export interface RelayOptions {
  /** Default 127.0.0.1: nobody but this machine. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Origins of web pages that are let in beside those of this machine, such as `https://app.example`; `['*']` lets all in. */
  readonly origins?: readonly string[];
  /** Where events are kept; without it they live in memory only. */
  readonly file?: string;
  /** Wait for the disk before OK. Without it an acknowledged event survives `kill -9`, but not a power cut. */
  readonly fsync?: boolean;
  /** Whose quirks to imitate. `strict` is NIP-01 to the letter. Default `strfry`. */
  readonly mode?: RelayMode;
  /** The name in the NIP-11 document. */
  readonly name?: string;
  /** Wall clock, ms since the epoch. */
  readonly clock?: { now(): number };
  readonly limits?: Partial<RelayLimits>;
  /** What the NIP-11 document says where it is not the truth: `{ limits: { maxEventBytes: 40_000 }, stated: { maxEventBytes: 65_536 } }`. */
  readonly stated?: Partial<RelayLimits>;
  /** Refuse to serve who has not authenticated by NIP-42, whatever the kind. */
  readonly requiresAuth?: boolean;
  /** Serve kind 30078 (or `kinds`) to its author only, after NIP-42, in the words of the mode. `{}` is what NIP-78 asks for, reading alone. */
  readonly restricted?: Partial<Restriction>;
  /** NIP-42: time windows, expiring sessions, the address that an answer has to name, and when to challenge. Default: as the mode does. */
  readonly auth?: Partial<AuthTerms>;
  /** Of whom addressable events are counted, and how strictly; how many is `limits.addressableEventsPerMinute`. Default: each key's, strictly. */
  readonly rate?: Partial<Omit<RatePolicy, 'perMinute'>>;
  /** Accept and store everything, and show nothing. */
  readonly silent?: boolean;
  /** A NOTICE for every new connection, as paid relays send. */
  readonly greeting?: string;
}

/** A text frame on the wire; `connection` numbers the connections from 1. */
export interface RelayFrame {
  readonly connection: number;
  readonly direction: 'in' | 'out';
  readonly text: string;
}

export interface RelaySnapshot {
  readonly events: readonly NostrEvent[];
}

export interface RunningRelay {
  readonly url: string;
  readonly port: number;
  readonly mode: RelayMode;
  /** Open WebSocket connections. */
  readonly connections: number;
  readonly isPaused: boolean;
  /** What is stored, in the order of arrival. */
  events(): readonly NostrEvent[];
  /** Sees every frame, in and out, before it is read and after it is written. Returns a function that ends it. */
  onFrame(listener: (frame: RelayFrame) => void): () => void;
  /** Drops all connections and refuses new ones until `resume`. */
  pause(): Promise<void>;
  /** Listens again on the same port. Rejects with RELAY_PORT_TAKEN if another program has taken it. */
  resume(): Promise<void>;
  /** Drops all connections at once, without a closing handshake, and goes on listening. */
  dropConnections(): void;
  /** Forgets everything, deletions included, as an operator's `rm` would. */
  wipe(): void;
  snapshot(): RelaySnapshot;
  /** Puts back what `snapshot` took, as an operator's restored backup would. */
  restore(snapshot: RelaySnapshot): void;
  /** Closes everything. May be called twice. */
  stop(): Promise<void>;
}
