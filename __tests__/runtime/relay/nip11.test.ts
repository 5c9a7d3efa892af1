import { fetchRelayInformation, readRelayInformation, type FetchText } from '../../../src/runtime/relay/nip11';
import { OwnedClock } from '../../support/owned-clock';

const clock = new OwnedClock();
const answering =
  (text: string, ok = true): FetchText =>
  async () => ({ ok, body: new Blob([text]).stream() as never });
const ask = (fetchText: FetchText) =>
  fetchRelayInformation('wss://relay.example/path', { fetchText, clock, timeoutMs: 1_000 });

describe('fetchRelayInformation', () => {
  it('asks for the document over https with its own media type', async () => {
    const asked: unknown[] = [];
    const document = { limitation: { max_message_length: 131072, max_limit: 500, max_subscriptions: 20 } };
    const information = await ask(async (url, { headers }) => {
      asked.push(url, headers);
      return { ok: true, body: new Blob([JSON.stringify(document)]).stream() as never };
    });
    expect(asked).toEqual(['https://relay.example/path', { Accept: 'application/nostr+json' }]);
    expect(information).toEqual({ maxMessageBytes: 131072, maxLimit: 500, maxSubscriptions: 20 });
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes nothing of the user along, follows no redirect and stores nothing', async () => {
    const inits: unknown[] = [];
    await ask(async (_, init) => {
      inits.push(init);
      return { ok: true, body: null };
    });
    expect(inits).toMatchObject([
      { redirect: 'error', credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store' },
    ]);
  });

  it.each([
    ['a Date that is readable', 'Wed, 31 Dec 2025 23:50:00 GMT', Date.UTC(2025, 11, 31, 23, 50)],
    ['no Date', null, undefined],
    ['a Date that is none', 'yesterday', undefined],
  ])('tells from %s by how much the clocks differ', async (_, date, dateMs) => {
    const receivedAt = clock.now();
    const information = await ask(async () => ({
      ok: true,
      body: new Blob(['{"limitation":{"max_limit":500}}']).stream() as never,
      headers: { get: (name) => (name === 'date' ? date : null) },
    }));
    expect(information?.maxLimit).toBe(500);
    expect(information?.dateMs).toBe(dateMs);
    expect(information?.clockAheadMs).toBe(dateMs === undefined ? undefined : receivedAt - dateMs);
  });

  it('tells the time of a relay that says nothing of its limits', async () => {
    const fetchText: FetchText = async () => ({
      ...{ ok: true, body: new Blob(['{}']).stream() as never },
      headers: { get: () => 'Thu, 01 Jan 2026 00:00:00 GMT' },
    });
    expect(await ask(fetchText)).toMatchObject({ dateMs: Date.UTC(2026, 0, 1) });
  });

  it.each([
    ['an error page', answering('<html>', false)],
    ['no JSON', answering('<html>')],
    ['a long document', answering(JSON.stringify({ limitation: { max_limit: 500 }, padding: 'x'.repeat(300_000) }))],
    ['a document without a body', async () => ({ ok: true, body: null })],
    ['no limits', answering('{}')],
    ['limits that are none', answering('{"limitation":"none"}')],
    ['a network that fails', async () => Promise.reject(new Error('refused'))],
  ])('makes nothing of %s', async (_, fetchText) => {
    expect(await ask(fetchText as FetchText)).toBeUndefined();
  });

  it('stops receiving a document that does not end', async () => {
    const sent = { chunks: 0, isCancelled: false };
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent.chunks += 1;
        controller.enqueue(new Uint8Array(65_536).fill(32));
      },
      cancel() {
        sent.isCancelled = true;
      },
    });
    expect(await ask(async () => ({ ok: true, body }))).toBeUndefined();
    expect(sent.isCancelled).toBe(true);
    expect(sent.chunks).toBeLessThan(10);
  });

  it('leaves the body of an error page alone, which may never end', async () => {
    let isAborted = false;
    const information = await ask(async (_, { signal }) => {
      signal.addEventListener('abort', () => (isAborted = true));
      return { ok: false, body: new ReadableStream<Uint8Array>() };
    });
    expect(information).toBeUndefined();
    expect(isAborted).toBe(true);
  });

  it('gives up after its time-out', async () => {
    const pending = ask(
      (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    );
    await clock.advance(1_000);
    expect(await pending).toBeUndefined();
  });
});

describe('readRelayInformation', () => {
  it.each([0, -1, 1.5, NaN, Infinity, '500', null, {}])('leaves out a limit of %j', (value) => {
    expect(readRelayInformation({ limitation: { max_limit: value } })?.maxLimit).toBeUndefined();
  });

  it.each([true, false])('says whether AUTH is demanded and writing is for some only: %j', (value) => {
    const information = readRelayInformation({ limitation: { auth_required: value, restricted_writes: value } });
    expect(information).toEqual({ authRequired: value, restrictedWrites: value });
  });

  it.each([1, 'true', null])('takes %j for no answer to that', (value) => {
    expect(readRelayInformation({ limitation: { auth_required: value } })?.authRequired).toBeUndefined();
  });
});
