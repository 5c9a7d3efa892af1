/** What a relay's answers tell about the relay: how fast and how much it takes, whether its clock is ours, and whether it is of any use. */
import { eventBytes } from '../../contracts/slot';
import type { Head } from '../../contracts/mesh';
import { isFinal, quoteReason, Verdict } from '../../relay/verdict';
import { Demotion } from '../pool/demotion';
import type { RelayProfile } from '../relay-profile';
import type { SessionContext } from './context';

export interface RelayAnswersOptions {
  readonly profile: RelayProfile;
  readonly context: SessionContext;
}

export type RelayAnswers = ReturnType<typeof createRelayAnswers>;

export function createRelayAnswers({ profile, context }: RelayAnswersOptions) {
  const { clock } = context;
  const { limits, url } = profile;
  /** The relay has not accepted who we are. */
  let isExcluded = false;

  const demote = (reason: Demotion) => context.demote(profile, reason);

  function note(verdict: Verdict, reason: string): void {
    profile.noteRefusal(quoteReason(reason) || verdict, clock.now());
    context.changed();
  }

  /** A question or an event was refused. */
  function refused(verdict: Verdict, reason: string): void {
    if (verdict === Verdict.Unanswered || verdict === Verdict.Lost) return;
    note(verdict, reason);
    if (verdict === Verdict.AuthRequired) demote(Demotion.Excludes);
    else if (isFinal(verdict)) demote(Demotion.Refuses);
  }

  function whyNothingComesBack(): Demotion {
    if (isExcluded) return Demotion.Excludes;
    return context.proof.isSilent(url) ? Demotion.Silent : Demotion.Lies;
  }

  return {
    refused,
    toEvent(verdict: Verdict, reason: string, head: Head): void {
      switch (verdict) {
        case Verdict.Accepted:
          if (head.own) context.clockAccepted(url);
          profile.rateChanged();
          profile.recordWrite(true, clock.now());
          return;
        case Verdict.Duplicate:
        case Verdict.Superseded:
          profile.recordWrite(true, clock.now());
          return;
        case Verdict.Unanswered:
          return;
        case Verdict.Lost:
          // It may have shown that the event is too large.
          context.changed();
          return;
        case Verdict.RateLimited:
          profile.rateChanged();
          break;
        case Verdict.ClockFast:
        case Verdict.ClockSlow:
        case Verdict.ClockWrong:
          context.clockRefused(url, verdict, head);
          break;
        case Verdict.TooLarge:
          if (!limits.refusedSize(eventBytes(head.event), clock.now())) demote(Demotion.Narrow);
          break;
        case Verdict.Invalid:
        case Verdict.Failed:
          if (profile.recordWrite(false, clock.now())) demote(Demotion.Refuses);
          break;
        default:
          break;
      }
      refused(verdict, reason);
    },
    /** A question with this `limit` was refused for it. Returns whether to ask with less. */
    limitRefused(asked: number, reason: string): boolean {
      const isOfUse = limits.refusedLimit(asked, reason, clock.now());
      if (!isOfUse) demote(Demotion.Narrow);
      return isOfUse;
    },
    /** It said that it has an event, and a read-back showed whether that is so. */
    readBack(isKept: boolean): void {
      if (profile.recordReadBack(isKept)) demote(whyNothingComesBack());
    },
    authRefused(verdict: Verdict, reason: string): void {
      isExcluded = true;
      note(verdict, reason);
    },
    /** The relay has accepted who we are, or the connection is another one. */
    authForgotten(): void {
      isExcluded = false;
    },
  };
}
