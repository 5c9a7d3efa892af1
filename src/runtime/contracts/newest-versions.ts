/** The newest version of each of so many things: who can write slots can write any number of them, and what is remembered of them has to be bounded. */
import { isNewer } from './version-order';
import type { OrderedVersion } from './version-order';

export interface NewestVersions<Known extends { readonly version: OrderedVersion }> {
  /** By the keys under which they were noted. */
  readonly byKey: ReadonlyMap<string, Known>;
  /** Returns whether it is kept: nothing newer is known under this key, and it is among the newest of all. */
  note(key: string, known: Known): boolean;
}

/**
 * @param most how many keys are remembered; the one whose version is the oldest makes room for another.
 * @param isWanted of those for which it does not hold, the oldest makes room first.
 * @param replaces whether one takes the place of another under the same key: of one address, if its version is newer.
 */
export function createNewestVersions<Known extends { readonly version: OrderedVersion }>(
  most: number,
  isWanted: (known: Known) => boolean = () => true,
  replaces = (known: Known, before: Known) => isNewer(known.version, before.version),
): NewestVersions<Known> {
  const byKey = new Map<string, Known>();

  function oldestKey(): string | undefined {
    let oldest: readonly [string, Known] | undefined;
    for (const entry of byKey) if (!oldest || isLess(entry[1], oldest[1])) oldest = entry;
    return oldest?.[0];
  }

  const isLess = (a: Known, b: Known): boolean =>
    isWanted(a) === isWanted(b) ? isNewer(b.version, a.version) : isWanted(b);

  return {
    byKey,
    note(key, known) {
      const before = byKey.get(key);
      if (before && !replaces(known, before)) return false;
      byKey.set(key, known);
      if (byKey.size > most) byKey.delete(oldestKey()!);
      return byKey.has(key);
    },
  };
}
