/** What the app may know of the sync at any moment. */
import type { SyncProblem } from './errors';

/** What the sync is doing. */
export enum SyncPhase {
  /** The worker boots, keys are derived, relays are connected. Local reads and writes already work. */
  Starting = 'starting',
  /** No relays were given (`relays: []`), or no user is known (`identity: null`): nothing leaves this device. */
  LocalOnly = 'local-only',
  /** Connected to at least one relay, and what enough of them hold is here: with `pending: 0` everything is stored. */
  Online = 'online',
  /** Connected, but fewer relays than make a write durable could be read: what only the others (`unread`) hold may be missing. Writes go out. */
  Partial = 'partial',
  /** No relay answers at the moment; the engine keeps trying. */
  Offline = 'offline',
  /** `pause()` was called. */
  Paused = 'paused',
  /** Publishing has stopped because of a problem (see `problems`); local reads and writes still work. */
  Stopped = 'stopped',
  Closed = 'closed',
}

/** How much of what the relays hold has been read since the start. A relay has been read when it has shown something of this user's in a complete read. */
export enum ReadCompleteness {
  /** Too little so far. What other devices have written may be missing. */
  Pending = 'pending',
  /** At least one relay was read; others can be had at the moment not at all, or show nothing (`unread`). Something may be missing that only they hold. */
  Partial = 'partial',
  /** `durableOn` relays were read: every durable write of every device is here. */
  Complete = 'complete',
}

/** What a relay is to the sync at the moment. */
export enum RelayState {
  Connecting = 'connecting',
  /** Connected; the first complete read is still under way. */
  Reading = 'reading',
  Live = 'live',
  /** Connected, and it has shown nothing of this user's, while other relays have: it may be empty, or keep silent towards strangers. */
  Silent = 'silent',
  /** Not connected; the next attempt is scheduled. */
  Waiting = 'waiting',
  /** Configured but not in use: a better candidate serves, or it was demoted. */
  Spare = 'spare',
  Demoted = 'demoted',
}

/** Where a relay's name came from. */
export enum RelayOrigin {
  /** The app's list: what is written is stored there. */
  List = 'list',
  /** The list of an earlier release: other devices may still use it. */
  Former = 'former',
  /** Another device of this user's writes to it. */
  Device = 'device',
}

/** One relay, as a person may want to see it. */
export interface RelayStatus {
  readonly url: string;
  readonly origin: RelayOrigin;
  readonly state: RelayState;
  /** The state in words a person understands, with the reason where there is one. */
  readonly words: string;
  readonly roundTripMs: number | null;
  /** Wall-clock time (ms) of the last read-back or complete read. */
  readonly lastSuccessAt: number | null;
  /** The relay's own words, at most 160 characters. */
  readonly lastRefusal: string | null;
  /** Wall-clock time (ms) of the first refusal since the relay last did what it was asked; null if it has done that since. */
  readonly refusedSince: number | null;
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
   * Documents with writes that are not yet stored on `durableOn` relays. While `phase` is `online`, `partial` or `offline` it counts them all: 0 is
   * "all saved" there. In any other phase what is stored here may not have been compared with the relays in this session; it is a lower bound then,
   * of what was known to wait and what has been written since, and 0 promises nothing.
   */
  readonly pending: number;
  /** How many relays must hold a write before it counts as stored: min(2, relays configured). */
  readonly durableOn: number;
  readonly relays: readonly RelayStatus[];
  /**
   * Other devices of this user that were heard of within 30 days, at whatever relay. 0: this is the only one, or the others use an app whose relays share none
   * with this one's and that names no former relays (docs/relays.md, section 4).
   */
  readonly devicesMet: number;
  /** Those of them whose relays are neither in this app's list nor in a former one: what they write comes every few minutes, by visits to their relays. */
  readonly devicesApart: number;
  /** How much of what the relays hold has been read since the start: only with `complete` is the phase `online`. */
  readonly completeness: ReadCompleteness;
  /** Addresses of the relays in use that have not been read. */
  readonly unread: readonly string[];
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
  devicesMet: 0,
  devicesApart: 0,
  completeness: ReadCompleteness.Pending,
  unread: [],
  lastSyncedAt: null,
  clockSkewMs: null,
  quarantined: 0,
  damaged: 0,
  undecryptable: 0,
  undecryptableFrom: [],
  problems: [],
};
