/**
 * The offset between this device's clock and the relays'. A browser cannot read a relay's clock, but relays refuse events that are too far
 * off; when most of those in use agree, and at least two, `created_at` moves until they accept. It serves `created_at` only, never a stamp.
 */
import type { SyncProblem } from '../core/errors';
import { clockWrong } from '../relay/auth/clock-problem';
import { Verdict } from '../relay/verdict';

const fewest = 2;
/** strfry refuses what is further ahead than this, in seconds. */
const aheadAllowed = 900;
const day = 86_400;
const farthest = 10 * 365 * day;

export interface Refused {
  /** Seconds. */
  readonly createdAt: number;
  /** Wall clock in ms. */
  readonly now: number;
  /** The greatest created_at (s) of an authenticated event that a relay holds: it is never far ahead of the relays' clocks. */
  readonly newestSeen: number;
  /** Addresses of the relays that events are sent to, whether or not they can be reached at this moment. */
  readonly relaysInUse: readonly string[];
}

export class ClockOffset {
  readonly #refusedBy = new Map<string, Verdict>();
  /** Relays that have ever refused a time: that another relay accepts one says nothing about the offset. */
  readonly #strict = new Set<string>();
  #offset = 0;
  #steps = 0;

  /** Seconds to add to the wall clock for `created_at`. */
  get offset(): number {
    return this.#offset;
  }

  /** A relay took an event of this device: if it is one that looks at the time, the offset is good enough. */
  accepted(relayUrl: string): void {
    this.#refusedBy.delete(relayUrl);
    if (this.#strict.has(relayUrl)) this.#steps = 0;
  }

  /** A relay refused an event of this device for being too late or too early. Returns whether a new offset was learned. */
  refused(relayUrl: string, verdict: Verdict, { createdAt, now, newestSeen, relaysInUse }: Refused): boolean {
    const stamped = now / 1000 + this.#offset;
    const isStale = verdict === Verdict.ClockFast ? createdAt > stamped + 60 : createdAt < stamped - 3600;
    // It was stamped before the present offset was learned.
    if (isStale) return false;
    this.#refusedBy.set(relayUrl, verdict);
    for (const url of this.#refusedBy.keys()) if (!relaysInUse.includes(url)) this.#refusedBy.delete(url);
    this.#strict.add(relayUrl);
    const agreeing = [...this.#refusedBy.values()].filter((other) => other === verdict).length;
    // Two relays that lie must not change the time of a device whose other relays accept its events, even while it cannot reach those.
    if (agreeing < fewest || agreeing * 2 <= relaysInUse.length) return false;
    this.#refusedBy.clear();
    const learned =
      verdict === Verdict.ClockFast ? this.#earlier(now / 1000, newestSeen) : this.#later(now / 1000, newestSeen);
    this.#offset = Math.round(Math.max(-farthest, Math.min(farthest, learned)));
    this.#steps += 1;
    return true;
  }

  problem(): SyncProblem | undefined {
    return this.#offset === 0 ? undefined : clockWrong(this.#offset, 'refused what it sent');
  }

  #earlier(now: number, newestSeen: number): number {
    if (newestSeen > 0 && newestSeen < now + this.#offset - 1) return newestSeen - now;
    return this.#offset - aheadAllowed * 2 ** this.#steps;
  }

  #later(now: number, newestSeen: number): number {
    if (newestSeen > now + this.#offset + 1) return newestSeen - now;
    return this.#offset + day * 2 ** this.#steps;
  }
}
