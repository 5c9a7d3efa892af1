/** Which relays of the list are in use: the same on all devices that reach the same ones, so that the devices meet. */
import { durableRelayCount } from '../../core/durability';
import { isHarmful } from './demotion';

export interface Choosable {
  /** Set while it is in use. */
  readonly relay: object | undefined;
  /** It could not be reached, as far as is known. */
  readonly isDown: boolean;
  readonly demotedUntil: number;
  demotion(now: number): string | undefined;
}

/** From the one to use first to the one to use last. */
enum Rank {
  Useful,
  Down,
  DemotedInUse,
  Demoted,
}

function rankOf(candidate: Choosable, now: number): Rank {
  if (candidate.demotion(now) !== undefined) return candidate.relay ? Rank.DemotedInUse : Rank.Demoted;
  return candidate.isDown ? Rank.Down : Rank.Useful;
}

/**
 * The first `count` that are of use, in the order of the list. One that is down, and after those a demoted one, is used only where there is no other: of the
 * demoted one that is in use already, then the one whose demotion ends first. One that does harm is not used at all while those in good standing are enough to
 * make a write durable.
 */
export function chooseRelays<Candidate extends Choosable>(
  candidates: readonly Candidate[],
  count: number,
  now: number,
): readonly Candidate[] {
  const inGoodStanding = candidates.filter((candidate) => candidate.demotion(now) === undefined).length;
  const isEnough = inGoodStanding >= durableRelayCount(candidates.length);
  return candidates
    .filter((candidate) => !isEnough || !isHarmful(candidate.demotion(now)))
    .map((candidate) => ({ candidate, rank: rankOf(candidate, now) }))
    .sort((a, b) => a.rank - b.rank || (a.rank > Rank.Down ? a.candidate.demotedUntil - b.candidate.demotedUntil : 0))
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** Whether the relay would be in use if it could be reached. */
export function isMissed<Candidate extends Choosable>(
  candidate: Candidate,
  candidates: readonly Candidate[],
  count: number,
  now: number,
): boolean {
  if (candidate.relay || rankOf(candidate, now) !== Rank.Down) return false;
  const before = candidates.slice(0, candidates.indexOf(candidate));
  return before.filter((each) => rankOf(each, now) === Rank.Useful).length < count;
}
