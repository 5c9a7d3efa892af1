/** Worlds in which a release of the app names other relays than the one before. */
import type { Dice } from './random';
import type { PlannedLists, StrikeStep } from './plan';

/** Relays of each list: one may be down. */
const LISTED = 3;

/** Undefined: in this world the list stays as it is. */
export function planLists(dice: Dice): PlannedLists | undefined {
  if (!dice.chance(0.15)) return undefined;
  const shared = dice.pick([0, 0, 1, 1, 2]);
  const indices = Array.from({ length: 2 * LISTED - shared }, (_, index) => index);
  return { former: indices.slice(0, LISTED), next: indices.slice(-LISTED) };
}

/** Whatever takes a device's data away, or a relay's, is left out: what is stored under one list is judged by the other one. */
const LEFT_OUT: ReadonlySet<StrikeStep['kind']> = new Set([
  ...(['die', 'clone', 'restore', 'lose-ledger', 'lose-documents', 'wipe', 'rollback', 'clock'] as const),
]);

/** Most devices get the release while everything else happens, the others when there is peace. */
export function withReleases(
  dice: Dice,
  strikes: readonly StrikeStep[],
  browsers: number,
  lengthMs: number,
): readonly StrikeStep[] {
  const releases = Array.from({ length: browsers }, (_, browser): readonly StrikeStep[] =>
    dice.chance(0.7) ? [{ kind: 'release', atMs: dice.between(1_000, lengthMs), browser, draw: 0 }] : [],
  );
  return [...strikes.filter(({ kind }) => !LEFT_OUT.has(kind)), ...releases.flat()];
}
