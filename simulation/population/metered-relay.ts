/** A relay without mishaps that counts what one account costs it. */
import type { Filter } from '../../src/runtime/core/nostr';
import type { NostrEvent } from '../../src/runtime/contracts/slot';
import type { Dice } from '../random';
import { SimulatedRelay } from '../relay';
import type { Connection, Habits } from '../relay';
import type { Seals } from '../stand-in-vault';
import type { Timeline } from '../timeline';
import { END_DOWN, eventBytes, eventDown, okDown, questionUp, writeUp } from './frame-bytes';

/** strfry with its default limits, 40 ms away, which asks for no AUTH (docs/relays.md, section 6). */
const HABITS: Habits = {
  ...{ tie: 'lowest-id', politeAboutStale: false, echoesStale: false, maxLimit: 500, saysFinish: false },
  ...{ aheadSeconds: 900, behindSeconds: 94_608_000, latencyMs: 20, isSilent: false },
};

export interface Traffic {
  writes: number;
  questions: number;
  /** From the clients to the relay, and back. */
  upBytes: number;
  downBytes: number;
  /** When connections were opened and closed, ms of the timeline. */
  readonly connected: (readonly [fromMs: number, toMs: number])[];
}

export class MeteredRelay extends SimulatedRelay {
  readonly traffic: Traffic = { writes: 0, questions: 0, upBytes: 0, downBytes: 0, connected: [] };
  override readonly connections: Set<Connection>;
  readonly #seals: Seals;

  constructor(url: string, timeline: Timeline, dice: Dice, seals: Seals) {
    super(url, HABITS, timeline, dice, {
      kept: () => {},
      served: () => {},
      count: () => {},
      passedOn: (_relay, event) => (this.traffic.downBytes += eventDown(this.#sizeOf(event))),
    });
    this.#seals = seals;
    this.connections = timedSet(timeline, this.traffic);
  }

  override publish(event: NostrEvent) {
    const answer = super.publish(event);
    this.traffic.writes += 1;
    this.traffic.upBytes += writeUp(this.#sizeOf(event));
    if (answer) this.traffic.downBytes += okDown(answer.accepted, answer.reason);
    return answer;
  }

  override answer(filter: Filter, isStranger: boolean) {
    const answer = super.answer(filter, isStranger);
    this.traffic.questions += 1;
    this.traffic.upBytes += questionUp(filter);
    this.traffic.downBytes += END_DOWN;
    for (const event of answer.events) this.traffic.downBytes += eventDown(this.#sizeOf(event));
    return answer;
  }

  get storedBytes(): number {
    let bytes = 0;
    for (const event of this.events.values()) bytes += this.#sizeOf(event);
    return bytes;
  }

  #sizeOf(event: NostrEvent): number {
    return eventBytes(this.#seals.bytesOf(event));
  }
}

function timedSet(timeline: Timeline, { connected }: Traffic): Set<Connection> {
  const connections = new Set<Connection>();
  const since = new Map<Connection, number>();
  const add = connections.add.bind(connections);
  const remove = connections.delete.bind(connections);
  return Object.assign(connections, {
    add(connection: Connection) {
      since.set(connection, timeline.now);
      return add(connection);
    },
    delete(connection: Connection) {
      const fromMs = since.get(connection);
      if (fromMs !== undefined) connected.push([fromMs, timeline.now]);
      since.delete(connection);
      return remove(connection);
    },
  });
}
