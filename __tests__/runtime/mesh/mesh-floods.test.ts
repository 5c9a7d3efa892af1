/** What comes in has a budget (docs/relays.md, section 5): a relay that floods, lies or forges loses its place, and one that is honest never does. */
import { getEventHash } from 'nostr-tools/pure';
import { RelayState } from '../../../src/runtime/core/status';
import type { NostrEvent } from '../../../src/runtime/contracts/slot';
import { OwnedClock } from '../../support/owned-clock';
import { MeshScene } from '../../support/mesh-scene';
import type { ScriptedRelay } from '../../support/scripted-relay';
import { makeHead } from '../../support/test-slots';

jest.setTimeout(120_000);

const genuine = makeHead({ device: 'b', createdAt: 1_700_000_000 }, false).event;
const withRightId = (event: NostrEvent): NostrEvent => ({ ...event, id: getEventHash(event as never) });
const versionOf = (index: number, more: Partial<NostrEvent> = {}): NostrEvent => {
  const { event } = makeHead({ device: 'b', index: index % 500, createdAt: 1_700_000_001 + index }, false);
  return withRightId({ ...event, ...more });
};

const noSignature = '0'.repeat(128);
const onLive = (event: unknown) => ['EVENT', 's1', event];

/** What is said again and again, and what may come of it: frames that are parsed, and signatures that are checked. */
const floods: readonly (readonly [name: string, frame: (index: number) => unknown, parsed: number, checked: number])[] = [
  ['NOTICEs', (index) => ['NOTICE', `buy this, ${index}`], 400, 0],
  ['complaints', () => ['NOTICE', 'ERROR: too many concurrent REQs'], 400, 0],
  ['challenges', (index) => ['AUTH', `${index}`], 100, 0],
  ['answers', (index) => ['OK', `${index}`.padStart(64, '0'), true, ''], 400, 0],
  ['junk', (index) => `{${index}`, 21, 0],
  ['binary messages', () => new ArrayBuffer(10_000), 0, 0],
  ['huge frames', () => `["NOTICE","${'x'.repeat(2_000_000)}"]`, 0, 0],
  ['events of unknown subscriptions', () => ['EVENT', 'nobody', genuine], 0, 0],
  ['one genuine event', () => onLive(genuine), 2_100, 1],
  ['tiny events of strangers', (index) => onLive(withRightId({ ...genuine, pubkey: `${index}`.padStart(64, 'd') })), 21, 0],
  ['wrong ids', (index) => onLive({ ...genuine, id: `${index}`.padStart(64, 'e') }), 2_100, 1],
  ['wrong ids of what is not there', (index) => onLive({ ...versionOf(index), id: 'e'.repeat(64) }), 21, 0],
  ['spoilt signatures', (index) => onLive({ ...versionOf(index), sig: noSignature }), 300, 24],
  ['spoilt signatures of one event', (index) => onLive({ ...genuine, sig: `${index}`.padStart(128, '0') }), 300, 22],
  ['forgeries without a signature', (index) => onLive(versionOf(index, { content: 'AAAA', sig: noSignature })), 80, 21],
]; // prettier-ignore

describe.each(floods)('a relay that floods with %s', (_name, frame, parsed, checked) => {
  it('is closed, demoted, and nobody notices', async () => {
    const scene = new MeshScene({ relays: 4 });
    const [relay, other] = scene.relays as readonly [ScriptedRelay, ScriptedRelay];
    await scene.begin();
    const parses = jest.spyOn(JSON, 'parse');
    let countParsed = 0;
    for (let round = 0; round < 50; round += 1) {
      for (let index = 0; index < 60; index += 1) {
        if (relay.openSockets === 0) break;
        const said = frame(60 * round + index);
        const text = said instanceof ArrayBuffer || typeof said === 'string' ? said : JSON.stringify(said);
        const before = parses.mock.calls.length;
        relay.sayRaw(text);
        countParsed += parses.mock.calls.length - before;
      }
      await scene.clock.advance(20);
    }
    parses.mockRestore();
    expect(countParsed).toBeLessThanOrEqual(parsed);
    expect(scene.checked.length).toBeLessThanOrEqual(checked);

    await scene.clock.advance(1_000);
    expect(scene.mesh.status[0]?.state).toBe(RelayState.Demoted);
    expect(scene.mesh.status[0]?.words).toMatch(/more than anybody has asked for|what nobody has written/);
    expect(relay.openSockets).toBe(0);
    await scene.clock.advance(600_000);
    expect(relay.connectedAt).toHaveLength(1);
    const own = scene.write();
    await scene.clock.until(() => scene.storedCount(own) === 3, 2_000);
    const { event, version } = makeHead({ device: 'c', createdAt: scene.nowSeconds }, false);
    other.put(event);
    await scene.clock.until(() => scene.newest.has(version.d), 100);
    scene.mesh.stop();
    expect(scene.clock.pendingTimers).toBe(0);
  });
});

it('a relay that floods and cannot be done without is used for a moment every few minutes', async () => {
  const scene = new MeshScene();
  const [relay, ...others] = scene.relays as readonly ScriptedRelay[];
  await scene.begin();
  for (const other of others) {
    other.faults = { refuseWrites: 'restricted: no' };
    other.put(makeHead({ device: 'b', createdAt: scene.nowSeconds }, false).event);
  }
  const own = scene.write();
  await scene.clock.until(() => scene.storedCount(own) === 1, 5_000);
  for (let minute = 0; minute < 30; minute += 1) {
    for (let count = 0; count < 1_000; count += 1) relay!.sayRaw('["NOTICE","x"]');
    expect(relay!.openSockets).toBe(0);
    await scene.clock.advance(60_000);
  }
  expect(relay!.connectedAt.length).toBeGreaterThan(4);
  expect(relay!.connectedAt.length).toBeLessThan(8);
  expect(scene.mesh.status[0]?.words).toContain('more than anybody has asked for');
});

it('a relay that is in use although it was demoted for something else loses its place as well', async () => {
  const url = 'wss://relay0.example';
  const clock = new OwnedClock();
  const lies = { demotedUntil: clock.now() + 3_600_000, demotedFor: 'lies' };
  const scene = new MeshScene({ relays: 4, clock, memory: { [url]: lies } });
  const [relay] = scene.relays as [ScriptedRelay];
  await scene.begin();
  expect(relay.openSockets).toBe(1);
  for (let count = 0; count < 1_000; count += 1) relay.sayRaw('["NOTICE","x"]');
  await scene.clock.advance(1_000);
  expect(scene.mesh.status[0]).toMatchObject({
    state: RelayState.Demoted,
    words: expect.stringContaining('more than anybody has asked for'),
  });
});

it('misdeeds are counted across connections, and forgiven in time', async () => {
  const scene = new MeshScene({ relays: 4 });
  const [relay] = scene.relays as [ScriptedRelay];
  await scene.begin();
  const forge = async (count: number) => {
    for (let index = 0; index < count; index += 1) relay.sayRaw('{');
    relay.drop();
    await scene.clock.advance(10_000);
  };
  for (let round = 0; round < 4; round += 1) await forge(5);
  await scene.clock.advance(3_600_000);
  for (let round = 0; round < 4; round += 1) await forge(5);
  expect(scene.mesh.status[0]?.state).toBe(RelayState.Live);
  await forge(5);
  expect(scene.mesh.status[0]?.state).toBe(RelayState.Demoted);
});

describe('an honest relay keeps its place', () => {
  const expectNobodyDemoted = (scene: MeshScene) => {
    expect(scene.mesh.status.map(({ state }) => state)).toEqual(scene.relays.map(() => RelayState.Live));
    for (const relay of scene.relays) expect(relay.connectedAt).toHaveLength(1);
  };

  it('that sends all there is of 100,000 documents at once, as others do; each event is opened and checked once', async () => {
    const scene = new MeshScene();
    const pages = Array.from(
      { length: 340 },
      (_, index) => makeHead({ device: 'b', index, createdAt: 1_700_000_000 + index, bytes: 33_000 }, false).event,
    );
    for (const relay of scene.relays) {
      relay.latencyMs = 0;
      for (const page of pages) relay.put(page);
    }
    scene.mesh.start();
    await scene.clock.until(() => scene.reads.length === 3, 60_000);
    expect(scene.reads.map(({ present, complete }) => [present.size, complete])).toEqual(Array(3).fill([340, true]));
    expect([scene.received.length, scene.checked.length]).toEqual([340, 340]);
    expectNobodyDemoted(scene);
    scene.mesh.stop();
  });

  it('that passes on what ten devices upload at once, and then again', async () => {
    const scene = new MeshScene();
    await scene.begin();
    for (let second = 0; second < 60; second += 1) {
      for (const relay of scene.relays)
        for (let device = 0; device < 10; device += 1)
          for (let index = 0; index < 3; index += 1)
            relay.put(makeHead({ device: `${device}`, index, createdAt: scene.nowSeconds }, false).event);
      await scene.clock.advance(1_000);
    }
    expect(scene.newest.size).toBe(30);
    expectNobodyDemoted(scene);
    scene.mesh.stop();
  });

  it.each<[string, (relay: ScriptedRelay, scene: MeshScene, round: number) => void]>([
    ['greets and advertises', (relay) => relay.say('NOTICE', 'Welcome! This relay is free, no payment required.')],
    ['asks for authentication again and again', (relay, _scene, round) => relay.say('AUTH', `${round}`)],
    [
      'passes on old versions that somebody publishes again',
      (relay, _scene, round) => relay.say('EVENT', 's1', versionOf(round % 50)),
    ],
    [
      'passes on what a newer build writes',
      (relay, scene, round) => {
        const event = versionOf(round);
        scene.unreadable.add(event.id);
        relay.say('EVENT', 's1', event);
      },
    ],
    [
      'passes on what no key opens, rightly signed',
      (relay, scene, round) => {
        const event = versionOf(round, { content: 'AAAA' });
        scene.sealedOtherwise.add(event.id);
        relay.say('EVENT', 's1', event);
      },
    ],
    ['sends what comes late', (relay) => relay.say('EVENT', 's2', genuine)],
  ])('that %s', async (_what, say) => {
    const scene = new MeshScene();
    await scene.begin();
    for (let round = 0; round < 600; round += 1) {
      for (const relay of scene.relays) say(relay, scene, round);
      await scene.clock.advance(1_000);
    }
    expectNobodyDemoted(scene);
    scene.mesh.stop();
  });
});

it('what waits for its check waits, and is neither dropped nor checked twice', async () => {
  const scene = new MeshScene();
  const { signatureChecks, signatureChecksPerSecond } = scene.config.inbound;
  const events = Array.from({ length: 450 }, (_, index) => versionOf(index));
  for (const event of events) scene.unreadable.add(event.id);
  const [relay] = scene.relays as [ScriptedRelay];
  for (const event of events) relay.put(event);
  scene.mesh.start();
  await scene.clock.advance(1_000);
  expect(scene.checked.length).toBeLessThanOrEqual(signatureChecks + signatureChecksPerSecond);
  await scene.clock.until(() => scene.reads.length === 3, 60_000);
  expect(scene.checked).toHaveLength(450);
  expect(scene.reads.every(({ complete }) => complete)).toBe(true);
});

describe('a forgery that arrives before the genuine version', () => {
  const forgeries: readonly [string, NostrEvent][] = [
    ['under its id', { ...genuine, content: `${genuine.content.slice(0, -4)}AAAA` }],
    [
      'under its address, time and nonce',
      withRightId({ ...genuine, content: `${genuine.content.slice(0, -4)}AAAA`, sig: noSignature }),
    ],
    ['with a spoilt signature', { ...genuine, sig: noSignature }],
    ['dated ahead', withRightId({ ...genuine, created_at: 2_000_000_000, sig: noSignature })],
  ];

  it.each(forgeries)('%s hides nothing, from whichever relay the genuine one comes', async (_what, forged) => {
    for (const from of [0, 1]) {
      const scene = new MeshScene();
      await scene.begin();
      scene.relays[0]!.say('EVENT', 's1', forged);
      await scene.clock.advance(100);
      scene.relays[from]!.say('EVENT', 's1', genuine);
      await scene.clock.advance(100);
      expect(scene.received.filter(({ sig, content }) => sig === genuine.sig && content === genuine.content)).toEqual([
        genuine,
      ]);
      scene.mesh.stop();
    }
  });

  it('does not count as held: a relay that has spoilt a signature is given the good copy', async () => {
    const scene = new MeshScene();
    const another = makeHead({ device: 'b', index: 1, createdAt: 1_600_000_000 }, false).event;
    scene.relays[0]!.put({ ...genuine, sig: noSignature });
    for (const relay of scene.relays.slice(1)) relay.put(genuine);
    for (const relay of scene.relays) relay.put(another);
    scene.mesh.start();
    await scene.clock.advance(60_000);
    const [spoiler, ...others] = scene.relays.map(({ url }) => scene.reads.filter((read) => read.url === url));
    expect(spoiler?.every(({ present }) => present.size === 1)).toBe(true);
    for (const reads of others) expect(reads).toMatchObject([{ complete: true, present: { size: 2 } }]);
    expect(scene.relays[0]!.framesOf('EVENT')).toContainEqual(['EVENT', genuine]);
  });
});
