/** The live subscription to one relay: what is stored there from now on, and what was stored last. */
import type { Filter } from '../../core/nostr';
import type { NostrEvent } from '../../contracts/slot';
import { Verdict } from '../../relay/verdict';
import type { RelayLink, Subscription } from '../../relay/link';

export interface LiveEventsOptions {
  readonly link: Pick<RelayLink, 'subscribe'>;
  readonly filter: (limit: number) => Filter;
  /** Events that were stored before. */
  readonly limit: () => number;
  readonly event: (event: NostrEvent) => void;
  readonly answered: () => void;
  /** It was refused for its `limit`. Returns whether to ask again with what `limit` says then. */
  readonly limitRefused: (asked: number, reason: string) => boolean;
  readonly refused: (verdict: Verdict, reason: string) => void;
}

export function createLiveEvents(options: LiveEventsOptions) {
  let subscription: Subscription | undefined;
  let asked = 0;

  function listen(): void {
    subscription?.close();
    const limit = (asked = options.limit());
    subscription = options.link.subscribe(options.filter(limit), {
      event: options.event,
      eose: options.answered,
      interrupted: (verdict, reason) => {
        if (verdict === Verdict.LimitTooHigh && options.limitRefused(limit, reason)) listen();
        else options.refused(verdict, reason);
      },
    });
  }

  return {
    listen,
    /** The connection is lost: the next one asks for as many as the limit is now. */
    lost(): void {
      if (asked !== options.limit()) listen();
    },
  };
}
