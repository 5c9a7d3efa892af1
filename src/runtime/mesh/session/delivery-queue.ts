/** What is still to be delivered to one relay: the heads that every relay ought to hold, compared with what this one is known to hold. */
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

export interface DeliveryQueueOptions {
  readonly clock: Clock;
  readonly holdings: Holdings;
  readonly heads: ReadonlyMap<string, OfferedHead>;
  /** The relay seems to have it: a read is to show it. */
  readonly readBack: (delivery: Delivery) => void;
  /** A read did not show what the relay had seemed to have. */
  readonly postpone: (delivery: Delivery) => void;
  /** The relay said that it has an event, and the first read-back has not shown it; there will be a second one. */
  readonly doubted: () => void;
  /** The relay said that it has an event, and a read-back showed whether that is so. */
  readonly recordReadBack: (kept: boolean) => void;
}

export class DeliveryQueue {
  readonly #options: DeliveryQueueOptions;
  readonly #deliveries = new Map<string, Delivery>();
  /** The same for all deliveries of a connection, so that they stay in order. */
  #repairDelayMs = 0;

  constructor(options: DeliveryQueueOptions) {
    this.#options = options;
  }

  get(d: string): Delivery | undefined {
    return this.#deliveries.get(d);
  }

  all(): Iterable<Delivery> {
    return this.#deliveries.values();
  }

  /** There is a connection again: what failed on the last one is tried again. */
  beginAnew(repairDelayMs: number): void {
    const { clock } = this.#options;
    this.#repairDelayMs = repairDelayMs;
    for (const delivery of this.#deliveries.values()) {
      delivery.failures = 0;
      delivery.confirmed = delivery.head.own;
      if (delivery.drops === 0) delivery.notBefore = clock.now() + (delivery.head.own ? 0 : repairDelayMs);
    }
    this.reconsiderAll();
  }

  clear(): void {
    for (const delivery of this.#deliveries.values()) delivery.cancel();
    this.#deliveries.clear();
  }

  reconsiderAll(): void {
    for (const d of this.#options.heads.keys()) this.reconsider(d);
  }

  /** The head at this address, or what the relay is known to hold there, is another one. */
  reconsider(d: string): void {
    const { heads, holdings, clock, readBack } = this.#options;
    const offered = heads.get(d);
    const delivery = this.#deliveries.get(d);
    if (!offered) {
      delivery?.cancel();
      this.#deliveries.delete(d);
      return;
    }
    const { head } = offered;
    if (delivery && delivery.head.own === head.own && isSame(delivery.head.version, head.version)) return;
    delivery?.cancel();
    const isThere = holdings.holds(head.version);
    if (isThere && (!head.own || !isSame(holdings.get(d), head.version) || holdings.hasProven(head.version))) {
      this.#deliveries.delete(d);
      return;
    }
    const renewed = makeDelivery(head, {
      offered: offered.offered,
      lacks: holdings.get(d) === undefined,
      notBefore: clock.now() + (head.own ? 0 : this.#repairDelayMs),
      drops: head.own ? 0 : (delivery?.drops ?? 0),
    });
    this.#deliveries.set(d, renewed);
    // Known from a live event only: to be read back rather than sent.
    if (isThere) readBack(renewed);
  }

  /** A live event showed what is at this address: no proof of storage, but a reason not to send it again. */
  seen(d: string): void {
    const { holdings, readBack } = this.#options;
    const delivery = this.#deliveries.get(d);
    if (delivery?.phase !== DeliveryPhase.Queued || !holdings.holds(delivery.head.version)) return;
    if (delivery.head.own) readBack(delivery);
    else this.#deliveries.delete(d);
  }

  /** A read showed what is stored at this address. Returns whether its head was newly found there. */
  settle(d: string, answer: Answer): boolean {
    const { heads, holdings } = this.#options;
    const head = heads.get(d)?.head;
    if (!head) return false;
    const delivery = this.#deliveries.get(d);
    // What is being sent may be in the answer without being stored: some relays pass on live what they do not keep.
    if (delivery?.phase === DeliveryPhase.Sent || (delivery && delivery.answeredAt > answer.askedAt)) return false;
    if (isSame(answer.found.get(d), head.version)) {
      if (delivery?.promised) this.#options.recordReadBack(true);
      this.#deliveries.delete(d);
      return holdings.prove(head.version);
    }
    if (!delivery) this.reconsider(d);
    else if (holdings.holds(head.version) && !isSame(holdings.get(d), head.version)) this.#deliveries.delete(d);
    else this.#stillMissing(delivery);
    return false;
  }

  #stillMissing(delivery: Delivery): void {
    const { holdings, clock, readBack, doubted, recordReadBack, postpone } = this.#options;
    delivery.lacks = holdings.get(delivery.d) === undefined;
    if (delivery.phase === DeliveryPhase.ReadBack) {
      // Some relays answer from a cache, or store a moment after they have said so, or have forgotten who asks.
      if (delivery.promised && !delivery.doubted) {
        delivery.doubted = true;
        doubted();
        return readBack(delivery);
      }
      delivery.phase = DeliveryPhase.Queued;
      if (delivery.promised) {
        delivery.drops += 1;
        recordReadBack(false);
      }
      postpone(delivery);
    } else if (delivery.notBefore <= clock.now()) delivery.confirmed = true;
  }
}

export enum DeliveryPhase {
  /** To be sent, once its time has come. */
  Queued = 'queued',
  /** Sent; the OK is awaited. */
  Sent = 'sent',
  /** The relay says that it has it; a read-back is to show it. */
  ReadBack = 'read-back',
}

/** A head that a relay ought to hold and, as far as is known, does not. */
export interface Delivery {
  readonly d: string;
  head: Head;
  /** Order of the offers. */
  offered: number;
  /** The relay holds nothing at this address, not even an older version. */
  lacks: boolean;
  phase: DeliveryPhase;
  /** Wall-clock ms. */
  notBefore: number;
  /** A recent read has shown that the relay does not hold it. Own heads need none, because no other device sends them. */
  confirmed: boolean;
  failures: number;
  /** How often the relay has taken this address and not kept it, or refused it for good. */
  drops: number;
  /** The relay said that it has the event. */
  promised: boolean;
  /** A read-back has not shown it since then; another one decides. */
  doubted: boolean;
  /** When it answered, in ticks of its holdings: only a question asked later reads back. */
  answeredAt: number;
  cancel: () => void;
}

/** A head as it enters the queue. Others' heads wait, and are confirmed by a read, before they are repaired. */
export function makeDelivery(
  head: Head,
  at: { readonly offered: number; readonly lacks: boolean; readonly notBefore: number; readonly drops: number },
): Delivery {
  return {
    d: head.version.d,
    head,
    phase: DeliveryPhase.Queued,
    confirmed: head.own,
    failures: 0,
    promised: false,
    doubted: false,
    answeredAt: 0,
    cancel: () => {},
    // Last: engines are a hundred times slower with new properties after a spread.
    ...at,
  };
}

/** After a temporary failure the wait is bounded; what a relay drops again and again waits longer each time, without limit. */
export function postpone(
  delivery: Delivery,
  now: number,
  { retryMinMs, retryMaxMs }: Pick<PublishingConfig, 'retryMinMs' | 'retryMaxMs'>,
  random: Random,
): void {
  delivery.failures += 1;
  delivery.confirmed = delivery.head.own;
  delivery.notBefore =
    now +
    (delivery.drops > 0
      ? retryMinMs * 2 ** Math.min(delivery.drops, 40) * (0.5 + random())
      : fullJitterMs(delivery.failures, retryMinMs, retryMaxMs, random));
}

/**
 * What an address lacks comes before newer versions of what is there, since registers may have moved from the one to the other (invariant
 * I5 of docs/protocol.md); then own before others', deltas before pages before manifests before notes, first offered first.
 */
export function nextToSend(
  deliveries: Iterable<Delivery>,
  now: number,
  maySend: (delivery: Delivery) => boolean,
): Delivery | undefined {
  let next: Delivery | undefined;
  for (const delivery of deliveries) {
    if (!isDue(delivery, now) || !delivery.confirmed || !maySend(delivery)) continue;
    if (!next || precedes(delivery, next)) next = delivery;
  }
  return next;
}

/** Others' heads whose time has come and whose absence is to be read once more before they are sent: another device may have been faster. */
export function toConfirm(
  deliveries: Iterable<Delivery>,
  now: number,
  most: number,
  maySend: (delivery: Delivery) => boolean,
): readonly string[] {
  const addresses: string[] = [];
  for (const delivery of deliveries) {
    if (addresses.length === most) break;
    if (isDue(delivery, now) && !delivery.confirmed && maySend(delivery)) addresses.push(delivery.d);
  }
  return addresses;
}

/** ms until the next queued delivery is due; Infinity if there is none. */
export function nextDueMs(deliveries: Iterable<Delivery>, now: number): number {
  let earliest = Infinity;
  for (const delivery of deliveries)
    if (delivery.phase === DeliveryPhase.Queued && delivery.notBefore > now)
      earliest = Math.min(earliest, delivery.notBefore - now);
  return earliest;
}

function isDue(delivery: Delivery, now: number): boolean {
  return delivery.phase === DeliveryPhase.Queued && delivery.notBefore <= now;
}

function precedes(a: Delivery, b: Delivery): boolean {
  if (a.lacks !== b.lacks) return a.lacks;
  if (a.head.own !== b.head.own) return a.head.own;
  const [tierOfA, tierOfB] = [tierOf(a.head), tierOf(b.head)];
  return tierOfA === tierOfB ? a.offered < b.offered : tierOfA < tierOfB;
}

/** What this build cannot read comes last. */
const tierOf = ({ version }: Head): number => (version.nonce === undefined ? Infinity : version.tier);
