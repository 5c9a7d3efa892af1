/** Notices what a relay is asked, or given to store, and whether it answers: the live subscription and probes of the connection leave it aside. */
import { Verdict } from '../../relay/verdict';
import type { RelayLink } from '../../relay/link';

export interface AnswerWatch {
  asked(): void;
  answered(): void;
}

type AskingLink = Pick<RelayLink, 'publish' | 'subscribe'>;

/** @param watch what is told; a relay has answered when it has ended a question, or judged an event. */
export function watchAnswers(link: AskingLink, watch: AnswerWatch): AskingLink {
  return {
    subscribe(filter, handlers) {
      watch.asked();
      return link.subscribe(filter, {
        ...handlers,
        eose: (finish) => {
          watch.answered();
          handlers.eose(finish);
        },
      });
    },
    publish(event, settled) {
      watch.asked();
      return link.publish(event, (verdict, reason) => {
        if (verdict !== Verdict.Unanswered && verdict !== Verdict.Lost) watch.answered();
        settled(verdict, reason);
      });
    },
  };
}
