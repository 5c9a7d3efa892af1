import type { Admitted } from '../../../../src/runtime/mesh/admitted';
import type { AdmissionDone } from '../../../../src/runtime/mesh/event-intake';
import type { NostrEvent } from '../../../../src/runtime/contracts/slot';
import type { Filter } from '../../../../src/runtime/core/nostr';
import { Verdict } from '../../../../src/runtime/relay/verdict';
import type { RelayLink, SubscriptionHandlers } from '../../../../src/runtime/relay/link';
import { RelayQueries } from '../../../../src/runtime/mesh/session/queries';
import type { Answer } from '../../../../src/runtime/mesh/session/queries';

const TRIES = 3;

const eventAt = (d: string): NostrEvent => ({ id: d, tags: [['d', d]] }) as unknown as NostrEvent;

const admittedOf = ({ id }: NostrEvent): Admitted => ({ d: id, createdAt: 1, nonce: undefined, version: undefined });

/** One question, whose relay and judge the test plays itself. */
function question(filter: Filter = {}, mostEvents = Infinity) {
  let relay: SubscriptionHandlers | undefined;
  const asked: Filter[] = [];
  const limits = { mostEvents };
  let ticks = 0;
  const judge: AdmissionDone[] = [];
  const answers: (Answer | undefined)[] = [];
  const link = {
    subscribe: (askedFor: Filter, handlers: SubscriptionHandlers) => {
      relay = handlers;
      asked.push(askedFor);
      return { close: () => {} };
    },
  };
  const refused = jest.fn();
  const unanswered = jest.fn();
  const queries = new RelayQueries({
    link: link as unknown as RelayLink,
    admit: (_event, done) => void judge.push(done),
    tick: () => ++ticks,
    triesPerRead: TRIES,
    concurrent: () => 1,
    mostEvents: () => limits.mostEvents,
    limitRefused: (limit) => {
      limits.mostEvents = Math.floor(limit / 2);
      return limits.mostEvents >= 20;
    },
    refused,
    unanswered,
  });
  queries.ask(filter, (answer) => answers.push(answer));
  return {
    ...{ judge, answers, refused, unanswered, asked },
    /** The one that is asked at present. */
    get relay() {
      return relay!;
    },
  };
}

describe('a question to a relay', () => {
  it('is answered with what came before the EOSE, once all of it is judged', () => {
    const { relay, judge, answers } = question();
    relay.event(eventAt('a'));
    relay.event(eventAt('b'));
    relay.eose(true);
    judge[0]!(admittedOf(eventAt('a')), false);
    expect(answers).toEqual([]);
    judge[1]!(undefined, false);
    expect(answers).toMatchObject([{ events: 2, finish: true, admitted: [{ d: 'a' }], askedAt: 1 }]);
    expect([...answers[0]!.found.keys()]).toEqual(['a']);
  });

  it('that is asked again is answered with what came after that: what came before may have been live, and not be stored any more', () => {
    const { relay, judge, answers } = question();
    relay.event(eventAt('live'));
    relay.event(eventAt('judged late'));
    judge[0]!(admittedOf(eventAt('live')), false);
    relay.interrupted!(Verdict.Unanswered, '');
    relay.event(eventAt('stored'));
    judge[2]!(admittedOf(eventAt('stored')), false);
    relay.eose(false);
    judge[1]!(admittedOf(eventAt('judged late')), false);
    expect(answers).toMatchObject([{ events: 1, admitted: [{ d: 'stored' }], askedAt: 2 }]);
    expect([...answers[0]!.found.keys()]).toEqual(['stored']);
  });

  it('has no answer after as many tries as are allowed', () => {
    const { relay, answers, refused } = question();
    for (let tries = 0; tries < TRIES; tries += 1) {
      expect(answers).toEqual([]);
      relay.interrupted!(Verdict.Unanswered, '');
    }
    expect(answers).toEqual([undefined]);
    expect(refused).not.toHaveBeenCalled();
  });

  it('tells when it was not answered in time, and when it was refused as often as it is asked', () => {
    const late = question();
    late.relay.interrupted!(Verdict.Unanswered, '');
    expect(late.unanswered).toHaveBeenCalledTimes(1);
    const refused = question();
    for (let tries = 0; tries < TRIES; tries += 1) {
      expect(refused.unanswered).not.toHaveBeenCalled();
      refused.relay.interrupted!(Verdict.Failed, 'error: try again later');
    }
    expect(refused.unanswered).toHaveBeenCalledTimes(1);
  });

  it('has no answer where the relay will never give one', () => {
    const { relay, answers, refused } = question();
    relay.interrupted!(Verdict.AuthRequired, 'auth-required: who are you?');
    expect(answers).toEqual([undefined]);
    expect(refused).toHaveBeenCalledWith(Verdict.AuthRequired, 'auth-required: who are you?');
  });

  it('has no answer if the replica could not judge an event', () => {
    const { relay, judge, answers } = question();
    relay.event(eventAt('a'));
    relay.eose(true);
    judge[0]!(undefined, true);
    expect(answers).toEqual([undefined]);
  });

  it('that is refused for its limit is asked again with less, as often as it takes', () => {
    const scene = question({ limit: 100 });
    scene.relay.interrupted!(Verdict.LimitTooHigh, 'invalid: limit too high');
    scene.relay.event(eventAt('a'));
    scene.relay.interrupted!(Verdict.LimitTooHigh, 'invalid: limit too high');
    scene.relay.event(eventAt('b'));
    scene.judge[0]!(admittedOf(eventAt('a')), false);
    scene.judge[1]!(admittedOf(eventAt('b')), false);
    scene.relay.eose(false);
    expect(scene.asked).toEqual([{ limit: 100 }, { limit: 50 }, { limit: 25 }]);
    expect(scene.answers).toMatchObject([{ events: 1, admitted: [{ d: 'b' }] }]);
  });

  it('has no answer where even a small limit is refused', () => {
    const scene = question({ limit: 30 });
    scene.relay.interrupted!(Verdict.LimitTooHigh, 'invalid: limit too high');
    expect(scene.answers).toEqual([undefined]);
    expect(scene.asked).toHaveLength(1);
  });

  it('is asked with what the relay is known to give', () => {
    expect(question({ limit: 500 }, 100).asked).toEqual([{ limit: 100 }]);
    expect(question({ limit: 10 }, 100).asked).toEqual([{ limit: 10 }]);
  });
});
