/** What a relay is at the moment, in words that a person understands. */
import { RelayOrigin, RelayState } from '../../core/status';
import { Demotion, isHarmful } from './demotion';

export interface RelayFacts {
  readonly state: RelayState;
  readonly origin: RelayOrigin;
  readonly demotion: Demotion | undefined;
  /** Why it is of no use, as far as its document says so. */
  readonly shortfall: string | undefined;
  readonly lastRefusal: string | null;
  readonly slotsTooLarge: number;
  readonly maxEventBytes: number;
}

export function wordsOf(facts: RelayFacts): string {
  return `${stateWords(facts)}${lackWords(facts)}`;
}

function stateWords(facts: RelayFacts): string {
  const { state, origin, demotion } = facts;
  const trouble = troubleOf(facts);
  switch (state) {
    case RelayState.Connecting:
      return `Connecting.${trouble}`;
    case RelayState.Reading:
      return `Connected; reading what it holds.${trouble}`;
    case RelayState.Live:
      return trouble ? `Connected, because no better relay is available.${trouble}` : 'Connected and up to date.';
    case RelayState.Silent:
      return `Connected; it shows nothing of this user's, while other relays do.${trouble}`;
    case RelayState.Waiting:
      return isHarmful(demotion)
        ? `Not connected at the moment.${trouble}`
        : 'Not reachable at the moment; it is tried again and again.';
    case RelayState.Spare:
      return spareWords[origin];
    case RelayState.Demoted:
      return `Not used for now.${trouble}`;
  }
}

const spareWords: { readonly [origin in RelayOrigin]: string } = {
  [RelayOrigin.List]: 'In reserve.',
  [RelayOrigin.Former]: 'Of an earlier version of this app; looked at every few minutes for devices that still use it.',
  [RelayOrigin.Device]: 'Another device of this user writes to it; looked at every few minutes.',
};

function troubleOf({ demotion, shortfall, lastRefusal }: RelayFacts): string {
  const refusal = lastRefusal === null ? '' : ` Its last refusal: "${lastRefusal}".`;
  const reason = demotion === Demotion.Narrow && shortfall ? shortfall : demotion && reasons[demotion];
  return reason === undefined ? '' : ` ${reason}${refusal}`;
}

function lackWords({ slotsTooLarge, maxEventBytes }: RelayFacts): string {
  if (slotsTooLarge === 0) return '';
  return ` It takes only events up to ${maxEventBytes} bytes, so it lacks ${slotsTooLarge === 1 ? 'one slot' : `${slotsTooLarge} slots`}; other relays have to hold what is in them.`;
}

const reasons: { readonly [reason in Demotion]: string } = {
  [Demotion.Forges]: 'It passes on what nobody has written.',
  [Demotion.Narrow]: 'It takes less at a time than this app needs.',
  [Demotion.Floods]: 'It sends more than anybody has asked for.',
  [Demotion.Lies]: 'It says that it stored what it did not keep.',
  [Demotion.Refuses]: 'It does not take what this app stores.',
  [Demotion.Unresponsive]: 'It accepts connections and does not answer.',
  [Demotion.Silent]: "It shows nothing of this user's, while others do.",
  [Demotion.Excludes]: 'It does not accept the key of this user.',
};
