/** Which candidates are in use. */
interface Choosable {
  /** Set while it is in use. */
  readonly relay: object | undefined;
  readonly demotedUntil: number;
  demotion(now: number): string | undefined;
}

/**
 * Those in use and in good standing stay; vacancies go to the next in good standing, in configured order. A demoted relay serves only where
 * nobody else can: one already in use before others, then the one whose demotion ends first.
 */
export function chooseRelays<Candidate extends Choosable>(
  candidates: readonly Candidate[],
  count: number,
  now: number,
): readonly Candidate[] {
  const rank = (candidate: Candidate): number =>
    (candidate.demotion(now) === undefined ? 0 : 2) + (candidate.relay ? 0 : 1);
  return [...candidates]
    .sort((a, b) => rank(a) - rank(b) || (rank(a) >= 2 ? a.demotedUntil - b.demotedUntil : 0))
    .slice(0, count);
}
