/**
 * What is written to one relay: reconciles the heads that every relay ought to hold with what this one holds, at the pace that it
 * accepts, and reads back what it says it took.
 */
import type { PublishingConfig, ReadingConfig } from '../../core/config';
import type { Holdings } from './holdings';
import { ReadBacks } from './read-backs';
import { Wants, type OfferedHead } from './delivery-queue';
import type { Clock, Random } from '../../core/clock';
import type { Head } from '../../contracts/mesh';
import type { NostrEvent, SlotVersion } from '../../contracts/slot';
import { Verdict } from '../../relay/verdict';
import type { RelayLink } from '../../relay/link';
import { nextDueMs, nextToSend, postpone, toConfirm, WantPhase, type Want } from './delivery-queue';
import type { Answer } from './queries';
import type { TokenBucket } from './rate-limiter';

export interface WritingOptions {
  readonly link: Pick<RelayLink, 'publish'>;
  readonly publishing: PublishingConfig;
  readonly reading: ReadingConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly bucket: TokenBucket;
  readonly holdings: Holdings;
  readonly heads: ReadonlyMap<string, OfferedHead>;
  readonly mayWrite: (d: string) => boolean;
  /** Others' heads are repaired only where a complete read has shown what is missing. */
  readonly mayRepair: () => boolean;
  readonly fetch: (addresses: readonly string[], done: (answered: boolean) => void) => void;
  readonly maxEventBytes: () => number;
  /** What the relay said about an event, for what it tells about the relay. */
  readonly answered: (verdict: Verdict, reason: string, head: Head) => void;
  readonly stored: (versions: readonly SlotVersion[]) => void;
  /** The relay said that it has an event, and a read-back showed whether that is so. */
  readonly keptItsWord: (kept: boolean) => void;
}

export class RelayWriting {
  readonly #options: WritingOptions;
  readonly #wants: Wants;
  readonly #readBacks: ReadBacks;
  #confirming = false;
  #cancelTimer: () => void = () => {};

  constructor(options: WritingOptions) {
    this.#options = options;
    const { publishing, reading, clock, holdings, heads, fetch, keptItsWord } = options;
    this.#wants = new Wants({
      clock,
      holdings,
      heads,
      readBack: (want) => this.#readBack(want),
      postpone: (want) => this.#postpone(want),
      keptItsWord,
    });
    this.#readBacks = new ReadBacks({
      clock,
      delayMs: publishing.readBackDelayMs,
      intervalMs: publishing.readBackIntervalMs,
      longestIntervalMs: publishing.retryMaxMs,
      most: reading.addressesPerRequest,
      fetch,
    });
  }

  /** Sends what may be sent now, in this very tick, and wakes for the rest. */
  pump(): void {
    const { clock, bucket, publishing, mayWrite } = this.#options;
    this.#cancelTimer();
    let waitMs = Infinity;
    while (this.#sent < publishing.maxInFlight) {
      const want = nextToSend(this.#wants.all(), clock.now(), ({ d }) => mayWrite(d));
      if (!want) break;
      if (!bucket.take(clock.now())) {
        waitMs = bucket.waitMs(clock.now());
        break;
      }
      this.#send(want);
    }
    this.#confirm();
    waitMs = Math.min(waitMs, nextDueMs(this.#wants.all(), clock.now()));
    if (waitMs !== Infinity) this.#cancelTimer = clock.after(waitMs, () => this.pump());
  }

  opened(): void {
    const { reading, random } = this.#options;
    this.#wants.beginAnew(reading.repairDelayMs + random() * reading.repairJitterMs);
  }

  /** What failed for a passing reason may be tried again at once; what is dropped again and again may not. */
  hurry(): void {
    for (const want of this.#wants.all()) if (want.drops === 0 && want.head.own) want.notBefore = 0;
    this.pump();
  }

  /** Publications have been settled as lost, or are about to be. */
  closed(): void {
    this.#cancelTimer();
    this.#readBacks.clear();
    this.#confirming = false;
    for (const want of this.#wants.all()) if (want.phase === WantPhase.ReadBack) want.phase = WantPhase.Queued;
  }

  /** The relay is no longer used. */
  stop(): void {
    this.closed();
    this.#wants.clear();
  }

  /** The head at this address is new. */
  offered(d: string): void {
    this.#wants.reconsider(d);
    this.pump();
  }

  /** All that this relay holds is known. */
  readEnded(): void {
    this.#wants.reconsiderAll();
    this.pump();
  }

  /** A live event showed what is at this address: no proof of storage, but a reason not to send it again. */
  seen(d: string): void {
    this.#wants.seen(d);
  }

  /** A read showed what is stored at these addresses. */
  settled(addresses: Iterable<string>, answer: Answer): void {
    const proven: SlotVersion[] = [];
    for (const d of addresses) if (this.#wants.settle(d, answer)) proven.push(this.#options.heads.get(d)!.head.version);
    if (proven.length > 0) this.#options.stored(proven);
    this.pump();
  }

  #send(want: Want): void {
    const { link, answered, maxEventBytes } = this.#options;
    if (eventBytes(want.head.event) > maxEventBytes()) {
      // Some relays cut the connection for an event over their limit, without a word.
      want.drops += 1;
      this.#postpone(want);
      answered(Verdict.TooLarge, '', want.head);
      return;
    }
    want.phase = WantPhase.Sent;
    want.cancel = link.publish(want.head.event, (verdict, reason) => {
      if (this.#wants.get(want.d) === want) this.#answered(want, verdict, reason);
    });
  }

  #answered(want: Want, verdict: Verdict, reason: string): void {
    const { bucket, clock, holdings, answered, publishing } = this.#options;
    want.cancel = () => {};
    want.phase = WantPhase.Queued;
    want.answeredAt = holdings.tick();
    want.promised = verdict === Verdict.Accepted || verdict === Verdict.Duplicate;
    switch (verdict) {
      case Verdict.Accepted:
        bucket.accepted();
        this.#readBack(want);
        break;
      case Verdict.Duplicate:
      case Verdict.Superseded:
      case Verdict.Unanswered:
        this.#readBack(want);
        break;
      case Verdict.RateLimited:
        bucket.refused(clock.now());
        break;
      case Verdict.Lost:
        // A large event may be what ended the connection, without a word; a small one never is.
        if (eventBytes(want.head.event) <= publishing.minEventBytes) break;
        want.drops += 1;
        this.#postpone(want);
        break;
      // Stamped by another clock than the relay's: asking again and again changes nothing.
      case Verdict.ClockFast:
      case Verdict.ClockSlow:
      case Verdict.Deleted:
      case Verdict.Invalid:
      case Verdict.TooLarge:
        want.drops += 1;
        this.#postpone(want);
        break;
      default:
        this.#postpone(want);
    }
    answered(verdict, reason, want.head);
    if (verdict !== Verdict.Lost) this.pump();
  }

  #readBack(want: Want): void {
    want.phase = WantPhase.ReadBack;
    this.#readBacks.add(want.d);
  }

  #postpone(want: Want): void {
    const { publishing, random, clock } = this.#options;
    postpone(want, clock.now(), publishing, random);
  }

  #confirm(): void {
    const { clock, reading, fetch, mayRepair } = this.#options;
    if (this.#confirming || !mayRepair()) return;
    const addresses = toConfirm(this.#wants.all(), clock.now(), reading.addressesPerRequest);
    if (addresses.length === 0) return;
    this.#confirming = true;
    fetch(addresses, (answered) => {
      this.#confirming = false;
      if (!answered)
        for (const d of addresses) {
          const want = this.#wants.get(d);
          if (want) this.#postpone(want);
        }
      this.pump();
    });
  }

  get #sent(): number {
    let sent = 0;
    for (const { phase } of this.#wants.all()) if (phase === WantPhase.Sent) sent += 1;
    return sent;
  }
}

/** Size of an event as JSON: its content is base64 and needs no escapes, everything else has a fixed length. */
export function eventBytes(event: NostrEvent): number {
  return event.content.length + 420;
}
