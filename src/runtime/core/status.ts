/** What the app may know of the sync at any moment. */
import type { SyncProblem } from './errors';

/** What the sync is doing. */
export enum SyncPhase {
  /** The worker boots, keys are derived, relays are connected. Local reads and writes already work. */
  Starting = 'starting',
  /** No relays were given (`relays: []`), or no user is known (`identity: null`): nothing leaves this device. */
  LocalOnly = 'local-only',
  /** Connected to at least one relay. */
  Online = 'online',
  /** No relay answers at the moment; the engine keeps trying. */
  Offline = 'offline',
  /** `pause()` was called. */
  Paused = 'paused',
  /** Publishing has stopped because of a problem (see `problems`); local reads and writes still work. */
  Stopped = 'stopped',
  Closed = 'closed',
}

/** What a relay is to the sync at the moment. */
export enum RelayState {
  Connecting = 'connecting',
  /** Connected; the first complete read is still under way. */
  Reading = 'reading',
  Live = 'live',
  /** Not connected; the next attempt is scheduled. */
  Waiting = 'waiting',
  /** Configured but not in use: a better candidate serves, or it was demoted. */
  Spare = 'spare',
  Demoted = 'demoted',
}

/** One relay, as a person may want to see it. */
export interface RelayStatus {
  readonly url: string;
  readonly state: RelayState;
  /** The state in words a person understands, with the reason where there is one. */
  readonly words: string;
  readonly roundTripMs: number | null;
  /** Wall-clock time (ms) of the last read-back or complete read. */
  readonly lastSuccessAt: number | null;
  readonly lastRefusal: string | null;
  /** Parts of this user's data that it does not hold because it takes only smaller events; `words` says up to which size. Other relays have them. */
  readonly slotsTooLarge: number;
}

/** Why an event that was signed with the user's keys could not be read. */
export enum UndecryptableReason {
  /** It does not decrypt: what sealed it had another key, or has a defect. */
  WrongKey = 'wrong-key',
  /** It is no envelope of ours, or holds nothing that this or an earlier version has written. */
  Malformed = 'malformed',
}

/** Events of one relay that could not be read. */
export interface UndecryptableEvents {
  /** The relay's address. */
  readonly relay: string;
  readonly reason: UndecryptableReason;
  /** Each event once. */
  readonly count: number;
}

/** What is true of the sync now. */
export interface SyncStatus {
  readonly phase: SyncPhase;
  /**
   * Documents with writes that are not yet stored on `durableOn` relays. While `phase` is `online` or `offline` it counts them all: 0 is "all
   * saved" there. In any other phase what is stored here may not have been compared with the relays in this session; it is a lower bound then,
   * of what was known to wait and what has been written since, and 0 promises nothing.
   */
  readonly pending: number;
  /** How many relays must hold a write before it counts as stored: min(2, relays configured). */
  readonly durableOn: number;
  readonly relays: readonly RelayStatus[];
  /** Wall-clock time (ms) when the last write became durable or the last complete read ended. */
  readonly lastSyncedAt: number | null;
  /** This device's clock minus the relays' clock in ms, as far as it is known. */
  readonly clockSkewMs: number | null;
  /** Entries from other devices, and of an adopted guest, that this version of the app cannot apply; kept and retried by a newer version. */
  readonly quarantined: number;
  /** Parts of what this user's devices have written that no version can read. They were left out; what stands beside them is kept. */
  readonly damaged: number;
  /**
   * Events that came in this session under a valid signature of this user's and could not be read, each counted once, however many relays it came from;
   * at most 1,000. What a newer version of the app has written is not among them.
   */
  readonly undecryptable: number;
  /** Where they came from and why they could not be read: the most frequent first, at most 8. */
  readonly undecryptableFrom: readonly UndecryptableEvents[];
  readonly problems: readonly SyncProblem[];
}

/**
 * What is true before a worker has said anything.
 * @example
 * const [status, setStatus] = useState(startingStatus);
 */
export const startingStatus: SyncStatus = {
  phase: SyncPhase.Starting,
  pending: 0,
  durableOn: 0,
  relays: [],
  lastSyncedAt: null,
  clockSkewMs: null,
  quarantined: 0,
  damaged: 0,
  undecryptable: 0,
  undecryptableFrom: [],
  problems: [],
};
