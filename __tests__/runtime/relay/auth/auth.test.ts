import appConfig from '../../../../src/lib/config.json';
import defaults from '../../../../src/runtime/core/defaults.json';
import type { NostrEvent } from '../../../../src/runtime/core/nostr';
import { RelayConnection } from '../../../../src/runtime/relay/connection';
import { createAuthClock } from '../../../../src/runtime/relay/auth/auth-clock';
import { LinkState } from '../../../../src/runtime/relay/link';
import { Verdict } from '../../../../src/runtime/relay/verdict';
import { OwnedClock, seededRandom } from '../../../support/owned-clock';
import { demandsAuth, ScriptedRelay, strfryAuth } from '../../../support/scripted-relay';
import type { AuthHabits } from '../../../support/scripted-relay';
import { makeHead, signTestAuth, testKind, testPubkey } from '../../../support/test-slots';

const { connection: limits, inbound } = { ...appConfig, ...defaults };
const filter = { kinds: [testKind], authors: [testPubkey] };
const MINUTE_MS = 60_000;

interface SetUp {
  readonly auth?: AuthHabits;
  readonly expectsChallenge?: boolean;
  readonly learnedOffset?: number;
  readonly ahead?: number;
  readonly connectedUrl?: string;
}

/** A connection to a relay that holds one event and demands to know who we are. */
async function connect({
  auth = demandsAuth,
  expectsChallenge = false,
  learnedOffset = 0,
  ahead,
  connectedUrl,
}: SetUp) {
  const clock = new OwnedClock();
  const relay = new ScriptedRelay('wss://relay.example', clock);
  const { event } = makeHead({ createdAt: Math.floor(clock.now() / 1000) });
  relay.put(event);
  relay.faults = { auth };
  const told: string[] = [];
  const authClock = createAuthClock({
    now: () => clock.now(),
    learnedOffset: () => learnedOffset,
    aheadOf: () => ahead,
  });
  const link = new RelayConnection(
    {
      inbound,
      ...{ url: relay.url, clock, random: seededRandom(1), limits, signAuth: signTestAuth, authClock },
      createSocket: () => Object.assign(relay.createSocket(), connectedUrl && { url: connectedUrl }),
    },
    {
      stateChanged: () => {},
      authenticated: (isRenewal) => told.push(isRenewal ? 'renewed' : 'accepted'),
      authRefused: (verdict) => told.push(verdict),
      expectsChallenge: () => expectsChallenge,
      challenged: (was) => told.push(was ? 'challenged' : 'not challenged'),
    },
  );
  const heard: string[] = [];
  link.subscribe(filter, {
    event: ({ id }) => heard.push(id === event.id ? 'event' : 'other'),
    eose: () => heard.push('eose'),
    interrupted: (verdict) => heard.push(verdict),
  });
  link.start();
  await clock.advance(100);
  const answers = () => relay.framesOf('AUTH').map(([, answer]) => answer as NostrEvent);
  return { clock, relay, link, heard, told, answers, authClock };
}

describe('a challenge', () => {
  test('that comes when the connection opens is answered at once, without any refusal', async () => {
    const { told, answers } = await connect({ auth: { greets: true } });
    expect(told).toEqual(['challenged', 'accepted']);
    expect(answers()).toHaveLength(1);
  });

  test('is answered, and what was served to a stranger in silence is asked for again', async () => {
    const { heard } = await connect({ auth: { greets: true } });
    expect(heard).toEqual(['eose', 'event', 'eose']);
  });

  test('is waited for where the relay is known to begin with one, so nothing is asked twice', async () => {
    const { relay, heard, clock } = await connect({ auth: { greets: true }, expectsChallenge: true });
    await clock.advance(1_000);
    expect(heard).toEqual(['event', 'eose']);
    expect(relay.framesOf('REQ')).toHaveLength(1);
  });

  test('is waited for a second and no longer, and that there was none is told', async () => {
    const { relay, told, clock } = await connect({ auth: { ...strfryAuth }, expectsChallenge: true });
    relay.faults = {};
    expect(relay.framesOf('REQ')).toHaveLength(0);
    await clock.advance(1_000);
    expect(relay.framesOf('REQ')).toHaveLength(1);
    expect(told[0]).toBe('not challenged');
  });

  test('does not delay the first question to other relays', async () => {
    const { relay, clock } = await connect({ auth: {} });
    await clock.advance(0);
    expect(relay.framesOf('REQ').length).toBeGreaterThan(0);
  });

  test('is answered for the address that is configured, and for that of the socket if the relay refuses it, and for no other', async () => {
    const both = { connectedUrl: 'wss://behind.example/' };
    const { heard, answers } = await connect({ auth: { ...demandsAuth, host: 'behind.example' }, ...both });
    const signedFor = answers().map(({ tags }) => tags[0]?.[1]);
    expect(signedFor).toEqual(['wss://relay.example', 'wss://behind.example/']);
    expect(heard).toEqual(['event', 'eose']);
    const third = await connect({ auth: { ...demandsAuth, host: 'thief.example' }, ...both });
    await third.clock.advance(MINUTE_MS);
    const hosts = new Set(third.answers().map(({ tags }) => new URL(tags[0]![1]!).host));
    expect(hosts).toEqual(new Set(['relay.example', 'behind.example']));
  });
});

describe('a refusal to a stranger', () => {
  test.each([
    ['of NIP-42', demandsAuth],
    ['of strfry, behind a prefix of its own', strfryAuth],
    ['in capitals', { ...demandsAuth, refusal: 'AUTH-REQUIRED: no strangers' }],
    ['without a prefix', { ...demandsAuth, refusal: 'authentication required' }],
    ['of relays that restrict', { ...demandsAuth, refusal: 'restricted: not served to unauthenticated users' }],
  ])('%s is answered, and the question asked again', async (_whose, auth) => {
    const { heard, answers } = await connect({ auth });
    expect(heard).toEqual(['event', 'eose']);
    expect(answers()).toHaveLength(1);
  });

  test('of an event is answered, and the event sent again', async () => {
    const { link, relay, clock } = await connect({ auth: demandsAuth });
    relay.drop();
    await clock.until(() => link.state === LinkState.Open, 5_000, 5);
    const verdicts: Verdict[] = [];
    link.publish(makeHead({ index: 1, createdAt: 2 }).event, (verdict) => verdicts.push(verdict));
    await clock.advance(200);
    expect(verdicts).toEqual([Verdict.Accepted]);
  });

  test('goes on although we were accepted: it is given up after a few tries', async () => {
    const { heard, answers, clock } = await connect({ auth: { ...demandsAuth, expiresMs: 0 } });
    await clock.advance(5 * MINUTE_MS);
    expect(heard).toContain(Verdict.AuthRequired);
    expect(answers().length).toBeLessThan(60);
  });
});

describe('a session that expires', () => {
  test('is renewed as often as needed, each time with another event', async () => {
    const { relay, link, clock, told, answers } = await connect({ auth: { ...demandsAuth, expiresMs: 30_000 } });
    const verdicts: Verdict[] = [];
    for (let index = 1; index <= 10; index += 1) {
      await clock.advance(40_000);
      link.publish(makeHead({ index, createdAt: index }).event, (verdict) => verdicts.push(verdict));
      await clock.advance(1_000);
    }
    expect(verdicts).toEqual(Array(10).fill(Verdict.Accepted));
    expect(told.filter((what) => what === 'renewed').length).toBeGreaterThanOrEqual(9);
    expect(new Set(answers().map(({ id }) => id)).size).toBe(answers().length);
    expect(relay.connectedAt).toHaveLength(1);
  });

  test('takes the live subscription along, which is asked for again', async () => {
    const { relay, link, clock, heard } = await connect({ auth: { ...demandsAuth, expiresMs: 30_000 } });
    await clock.advance(40_000);
    link.publish(makeHead({ index: 1, createdAt: 2 }).event, () => {});
    await clock.advance(1_000);
    heard.length = 0;
    relay.put(makeHead({ index: 2, createdAt: 3 }).event);
    await clock.advance(100);
    expect(heard).toEqual(['other']);
  });
});

describe('the time of an answer', () => {
  const windows: readonly (readonly [string, AuthHabits])[] = [
    ['strfry', strfryAuth],
    ['nostream', demandsAuth],
    [
      'khatru, which does not say what is wrong',
      { ...demandsAuth, tooOld: 'error: failed to authenticate', tooNew: 'error: failed to authenticate' },
    ],
    [
      'nostr-rs-relay',
      {
        ...demandsAuth,
        tooOld: 'restricted: authentication error: Invalid AUTH message',
        tooNew: 'restricted: authentication error: Invalid AUTH message',
      },
    ],
    [
      '@nostr-relay/core',
      {
        ...demandsAuth,
        tooOld: 'invalid: the created_at should be within 10 minutes',
        tooNew: 'invalid: the created_at should be within 10 minutes',
      },
    ],
    [
      'a relay that names created_at in words of its own',
      { ...demandsAuth, tooOld: 'invalid: created_at is off', tooNew: 'invalid: created_at is off' },
    ],
  ];
  const minutes = [-20, -12, -5, -2, 0, 2, 5, 12, 20];
  const cases = windows.flatMap(([whose, auth]) => minutes.map((skew) => [whose, skew, auth] as const));

  test.each(cases)(
    'is corrected until %s takes it, with a clock that is off by %i minutes',
    async (_whose, skew, auth) => {
      const { heard, clock, authClock } = await connect({ auth: { ...auth, clockMs: -skew * MINUTE_MS } });
      await clock.advance(2_000);
      expect(heard).toEqual(['event', 'eose']);
      const isOff = Math.abs(skew) > 15;
      if (isOff) expect(authClock.problem()?.message).toContain(skew > 0 ? 'fast' : 'slow');
      if (skew === 0) expect(authClock.problem()).toBeUndefined();
    },
  );

  test('is first what events have taught', async () => {
    const { answers } = await connect({ auth: { ...demandsAuth, clockMs: -90 * MINUTE_MS }, learnedOffset: -5_400 });
    expect(answers()).toHaveLength(1);
  });

  test('is then what the relay says of its own time', async () => {
    const relayTime = Math.floor(new OwnedClock().now() / 1000) + 86_400;
    const words = `invalid: created_at is out of range, it is ${relayTime}`;
    const { answers, heard } = await connect({
      auth: { ...demandsAuth, clockMs: 86_400_000, tooOld: words, tooNew: words },
    });
    expect(answers()).toHaveLength(2);
    expect(heard).toEqual(['event', 'eose']);
  });

  test('or what its responses are dated', async () => {
    const { answers, heard } = await connect({ auth: { ...demandsAuth, clockMs: 86_400_000 }, ahead: 86_400 });
    expect(answers()).toHaveLength(2);
    expect(heard).toEqual(['event', 'eose']);
  });

  test('is searched for so long and no longer', async () => {
    const { answers, told, clock } = await connect({ auth: { ...strfryAuth, clockMs: 30 * 86_400_000 } });
    await clock.advance(MINUTE_MS);
    expect(answers().length).toBeLessThanOrEqual(40);
    expect(told).toContain(Verdict.ClockSlow);
  });

  test('that one relay has taken is tried first at the next', () => {
    const authClock = createAuthClock({ now: () => 0, learnedOffset: () => 0, aheadOf: () => undefined });
    authClock.accepted('wss://one.example', -1_200);
    expect(authClock.offsetFor('wss://two.example')).toBe(-1_200);
  });

  test('is nothing to search for where the relay refuses for another reason', async () => {
    const { answers, told } = await connect({ auth: { ...demandsAuth, refuses: 'restricted: members only' } });
    expect(answers()).toHaveLength(1);
    expect(told).toContain(Verdict.Restricted);
  });
});
