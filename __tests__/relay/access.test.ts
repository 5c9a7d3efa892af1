/** Who is served what: NIP-42 and restricted kinds in the exact words of strfry and nostream, silence, and policies that NIP-11 does not tell. */
import { generateSecretKey } from 'nostr-tools/pure';
import { startRelay } from '../../src/relay';
import type { RelayMode, RelayOptions, RunningRelay } from '../../src/relay';
import { Client, makeEvent, makeAnswer, nowSeconds, pubkey } from './support';

jest.setTimeout(30_000);

const running: RunningRelay[] = [];
const clients: Client[] = [];
const ours = { kinds: [30078], authors: [pubkey] };
const serviceUrl = 'wss://relay.example:7777/path';

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(running.splice(0).map((relay) => relay.stop()));
});

async function start(options: RelayOptions): Promise<RunningRelay> {
  const relay = await startRelay(options);
  running.push(relay);
  return relay;
}

async function connect(relay: RunningRelay): Promise<Client> {
  const client = await Client.connect(relay.url);
  clients.push(client);
  return client;
}

async function open(options: RelayOptions): Promise<Client> {
  return connect(await start(options));
}

const words = {
  strfry: {
    read: 'ERROR: auth-required: requested filter requires authentication',
    count: 'ERROR: auth-required: requested filter requires authentication',
    countOfOthers: 'ERROR: count-failed: can only count events you are involved in',
    write: 'auth-required: publishing needs NIP-42',
    accepted: 'successfully authenticated',
  },
  nostream: {
    read: 'auth-required: authentication is required to request these event kinds',
    count: 'auth-required: authentication is required to count these event kinds',
    countOfOthers: 'auth-required: authentication is required to count these event kinds',
    write: 'auth-required: authentication is required to publish events',
    accepted: '',
  },
  strict: {
    read: 'auth-required: reading needs NIP-42',
    count: 'auth-required: reading needs NIP-42',
    countOfOthers: 'restricted: not the authenticated author',
    write: 'auth-required: publishing needs NIP-42',
    accepted: '',
  },
} as const;
const modes = Object.keys(words) as (keyof typeof words)[];

describe.each(modes)('a restricted %s', (mode) => {
  const says = words[mode];

  it('refuses strangers and serves the author', async () => {
    const client = await open({ mode, restricted: {} });
    const event = makeEvent();
    expect(await client.publish(event)).toEqual([true, '']);
    expect(await client.ask('early', ours)).toEqual(['CLOSED', 'early', says.read]);
    expect(await client.authenticate()).toEqual([true, says.accepted]);
    expect(await client.read('late', ours)).toEqual([event]);
    const live = makeEvent({ tags: [['d', 'live']] });
    await client.publish(live);
    await client.settle();
    expect(client.eventsOf('late')).toEqual([event, live]);
  });

  it('shows nobody what another has written, stored or live', async () => {
    const relay = await start({ mode, restricted: {} });
    const [writer, stranger] = [await connect(relay), await connect(relay)];
    await writer.publish(makeEvent());
    await stranger.ask('challenge me', ours);
    await stranger.authenticate({ secretKey: generateSecretKey() });
    expect(await stranger.read('stored', ours)).toEqual([]);
    await writer.publish(makeEvent({ tags: [['d', 'live']] }));
    await writer.settle();
    await stranger.settle();
    expect(stranger.eventsOf('stored')).toEqual([]);
    stranger.send('COUNT', 'n', ours);
    expect(await stranger.next((m) => m[1] === 'n')).toEqual(['CLOSED', 'n', says.countOfOthers]);
  });

  it('shows it to whom a `p` tag names, and counts for them', async () => {
    const client = await open({ mode, restricted: {} });
    const letter = makeEvent({ tags: [['d', 'letter'], ['p', pubkey]] }, generateSecretKey()); // prettier-ignore
    await client.publish(letter);
    client.send('COUNT', 'early', { kinds: [30078], '#p': [pubkey] });
    expect(await client.next((m) => m[1] === 'early')).toEqual(['CLOSED', 'early', says.count]);
    await client.authenticate();
    expect(await client.read('mine', { kinds: [30078] })).toEqual([letter]);
    client.send('COUNT', 'late', { kinds: [30078], '#p': [pubkey] });
    expect(await client.next((m) => m[1] === 'late')).toEqual(['COUNT', 'late', { count: 1 }]);
  });

  it('serves a filter that asks for other kinds too, without the restricted events', async () => {
    const client = await open({ mode, restricted: {} });
    const note = makeEvent({ kind: 1, tags: [] });
    for (const event of [makeEvent(), note]) await client.publish(event);
    expect(await client.read('all', {})).toEqual([note]);
    expect(await client.read('both', { kinds: [1, 30078] })).toEqual([note]);
  });

  it('refuses writing, too, where it is told to', async () => {
    const client = await open({ mode, restricted: { writes: true } });
    expect(await client.publish(makeEvent())).toEqual([false, says.write]);
    expect(await client.publish(makeEvent({ kind: 1 }))).toEqual([true, '']);
    await client.authenticate();
    expect(await client.publish(makeEvent())).toEqual([true, '']);
    expect(await client.publish(makeEvent({}, generateSecretKey()))).toEqual([false, says.write]);
  });

  it('may serve strangers nothing, in silence, after a challenge at once', async () => {
    const client = await open({ mode, restricted: { strangersGet: 'nothing' }, auth: { challenges: 'at-connect' } });
    await client.challenge();
    const event = makeEvent();
    await client.publish(event);
    expect((await client.ask('early', ours))[0]).toBe('EOSE');
    expect(client.eventsOf('early')).toEqual([]);
    await client.authenticate();
    expect(await client.read('late', ours)).toEqual([event]);
  });
});

describe('a challenge', () => {
  it.each<[RelayMode, number, number]>([
    ['strfry', 0, 1],
    ['nostream', 1, 1],
    ['strict', 0, 2],
  ])('of %s comes %i times at connect and %i times after two refusals', async (mode, atConnect, afterTwo) => {
    const client = await open({ mode, restricted: {} });
    const challenges = () => client.messages.filter((m) => m[0] === 'AUTH').length;
    await client.settle();
    expect(challenges()).toBe(atConnect);
    for (const id of ['one', 'two']) await client.ask(id, ours);
    expect(challenges()).toBe(afterTwo);
  });
});

describe('the time of an answer', () => {
  const base = Math.floor(Date.now() / 1000);

  it.each<[RelayMode, number, string]>([
    ['strfry', -61, 'error: ephemeral event expired'],
    ['strfry', 901, 'error: created_at too late'],
    ['nostream', -601, 'invalid: created_at is too far from the current time'],
    ['nostream', 601, 'invalid: created_at is too far from the current time'],
  ])('%s refuses %i s', async (mode, seconds, reason) => {
    const client = await open({ mode, restricted: {}, clock: { now: () => base * 1000 } });
    await client.ask('challenge me', ours);
    expect(await client.authenticate({ created_at: base + seconds })).toEqual([false, reason]);
    const [accepted] = await client.authenticate({ created_at: base + seconds - Math.sign(seconds) });
    expect(accepted).toBe(true);
  });

  it('has the windows that it is told to have', async () => {
    const auth = { pastSeconds: 5, futureSeconds: 5 };
    const client = await open({ mode: 'strfry', restricted: {}, auth, clock: { now: () => base * 1000 } });
    await client.ask('challenge me', ours);
    expect((await client.authenticate({ created_at: base + 6 }))[1]).toBe('error: created_at too late');
    expect((await client.authenticate({ created_at: base - 6 }))[1]).toBe('error: ephemeral event expired');
    expect((await client.authenticate({ created_at: base }))[0]).toBe(true);
  });
});

describe('an answer', () => {
  it.each<[RelayMode, string, Parameters<typeof makeAnswer>[1], string]>([
    ['strfry', 'of another kind', { kind: 1 }, 'error: wrong event kind, expected 22242'],
    ['strfry', 'to another challenge', { tags: [['relay', serviceUrl]] }, 'error: challenge string mismatch'],
    [
      'strfry',
      'for another relay',
      { url: 'wss://relay.example:7778' },
      `error: incorrect or missing relay tag, expected: ${serviceUrl}`,
    ],
    ['nostream', 'of another kind', { kind: 1 }, 'invalid: auth event must be kind 22242'],
    ['nostream', 'to another challenge', { tags: [['relay', serviceUrl]] }, 'invalid: challenge does not match'],
    ['nostream', 'for another relay', { url: 'wss://other.example' }, 'invalid: relay url does not match'],
  ])('%s refuses one %s', async (mode, _what, fields, reason) => {
    const client = await open({ mode, restricted: {}, auth: { serviceUrl } });
    await client.ask('challenge me', ours);
    expect(await client.authenticate(fields)).toEqual([false, reason]);
    expect((await client.ask('again', ours))[0]).toBe('CLOSED');
  });

  it.each<[RelayMode, string]>([
    ['strfry', 'WSS://Relay.Example:7777'],
    ['nostream', 'wss://relay.example:1234/other'],
  ])('%s takes %s for its own address', async (mode, url) => {
    const client = await open({ mode, restricted: {}, auth: { serviceUrl } });
    await client.ask('challenge me', ours);
    expect((await client.authenticate({ url }))[0]).toBe(true);
  });

  it('has to have been asked for, at strfry, and may be given once', async () => {
    const client = await open({ mode: 'strfry', restricted: {} });
    const unasked = makeAnswer('guess');
    client.send('AUTH', unasked);
    expect(await client.next((m) => m[0] === 'OK')).toEqual([
      'OK',
      unasked.id,
      false,
      'error: no auth status available for connection',
    ]);
    await client.ask('challenge me', ours);
    expect(await client.authenticate()).toEqual([true, 'successfully authenticated']);
    expect(await client.authenticate({ created_at: nowSeconds() - 1 })).toEqual([
      false,
      'error: already authenticated',
    ]);
  });

  it.each<[RelayMode, string, string]>([
    ['strfry', 'error: bad event id', 'error: bad signature'],
    ['nostream', 'invalid: event id does not match', 'invalid: event signature verification failed'],
  ])('%s says what is wrong with a forged one', async (mode, badId, badSignature) => {
    const client = await open({ mode, restricted: {} });
    await client.ask('challenge me', ours);
    const answer = makeAnswer(await client.challenge());
    client.send('AUTH', { ...answer, content: 'changed' });
    client.send('AUTH', { ...answer, sig: makeEvent().sig });
    await client.until(() => client.messages.filter((m) => m[0] === 'OK').length === 2, 'two answers');
    expect(client.messages.filter((m) => m[0] === 'OK').map((m) => m[3])).toEqual([badId, badSignature]);
  });
});

it('a session of nostream ends after its time, without a word and without a new challenge, and a new answer begins another', async () => {
  let skewMs = 0;
  const relay = await start({
    mode: 'nostream',
    restricted: { writes: true },
    auth: { sessionSeconds: 30 },
    clock: { now: () => Date.now() + skewMs },
  });
  const client = await connect(relay);
  await client.authenticate();
  const at = nowSeconds();
  expect(await client.publish(makeEvent({ created_at: at }))).toEqual([true, '']);
  expect(await client.read('live', ours)).toHaveLength(1);

  skewMs = 31_000;
  const received = client.messages.length;
  expect((await client.publish(makeEvent({ created_at: at + 1 })))[1]).toBe(words.nostream.write);
  expect(await client.ask('again', ours)).toEqual(['CLOSED', 'again', words.nostream.read]);
  expect(client.messages.slice(received).filter((m) => m[0] === 'AUTH')).toEqual([]);

  const repeated = makeAnswer(await client.challenge(), { created_at: at + 31 });
  for (const expected of [
    [true, ''],
    [false, 'invalid: auth event already used'],
  ]) {
    // prettier-ignore
    const seen = client.messages.length;
    client.send('AUTH', repeated);
    expect((await client.next((m) => m[0] === 'OK' && m[1] === repeated.id, seen)).slice(2)).toEqual(expected);
  }
  expect(await client.publish(makeEvent({ created_at: at + 1 }))).toEqual([true, '']);
  await client.settle();
  expect(client.eventsOf('live')).toHaveLength(2);
});

it('a silent relay accepts and stores, and shows nothing', async () => {
  const relay = await start({ silent: true });
  const client = await connect(relay);
  await client.read('live', ours);
  const event = makeEvent();
  expect(await client.publish(event)).toEqual([true, '']);
  expect(await client.read('stored', ours)).toEqual([]);
  expect(client.eventsOf('live')).toEqual([]);
  client.send('COUNT', 'n', ours);
  expect(await client.next((m) => m[0] === 'COUNT')).toEqual(['COUNT', 'n', { count: 0 }]);
  expect(relay.events()).toEqual([event]);
});

it('greets by a NOTICE', async () => {
  const greeting = 'Welcome! This relay is free, no payment required.';
  const client = await open({ greeting });
  await client.settle();
  expect(client.messages[0]).toEqual(['NOTICE', greeting]);
});

it('may state another limit than it has', async () => {
  const relay = await start({ limits: { maxEventBytes: 1_000 }, stated: { maxEventBytes: 65_536 } });
  const answer = await fetch(relay.url.replace('ws:', 'http:'), { headers: { accept: 'application/nostr+json' } });
  expect(await answer.json()).toMatchObject({ limitation: { max_content_length: 65_536 } });
  const client = await connect(relay);
  const [accepted, message] = await client.publish(makeEvent({ content: 'x'.repeat(1_000) }));
  expect([accepted, message]).toEqual([false, expect.stringMatching(/^invalid: event too large: \d+$/)]);
});

describe('a request for more than the relay gives', () => {
  it('is refused by nostream in a NOTICE that does not say which', async () => {
    const client = await open({ mode: 'nostream', limits: { maxRequestedLimit: 100 } });
    client.send('REQ', 'much', { ...ours, limit: 101 });
    expect(await client.next((m) => m[0] === 'NOTICE')).toEqual([
      'NOTICE',
      'Subscription rejected: Limit too high: Filter limit must be less than or equal to 100',
    ]);
    expect(await client.read('less', { ...ours, limit: 100 })).toEqual([]);
  });

  it('is refused in CLOSED where the relay knows its manners', async () => {
    const client = await open({ mode: 'strict', limits: { maxRequestedLimit: 100 } });
    const reason = 'invalid: the limit of a filter is at most 100';
    expect(await client.ask('much', { ...ours, limit: 101 })).toEqual(['CLOSED', 'much', reason]);
  });
});

describe('a rate policy', () => {
  const publish = (client: Client, n: number, secretKey?: Uint8Array) =>
    client.publish(makeEvent({ tags: [['d', String(n)]] }, secretKey));

  it.each([6, 12, 24])('takes %i events a minute of each key', async (addressableEventsPerMinute) => {
    let skewMs = 0;
    const clock = { now: () => Date.now() + skewMs };
    const client = await open({ limits: { addressableEventsPerMinute }, clock });
    for (let n = 0; n < addressableEventsPerMinute; n += 1) expect(await publish(client, n)).toEqual([true, '']);
    expect(await publish(client, 100)).toEqual([false, 'rate-limited: slow down']);
    expect(await publish(client, 100, generateSecretKey())).toEqual([true, '']);
    skewMs = 61_000;
    expect(await publish(client, 100)).toEqual([true, '']);
  });

  it('may count all keys of an address together', async () => {
    const relay = await start({ limits: { addressableEventsPerMinute: 6 }, rate: { per: 'address' } });
    for (let n = 0; n < 6; n += 1) {
      expect(await publish(await connect(relay), n, generateSecretKey())).toEqual([true, '']);
    }
    expect(await publish(await connect(relay), 6)).toEqual([false, 'rate-limited: slow down']);
  });

  it('may be as loose as nostream: more for the steady, nothing for those who go on', async () => {
    let skewMs = 0;
    const clock = { now: () => Date.now() + skewMs };
    const limits = { addressableEventsPerMinute: 24 };
    const options: RelayOptions = { limits, rate: { counting: 'decay' }, clock };
    const steady = await open(options);
    let accepted = 0;
    for (let n = 0; n < 60; n += 1) {
      skewMs += 2_000;
      if ((await publish(steady, n))[0]) accepted += 1;
    }
    // nostream 2.0.0 took 43 of 60 at another pace: more than it says, and not all.
    expect(accepted).toBeGreaterThan(24);
    expect(accepted).toBeLessThan(60);

    skewMs = 0;
    const hasty = await open(options);
    let last = true;
    for (let n = 0; n < 100; n += 1) [last] = await publish(hasty, n);
    expect(last).toBe(false);
    skewMs += 60_000;
    expect((await publish(hasty, 100))[0]).toBe(false);
  });
});
