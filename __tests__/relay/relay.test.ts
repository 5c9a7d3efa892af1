import { generateSecretKey, getPublicKey } from 'nostr-tools/pure';
import { startRelay } from '../../src/relay';
import type { RelayFrame, RelayOptions, RunningRelay } from '../../src/relay';
import { Client, eventually, makeEvent, makeTie, nowSeconds, pubkey } from './support';

jest.setTimeout(30_000);

const running: RunningRelay[] = [];
const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(running.splice(0).map((relay) => relay.stop()));
});

async function start(options: RelayOptions = {}): Promise<RunningRelay> {
  const relay = await startRelay({ mode: 'strict', ...options });
  running.push(relay);
  return relay;
}

async function connect(relay: RunningRelay): Promise<Client> {
  const client = await Client.connect(relay.url);
  clients.push(client);
  return client;
}

async function open(options: RelayOptions = {}): Promise<Client> {
  return connect(await start(options));
}

describe('events (NIP-01)', () => {
  it('stores a signed event and gives it back', async () => {
    const client = await open();
    const event = makeEvent({ content: 'hello' });
    expect(await client.publish(event)).toEqual([true, '']);
    expect(await client.read('all', { kinds: [30078], authors: [pubkey] })).toEqual([event]);
  });

  it('keeps only the newest version of an address, whatever the order of arrival', async () => {
    const client = await open();
    const at = nowSeconds();
    const versions = [1, 3, 2].map((n) => makeEvent({ created_at: at + n, content: String(n) }));
    for (const version of versions) await client.publish(version);
    expect(await client.read('all', { '#d': ['slot'] })).toEqual([versions[1]]);
  });

  it.each([[0], [1]])(
    'gives a second of one address to the lowest id, when version %i arrives first',
    async (first) => {
      const client = await open();
      const tie = makeTie();
      await client.publish(tie[first]!);
      await client.publish(tie[1 - first]!);
      expect(await client.read('all', { '#d': ['tie'] })).toEqual([tie[0]]);
    },
  );

  it('keeps addresses apart by kind, author and d', async () => {
    const client = await open();
    const stranger = generateSecretKey();
    const events = [
      makeEvent({ tags: [['d', 'a']] }),
      makeEvent({ tags: [['d', 'b']] }),
      makeEvent({ kind: 30079, tags: [['d', 'a']] }),
      makeEvent({ tags: [['d', 'a']] }, stranger),
    ];
    for (const event of events) expect(await client.publish(event)).toEqual([true, '']);
    expect(await client.read('all', {})).toHaveLength(4);
    expect(await client.read('one', { kinds: [30078], authors: [getPublicKey(stranger)], '#d': ['a'] })).toEqual([
      events[3],
    ]);
  });

  it.each<[string, (event: ReturnType<typeof makeEvent>) => object, RegExp]>([
    ['a changed content', (event) => ({ ...event, content: 'forged' }), /^invalid: bad event id/],
    ['another signature', (event) => ({ ...event, sig: makeEvent({ content: 'x' }).sig }), /^invalid: bad signature/],
    ['no tags', (event) => ({ ...event, tags: undefined }), /^invalid: tags/],
    ['a fractional kind', (event) => ({ ...event, kind: 1.5 }), /^invalid: kind/],
    ['an upper-case id', (event) => ({ ...event, id: event.id.toUpperCase() }), /^invalid: event id/],
    ['an empty tag', (event) => ({ ...event, tags: [[]] }), /^invalid: tags/],
  ])('refuses an event with %s', async (_what, change, reason) => {
    const relay = await start();
    const client = await connect(relay);
    const event = change(makeEvent());
    client.send('EVENT', event);
    const [, , accepted, message] = await client.next((m) => m[0] === 'OK');
    expect([accepted, message]).toEqual([false, expect.stringMatching(reason)]);
    expect(relay.events()).toEqual([]);
  });

  it('is not fooled by a signature that was good for another content', async () => {
    const client = await open();
    const event = makeEvent({ content: 'genuine' });
    await client.publish(event);
    expect(await client.publish({ ...event, id: makeEvent({ content: 'x' }).id })).toEqual([
      false,
      'invalid: bad event id',
    ]);
  });

  it('never stores an ephemeral event, but shows it live', async () => {
    const relay = await start();
    const client = await connect(relay);
    await client.read('live', { kinds: [20001] });
    const event = makeEvent({ kind: 20001, tags: [] });
    expect(await client.publish(event)).toEqual([true, '']);
    await client.settle();
    expect(client.eventsOf('live')).toEqual([event]);
    expect(relay.events()).toEqual([]);
  });

  it('drops unknown fields of an event', async () => {
    const client = await open();
    const event = makeEvent();
    client.send('EVENT', { ...event, extra: 'x' });
    await client.next((m) => m[0] === 'OK');
    expect(await client.read('all', {})).toEqual([event]);
  });
});

describe('subscriptions', () => {
  it('sends newest first, and the lowest id first within a second', async () => {
    const client = await open();
    const at = nowSeconds();
    const [low, high] = [
      makeEvent({ kind: 1, created_at: at, content: 'a' }),
      makeEvent({ kind: 1, created_at: at, content: 'b' }),
    ].sort((a, b) => (a.id < b.id ? -1 : 1));
    const newest = makeEvent({ kind: 1, created_at: at + 1 });
    for (const event of [high!, newest, low!]) await client.publish(event);
    expect(await client.read('all', { kinds: [1] })).toEqual([newest, low, high]);
  });

  it('has both ends of since and until included, and until 0 excludes everything', async () => {
    const client = await open();
    const at = nowSeconds();
    const events = [0, 1, 2, 3].map((n) => makeEvent({ kind: 1, created_at: at + n }));
    for (const event of events) await client.publish(event);
    expect(await client.read('some', { since: at + 1, until: at + 2 })).toEqual([events[2], events[1]]);
    expect(await client.read('none', { until: 0 })).toEqual([]);
  });

  it('shows live events to matching subscriptions only, and honours no limit there', async () => {
    const relay = await start();
    const reader = await connect(relay);
    await reader.read('mine', { authors: [pubkey], limit: 1 });
    await reader.read('others', { authors: ['0'.repeat(64)] });
    const writer = await connect(relay);
    const events = [1, 2, 3].map((n) => makeEvent({ tags: [['d', String(n)]] }));
    for (const event of events) await writer.publish(event);
    await reader.settle();
    expect(reader.eventsOf('mine')).toEqual(events);
    expect(reader.eventsOf('others')).toEqual([]);
  });

  it('replaces a subscription of the same id and stops after CLOSE', async () => {
    const client = await open();
    await client.read('live', { kinds: [1] });
    await client.read('live', { kinds: [2] });
    await client.publish(makeEvent({ kind: 1 }));
    const wanted = makeEvent({ kind: 2 });
    await client.publish(wanted);
    client.send('CLOSE', 'live');
    await client.publish(makeEvent({ kind: 2, content: 'late' }));
    await client.settle();
    expect(client.eventsOf('live')).toEqual([wanted]);
  });

  it.each(['strict', 'strfry'] as const)(
    'loses and doubles nothing between stored and live events (%s)',
    async (mode) => {
      const relay = await start({ mode });
      const writer = await connect(relay);
      const events = Array.from({ length: 60 }, (_, n) => makeEvent({ tags: [['d', `race-${n}`]] }));
      const reader = await connect(relay);
      for (const [n, event] of events.entries()) {
        writer.send('EVENT', event);
        if (n % 5 === 0) reader.send('REQ', `sub-${n}`, { authors: [pubkey] });
      }
      await writer.until(() => writer.messages.filter((m) => m[0] === 'OK').length === events.length, 'all OKs');
      await reader.until(() => reader.messages.filter((m) => m[0] === 'EOSE').length === 12, 'all EOSEs');
      await reader.settle();
      const ids = events.map((event) => event.id).sort();
      for (let n = 0; n < 60; n += 5) {
        expect(
          reader
            .eventsOf(`sub-${n}`)
            .map((event) => event.id)
            .sort(),
        ).toEqual(ids);
      }
    },
  );

  it.each<[string, unknown, unknown]>([
    ['an unknown key', 'x', { search: 'x' }],
    ['a tag of several letters', 'x', { '#dd': ['x'] }],
    ['four tag filters', 'x', { '#a': ['1'], '#b': ['1'], '#c': ['1'], '#d': ['1'] }],
    ['an id that is no hex', 'x', { ids: ['zz'] }],
    ['a filter that is no object', 'x', []],
    ['a negative limit', 'x', { limit: -1 }],
  ])('answers a filter with %s by CLOSED', async (_what, id, filter) => {
    const client = await open();
    client.send('REQ', id, filter);
    expect(await client.next((m) => m[0] === 'CLOSED')).toEqual(['CLOSED', 'x', expect.stringMatching(/^invalid: /)]);
  });

  it('answers a request without a usable id by a NOTICE', async () => {
    const client = await open();
    client.send('REQ', 'x'.repeat(65), {});
    client.send('REQ', 7, {});
    await client.until(() => client.messages.filter((m) => m[0] === 'NOTICE').length === 2, 'two notices');
  });

  it.each([
    'nonsense',
    '{}',
    '[]',
    '["OK"]',
    '[null,1]',
    '["EVENT"]',
    '["EVENT",null]',
    '["EVENT",{"id":7}]',
    '["REQ"]',
    '["AUTH"]',
    '["CLOSE"]',
  ])('survives %s', async (text) => {
    const client = await open();
    client.sendText(text);
    expect(await client.publish(makeEvent())).toEqual([true, '']);
  });

  it('counts (NIP-45) and hints whether there is more (NIP-67)', async () => {
    const client = await open();
    for (const n of [1, 2, 3]) await client.publish(makeEvent({ kind: 1, content: String(n) }));
    client.send('COUNT', 'n', { kinds: [1] }, { authors: [pubkey] });
    expect(await client.next((m) => m[0] === 'COUNT')).toEqual(['COUNT', 'n', { count: 3 }]);
    client.send('REQ', 'part', { kinds: [1], limit: 2 });
    expect(await client.next((m) => m[0] === 'EOSE' && m[1] === 'part')).toEqual(['EOSE', 'part', ['more']]);
    client.send('REQ', 'all', { kinds: [1], limit: 3 });
    expect(await client.next((m) => m[0] === 'EOSE' && m[1] === 'all')).toEqual(['EOSE', 'all', ['finish']]);
  });
});

describe('deletion and expiry', () => {
  it('deletes by id, for ever, and only what the same author wrote (NIP-09)', async () => {
    const client = await open();
    const mine = makeEvent({ kind: 1 });
    const stranger = generateSecretKey();
    const theirs = makeEvent({ kind: 1 }, stranger);
    await client.publish(mine);
    await client.publish(theirs);
    await client.publish(
      makeEvent({
        kind: 5,
        tags: [
          ['e', mine.id],
          ['e', theirs.id],
        ],
      }),
    );
    expect(await client.read('all', { kinds: [1] })).toEqual([theirs]);
    expect(await client.publish(mine)).toEqual([false, 'deleted: user requested deletion']);
  });

  it('deletes an address up to the second of the request, and takes newer versions', async () => {
    const client = await open();
    const at = nowSeconds();
    await client.publish(makeEvent({ created_at: at }));
    await client.publish(makeEvent({ kind: 5, created_at: at + 1, tags: [['a', `30078:${pubkey}:slot`]] }));
    expect(await client.read('gone', { kinds: [30078] })).toEqual([]);
    expect((await client.publish(makeEvent({ created_at: at + 1 })))[0]).toBe(false);
    expect(await client.publish(makeEvent({ created_at: at + 2 }))).toEqual([true, '']);
  });

  it('forgets everything of an author who asks for it (NIP-62)', async () => {
    const client = await open();
    const at = nowSeconds();
    await client.publish(makeEvent({ created_at: at }));
    await client.publish(makeEvent({ kind: 62, created_at: at, tags: [['relay', 'ALL_RELAYS']] }));
    expect(await client.read('gone', { kinds: [30078] })).toEqual([]);
    expect((await client.publish(makeEvent({ created_at: at - 5 })))[0]).toBe(false);
  });

  it('neither takes nor serves what has expired (NIP-40)', async () => {
    let skewMs = 0;
    const client = await open({ clock: { now: () => Date.now() + skewMs } });
    const at = nowSeconds();
    const tags = [
      ['d', 'brief'],
      ['expiration', String(at + 100)],
    ];
    await client.publish(makeEvent({ tags }));
    expect(await client.read('before', { '#d': ['brief'] })).toHaveLength(1);
    skewMs = 200_000;
    expect(await client.read('after', { '#d': ['brief'] })).toEqual([]);
    expect(await client.publish(makeEvent({ tags, content: 'again' }))).toEqual([false, 'invalid: event expired']);
  });
});

describe('authentication (NIP-42)', () => {
  const answer = (challenge: unknown, fields: object = {}) =>
    makeEvent({
      kind: 22242,
      tags: [
        ['relay', 'wss://relay.test'],
        ['challenge', String(challenge)],
      ],
      ...fields,
    });

  it('serves nothing before, and everything after a right answer', async () => {
    const client = await open({ requiresAuth: true });
    const [, challenge] = await client.next((m) => m[0] === 'AUTH');
    client.send('REQ', 'early', {});
    expect(await client.next((m) => m[0] === 'CLOSED')).toEqual([
      'CLOSED',
      'early',
      expect.stringMatching(/^auth-required: /),
    ]);
    expect((await client.publish(makeEvent()))[1]).toMatch(/^auth-required: /);
    const auth = answer(challenge);
    client.send('AUTH', auth);
    expect(await client.next((m) => m[0] === 'OK' && m[1] === auth.id)).toEqual(['OK', auth.id, true, '']);
    expect(await client.publish(makeEvent())).toEqual([true, '']);
    expect(await client.read('late', {})).toHaveLength(1);
    expect((await client.publish(makeEvent({}, generateSecretKey())))[1]).toMatch(/^restricted: /);
  });

  it.each<[string, (challenge: unknown) => ReturnType<typeof makeEvent>]>([
    ['another challenge', () => answer('guess')],
    ['another kind', (challenge) => answer(challenge, { kind: 1 })],
    ['an old clock', (challenge) => answer(challenge, { created_at: nowSeconds() - 3600 })],
    ['a bad signature', (challenge) => ({ ...answer(challenge), sig: makeEvent().sig })],
  ])('refuses an answer with %s', async (_what, make) => {
    const client = await open({ requiresAuth: true });
    const [, challenge] = await client.next((m) => m[0] === 'AUTH');
    client.send('AUTH', make(challenge));
    expect((await client.next((m) => m[0] === 'OK'))[2]).toBe(false);
  });

  it('takes a protected event from its author only (NIP-70)', async () => {
    const client = await open();
    const event = makeEvent({ tags: [['d', 'slot'], ['-']] });
    expect((await client.publish(event))[1]).toMatch(/^auth-required: /);
    const [, challenge] = await client.next((m) => m[0] === 'AUTH');
    client.send('AUTH', answer(challenge));
    expect(await client.publish(event)).toEqual([true, '']);
  });
});

describe('information (NIP-11)', () => {
  it('is readable from any page and finite', async () => {
    const relay = await start({ name: 'mine' });
    const response = await fetch(relay.url.replace('ws:', 'http:'), { headers: { accept: 'application/nostr+json' } });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await response.json()).toMatchObject({
      name: 'mine',
      supported_nips: expect.arrayContaining([1, 9, 11, 40, 42, 45, 67]),
      limitation: { max_message_length: 131_072, max_subscriptions: 200, max_limit: 500, auth_required: false },
    });
  });
});

describe('the running relay', () => {
  it('drops and refuses connections while it is paused, and comes back on its port with its events', async () => {
    const relay = await start();
    const client = await connect(relay);
    await client.publish(makeEvent());
    await relay.pause();
    await client.closed();
    await expect(Client.connect(relay.url)).rejects.toThrow('refused');
    await relay.resume();
    expect(await (await connect(relay)).read('all', {})).toHaveLength(1);
  });

  it('shows every frame to a listener, until it is taken off', async () => {
    const relay = await start();
    const frames: RelayFrame[] = [];
    const off = relay.onFrame((frame) => frames.push(frame));
    const client = await connect(relay);
    const event = makeEvent();
    await client.publish(event);
    off();
    await client.settle();
    expect(frames).toEqual([
      { connection: 1, direction: 'in', text: JSON.stringify(['EVENT', event]) },
      { connection: 1, direction: 'out', text: JSON.stringify(['OK', event.id, true, '']) },
    ]);
  });

  it('can be wiped and rolled back', async () => {
    const relay = await start();
    const client = await connect(relay);
    const at = nowSeconds();
    const old = makeEvent({ created_at: at });
    await client.publish(old);
    const backup = relay.snapshot();
    await client.publish(makeEvent({ created_at: at + 1 }));
    relay.restore(backup);
    expect(await client.read('old', {})).toEqual([old]);
    relay.wipe();
    expect(await client.read('none', {})).toEqual([]);
    expect(await client.publish(old)).toEqual([true, '']);
  });

  it('says which port is taken', async () => {
    const relay = await start();
    await expect(startRelay({ port: relay.port })).rejects.toMatchObject({
      code: 'RELAY_PORT_TAKEN',
      message: expect.stringContaining(String(relay.port)),
    });
  });

  it('listens on loopback only, and stops twice', async () => {
    const relay = await start();
    expect(relay.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
    await Promise.all([relay.stop(), relay.stop()]);
    await expect(Client.connect(relay.url)).rejects.toThrow('refused');
  });

  it('cuts off a reader that does not read', async () => {
    const relay = await start({ limits: { maxPendingBytes: 200_000 } });
    const writer = await connect(relay);
    for (let n = 0; n < 30; n += 1)
      await writer.publish(makeEvent({ tags: [['d', String(n)]], content: 'x'.repeat(60_000) }));
    const reader = await connect(relay);
    reader.socket.pause();
    for (let n = 0; n < 30; n += 1) reader.send('REQ', String(n), {});
    await eventually(() => relay.connections === 1, 'the reader to be cut off');
    reader.socket.resume();
    await reader.closed();
    expect(reader.messages.length).toBeLessThan(900);
  });
});

describe('limits', () => {
  it.each<[string, Partial<ReturnType<typeof makeEvent>>, string]>([
    ['more than 65,536 bytes', { content: 'x'.repeat(65_300) }, 'invalid: event too large: '],
    ['a tag value over 1,024 bytes', { tags: [['d', 'x'.repeat(1_025)]] }, 'invalid: tag val too large: 1025'],
    ['more than 2,000 tags', { tags: Array.from({ length: 2_001 }, () => ['t', 'x']) }, 'invalid: too many tags: 2001'],
    ['a time 20 minutes ahead', { created_at: nowSeconds() + 1_200 }, 'invalid: created_at too late'],
    ['a time four years back', { created_at: nowSeconds() - 4 * 31_536_000 }, 'invalid: created_at too early'],
    [
      'an ephemeral kind two minutes back',
      { kind: 20001, created_at: nowSeconds() - 120 },
      'invalid: ephemeral event expired',
    ],
  ])('refuses %s', async (_what, fields, reason) => {
    const client = await open({ mode: 'strfry' });
    const [accepted, message] = await client.publish(makeEvent(fields));
    expect([accepted, message]).toEqual([false, expect.stringContaining(reason)]);
  });

  it('takes an event of exactly 65,536 bytes', async () => {
    const client = await open({ mode: 'strfry' });
    const bytes = Buffer.byteLength(JSON.stringify(makeEvent({ content: '' })));
    expect(await client.publish(makeEvent({ content: 'x'.repeat(65_536 - bytes) }))).toEqual([true, '']);
  });

  it('cuts an answer at 500 events, newest first, without a word', async () => {
    const relay = await start({ mode: 'strfry', limits: { maxLimit: 5 } });
    const client = await connect(relay);
    const at = nowSeconds();
    const events = Array.from({ length: 8 }, (_, n) => makeEvent({ created_at: at + n, tags: [['d', String(n)]] }));
    for (const event of events) await client.publish(event);
    expect(await client.read('all', {})).toEqual(events.slice(3).reverse());
    expect(await client.read('more', { limit: 100 })).toHaveLength(5);
    expect(client.messages.filter((m) => m[0] === 'EOSE').map((m) => m.length)).toEqual([2, 2]);
  });
});
