/**
 * What is written to one relay: reconciles the heads that every relay ought to hold with what this one holds, at the pace that it
 * accepts, and reads back what it says it took.
 */
import type { PublishingConfig, ReadingConfig } from '../../core/config';
import type { Holdings } from './holdings';
import { ReadBacks } from './read-backs';
import type { Clock, Random } from '../../core/clock';
import type { Head } from '../../contracts/mesh';
import type { NostrEvent, SlotVersion } from '../../contracts/slot';
import { statedRate, Verdict } from '../../relay/verdict';
import type { RelayLink } from '../../relay/link';
import { DeliveryPhase, DeliveryQueue, nextDueMs, nextToSend, postpone, toConfirm } from './delivery-queue';
import type { Delivery, OfferedHead } from './delivery-queue';
import type { Answer } from './queries';
import type { RateLimiter } from './rate-limiter';
import type { RelayLimits } from '../relay-limits';
import { LargeEvents } from './large-events';

export interface RelayPublisherOptions {
  readonly link: Pick<RelayLink, 'publish'>;
  readonly publishing: PublishingConfig;
  readonly reading: ReadingConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly rateLimiter: RateLimiter;
  readonly holdings: Holdings;
  readonly heads: ReadonlyMap<string, OfferedHead>;
  readonly mayWrite: (d: string) => boolean;
  /** Others' heads are repaired only where a complete read has shown what is missing. */
  readonly mayRepair: () => boolean;
  readonly fetch: (addresses: readonly string[], done: (answered: boolean) => void) => void;
  readonly limits: RelayLimits;
  /** Another relay is connected, so it is not our own network that ends a connection. */
  readonly isNetworkUp: () => boolean;
  /** What the relay said about an event, for what it tells about the relay. */
  readonly answered: (verdict: Verdict, reason: string, head: Head) => void;
  readonly stored: (versions: readonly SlotVersion[]) => void;
  /** The relay has shown something that was sent to it. */
  readonly cameBack: () => void;
  /** The relay said that it has an event, and the first read-back has not shown it; there will be a second one. */
  readonly doubted: () => void;
  /** The relay said that it has an event, and a read-back showed whether that is so. */
  readonly recordReadBack: (kept: boolean) => void;
}

export class RelayPublisher {
  readonly #options: RelayPublisherOptions;
  readonly #queue: DeliveryQueue;
  readonly #readBacks: ReadBacks;
  readonly #largeEvents: LargeEvents;
  #confirming = false;
  #cancelTimer: () => void = () => {};

  constructor(options: RelayPublisherOptions) {
    this.#options = options;
    const { publishing, reading, clock, holdings, heads, fetch, doubted, recordReadBack, limits, isNetworkUp } =
      options;
    this.#largeEvents = new LargeEvents({ limits, clock, smallBytes: publishing.minEventBytes, isNetworkUp });
    this.#queue = new DeliveryQueue({
      clock,
      holdings,
      heads,
      readBack: (delivery) => this.#readBack(delivery),
      postpone: (delivery) => this.#postpone(delivery),
      doubted,
      recordReadBack,
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

  /** Sends what may be sent now, in this very tick, and sets a timer for the rest. */
  pump(): void {
    const { clock, rateLimiter, publishing, mayWrite } = this.#options;
    this.#cancelTimer();
    let waitMs = Infinity;
    for (let sent = this.#sent(); sent.length < publishing.maxInFlight; sent = this.#sent()) {
      const mayJoin = this.#largeEvents.mayJoin(eventsOf(sent));
      const maySend = ({ d, head }: Delivery): boolean => mayWrite(d) && mayJoin(head.event);
      const delivery = nextToSend(this.#queue.all(), clock.now(), maySend);
      if (!delivery) break;
      if (!rateLimiter.take(clock.now())) {
        waitMs = rateLimiter.waitMs(clock.now());
        break;
      }
      this.#send(delivery);
    }
    this.#confirm();
    waitMs = Math.min(waitMs, nextDueMs(this.#queue.all(), clock.now()));
    if (waitMs !== Infinity) this.#cancelTimer = clock.after(waitMs, () => this.pump());
  }

  opened(): void {
    const { reading, random } = this.#options;
    this.#queue.beginAnew(reading.repairDelayMs + random() * reading.repairJitterMs);
  }

  /** What failed for a passing reason may be tried again at once; what is dropped again and again may not. */
  retryNow(): void {
    for (const delivery of this.#queue.all()) if (delivery.drops === 0 && delivery.head.own) delivery.notBefore = 0;
    this.pump();
  }

  /** Publications have been settled as lost, or are about to be. */
  closed(): void {
    this.#cancelTimer();
    this.#largeEvents.connectionEnded(eventsOf(this.#sent()));
    this.#readBacks.clear();
    this.#confirming = false;
    for (const delivery of this.#queue.all())
      if (delivery.phase === DeliveryPhase.ReadBack) delivery.phase = DeliveryPhase.Queued;
  }

  /** The relay is no longer used. */
  stop(): void {
    this.closed();
    this.#queue.clear();
  }

  /** The head at this address is new. */
  offered(d: string): void {
    this.#queue.reconsider(d);
    this.pump();
  }

  /** All that this relay holds is known. */
  readEnded(): void {
    this.#queue.reconsiderAll();
    this.pump();
  }

  /** A live event showed what is at this address: no proof of storage, but a reason not to send it again. */
  seen(d: string): void {
    this.#queue.seen(d);
  }

  /** A read showed what is stored at these addresses. */
  settled(addresses: Iterable<string>, answer: Answer): void {
    const { heads, stored, cameBack } = this.#options;
    const proven: SlotVersion[] = [];
    let hasCome = false;
    for (const d of addresses) {
      if (!this.#queue.settle(d, answer)) continue;
      hasCome = true;
      const version = heads.get(d)?.head.version;
      if (version?.nonce !== undefined) proven.push(version);
    }
    if (hasCome) cameBack();
    if (proven.length > 0) stored(proven);
    this.pump();
  }

  /** Whether the newest version at this address is larger than the relay takes. */
  isTooLarge(d: string): boolean {
    const head = this.#options.heads.get(d)?.head;
    return head !== undefined && this.#largeEvents.isTooLarge(head.event);
  }

  /** Slots that are not sent because they are larger than the relay takes. */
  get slotsTooLarge(): number {
    let count = 0;
    for (const { head } of this.#queue.all()) if (this.#largeEvents.isTooLarge(head.event)) count += 1;
    return count;
  }

  #send(delivery: Delivery): void {
    const { link } = this.#options;
    this.#largeEvents.sent(delivery.head.event);
    delivery.phase = DeliveryPhase.Sent;
    delivery.cancel = link.publish(delivery.head.event, (verdict, reason) => {
      if (this.#queue.get(delivery.d) === delivery) this.#answered(delivery, verdict, reason);
    });
  }

  #answered(delivery: Delivery, verdict: Verdict, reason: string): void {
    const { rateLimiter, clock, holdings, answered } = this.#options;
    const { event } = delivery.head;
    delivery.cancel = () => {};
    delivery.phase = DeliveryPhase.Queued;
    delivery.answeredAt = holdings.tick();
    delivery.promised = verdict === Verdict.Accepted || verdict === Verdict.Duplicate;
    delivery.doubted = false;
    if (verdict !== Verdict.Lost && verdict !== Verdict.Unanswered) this.#largeEvents.answered(event, verdict);
    switch (verdict) {
      case Verdict.Accepted:
        rateLimiter.accepted(clock.now());
        this.#readBack(delivery);
        break;
      case Verdict.Duplicate:
      case Verdict.Superseded:
      case Verdict.Unanswered:
        this.#readBack(delivery);
        break;
      case Verdict.RateLimited:
        rateLimiter.refused(clock.now(), statedRate(reason));
        break;
      case Verdict.Lost:
        if (!this.#largeEvents.lost(event)) break;
        delivery.drops += 1;
        this.#postpone(delivery);
        break;
      // Stamped by another clock than the relay's: asking again and again changes nothing.
      case Verdict.ClockFast:
      case Verdict.ClockSlow:
      case Verdict.Deleted:
      case Verdict.Invalid:
      case Verdict.TooLarge:
        delivery.drops += 1;
        this.#postpone(delivery);
        break;
      default:
        this.#postpone(delivery);
    }
    answered(verdict, reason, delivery.head);
    if (verdict !== Verdict.Lost) this.pump();
  }

  #readBack(delivery: Delivery): void {
    delivery.phase = DeliveryPhase.ReadBack;
    this.#readBacks.add(delivery.d);
  }

  #postpone(delivery: Delivery): void {
    const { publishing, random, clock } = this.#options;
    postpone(delivery, clock.now(), publishing, random);
  }

  #confirm(): void {
    const { clock, reading, fetch, mayRepair } = this.#options;
    if (this.#confirming || !mayRepair()) return;
    const fits = ({ head }: Delivery) => this.#largeEvents.fits(head.event);
    const addresses = toConfirm(this.#queue.all(), clock.now(), reading.addressesPerRequest, fits);
    if (addresses.length === 0) return;
    this.#confirming = true;
    fetch(addresses, (answered) => {
      this.#confirming = false;
      if (!answered)
        for (const d of addresses) {
          const delivery = this.#queue.get(d);
          if (delivery) this.#postpone(delivery);
        }
      this.pump();
    });
  }

  #sent(): readonly Delivery[] {
    const sent: Delivery[] = [];
    for (const delivery of this.#queue.all()) if (delivery.phase === DeliveryPhase.Sent) sent.push(delivery);
    return sent;
  }
}

const eventsOf = (deliveries: readonly Delivery[]): readonly NostrEvent[] => deliveries.map(({ head }) => head.event);
