/** What one relay is thought to lack: the heads that every relay ought to hold, compared with what this one is known to hold. */
import type { Holdings } from './holdings';
import { isSame } from '../../contracts/version-order';
import type { Clock } from '../../core/clock';
import type { Head } from '../../contracts/mesh';
import type { Answer } from './queries';
import { fullJitterMs } from '../../core/backoff';
import type { PublishingConfig } from '../../core/config';
import type { Random } from '../../core/clock';

export interface OfferedHead {
  readonly head: Head;
  /** Order of the offers. */
  readonly offered: number;
}

export interface WantsOptions {
  readonly clock: Clock;
  readonly holdings: Holdings;
  readonly heads: ReadonlyMap<string, OfferedHead>;
  /** The relay seems to have it: a read is to show it. */
  readonly readBack: (want: Want) => void;
  /** A read did not show what the relay had seemed to have. */
  readonly postpone: (want: Want) => void;
  /** The relay said that it has an event, and a read-back showed whether that is so. */
  readonly keptItsWord: (kept: boolean) => void;
}

export class Wants {
  readonly #options: WantsOptions;
  readonly #wants = new Map<string, Want>();
  /** The same for all wants of a connection, so that they stay in order. */
  #repairDelayMs = 0;

  constructor(options: WantsOptions) {
    this.#options = options;
  }

  get(d: string): Want | undefined {
    return this.#wants.get(d);
  }

  all(): Iterable<Want> {
    return this.#wants.values();
  }

  /** There is a connection again: what failed on the last one gets another chance. */
  beginAnew(repairDelayMs: number): void {
    const { clock } = this.#options;
    this.#repairDelayMs = repairDelayMs;
    for (const want of this.#wants.values()) {
      want.failures = 0;
      want.confirmed = want.head.own;
      if (want.drops === 0) want.notBefore = clock.now() + (want.head.own ? 0 : repairDelayMs);
    }
    this.reconsiderAll();
  }

  clear(): void {
    for (const want of this.#wants.values()) want.cancel();
    this.#wants.clear();
  }

  reconsiderAll(): void {
    for (const d of this.#options.heads.keys()) this.reconsider(d);
  }

  /** The head at this address, or what the relay is known to hold there, is another one. */
  reconsider(d: string): void {
    const { heads, holdings, clock, readBack } = this.#options;
    const offered = heads.get(d);
    const want = this.#wants.get(d);
    if (!offered) {
      want?.cancel();
      this.#wants.delete(d);
      return;
    }
    const { head } = offered;
    if (want && want.head.own === head.own && isSame(want.head.version, head.version)) return;
    want?.cancel();
    const isThere = holdings.holds(head.version);
    if (isThere && (!head.own || !isSame(holdings.get(d), head.version) || holdings.hasProven(head.version))) {
      this.#wants.delete(d);
      return;
    }
    const renewed = makeWant(head, {
      offered: offered.offered,
      lacks: holdings.get(d) === undefined,
      notBefore: clock.now() + (head.own ? 0 : this.#repairDelayMs),
      drops: head.own ? 0 : (want?.drops ?? 0),
    });
    this.#wants.set(d, renewed);
    // Known from a live event only: to be read back rather than sent.
    if (isThere) readBack(renewed);
  }

  /** A live event showed what is at this address: no proof of storage, but a reason not to send it again. */
  seen(d: string): void {
    const { holdings, readBack } = this.#options;
    const want = this.#wants.get(d);
    if (want?.phase !== WantPhase.Queued || !holdings.holds(want.head.version)) return;
    if (want.head.own) readBack(want);
    else this.#wants.delete(d);
  }

  /** A read showed what is stored at this address. Returns whether its head was newly found there. */
  settle(d: string, answer: Answer): boolean {
    const { heads, holdings } = this.#options;
    const head = heads.get(d)?.head;
    if (!head) return false;
    const want = this.#wants.get(d);
    // What is under way may be in the answer without being stored: some relays pass on live what they do not keep.
    if (want?.phase === WantPhase.Sent || (want && want.answeredAt > answer.askedAt)) return false;
    if (isSame(answer.found.get(d), head.version)) {
      if (want?.promised) this.#options.keptItsWord(true);
      this.#wants.delete(d);
      return holdings.prove(head.version);
    }
    if (!want) this.reconsider(d);
    else if (holdings.holds(head.version) && !isSame(holdings.get(d), head.version)) this.#wants.delete(d);
    else this.#stillMissing(want);
    return false;
  }

  #stillMissing(want: Want): void {
    const { holdings, clock, keptItsWord, postpone } = this.#options;
    want.lacks = holdings.get(want.d) === undefined;
    if (want.phase === WantPhase.ReadBack) {
      want.phase = WantPhase.Queued;
      if (want.promised) {
        want.drops += 1;
        keptItsWord(false);
      }
      postpone(want);
    } else if (want.notBefore <= clock.now()) want.confirmed = true;
  }
}

export enum WantPhase {
  /** To be sent, once its time has come. */
  Queued = 'queued',
  /** Sent; the OK is awaited. */
  Sent = 'sent',
  /** The relay says that it has it; a read-back is to show it. */
  ReadBack = 'read-back',
}

/** A head that a relay ought to hold and, as far as is known, does not. */
export interface Want {
  readonly d: string;
  head: Head;
  /** Order of the offers. */
  offered: number;
  /** The relay holds nothing at this address, not even an older version. */
  lacks: boolean;
  phase: WantPhase;
  /** Wall-clock ms. */
  notBefore: number;
  /** A recent read has shown that the relay does not hold it. Own heads need none, because nobody else sends them. */
  confirmed: boolean;
  failures: number;
  /** How often the relay has taken this address and not kept it, or refused it for good. */
  drops: number;
  /** The relay said that it has the event. */
  promised: boolean;
  /** When it answered, in ticks of its holdings: only a question asked later reads back. */
  answeredAt: number;
  cancel: () => void;
}

/** A head as it enters the plan. Others' heads wait, and are confirmed by a read, before they are repaired. */
export function makeWant(
  head: Head,
  at: { readonly offered: number; readonly lacks: boolean; readonly notBefore: number; readonly drops: number },
): Want {
  return {
    d: head.version.d,
    head,
    phase: WantPhase.Queued,
    confirmed: head.own,
    failures: 0,
    promised: false,
    answeredAt: 0,
    cancel: () => {},
    // Last: engines are a hundred times slower with new properties after a spread.
    ...at,
  };
}

/** Passing trouble is bounded; what a relay keeps dropping waits longer each time, without limit. */
export function postpone(
  want: Want,
  now: number,
  { retryMinMs, retryMaxMs }: Pick<PublishingConfig, 'retryMinMs' | 'retryMaxMs'>,
  random: Random,
): void {
  want.failures += 1;
  want.confirmed = want.head.own;
  want.notBefore =
    now +
    (want.drops > 0
      ? retryMinMs * 2 ** Math.min(want.drops, 40) * (0.5 + random())
      : fullJitterMs(want.failures, retryMinMs, retryMaxMs, random));
}

/**
 * What an address lacks comes before newer versions of what is there, since registers may have moved from the one to the other (invariant
 * I5 of docs/protocol.md); then own before others', deltas before pages before manifests, first offered first.
 */
export function nextToSend(wants: Iterable<Want>, now: number, maySend: (want: Want) => boolean): Want | undefined {
  let next: Want | undefined;
  for (const want of wants) {
    if (!isDue(want, now) || !want.confirmed || !maySend(want)) continue;
    if (!next || precedes(want, next)) next = want;
  }
  return next;
}

/** Others' heads whose time has come and whose absence is to be read once more before they are sent: another device may have been faster. */
export function toConfirm(wants: Iterable<Want>, now: number, most: number): readonly string[] {
  const addresses: string[] = [];
  for (const want of wants) {
    if (addresses.length === most) break;
    if (isDue(want, now) && !want.confirmed) addresses.push(want.d);
  }
  return addresses;
}

/** ms until the next queued want is due; Infinity if there is none. */
export function nextDueMs(wants: Iterable<Want>, now: number): number {
  let earliest = Infinity;
  for (const want of wants)
    if (want.phase === WantPhase.Queued && want.notBefore > now) earliest = Math.min(earliest, want.notBefore - now);
  return earliest;
}

function isDue(want: Want, now: number): boolean {
  return want.phase === WantPhase.Queued && want.notBefore <= now;
}

function precedes(a: Want, b: Want): boolean {
  if (a.lacks !== b.lacks) return a.lacks;
  if (a.head.own !== b.head.own) return a.head.own;
  if (a.head.version.tier !== b.head.version.tier) return a.head.version.tier < b.head.version.tier;
  return a.offered < b.offered;
}
