/** What one relay holds at each address, as far as authenticated events tell; outlives its connections. */
import type { Admitted } from '../admitted';
import type { Head } from '../../contracts/mesh';
import { isNewer, isSame } from '../../contracts/version-order';

type HeadVersion = Head['version'];

interface Held {
  readonly slot: Admitted;
  /** When this was last seen, in ticks. */
  readonly at: number;
}

export class Holdings {
  readonly #held = new Map<string, Held>();
  readonly #proven = new Map<string, HeadVersion>();
  #ticks = 0;

  /** Order of what is asked, sent and heard: greater is later. No clock, since clocks jump. */
  tick(): number {
    return ++this.#ticks;
  }

  get(d: string): Admitted | undefined {
    return this.#held.get(d)?.slot;
  }

  /** Whether this version or a newer one is thought to be there. */
  holds(version: HeadVersion): boolean {
    const slot = this.get(version.d);
    return slot !== undefined && !isNewer(version, slot);
  }

  /** An event was seen, in whatever way. `at`: when it came, since to judge it may take a while. */
  observe(slot: Admitted, at = this.tick()): void {
    const held = this.#held.get(slot.d);
    if (!held || isNewer(slot, held.slot)) this.#held.set(slot.d, { slot, at });
    else if (!isNewer(held.slot, slot)) this.#held.set(slot.d, { slot, at: Math.max(at, held.at) });
  }

  /**
   * A read that was asked at `askedAt` answered with `found`, or with nothing, for this address. What was seen after the question stands.
   * Returns whether the relay turned out to hold less than was thought: it lied, was wiped or rolled back.
   */
  settle(d: string, found: Admitted | undefined, askedAt: number): boolean {
    const held = this.#held.get(d);
    if (held && held.at > askedAt && (!found || isNewer(held.slot, found))) return false;
    const lowered = held !== undefined && (!found || isNewer(held.slot, found));
    if (found) this.#held.set(d, { slot: found, at: this.tick() });
    else this.#held.delete(d);
    if (lowered) this.#proven.delete(d);
    return lowered;
  }

  /** A complete read that began at `since` found `present` and nothing else. */
  settleAll(present: ReadonlyMap<string, Admitted>, since: number): void {
    for (const d of [...this.#held.keys(), ...present.keys()]) this.settle(d, present.get(d), since);
  }

  /** The version was read back as stored. Returns false if that was known. */
  prove(version: HeadVersion): boolean {
    if (this.hasProven(version)) return false;
    this.#proven.set(version.d, version);
    return true;
  }

  hasProven(version: HeadVersion): boolean {
    return isSame(this.#proven.get(version.d), version);
  }

  /** `found`, and what was seen since `since` where that is newer. */
  withSeenSince(since: number, found: ReadonlyMap<string, Admitted>): ReadonlyMap<string, Admitted> {
    const present = new Map(found);
    for (const [d, { slot, at }] of this.#held) {
      const known = present.get(d);
      if (at > since && (!known || isNewer(slot, known))) present.set(d, slot);
    }
    return present;
  }
}
