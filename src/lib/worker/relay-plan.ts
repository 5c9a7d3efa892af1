/** What to send to one relay next: a pure choice from what it is thought to want. */
import { fullJitterMs } from './back-off';
import type { PublishingConfig } from './config';
import type { Head, Random } from './ports';

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
