/** The live subscription to one relay: what is stored there from now on, and what was stored last. */
import type { NostrEvent } from '../../contracts/slot';
import type { RelayLink, Subscription } from '../../relay/link';
import { Verdict } from '../../relay/verdict';
import type { RelayProfile } from '../relay-profile';
import { ours } from './context';
import type { SessionContext } from './context';
import type { RelayAnswers } from './relay-answers';

export interface LiveEventsOptions {
  readonly link: Pick<RelayLink, 'subscribe'>;
  readonly profile: RelayProfile;
  readonly context: SessionContext;
  readonly answers: RelayAnswers;
  /** Whether a complete read of the relay has ended. */
  readonly wasRead: () => boolean;
  readonly arrived: (event: NostrEvent) => void;
}

export type LiveEvents = ReturnType<typeof createLiveEvents>;

export function createLiveEvents({ link, profile, context, answers, wasRead, arrived }: LiveEventsOptions) {
  const { clock, config, readingOrder } = context;
  let subscription: Subscription | undefined;
  let asked = 0;

  /** What a new device has to read comes otherwise, once. */
  function limit(): number {
    const wanted = readingOrder.isNewDevice && !wasRead() ? 1 : config.reading.liveLimit;
    return Math.min(wanted, profile.limits.eventsPerAnswer(clock.now()));
  }

  function listen(): void {
    subscription?.close();
    asked = limit();
    subscription = link.subscribe(ours(context, { limit: asked }), {
      event: arrived,
      eose: () => {
        profile.lastSuccessAt = clock.now();
      },
      interrupted: (verdict, reason) => {
        if (verdict === Verdict.LimitTooHigh && answers.limitRefused(asked, reason)) listen();
        else answers.refused(verdict, reason);
      },
    });
  }

  return {
    listen,
    /** The connection is lost: the next one asks for as many as the limit is now. */
    lost(): void {
      if (asked !== limit()) listen();
    },
  };
}
