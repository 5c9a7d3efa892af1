/** A relay in memory on an owned clock, whose faults a test switches on and off. */
import { matchFilter, type Filter } from 'nostr-tools/filter';
import type { Event } from 'nostr-tools/pure';
import type { NostrEvent as RelayEvent } from '../../src/relay/event';
import { createReconciliation } from '../../src/relay/negentropy/reconciliation';
import type { Clock } from '../../src/runtime/core/clock';
import type { NostrEvent } from '../../src/runtime/contracts/slot';
import type { SocketLike } from '../../src/runtime/relay/socket';

export interface Faults {
  /** The connection is refused. */
  refuse?: boolean;
  /** The upgrade is never answered. */
  hang?: boolean;
  /** Nothing gets through, in either direction, and nothing is reported. */
  blackHole?: boolean;
  /** What the client sends is lost. */
  deaf?: boolean;
  /** OK true, and nothing is kept. */
  lie?: boolean;
  /** As `lie`, and the event is passed on live all the same. */
  lieAndBroadcast?: boolean;
  /** No OK, although the event is kept. */
  swallowOk?: boolean;
  /** The reason of every OK false. */
  refuseWrites?: string;
  swallowEose?: boolean;
  /** No EOSE except for what is asked for by its address. */
  swallowPageEose?: boolean;
  /** The same question is answered for so many ms as it was answered first, as @nostr-relay/core does for a second. */
  answersFromCacheMs?: number;
  /** Only a REQ for ids is answered, as a probe of the connection is, and nothing is kept or passed on. */
  answersProbesOnly?: boolean;
  /** ms by which EOSE comes late. */
  lateEoseMs?: number;
  /** The reason of every CLOSED. */
  refuseReads?: string;
  /** A NOTICE instead of any answer to a REQ. */
  notice?: string;
  /** Most events in an answer. */
  clamp?: number;
  /** Tells the ids of what it has, as NIP-77 says; or refuses that by NEG-ERR or a NOTICE, or says nothing. */
  lists?: 'all' | 'NEG-ERR' | 'NOTICE' | 'nothing';
  /** Addresses at which it gives nothing, whatever it has. */
  omits?: ReadonlySet<string>;
  /** Events of an answer come so many ms apart, and EOSE after the last. */
  trickleMs?: number;
  /** Live events do not come. */
  mute?: boolean;
  /** NIP-42 before anything is read or written. */
  auth?: AuthHabits;
  /** Takes everything, and gives nothing back: EOSE without events. */
  silent?: boolean;
  /** Writes that are accepted in a minute, and how others are refused. */
  writesPerMinute?: { readonly most: number; readonly reason: string };
  /** Writes that are accepted in a second. */
  writesPerSecond?: number;
  /** The connection ends, without a word, on an event over this size. */
  cutOver?: number;
  /** How an EVENT frame over `bytes` is refused: by OK false, by a NOTICE that names nothing, or as the connection is closed with 1009. */
  refuseOver?: { readonly bytes: number; readonly by: 'OK' | 'NOTICE' | 'close' };
  /** A REQ with a greater `limit` is refused, with this reason. */
  refuseLimitOver?: { readonly limit: number; readonly by: 'CLOSED' | 'NOTICE'; readonly reason: string };
  /** ms by which created_at may be ahead. */
  aheadMs?: number;
  /** EOSE says `finish`. */
  hints?: boolean;
}

/** How a relay demands to know who we are (docs/relays.md, section 5). */
export interface AuthHabits {
  /** The challenge comes when the connection opens, not with the first refusal. */
  greets?: boolean;
  /** The reason of a refusal to a stranger. Without one he is served in silence: nothing is found, and what he writes is taken. */
  refusal?: string;
  /** The answer is dated at most so many seconds before or after the relay's time, or is refused with these words. */
  pastSeconds?: number;
  aheadSeconds?: number;
  tooOld?: string;
  tooNew?: string;
  /** ms by which the relay's clock is ahead of that of the tests. */
  clockMs?: number;
  /** The host that the answer has to be for. */
  host?: string;
  /** A session ends after so many ms. */
  expiresMs?: number;
  /** Refuses every answer with these words. */
  refuses?: string;
}

/** NIP-42's own words, and a time window of nostream's size. */
export const demandsAuth: AuthHabits = {
  refusal: 'auth-required: who are you?',
  ...{ pastSeconds: 600, aheadSeconds: 600 },
  ...{ tooOld: 'invalid: created_at is too far from the current time' },
  ...{ tooNew: 'invalid: created_at is too far from the current time' },
};

/** As strfry with `restrictedReadKinds` (RelayIngester.cpp, events.cpp). */
export const strfryAuth: AuthHabits = {
  refusal: 'ERROR: auth-required: requested filter requires authentication',
  ...{ pastSeconds: 60, aheadSeconds: 900 },
  ...{ tooOld: 'error: ephemeral event expired', tooNew: 'error: created_at too late' },
};

export class ScriptedRelay {
  readonly url: string;
  readonly stored = new Map<string, NostrEvent>();
  readonly received: unknown[][] = [];
  readonly sent: string[] = [];
  readonly connectedAt: number[] = [];
  faults: Faults = {};
  latencyMs = 10;
  readonly #clock: Clock;
  readonly #sockets = new Set<ScriptedSocket>();
  readonly #answers = new Map<string, { readonly at: number; readonly events: readonly NostrEvent[] }>();
  #writesAt: number[] = [];

  constructor(url: string, clock: Clock) {
    this.url = url;
    this.#clock = clock;
  }

  readonly createSocket = (): SocketLike => {
    this.connectedAt.push(this.#clock.now());
    const socket = new ScriptedSocket(this);
    this.#after(() => {
      if (this.faults.hang || this.faults.blackHole) return;
      if (this.faults.refuse) return socket.end();
      this.#sockets.add(socket);
      socket.open();
      if (this.faults.auth?.greets) this.#challenge(socket);
    });
    return socket;
  };

  get openSockets(): number {
    return this.#sockets.size;
  }

  get openSubscriptions(): number {
    return Math.max(0, ...[...this.#sockets].map(({ filters }) => filters.size));
  }

  /** Frames of this kind that the client sent. */
  framesOf(kind: string): readonly unknown[][] {
    return this.received.filter(([verb]) => verb === kind);
  }

  /** Everybody is thrown out. */
  drop(): void {
    for (const socket of [...this.#sockets]) socket.end();
  }

  /** Says something to every client. */
  say(...frame: unknown[]): void {
    for (const socket of this.#sockets) this.#send(socket, frame);
  }

  /** Every client hears this at once, whatever it is. */
  sayRaw(data: unknown): void {
    for (const socket of [...this.#sockets]) socket.hear(data);
  }

  /** Takes an event as if another device had published it. */
  put(event: NostrEvent): void {
    this.#keep(event);
    this.#broadcast(event);
  }

  forget(socket: ScriptedSocket): void {
    this.#sockets.delete(socket);
  }

  takeFrame(socket: ScriptedSocket, data: string): void {
    if (this.faults.blackHole || this.faults.deaf) return;
    this.#after(() => {
      if (!this.#sockets.has(socket) || this.faults.blackHole || this.faults.deaf) return;
      const frame = JSON.parse(data) as unknown[];
      this.received.push(frame);
      const [verb, first, ...rest] = frame;
      if (verb === 'REQ') this.#read(socket, first as string, rest as Filter[]);
      else if (verb === 'EVENT') this.#write(socket, first as NostrEvent, data.length);
      else if (verb === 'CLOSE') socket.filters.delete(first as string);
      else if (verb === 'NEG-OPEN') this.#list(socket, first as string, rest as [Filter, string]);
      else if (verb === 'AUTH') this.#authenticate(socket, first as NostrEvent);
    });
  }

  #read(socket: ScriptedSocket, id: string, filters: readonly Filter[]): void {
    const { refuseReads, notice, clamp = 500, swallowEose, lateEoseMs = 0, trickleMs = 0, hints } = this.faults;
    const isProbe = filters.some(({ ids }) => ids);
    if (this.faults.answersProbesOnly && !isProbe) return;
    if (notice !== undefined && !isProbe) return this.#send(socket, ['NOTICE', notice]);
    if (refuseReads !== undefined && !isProbe) return this.#send(socket, ['CLOSED', id, refuseReads]);
    const isStranger = this.#isStranger(socket);
    if (isStranger && !isProbe && this.#refuseStranger(socket, ['CLOSED', id])) return;
    const { refuseLimitOver: most } = this.faults;
    if (most && filters.some(({ limit = 0 }) => limit > most.limit))
      return this.#send(socket, most.by === 'NOTICE' ? ['NOTICE', most.reason] : ['CLOSED', id, most.reason]);
    socket.filters.set(id, filters);
    for (const filter of filters) {
      const found = isStranger || this.faults.silent ? [] : this.#find(filter);
      const most = Math.min(clamp, filter.limit ?? Infinity);
      const given = found.slice(0, most);
      for (const [index, event] of given.entries()) {
        const send = () => this.#send(socket, ['EVENT', id, event]);
        if (trickleMs > 0) this.#clock.after(index * trickleMs, send);
        else send();
      }
      const eose = hints ? ['EOSE', id, [found.length > most ? 'more' : 'finish']] : ['EOSE', id];
      const isSwallowed = swallowEose || (this.faults.swallowPageEose && !filter['#d']);
      if (!isSwallowed) this.#clock.after(lateEoseMs + given.length * trickleMs, () => this.#send(socket, eose));
    }
  }

  #list(socket: ScriptedSocket, id: string, [filter, message]: readonly [Filter, string]): void {
    const { lists } = this.faults;
    if (lists === 'NEG-ERR') this.#send(socket, ['NEG-ERR', id, 'blocked: this query is too big']);
    else if (lists === 'NOTICE') this.#send(socket, ['NOTICE', 'ERROR: bad msg: negentropy disabled']);
    else if (lists === 'all') {
      const events = this.#find(filter) as readonly RelayEvent[];
      const answer = createReconciliation(events).answer(Buffer.from(message, 'hex'));
      this.#send(socket, ['NEG-MSG', id, answer.toString('hex')]);
    }
  }

  #find(filter: Filter): readonly NostrEvent[] {
    const { answersFromCacheMs = 0 } = this.faults;
    const key = JSON.stringify(filter);
    const known = this.#answers.get(key);
    if (known && this.#clock.now() - known.at < answersFromCacheMs) return known.events;
    const events = [...this.stored.values()]
      .filter((event) => matchFilter(filter, event as unknown as Event) && !this.faults.omits?.has(dOf(event)))
      .sort((a, b) => b.created_at - a.created_at || (a.id < b.id ? -1 : 1));
    this.#answers.set(key, { at: this.#clock.now(), events });
    return events;
  }

  #write(socket: ScriptedSocket, event: NostrEvent, bytes: number): void {
    if (this.faults.answersProbesOnly) return;
    const { cutOver = Infinity, refuseWrites, writesPerSecond = Infinity, aheadMs = Infinity, lie } = this.faults;
    if (bytes > cutOver) return socket.end();
    const ok = (accepted: boolean, reason = ''): void => {
      if (!this.faults.swallowOk) this.#send(socket, ['OK', event.id, accepted, reason]);
    };
    if (this.#isStranger(socket) && this.#refuseStranger(socket, ['OK', event.id, false])) return;
    const { refuseOver } = this.faults;
    if (refuseOver && bytes > refuseOver.bytes) {
      if (refuseOver.by === 'close') return socket.end(1009);
      if (refuseOver.by === 'NOTICE') return this.#send(socket, ['NOTICE', 'event exceeded max size']);
      return ok(false, `invalid: event too large: ${bytes}`);
    }
    if (refuseWrites !== undefined) return ok(false, refuseWrites);
    if (event.created_at * 1000 > this.#clock.now() + aheadMs) return ok(false, 'invalid: created_at too late');
    const { most, reason } = this.faults.writesPerMinute ?? { most: Infinity, reason: '' };
    this.#writesAt = this.#writesAt.filter((at) => at > this.#clock.now() - 60_000);
    if (this.#writesAt.length >= most) return ok(false, reason);
    const inLastSecond = this.#writesAt.filter((at) => at > this.#clock.now() - 1000).length;
    if (inLastSecond >= writesPerSecond) return ok(false, 'rate-limited: slow down');
    this.#writesAt.push(this.#clock.now());
    if (lie || this.faults.lieAndBroadcast) {
      ok(true);
      if (this.faults.lieAndBroadcast) this.#broadcast(event);
      return;
    }
    const known = this.stored.get(dOf(event));
    if (known?.id === event.id) return ok(true, 'duplicate: have this event');
    if (known && known.created_at >= event.created_at) return ok(false, 'replaced: have newer event');
    this.#keep(event);
    ok(true);
    this.#broadcast(event);
  }

  #keep(event: NostrEvent): void {
    const known = this.stored.get(dOf(event));
    if (!known || known.created_at < event.created_at) this.stored.set(dOf(event), event);
  }

  #broadcast(event: NostrEvent): void {
    if (this.faults.mute || this.faults.silent || this.faults.answersProbesOnly) return;
    for (const socket of this.#sockets)
      if (!this.#isStranger(socket))
        for (const [id, filters] of socket.filters)
          if (filters.some((filter) => matchFilter(filter, event as unknown as Event)))
            this.#send(socket, ['EVENT', id, event]);
  }

  #isStranger({ authenticatedAt }: ScriptedSocket): boolean {
    const { auth } = this.faults;
    return auth !== undefined && !(this.#clock.now() - authenticatedAt < (auth.expiresMs ?? Infinity));
  }

  /** Returns whether the stranger is told so. */
  #refuseStranger(socket: ScriptedSocket, refusal: readonly unknown[]): boolean {
    const reason = this.faults.auth?.refusal;
    if (reason === undefined) return false;
    if (!socket.wasChallenged) this.#challenge(socket);
    this.#send(socket, [...refusal, reason]);
    return true;
  }

  #challenge(socket: ScriptedSocket): void {
    socket.wasChallenged = true;
    this.#send(socket, ['AUTH', 'challenge']);
  }

  #authenticate(socket: ScriptedSocket, { id, created_at, tags }: NostrEvent): void {
    const {
      pastSeconds = Infinity,
      aheadSeconds = Infinity,
      tooOld = '',
      tooNew = '',
      clockMs = 0,
      host,
      refuses,
    } = this.faults.auth ?? {};
    const ahead = created_at - (this.#clock.now() + clockMs) / 1000;
    const relay = tags.find(([name]) => name === 'relay')?.[1] ?? '';
    const refusal =
      refuses ??
      (ahead > aheadSeconds ? tooNew : undefined) ??
      (ahead < -pastSeconds ? tooOld : undefined) ??
      (host !== undefined && new URL(relay).host !== host ? 'invalid: relay url does not match' : undefined);
    if (refusal === undefined) socket.authenticatedAt = this.#clock.now();
    this.#send(socket, ['OK', id, refusal === undefined, refusal ?? '']);
  }

  #send(socket: ScriptedSocket, frame: readonly unknown[]): void {
    const data = JSON.stringify(frame);
    this.#after(() => {
      if (this.faults.blackHole || !this.#sockets.has(socket)) return;
      this.sent.push(data);
      socket.hear(data);
    });
  }

  #after(act: () => void): void {
    this.#clock.after(this.latencyMs / 2, act);
  }
}

const dOf = (event: NostrEvent): string => event.tags.find(([name]) => name === 'd')?.[1] ?? '';

class ScriptedSocket implements SocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  readonly filters = new Map<string, readonly Filter[]>();
  authenticatedAt = -Infinity;
  wasChallenged = false;
  readonly #relay: ScriptedRelay;

  constructor(relay: ScriptedRelay) {
    this.#relay = relay;
  }

  send(data: string): void {
    this.#relay.takeFrame(this, data);
  }

  close(): void {
    this.#relay.forget(this);
  }

  open(): void {
    this.onopen?.({} as never);
  }

  hear(data: unknown): void {
    this.onmessage?.({ data } as never);
  }

  end(code = 1006): void {
    this.#relay.forget(this);
    this.onclose?.({ code } as never);
  }
}
