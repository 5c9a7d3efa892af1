/**
 * What is written to one relay: reconciles the heads that every relay ought to hold with what this one holds, at the pace that it
 * accepts, and reads back what it says it took.
 */
import type { PublishingConfig, ReadingConfig } from './config';
import { isSame, type Holdings } from './mesh-holdings';
import { ReadBacks } from './mesh-read-backs';
import type { Clock, Head, NostrEvent, Random, SlotVersion } from './ports';
import { Verdict } from './reasons';
import type { RelayLink } from './relay-link';
import { makeWant, nextDueMs, nextToSend, postpone, toConfirm, WantPhase, type Want } from './relay-plan';
import type { Answer } from './relay-query';
import type { TokenBucket } from './token-bucket';

export interface OfferedHead {
  readonly head: Head;
  /** Order of the offers. */
  readonly offered: number;
}

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
  readonly #wants = new Map<string, Want>();
  readonly #readBacks: ReadBacks;
  /** The same for all wants of a connection, so that they stay in order. */
  #repairDelayMs = 0;
  #confirming = false;
  #cancelTimer: () => void = () => {};

  constructor(options: WritingOptions) {
    this.#options = options;
    const { publishing, reading, clock, fetch } = options;
    this.#readBacks = new ReadBacks({
      clock,
      delayMs: publishing.readBackDelayMs,
      intervalMs: publishing.readBackIntervalMs,
      longestIntervalMs: publishing.retryMaxMs,
      most: reading.addressesPerRequest,
      fetch,
    });
  }

  /** Heads that this relay ought to hold and is not known to hold. */
  get missing(): number {
    return this.#wants.size;
  }

  /** Sends what may be sent now, in this very tick, and wakes for the rest. */
  pump(): void {
    const { clock, bucket, publishing, mayWrite } = this.#options;
    this.#cancelTimer();
    let waitMs = Infinity;
    while (this.#sent < publishing.maxInFlight) {
      const want = nextToSend(this.#wants.values(), clock.now(), ({ d }) => mayWrite(d));
      if (!want) break;
      if (!bucket.take(clock.now())) {
        waitMs = bucket.waitMs(clock.now());
        break;
      }
      this.#send(want);
    }
    this.#confirm();
    waitMs = Math.min(waitMs, nextDueMs(this.#wants.values(), clock.now()));
    if (waitMs !== Infinity) this.#cancelTimer = clock.after(waitMs, () => this.pump());
  }

  /** There is a connection again: what failed on the last one gets another chance. */
  opened(): void {
    const { reading, random, heads, clock } = this.#options;
    this.#repairDelayMs = reading.repairDelayMs + random() * reading.repairJitterMs;
    for (const want of this.#wants.values()) {
      want.failures = 0;
      want.confirmed = want.head.own;
      if (want.drops === 0) want.notBefore = clock.now() + (want.head.own ? 0 : this.#repairDelayMs);
    }
    for (const d of heads.keys()) this.#reconsider(d);
  }

  /** What failed for a passing reason may be tried again at once; what is dropped again and again may not. */
  hurry(): void {
    for (const want of this.#wants.values()) if (want.drops === 0 && want.head.own) want.notBefore = 0;
    this.pump();
  }

  /** Publications have been settled as lost, or are about to be. */
  closed(): void {
    this.#cancelTimer();
    this.#readBacks.clear();
    this.#confirming = false;
    for (const want of this.#wants.values()) if (want.phase === WantPhase.ReadBack) want.phase = WantPhase.Queued;
  }

  /** The relay is no longer used. */
  stop(): void {
    this.closed();
    for (const want of this.#wants.values()) want.cancel();
    this.#wants.clear();
  }

  /** The head at this address is new. */
  offered(d: string): void {
    this.#reconsider(d);
    this.pump();
  }

  /** All that this relay holds is known. */
  readEnded(): void {
    for (const d of this.#options.heads.keys()) this.#reconsider(d);
    this.pump();
  }

  /** A live event showed what is at this address: no proof of storage, but a reason not to send it again. */
  seen(d: string): void {
    const { holdings } = this.#options;
    const want = this.#wants.get(d);
    if (want?.phase !== WantPhase.Queued || !holdings.holds(want.head.version)) return;
    if (want.head.own) this.#readBack(want);
    else this.#wants.delete(d);
  }

  /** A read showed what is stored at these addresses. */
  settled(addresses: Iterable<string>, answer: Answer): void {
    const proven: SlotVersion[] = [];
    for (const d of addresses) if (this.#settle(d, answer)) proven.push(this.#options.heads.get(d)!.head.version);
    if (proven.length > 0) this.#options.stored(proven);
    this.pump();
  }

  /** Returns whether the head was newly found stored. */
  #settle(d: string, answer: Answer): boolean {
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
    if (!want) this.#reconsider(d);
    else if (holdings.holds(head.version) && !isSame(holdings.get(d), head.version)) this.#wants.delete(d);
    else this.#stillMissing(want);
    return false;
  }

  #stillMissing(want: Want): void {
    const { holdings, clock } = this.#options;
    want.lacks = holdings.get(want.d) === undefined;
    if (want.phase === WantPhase.ReadBack) {
      want.phase = WantPhase.Queued;
      if (want.promised) {
        want.drops += 1;
        this.#options.keptItsWord(false);
      }
      this.#postpone(want);
    } else if (want.notBefore <= clock.now()) want.confirmed = true;
  }

  #reconsider(d: string): void {
    const { heads, holdings, clock } = this.#options;
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
    if (isThere) this.#readBack(renewed);
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
    const addresses = toConfirm(this.#wants.values(), clock.now(), reading.addressesPerRequest);
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
    for (const { phase } of this.#wants.values()) if (phase === WantPhase.Sent) sent += 1;
    return sent;
  }
}

/** Size of an event as JSON: its content is base64 and needs no escapes, everything else has a fixed length. */
export function eventBytes(event: NostrEvent): number {
  return event.content.length + 420;
}
