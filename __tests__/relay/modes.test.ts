/** The quirks of the relays in the field, as measured and read in their sources (docs/relays.md). */
import type { Socket } from 'node:net';
import { startRelay } from '../../src/relay';
import type { RelayLimits, RelayMode, RunningRelay } from '../../src/relay';
import { Client, makeEvent, makeTie, nowSeconds, pubkey } from './support';

jest.setTimeout(30_000);

const running: RunningRelay[] = [];
const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(running.splice(0).map((relay) => relay.stop()));
});

async function open(mode: RelayMode, limits: Partial<RelayLimits> = {}): Promise<Client> {
  const relay = await startRelay({ mode, limits });
  running.push(relay);
  return connect(relay);
}

async function connect(relay: RunningRelay): Promise<Client> {
  const client = await Client.connect(relay.url);
  clients.push(client);
  return client;
}

describe('two versions of one second', () => {
  it.each<[RelayMode, 'lowest id' | 'first', boolean, string]>([
    ['strict', 'lowest id', false, 'replaced: have newer event'],
    ['strfry', 'lowest id', false, 'replaced: have newer event'],
    ['nostr-rs-relay', 'first', true, 'duplicate:'],
    ['nostream', 'first', true, 'duplicate:'],
    ['khatru', 'lowest id', true, ''],
  ])('%s keeps the %s', async (mode, survivor, accepted, message) => {
    const client = await open(mode);
    const [low, high] = makeTie('low first');
    await client.publish(low);
    expect(await client.publish(high)).toEqual([accepted, message]);
    expect(await client.read('a', { '#d': ['low first'] })).toEqual([low]);

    const [lowToo, highToo] = makeTie('high first');
    await client.publish(highToo);
    await client.publish(lowToo);
    expect(await client.read('b', { '#d': ['high first'] })).toEqual([survivor === 'first' ? highToo : lowToo]);
  });
});

it('khatru shows live what it does not store', async () => {
  const client = await open('khatru');
  const at = nowSeconds();
  const newer = makeEvent({ created_at: at });
  const older = makeEvent({ created_at: at - 1 });
  await client.publish(newer);
  await client.read('live', { authors: [pubkey] });
  await client.publish(older);
  await client.settle();
  expect(client.eventsOf('live')).toEqual([newer, older]);
  expect(await client.read('stored', {})).toEqual([newer]);
});

it('khatru mutes an ephemeral event that nobody listens to', async () => {
  const client = await open('khatru');
  const event = makeEvent({ kind: 20001, tags: [] });
  expect(await client.publish(event)).toEqual([false, expect.stringMatching(/^mute: /)]);
  await client.read('live', { kinds: [20001] });
  expect(await client.publish(event)).toEqual([true, '']);
});

it('strfry shows of three rapid versions only the last', async () => {
  const client = await open('strfry');
  await client.read('live', { authors: [pubkey] });
  const at = nowSeconds();
  const versions = [0, 1, 2].map((n) => makeEvent({ created_at: at + n }));
  const frames = versions.map((event) => JSON.stringify(['EVENT', event]));
  const raw = (client.socket as unknown as { _socket: Socket })._socket;
  raw.cork();
  for (const frame of frames) client.sendText(frame);
  raw.uncork();
  await client.until(() => client.messages.filter((m) => m[0] === 'OK').length === 3, 'three OKs');
  await client.settle();
  expect(client.eventsOf('live')).toEqual([versions[2]]);
});

it('strfry takes a d of more than 255 bytes for an empty one: two such slots collide', async () => {
  const client = await open('strfry');
  const at = nowSeconds();
  const one = makeEvent({ created_at: at, tags: [['d', 'a'.repeat(256)]] });
  const two = makeEvent({ created_at: at + 1, tags: [['d', 'b'.repeat(256)]] });
  expect(await client.publish(one)).toEqual([true, '']);
  expect(await client.publish(two)).toEqual([true, '']);
  expect(await client.read('all', {})).toEqual([two]);
});

it('strfry keeps ephemeral events for five minutes', async () => {
  const client = await open('strfry');
  const event = makeEvent({ kind: 20001, tags: [] });
  await client.publish(event);
  expect(await client.read('all', {})).toEqual([event]);
});

describe('one subscription too many', () => {
  it.each<[RelayMode, Partial<RelayLimits>, string]>([
    ['strfry', {}, 'NOTICE'],
    ['nostream', {}, 'NOTICE'],
    ['strict', { maxSubscriptions: 10 }, 'CLOSED'],
  ])('is refused by %s with limits %j in a %s', async (mode, limits, verb) => {
    const client = await open(mode, limits);
    const count = mode === 'strfry' ? 200 : 10;
    for (let n = 0; n < count; n += 1) client.send('REQ', `sub-${n}`, { kinds: [1] });
    client.send('REQ', 'too-many', { kinds: [1] });
    client.send('REQ', 'sub-0', { kinds: [2] });
    await client.until(() => client.messages.filter((m) => m[0] === 'EOSE').length === count + 1, 'the others to work');
    expect(client.messages.filter((m) => !['EOSE', 'AUTH'].includes(m[0])).map((m) => m[0])).toEqual([verb]);
    expect(client.messages.filter((m) => m[1] === 'too-many')).toHaveLength(verb === 'CLOSED' ? 1 : 0);
  });
});

describe('a frame that is too large', () => {
  const frame = (bytes: number) => JSON.stringify(['EVENT', makeEvent({ content: 'x'.repeat(bytes) })]);

  it.each<[RelayMode, number]>([
    ['strfry', 1006],
    ['strict', 1009],
  ])('makes %s close with %i', async (mode, code) => {
    const client = await open(mode);
    client.sendText(frame(131_072));
    await client.closed();
    expect(client.closeCode).toBe(code);
    expect(client.received).toEqual([]);
  });

  it('gets a NOTICE from nostr-rs-relay, as does an event that is too large', async () => {
    const client = await open('nostr-rs-relay', { maxEventBytes: 10_000 });
    client.sendText(frame(131_072));
    await client.next((m) => m[0] === 'NOTICE' && /message too large/.test(String(m[1])));
    client.sendText(frame(20_000));
    await client.next((m) => m[0] === 'NOTICE' && /event exceeded/.test(String(m[1])));
    expect(client.messages.filter((m) => m[0] === 'OK')).toEqual([]);
  });
});

describe('deletion by address', () => {
  it.each<[RelayMode, boolean]>([
    ['strict', true],
    ['strfry', true],
    ['khatru', true],
    ['nostr-rs-relay', false],
    ['nostream', false],
  ])('%s: %s', async (mode, isHonoured) => {
    const client = await open(mode);
    const at = nowSeconds();
    await client.publish(makeEvent({ created_at: at }));
    await client.publish(makeEvent({ kind: 5, created_at: at, tags: [['a', `30078:${pubkey}:slot`]] }));
    expect(await client.read('all', { kinds: [30078] })).toHaveLength(isHonoured ? 0 : 1);
  });
});

describe('times', () => {
  it.each<[RelayMode, number, string]>([
    ['strfry', 901, 'invalid: created_at too late'],
    ['nostr-rs-relay', 1_801, 'invalid: The event created_at field is out of the acceptable range'],
    ['nostream', 901, 'rejected: created_at is more than 900 seconds in the future'],
  ])('%s refuses what is %i s ahead', async (mode, seconds, reason) => {
    const now = nowSeconds() * 1000;
    const relay = await startRelay({ mode, clock: { now: () => now } });
    running.push(relay);
    const client = await connect(relay);
    const at = now / 1000 + seconds;
    expect(await client.publish(makeEvent({ created_at: at }))).toEqual([false, reason]);
    expect(await client.publish(makeEvent({ created_at: at - 1 }))).toEqual([true, '']);
  });

  it('nostream serves what has expired', async () => {
    let skewMs = 0;
    const relay = await startRelay({ mode: 'nostream', clock: { now: () => Date.now() + skewMs } });
    running.push(relay);
    const client = await connect(relay);
    const expiration = String(nowSeconds() + 100);
    const event = makeEvent({ tags: [['d', 'x'], ['expiration', expiration]] }); // prettier-ignore
    await client.publish(event);
    skewMs = 200_000;
    expect(await client.read('all', {})).toEqual([event]);
  });
});

it('nostream takes 24 addressable events a minute', async () => {
  let skewMs = 0;
  const relay = await startRelay({ mode: 'nostream', clock: { now: () => Date.now() + skewMs } });
  running.push(relay);
  const client = await connect(relay);
  const publish = (n: number) => client.publish(makeEvent({ tags: [['d', String(n)]] }));
  for (let n = 0; n < 24; n += 1) expect(await publish(n)).toEqual([true, '']);
  expect(await publish(24)).toEqual([false, 'rate-limited: slow down']);
  expect(await client.publish(makeEvent({ kind: 1 }))).toEqual([true, '']);
  skewMs = 61_000;
  expect(await publish(24)).toEqual([true, '']);
});

it('nostream answers unknown fields and bad filters by a NOTICE', async () => {
  const client = await open('nostream');
  client.send('EVENT', { ...makeEvent(), extra: 1 });
  client.send('REQ', 'x', { search: 'x' });
  await client.until(() => client.messages.filter((m) => m[0] === 'NOTICE').length === 2, 'two notices');
  expect(client.messages.map((m) => m[0])).toEqual(['AUTH', 'NOTICE', 'NOTICE']);
});
