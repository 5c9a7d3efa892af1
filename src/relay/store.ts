/**
 * The events of a relay in memory: what replaces what (NIP-01), what deletes what (NIP-09, NIP-62), and answers to filters.
 */
import { Kind, addressOf, compareNewestFirst, expiryOf } from './event';
import type { NostrEvent } from './event';
import { matches } from './filter';
import type { Filter } from './filter';
import type { Personality } from './personality';

export enum Verdict {
  New,
  Duplicate,
  /** A newer version of the address is stored, or one of the same second that wins. */
  Superseded,
  Deleted,
}

export interface Page {
  /** Newest first. */
  readonly events: readonly NostrEvent[];
  /** False when a limit has cut matching events off. */
  readonly isComplete: boolean;
}

type Rules = Pick<Personality, 'tie' | 'honoursAddressDeletion' | 'servesExpired' | 'limits'>;

export class Store {
  private readonly byId = new Map<string, NostrEvent>();
  private readonly byAddress = new Map<string, NostrEvent>();
  private readonly byAuthor = new Map<string, Set<NostrEvent>>();
  /** `id:pubkey` of what its author deleted; the event itself may never have been here. */
  private readonly deletedIds = new Set<string>();
  /** Address -> versions up to this second are deleted. */
  private readonly deletedAddresses = new Map<string, number>();
  /** Public key -> everything up to this second has vanished (NIP-62). */
  private readonly vanished = new Map<string, number>();

  constructor(
    private readonly rules: Rules,
    private readonly nowSeconds: () => number,
  ) {}

  get size(): number {
    return this.byId.size;
  }

  has(id: string): boolean {
    return this.byId.has(id);
  }

  /** In the order of arrival. */
  events(): readonly NostrEvent[] {
    return [...this.byId.values()];
  }

  /** What `apply` would make of an event; changes nothing, so that a caller can write its journal first. */
  judge(event: NostrEvent): Verdict {
    if (this.byId.has(event.id)) return Verdict.Duplicate;
    if (this.deletedIds.has(`${event.id}:${event.pubkey}`)) return Verdict.Deleted;
    if (event.created_at <= (this.vanished.get(event.pubkey) ?? -1) && event.kind !== Kind.Vanish)
      return Verdict.Deleted;
    const address = addressOf(event, this.rules.limits.maxDTagBytes);
    if (address === undefined) return Verdict.New;
    if (event.created_at <= (this.deletedAddresses.get(address) ?? -1)) return Verdict.Deleted;
    const stored = this.byAddress.get(address);
    return !stored || this.isReplacedBy(stored, event) ? Verdict.New : Verdict.Superseded;
  }

  /** Takes in an event that was judged new. */
  apply(event: NostrEvent): void {
    const address = addressOf(event, this.rules.limits.maxDTagBytes);
    if (address !== undefined) {
      const stored = this.byAddress.get(address);
      if (stored) this.remove(stored);
      this.byAddress.set(address, event);
    }
    this.byId.set(event.id, event);
    const ofAuthor = this.byAuthor.get(event.pubkey);
    if (ofAuthor) ofAuthor.add(event);
    else this.byAuthor.set(event.pubkey, new Set([event]));
    if (event.kind === Kind.Deletion) this.deleteByTags(event);
    if (event.kind === Kind.Vanish) this.vanish(event);
  }

  /** At most `limit` events of each filter, never more than the relay's own limit. */
  query(filters: readonly Filter[]): Page {
    const { maxLimit } = this.rules.limits;
    const found = new Map<string, NostrEvent>();
    let isComplete = true;
    for (const filter of filters) {
      const all = this.match(filter).sort(compareNewestFirst);
      const limit = Math.min(filter.limit ?? maxLimit, maxLimit);
      if (all.length > limit) isComplete = false;
      for (const event of all.slice(0, limit)) found.set(event.id, event);
    }
    const events = [...found.values()];
    return { events: filters.length > 1 ? events.sort(compareNewestFirst) : events, isComplete };
  }

  /** All that match, without a limit. */
  find(filter: Filter): readonly NostrEvent[] {
    return this.match(filter);
  }

  count(filters: readonly Filter[]): number {
    return new Set(filters.flatMap((filter) => this.match(filter))).size;
  }

  remove(event: NostrEvent): void {
    if (!this.byId.delete(event.id)) return;
    const ofAuthor = this.byAuthor.get(event.pubkey);
    ofAuthor?.delete(event);
    if (ofAuthor?.size === 0) this.byAuthor.delete(event.pubkey);
    const address = addressOf(event, this.rules.limits.maxDTagBytes);
    if (address !== undefined && this.byAddress.get(address) === event) this.byAddress.delete(address);
  }

  /** Begins again with the given events, as if they had arrived in this order. */
  reset(events: readonly NostrEvent[]): void {
    for (const index of [
      this.byId,
      this.byAddress,
      this.byAuthor,
      this.deletedIds,
      this.deletedAddresses,
      this.vanished,
    ]) {
      index.clear();
    }
    for (const event of events) if (this.judge(event) === Verdict.New) this.apply(event);
  }

  private isReplacedBy(stored: NostrEvent, event: NostrEvent): boolean {
    if (this.rules.tie === 'first-come') return event.created_at > stored.created_at;
    return compareNewestFirst(event, stored) < 0;
  }

  private match(filter: Filter): NostrEvent[] {
    const now = this.nowSeconds();
    const candidates = this.candidates(filter);
    const isServed = (event: NostrEvent) => this.rules.servesExpired || expiryOf(event) > now;
    return [...candidates].filter((event) => matches(filter, event) && isServed(event));
  }

  /** The smallest index that holds everything a filter can match. */
  private candidates(filter: Filter): Iterable<NostrEvent> {
    if (filter.ids) return present([...filter.ids].map((id) => this.byId.get(id)));
    const names = filter.tags.get('d');
    if (filter.authors && filter.kinds && names && [...filter.kinds].every((kind) => kind >= 30_000 && kind < 40_000)) {
      const addresses: string[] = [];
      for (const kind of filter.kinds) {
        for (const author of filter.authors) for (const d of names) addresses.push(`${kind}:${author}:${d}`);
      }
      return new Set(present(addresses.map((address) => this.byAddress.get(address))));
    }
    if (filter.authors) return [...filter.authors].flatMap((author) => [...(this.byAuthor.get(author) ?? [])]);
    return this.byId.values();
  }

  private deleteByTags(deletion: NostrEvent): void {
    for (const [name, target] of deletion.tags) {
      if (target === undefined) continue;
      if (name === 'e') {
        const stored = this.byId.get(target);
        if (stored && (stored.pubkey !== deletion.pubkey || stored.kind === Kind.Deletion)) continue;
        this.deletedIds.add(`${target}:${deletion.pubkey}`);
        if (stored) this.remove(stored);
      }
      if (name === 'a' && this.rules.honoursAddressDeletion && target.split(':')[1] === deletion.pubkey) {
        this.deletedAddresses.set(target, Math.max(this.deletedAddresses.get(target) ?? 0, deletion.created_at));
        const stored = this.byAddress.get(target);
        if (stored && stored.created_at <= deletion.created_at) this.remove(stored);
      }
    }
  }

  private vanish(request: NostrEvent): void {
    if (!request.tags.some(([name]) => name === 'relay')) return;
    const until = Math.max(this.vanished.get(request.pubkey) ?? 0, request.created_at);
    this.vanished.set(request.pubkey, until);
    for (const event of this.byAuthor.get(request.pubkey) ?? []) {
      if (event.kind !== Kind.Vanish && event.created_at <= until) this.remove(event);
    }
  }
}

function present<T>(values: readonly (T | undefined)[]): T[] {
  return values.filter((value) => value !== undefined);
}
