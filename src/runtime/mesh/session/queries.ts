/** Questions to one relay about what it has stored: asked, answered with a real EOSE, closed. A few at a time; the rest is queued. */
import type { Filter } from '../../core/nostr';
import type { Admitted } from '../admitted';
import type { AdmissionDone } from '../event-intake';
import { isNewer } from '../../contracts/version-order';
import type { NostrEvent } from '../../contracts/slot';
import { isFinal, Verdict } from '../../relay/verdict';
import type { RelayLink, Subscription } from '../../relay/link';

export interface Answer {
  /** All authenticated versions, in the order in which they came. */
  readonly admitted: readonly Admitted[];
  /** The newest of them at each address. */
  readonly found: ReadonlyMap<string, Admitted>;
  /** How many events came, whether believed or not. */
  readonly events: number;
  /** The relay says that there is nothing older. */
  readonly finish: boolean;
  /** When it was asked for the last time, in ticks of the relay's holdings. */
  readonly askedAt: number;
}

export interface QueryOptions {
  readonly link: Pick<RelayLink, 'subscribe'>;
  readonly admit: (event: NostrEvent, done: AdmissionDone) => void;
  readonly tick: () => number;
  readonly triesPerRead: number;
  readonly concurrent: () => number;
  /** To be asked for in one question. */
  readonly mostEvents: () => number;
  /** A question was refused for its `limit`. Returns whether to ask again with what `mostEvents` says then. */
  readonly limitRefused: (asked: number, reason: string) => boolean;
  /** A question was refused in a way that asking again will not change. */
  readonly refused: (verdict: Verdict, reason: string) => void;
  /** A question was not answered in time, or refused as often as it was asked. */
  readonly unanswered: () => void;
}

type Done = (answer: Answer | undefined) => void;

interface Query {
  readonly filter: Filter;
  readonly done: Done;
  subscription?: Subscription;
}

export class RelayQueries {
  readonly #options: QueryOptions;
  readonly #waiting: Query[] = [];
  readonly #running = new Set<Query>();

  constructor(options: QueryOptions) {
    this.#options = options;
  }

  /** Calls back with the answer, or undefined if there is none to be had on this connection. */
  ask(filter: Filter, done: Done): void {
    this.#waiting.push({ filter, done });
    this.#next();
  }

  /** The connection is gone, and with it every question. */
  abandon(): void {
    const abandoned = [...this.#running, ...this.#waiting.splice(0)];
    this.#running.clear();
    for (const query of abandoned) {
      query.subscription?.close();
      query.done(undefined);
    }
  }

  #next(): void {
    while (this.#running.size < this.#options.concurrent()) {
      const query = this.#waiting.shift();
      if (!query) return;
      this.#running.add(query);
      this.#run(query);
    }
  }

  #run(query: Query): void {
    const { link, admit, tick, triesPerRead, refused, unanswered, mostEvents, limitRefused } = this.#options;
    const { limit } = query.filter;
    const asked = limit === undefined ? undefined : Math.min(limit, mostEvents());
    let admitted: Admitted[] = [];
    let askedAt = tick();
    let events = 0;
    let tries = 1;
    let unjudged = 0;
    let failed = false;
    let isOver = false;
    let end: { readonly finish: boolean } | undefined;

    const settleIfDone = (): void => {
      if (!end || unjudged > 0) return;
      const answer = { admitted, found: newestByAddress(admitted), events, finish: end.finish, askedAt };
      this.#end(query, failed ? undefined : answer);
    };

    const subscription = link.subscribe(asked === undefined ? query.filter : { ...query.filter, limit: asked }, {
      event: (event) => {
        if (end || !this.#running.has(query)) return;
        const admittedNow = admitted;
        events += 1;
        unjudged += 1;
        admit(event, (slot, hasFailed) => {
          unjudged -= 1;
          failed ||= hasFailed;
          if (slot) admittedNow.push(slot);
          settleIfDone();
        });
      },
      eose: (finish) => {
        end = { finish };
        query.subscription?.close();
        settleIfDone();
      },
      interrupted: (verdict, reason) => {
        if (asked !== undefined && verdict === Verdict.LimitTooHigh) {
          isOver = true;
          query.subscription?.close();
          return limitRefused(asked, reason) ? this.#run(query) : this.#end(query, undefined);
        }
        if (isFinal(verdict)) refused(verdict, reason);
        tries += 1;
        // The link asks again by itself, and all of the answer comes then. What came before may have been live, and proves nothing now.
        askedAt = tick();
        admitted = [];
        events = 0;
        const isLast = isFinal(verdict) || tries > triesPerRead;
        if (isLast || verdict === Verdict.Unanswered) unanswered();
        if (isLast) this.#end(query, undefined);
      },
    });
    // A link may answer before it has returned.
    if (!isOver) query.subscription = subscription;
    if (isOver || end || !this.#running.has(query)) subscription.close();
  }

  #end(query: Query, answer: Answer | undefined): void {
    if (!this.#running.delete(query)) return;
    query.subscription?.close();
    query.done(answer);
    this.#next();
  }
}

function newestByAddress(admitted: readonly Admitted[]): ReadonlyMap<string, Admitted> {
  const found = new Map<string, Admitted>();
  for (const slot of admitted) {
    const known = found.get(slot.d);
    if (!known || isNewer(slot, known)) found.set(slot.d, slot);
  }
  return found;
}
