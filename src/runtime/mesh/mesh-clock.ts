/** What the relays tell of this device's clock: by refusals of what it has stamped, and of its answers to challenges. */
import type { SyncProblem } from '../core/errors';
import type { Clock } from '../core/clock';
import type { Head } from '../contracts/mesh';
import { createAuthClock } from '../relay/auth/auth-clock';
import { Verdict } from '../relay/verdict';
import { ClockOffset } from './clock-offset';

export interface MeshClockOptions {
  readonly clock: Clock;
  /** By how much this device's clock is ahead of the relay's, ms, as far as its document told. */
  readonly aheadOf: (relayUrl: string) => number | undefined;
  /** Seconds since the epoch. */
  readonly newestSeen: () => number;
  readonly relaysInUse: () => readonly string[];
  /** The offset is another one. */
  readonly changed: () => void;
}

export type MeshClock = ReturnType<typeof createMeshClock>;

export function createMeshClock({ clock, aheadOf, newestSeen, relaysInUse, changed }: MeshClockOptions) {
  const offset = new ClockOffset();
  const authClock = createAuthClock({
    now: () => clock.now(),
    learnedOffset: () => offset.offset,
    aheadOf(relayUrl) {
      const aheadMs = aheadOf(relayUrl);
      return aheadMs === undefined ? undefined : Math.round(-aheadMs / 1000);
    },
  });

  /** What its refusal of an answer to a challenge has taught; a device whose clock is slow is refused events by hardly any relay. */
  const directionOf = (relayUrl: string): Verdict =>
    authClock.offsetFor(relayUrl) > 0 ? Verdict.ClockSlow : Verdict.ClockFast;

  return {
    authClock,
    /** Seconds to add to the wall clock for `created_at`. */
    get offset(): number {
      return offset.offset;
    },
    /** The relay refused an event for its time. */
    refused(relayUrl: string, verdict: Verdict, { version: { createdAt }, own }: Head): void {
      const known = verdict === Verdict.ClockWrong ? directionOf(relayUrl) : verdict;
      const refusal = { createdAt, now: clock.now(), newestSeen: newestSeen(), relaysInUse: relaysInUse() };
      if (own && offset.refused(relayUrl, known, refusal)) changed();
    },
    accepted: (relayUrl: string): void => offset.accepted(relayUrl),
    problem: (): SyncProblem | undefined => offset.problem() ?? authClock.problem(),
  };
}
