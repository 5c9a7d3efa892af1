import appConfig from '../../../src/lib/config.json';
import defaults from '../../../src/runtime/core/defaults.json';
import { RelayConnection } from '../../../src/runtime/relay/connection';
import { createAuthClock } from '../../../src/runtime/relay/auth/auth-clock';
import { LinkState } from '../../../src/runtime/relay/link';
import type { LinkHandlers } from '../../../src/runtime/relay/link';
import { Verdict } from '../../../src/runtime/relay/verdict';
import { OwnedClock, seededRandom } from '../../support/owned-clock';
import { demandsAuth, ScriptedRelay } from '../../support/scripted-relay';
import { makeHead, signTestAuth, testKind, testPubkey } from '../../support/test-slots';

const configJson = { ...appConfig, ...defaults };

// The machine that runs this may be busy; time that passes in a test is the test's own.
jest.setTimeout(30_000);

const filter = { kinds: [testKind], authors: [testPubkey] };

type Handlers = { -readonly [Name in keyof LinkHandlers]: LinkHandlers[Name] };

const handlersOf = (handlers: Partial<LinkHandlers>): Handlers => ({
  ...{ stateChanged: () => {}, authenticated: () => {}, authRefused: () => {} },
  ...{ expectsChallenge: () => false, challenged: () => {}, ...handlers },
});

function connect(seed = 1) {
  const clock = new OwnedClock();
  const relay = new ScriptedRelay('wss://relay.example', clock);
  const states: LinkState[] = [];
  const signed: string[] = [];
  const handlers = handlersOf({ stateChanged: (state) => states.push(state) });
  const link = new RelayConnection(
    {
      url: relay.url,
      createSocket: relay.createSocket,
      clock,
      random: seededRandom(seed),
      limits: configJson.connection,
      inbound: configJson.inbound,
      signAuth: (url, challenge, createdAt) => {
        signed.push(`${url} ${challenge}`);
        return signTestAuth(url, challenge, createdAt);
      },
      authClock: createAuthClock({ now: () => clock.now(), learnedOffset: () => 0, aheadOf: () => undefined }),
    },
    handlers,
  );
  const heard: string[] = [];
  const subscribe = () =>
    link.subscribe(filter, {
      event: ({ id }) => heard.push(id),
      eose: () => heard.push('eose'),
      interrupted: (verdict) => heard.push(verdict),
    });
  const verdicts: Verdict[] = [];
  const publish = (createdAt = 1) => {
    const { event } = makeHead({ createdAt });
    return { event, cancel: link.publish(event, (verdict) => verdicts.push(verdict)) };
  };
  return { clock, relay, link, handlers, states, signed, heard, subscribe, verdicts, publish };
}

async function connected(seed?: number) {
  const scene = connect(seed);
  scene.link.start();
  await scene.clock.advance(100);
  expect(scene.link.state).toBe(LinkState.Open);
  return scene;
}

function mostInAnyWindow(times: readonly number[], windowMs: number): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + windowMs).length));
}

describe('a link at rest', () => {
  it('has neither socket nor timer, and goes on with its subscriptions when it is started again', async () => {
    const { clock, relay, link, heard, states, subscribe, verdicts, publish } = await connected();
    subscribe();
    await clock.advance(100);
    relay.faults = { swallowOk: true };
    publish();
    states.length = heard.length = 0;
    link.rest();
    expect(link.state).toBe(LinkState.Idle);
    expect(relay.openSockets).toBe(0);
    await clock.advance(100);
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(60_000);
    expect([states, heard, verdicts, relay.connectedAt.length]).toEqual([[], [], [], 1]);
    link.start();
    await clock.advance(100);
    expect(link.state).toBe(LinkState.Open);
    expect(heard.at(-1)).toBe('eose');
  });

  it('keeps within the limit of attempts, however often it is started', async () => {
    const { clock, relay, link } = connect();
    for (let step = 0; step < 300; step += 1) {
      link.start();
      await clock.advance(100);
      link.rest();
    }
    expect(mostInAnyWindow(relay.connectedAt, 10_000)).toBeLessThanOrEqual(5);
  });
});

describe('connecting', () => {
  it('gives up an attempt that nobody answers, the first one and every later one', async () => {
    const { clock, relay, link, states } = connect();
    relay.faults = { hang: true };
    link.start();
    await clock.advance(60_000);
    expect(relay.connectedAt.length).toBeGreaterThanOrEqual(3);
    expect(states.slice(0, 4)).toEqual([
      LinkState.Connecting,
      LinkState.Waiting,
      LinkState.Connecting,
      LinkState.Waiting,
    ]);
    relay.faults = {};
    await clock.until(() => link.state === LinkState.Open, 40_000);
  });

  it.each([1, 2, 3, 4])('makes at most five attempts in any ten seconds, however it is kicked (%i)', async (seed) => {
    const { clock, relay, link } = connect(seed);
    relay.faults = { refuse: true };
    link.start();
    for (let step = 0; step < 600; step += 1) {
      if (step % 7 === 0) link.kick();
      await clock.advance(100);
    }
    expect(mostInAnyWindow(relay.connectedAt, 10_000)).toBeLessThanOrEqual(5);
    expect(relay.connectedAt.length).toBeGreaterThan(10);
  });

  it('makes its delays short again only after a real EOSE', async () => {
    const { clock, relay, link, subscribe } = await connected();
    subscribe();
    relay.faults = { swallowEose: true };
    for (let round = 0; round < 12; round += 1) {
      await clock.until(() => link.state === LinkState.Open, 60_000);
      relay.drop();
    }
    const before = clock.now();
    relay.faults = {};
    await clock.until(() => link.state === LinkState.Open, 60_000);
    await clock.advance(50);
    const waited = clock.now() - before;
    await clock.advance(20_000);
    relay.drop();
    const again = await clock.until(() => link.state === LinkState.Open, 60_000, 10);
    expect(again).toBeLessThanOrEqual(250);
    expect(waited).toBeGreaterThan(again);
  });

  it('survives a socket that cannot be created', async () => {
    const clock = new OwnedClock();
    const link = new RelayConnection(
      {
        url: 'wss://relay.example',
        createSocket: () => {
          throw new Error('SecurityError');
        },
        clock,
        random: seededRandom(1),
        limits: configJson.connection,
        inbound: configJson.inbound,
        signAuth: signTestAuth,
        authClock: createAuthClock({ now: () => clock.now(), learnedOffset: () => 0, aheadOf: () => undefined }),
      },
      handlersOf({}),
    );
    link.start();
    await clock.advance(60_000);
    expect(link.state).toBe(LinkState.Waiting);
    link.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a half-open connection', () => {
  it('is found out by a question after a silence, and given up at once', async () => {
    const { clock, relay, link, subscribe } = await connected();
    subscribe();
    await clock.advance(1_000);
    relay.faults = { blackHole: true };
    const foundAfter = await clock.until(() => link.state !== LinkState.Open, 120_000);
    expect(foundAfter).toBeLessThanOrEqual(
      configJson.connection.silenceMs + configJson.connection.probeTimeoutMs + 100,
    );
    relay.faults = {};
    await clock.until(() => link.state === LinkState.Open, 10_000);
  });

  it('is found out within two seconds of a kick', async () => {
    const { clock, relay, link } = await connected();
    relay.faults = { blackHole: true };
    link.kick();
    expect(await clock.until(() => link.state !== LinkState.Open, 10_000)).toBeLessThanOrEqual(2_050);
  });

  it('is found out when only one direction is dead and events still come', async () => {
    const { clock, relay, link, subscribe, publish, verdicts } = await connected();
    subscribe();
    await clock.advance(1_000);
    relay.faults = { deaf: true };
    publish();
    for (let second = 2; link.state === LinkState.Open; second += 1) {
      if (second > 120) throw new Error('Not found out within two minutes.');
      relay.put(makeHead({ device: 'b', createdAt: second }).event);
      await clock.advance(1_000);
    }
    expect(verdicts).toEqual([Verdict.Unanswered]);
  });

  it('leaves a healthy connection alone', async () => {
    const { clock, relay, link } = await connected();
    for (let count = 0; count < 20; count += 1) {
      link.kick();
      await clock.advance(30_000);
    }
    expect(relay.connectedAt).toHaveLength(1);
  });
});

describe('a subscription', () => {
  it('tells a real EOSE from none', async () => {
    const { clock, relay, heard, subscribe } = await connected();
    relay.faults = { swallowEose: true };
    subscribe();
    await clock.advance(configJson.connection.answerTimeoutMs + 100);
    expect(heard).toEqual([Verdict.Unanswered]);
    relay.faults = {};
    await clock.until(() => heard.includes('eose'), 60_000);
  });

  it.each(['error: shutting down idle subscription', 'rate-limited: slow down', 'blocked: no', ''])(
    'is asked for again after CLOSED %j, less and less often',
    async (reason) => {
      const { clock, relay, heard, subscribe } = await connected();
      relay.faults = { refuseReads: reason };
      subscribe();
      await clock.advance(600_000);
      const asked = relay.framesOf('REQ').filter(([, id]) => id !== 'probe').length;
      expect(asked).toBeGreaterThan(5);
      expect(asked).toBeLessThan(60);
      relay.faults = {};
      await clock.until(() => heard.includes('eose'), 61_000);
    },
  );

  it.each([
    ['ERROR: too many concurrent REQs', Verdict.RateLimited],
    ['ERROR: bad req: unrecognised filter item', Verdict.Failed],
  ])('is asked for again when a NOTICE without an id (%j) takes the place of an answer', async (notice, verdict) => {
    const { clock, relay, heard, subscribe } = await connected();
    relay.faults = { notice };
    subscribe();
    await clock.advance(1_100);
    expect(heard).toEqual([verdict]);
    relay.faults = {};
    await clock.until(() => heard.includes('eose'), 5_000);
  });

  it('is not disturbed by a greeting', async () => {
    const { clock, relay, heard, subscribe } = await connected();
    relay.faults = { swallowEose: true };
    subscribe();
    relay.say('NOTICE', 'Welcome to this relay');
    await clock.advance(100);
    expect(heard).toEqual([]);
  });

  it('outlives reconnects', async () => {
    const { clock, relay, link, heard, subscribe } = await connected();
    subscribe();
    await clock.advance(100);
    relay.drop();
    await clock.until(() => link.state === LinkState.Open, 5_000);
    await clock.advance(100);
    const { event } = makeHead({ device: 'b', createdAt: 5 });
    relay.put(event);
    await clock.advance(100);
    expect(heard).toEqual(['eose', 'eose', event.id]);
  });

  it('authenticates when the relay asks for it, once', async () => {
    const { clock, relay, heard, subscribe, signed } = await connected();
    relay.faults = { auth: demandsAuth };
    subscribe();
    await clock.advance(1_000);
    expect(heard).toEqual(['eose']);
    expect(signed).toEqual([`${relay.url} challenge`]);
  });

  it('does not sign again and again for a relay that refuses the answer', async () => {
    const { clock, relay, heard, subscribe, signed } = await connected();
    relay.faults = { auth: { ...demandsAuth, refuses: 'restricted: no' } };
    subscribe();
    await clock.advance(120_000);
    expect(signed).toHaveLength(1);
    expect(new Set(heard)).toEqual(new Set([Verdict.AuthRequired]));
  });

  it('hears nothing of other authors, other kinds or other subscriptions, nor anything after it was closed', async () => {
    const { clock, relay, heard, subscribe } = await connected();
    const subscription = subscribe();
    await clock.advance(100);
    const { event } = makeHead({ device: 'b', createdAt: 5 });
    relay.say('EVENT', 's1', { ...event, pubkey: 'ff'.repeat(32) });
    relay.say('EVENT', 's1', { ...event, kind: 1 });
    relay.say('EVENT', 'nobody', event);
    relay.say('EOSE', 's1');
    subscription.close();
    relay.say('EVENT', 's1', event);
    await clock.advance(100);
    expect(heard).toEqual(['eose']);
    expect(relay.openSubscriptions).toBe(0);
  });
});

describe('what comes in', () => {
  const { suspendedMs, strayFrames } = configJson.inbound;

  async function watched() {
    const scene = await connected();
    const deeds: string[] = [];
    scene.handlers.misbehaved = () => deeds.push('misbehaved');
    scene.handlers.flooded = () => deeds.push('flooded');
    scene.subscribe();
    await scene.clock.advance(100);
    return { ...scene, deeds };
  }

  it('over the budget ends the connection, and the relay is left alone for minutes, however it is kicked', async () => {
    const { clock, relay, link, states, deeds } = await watched();
    for (let count = 0; count < 10_000; count += 1) relay.sayRaw('["NOTICE","hello"]');
    expect([deeds, states.at(-1), relay.openSockets]).toEqual([['flooded'], LinkState.Waiting, 0]);
    for (let at = 0; at < suspendedMs - 1_000; at += 1_000) {
      link.kick();
      await clock.advance(1_000);
    }
    expect(relay.connectedAt).toHaveLength(1);
    await clock.until(() => link.state === LinkState.Open, 10_000);
    // Not even now is there a new budget, but what has come back of the old one.
    let count = 0;
    for (; link.state === LinkState.Open; count += 1) relay.sayRaw('["NOTICE","hello"]');
    expect(Math.abs(count - strayFrames)).toBeLessThan(5);
  });

  it('and its publications are lost at once', async () => {
    const { link, publish, verdicts } = await watched();
    publish();
    link.suspend();
    expect(verdicts).toEqual([Verdict.Lost]);
    link.stop();
    link.suspend();
    expect(link.state).toBe(LinkState.Stopped);
  });

  const { event } = makeHead({ device: 'b', createdAt: 5 });
  it.each<[string, unknown]>([
    ['no JSON', '{'],
    ['no frame', '{"0":"EVENT"}'],
    ['no event', ['EVENT', 's1', { id: 7 }]],
    ['an event of somebody else', ['EVENT', 's1', { ...event, pubkey: 'ff'.repeat(32) }]],
    ['an event of another kind', ['EVENT', 's1', { ...event, kind: 1 }]],
  ])('counts as misbehaviour where no honest relay sends it (%s)', async (_what, frame) => {
    const { relay, deeds, heard } = await watched();
    relay.sayRaw(typeof frame === 'string' ? frame : JSON.stringify(frame));
    expect([deeds, heard]).toEqual([['misbehaved'], ['eose']]);
  });

  it.each<[what: string, frame: unknown, answers?: number]>([
    ['a greeting', ['NOTICE', 'Welcome! This relay is free, no payment required.']],
    ['an extension', ['COUNT', 's1', { count: 7 }]],
    ['an answer to nothing', ['OK', 'a'.repeat(64), false, 'blocked: no']],
    ['a late end', ['EOSE', 's1']],
    ['a subscription that is closed', ['EVENT', 's0', event]],
    ['a live event beyond the `until` of a page', ['EVENT', 's2', { ...event, created_at: 50 }]],
    ['a challenge, after which it is asked again', ['AUTH', 'challenge'], 2],
  ])('does not where an honest one may (%s)', async (_what, frame, answers = 1) => {
    const { clock, relay, link, deeds, heard } = await watched();
    link.subscribe({ ...filter, until: 10 }, { event: () => heard.push('outside'), eose: () => {} });
    await clock.advance(100);
    relay.sayRaw(JSON.stringify(frame));
    await clock.advance(100);
    expect([deeds, heard, link.state]).toEqual([[], Array(answers).fill('eose'), LinkState.Open]);
  });

  it('of a NOTICE never refuses anything for good', async () => {
    const { clock, relay, heard, subscribe } = await connected();
    relay.faults = { swallowEose: true };
    subscribe();
    relay.say('NOTICE', 'Welcome! This relay is free, no payment required.');
    await clock.advance(1_100);
    expect(heard).toEqual([Verdict.Failed]);
    relay.faults = {};
    await clock.until(() => heard.includes('eose'), 5_000);
  });
});

describe('a publication', () => {
  it.each<[object, Verdict]>([
    [{}, Verdict.Accepted],
    [{ refuseWrites: 'rate-limited: slow down' }, Verdict.RateLimited],
    [{ refuseWrites: 'pow: 28 bits needed' }, Verdict.WorkRequired],
    [{ swallowOk: true }, Verdict.Unanswered],
    [{ cutOver: 100 }, Verdict.Lost],
    [{ auth: demandsAuth }, Verdict.Accepted],
    [{ auth: { ...demandsAuth, refuses: 'restricted: no' } }, Verdict.AuthRequired],
  ])('settles once, at a relay with %j as %s', async (faults, verdict) => {
    const { clock, relay, publish, verdicts } = await connected();
    relay.faults = faults;
    publish();
    await clock.advance(30_000);
    expect(verdicts).toEqual([verdict]);
  });

  it('is sent in the same tick', async () => {
    const { relay, publish, clock } = await connected();
    relay.latencyMs = 0;
    publish();
    await clock.advance(0);
    expect(relay.framesOf('EVENT')).toHaveLength(1);
  });

  it('settles as lost when there is no connection, or no longer', async () => {
    const { clock, relay, link, publish, verdicts } = connect();
    publish();
    expect(verdicts).toEqual([Verdict.Lost]);
    link.start();
    await clock.advance(100);
    publish(2);
    relay.drop();
    expect(verdicts).toEqual([Verdict.Lost, Verdict.Lost]);
    await clock.until(() => link.state === LinkState.Open, 5_000);
    await clock.advance(100);
    expect(relay.framesOf('EVENT')).toHaveLength(0);
  });

  it('shares the answer with another publication of the same event', async () => {
    const { clock, relay, publish, verdicts } = await connected();
    publish();
    publish();
    await clock.advance(100);
    expect(relay.framesOf('EVENT')).toHaveLength(1);
    expect(verdicts).toEqual([Verdict.Accepted, Verdict.Accepted]);
  });

  it('says nothing after it was cancelled', async () => {
    const { clock, publish, verdicts } = await connected();
    publish().cancel();
    await clock.advance(30_000);
    expect(verdicts).toEqual([]);
  });

  it('is not settled by an OK for another event', async () => {
    const { clock, relay, publish, verdicts } = await connected();
    relay.faults = { swallowOk: true };
    publish();
    relay.say('OK', 'd'.repeat(64), true, '');
    await clock.advance(1_000);
    expect(verdicts).toEqual([]);
  });
});

it('leaves no socket and no timer behind when it is stopped', async () => {
  const { clock, relay, link, subscribe, publish, verdicts, states } = await connected();
  subscribe();
  relay.faults = { swallowOk: true };
  publish();
  link.probe();
  const before = states.length;
  link.stop();
  expect(relay.openSockets).toBe(0);
  await clock.advance(1_000);
  expect(clock.pendingTimers).toBe(0);
  expect(states).toHaveLength(before);
  expect(verdicts).toEqual([]);
});

describe('a complaint about a size that does not say of what', () => {
  const complaints: readonly (readonly [string, ScriptedRelay['faults']])[] = [
    ['in a NOTICE', { refuseOver: { bytes: 20_000, by: 'NOTICE' } }],
    ['as the relay closes with 1009', { refuseOver: { bytes: 20_000, by: 'close' } }],
  ];

  it.each(complaints)('%s, means the largest event that waits for its OK', async (_how, faults) => {
    const { clock, relay, link } = await connected();
    relay.faults = { ...faults, swallowOk: true };
    const answers = new Map<number, Verdict>();
    for (const bytes of [600, 40_000, 13_000]) {
      const { event } = makeHead({ createdAt: bytes, bytes });
      link.publish(event, (verdict) => answers.set(bytes, verdict));
    }
    await clock.advance(100);
    expect(answers.get(40_000)).toBe(Verdict.TooLarge);
    expect([answers.get(600), answers.get(13_000)]).not.toContain(Verdict.TooLarge);
  });

  it('means none of them where all are small', async () => {
    const { clock, relay, publish, verdicts } = await connected();
    relay.faults = { swallowOk: true };
    publish();
    relay.say('NOTICE', 'error: message too large');
    await clock.advance(100);
    expect(verdicts).toEqual([]);
  });
});

describe('a NOTICE about a limit', () => {
  it('means the question with the greatest one', async () => {
    const { clock, relay, link } = await connected();
    relay.faults = { swallowEose: true };
    const interrupted: number[] = [];
    for (const limit of [500, 20]) {
      const onInterrupted = () => interrupted.push(limit);
      link.subscribe({ ...filter, limit }, { event: () => {}, eose: () => {}, interrupted: onInterrupted });
    }
    relay.say('NOTICE', 'ERROR: bad req: limit too large');
    await clock.advance(1_100);
    expect(interrupted).toEqual([500]);
  });
});
