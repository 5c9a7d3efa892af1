import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { doctor, type DoctorFlags } from '../../src/cli/commands/doctor';
import { checkRelayNetwork } from '../../src/cli/doctor/relay-network';
import { startRelay, type NostrEvent, type RelayOptions, type RunningRelay } from '../../src/relay';
import { answering, makeProject, typescriptApp } from './project';

const options = { fetch, now: Date.now, write: true, timeoutMs: 2000 };
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function start(relayOptions?: RelayOptions): Promise<RunningRelay> {
  const relay = await startRelay(relayOptions);
  closing.push(() => relay.stop());
  return relay;
}

interface Scripted {
  /** Fields of the NIP-11 document's `limitation`; without it there is no document. */
  readonly limitation?: object;
  /** What is answered to an event, and to the question for it. */
  readonly answers?: (
    event: NostrEvent,
    subscriptionId: string,
  ) => { readonly toEvent?: unknown; readonly toRequest?: unknown };
  readonly isWebSocket?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A relay that says what a test wants it to say. */
async function startScripted({ limitation, answers, isWebSocket = true, headers = {} }: Scripted): Promise<string> {
  const answer = (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(limitation ? 200 : 404, headers).end(limitation ? JSON.stringify({ limitation }) : '');
  const http = createServer(answer);
  if (isWebSocket) {
    new WebSocketServer({ server: http }).on('connection', (socket) => {
      let event: NostrEvent;
      socket.on('message', (data) => {
        const [type, payload] = JSON.parse(String(data)) as [string, NostrEvent];
        if (type === 'EVENT') event = payload;
        const id = type === 'REQ' ? String(payload) : '';
        const { toEvent, toRequest } = answers?.(event, id) ?? {
          toEvent: ['OK', event.id, true, ''],
          toRequest: ['EVENT', id, event],
        };
        const said = type === 'EVENT' ? toEvent : toRequest;
        if (said !== undefined) socket.send(JSON.stringify(said));
      });
    });
  }
  await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening));
  closing.push(() => new Promise((closed) => http.close(closed).closeAllConnections()));
  return `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

/** What is found when the relay in question stands beside three that are healthy. */
async function findingsAbout(url: string): Promise<readonly string[]> {
  const healthy = await Promise.all([start(), start(), start()]);
  const findings = await checkRelayNetwork([url, ...healthy.map((relay) => relay.url)], options);
  return findings.map(({ what }) => what);
}

test('three relays that store kind 30078 give no finding, whoever wrote them', async () => {
  const relays = await Promise.all([start(), start({ mode: 'khatru' }), start({ mode: 'strict' })]);
  expect(
    await checkRelayNetwork(
      relays.map(({ url }) => url),
      options,
    ),
  ).toEqual([]);
});

const accepted = (event: NostrEvent) => ['OK', event.id, true, ''];

test.each<[problem: string, what: RegExp, relay: () => Promise<string>]>([
  [
    'a relay that is down',
    /cannot be reached/,
    async () => {
      const relay = await start();
      await relay.stop();
      return relay.url;
    },
  ],
  [
    'a web server that is no relay',
    /cannot be reached/,
    () => startScripted({ isWebSocket: false, limitation: undefined }),
  ],
  ['a relay that never answers', /cannot be reached: it gave no answer/, () => startScripted({ answers: () => ({}) })],
  ['a relay without NIP-11', /has no NIP-11 document/, () => startScripted({})],
  ['a relay that wants payment', /wants payment/, () => startScripted({ limitation: { payment_required: true } })],
  ['a relay that wants work', /wants 20 bits of work/, () => startScripted({ limitation: { min_pow_difficulty: 20 } })],
  ['a relay that wants authentication', /NIP-42/, async () => (await start({ requiresAuth: true })).url],
  ['a relay that says so', /NIP-42/, () => startScripted({ limitation: { auth_required: true } })],
  [
    'a relay that takes short messages only',
    /messages of 8192 bytes at most/,
    () => startScripted({ limitation: { max_message_length: 8192 } }),
  ],
  [
    'a relay that takes small events only',
    /refuses kind 30078/,
    async () => (await start({ limits: { maxEventBytes: 100 } })).url,
  ],
  [
    'a relay that refuses the kind',
    /refuses kind 30078: blocked: kind not allowed/,
    () =>
      startScripted({
        answers: (event) => ({ toEvent: ['OK', event.id, false, 'blocked: kind not allowed'] }),
      }),
  ],
  [
    'a relay that says OK and forgets',
    /said OK to an event and did not have it/,
    () => startScripted({ answers: (event, id) => ({ toEvent: accepted(event), toRequest: ['EOSE', id] }) }),
  ],
  [
    'a relay that says OK and gives another event',
    /cannot be reached: it gave no answer/,
    () =>
      startScripted({
        answers: (event, id) => ({ toEvent: accepted(event), toRequest: ['EVENT', id, { ...event, id: 'x' }] }),
      }),
  ],
  [
    'a relay that does not let anybody read',
    /does not give it back: restricted: members only/,
    () =>
      startScripted({
        answers: (event, id) => ({
          toEvent: accepted(event),
          toRequest: ['CLOSED', id, 'restricted: members only'],
        }),
      }),
  ],
])('doctor finds %s', async (_problem, what, relay) => {
  expect(await findingsAbout(await relay())).toContainEqual(expect.stringMatching(what));
});

test.each<[string, () => Promise<string>]>([
  ['asks for no work', () => startScripted({ limitation: { min_pow_difficulty: 0 } })],
  ['takes long messages', () => startScripted({ limitation: { max_message_length: 131_072 } })],
])('doctor finds nothing in a relay that %s', async (_name, relay) => {
  expect(await findingsAbout(await relay())).toEqual([]);
});

test('a relay that demands to know who writes and reads stores the event: the test authenticates', async () => {
  const findings = await findingsAbout((await start({ requiresAuth: true })).url);
  expect(findings).toEqual([expect.stringMatching(/wants its clients to authenticate/)]);
});

test('where no relay can be reached, the network is named once', async () => {
  const relays = await Promise.all([start(), start(), start()]);
  await Promise.all(relays.map((relay) => relay.stop()));
  const findings = await checkRelayNetwork(
    relays.map(({ url }) => url),
    options,
  );
  expect(findings).toEqual([
    expect.objectContaining({
      severity: 'error',
      what: expect.stringMatching(/None of the 3 relays can be reached .*nothing listens there/),
    }),
  ]);
});

test.each<[string, number]>([
  ['one is down', 1],
  ['two are down', 2],
])('the relays are too few where %s', async (_name, down) => {
  const relays = await Promise.all([start(), start(), start()]);
  await Promise.all(relays.slice(0, down).map((relay) => relay.stop()));
  const findings = await checkRelayNetwork(
    relays.map(({ url }) => url),
    options,
  );
  expect(findings.at(-1)).toMatchObject({
    severity: 'error',
    what: expect.stringContaining(`${3 - down} of 3 relays can be used`),
  });
});

test.each<[string, number, RegExp | null]>([
  ['five minutes slow', -300_000, /clock is (299|300|301) s behind/],
  ['two minutes fast', 120_000, /clock is (119|120|121) s ahead of/],
  ['half a minute slow', -30_000, null],
])('a clock that is %s', async (_name, offsetMs, what) => {
  const relays = await Promise.all([start(), start(), start()]);
  const now = () => Date.now() + offsetMs;
  const findings = await checkRelayNetwork(
    relays.map(({ url }) => url),
    { ...options, write: false, now },
  );
  expect(findings.map((finding) => finding.what)).toEqual(what === null ? [] : [expect.stringMatching(what)]);
});

test('one relay with a wrong clock says nothing about this computer', async () => {
  const wrong = await startScripted({ limitation: {}, headers: { date: new Date(0).toUTCString() } });
  expect(await findingsAbout(wrong)).toEqual([]);
});

describe('the write test', () => {
  async function runDoctorOn(flags: DoctorFlags, answer?: boolean): Promise<readonly NostrEvent[][]> {
    const relays = await Promise.all([start(), start(), start()]);
    const project = makeProject({
      'craco.config.js': `module.exports = { plugins: [{ plugin: require('zero-backend-sync/craco') }] };\n`,
      ...typescriptApp,
      'src/lib/config.json': JSON.stringify({ relays: relays.map(({ url }) => url) }),
    });
    const context = project.context({ fetch, now: Date.now });
    const prompter = answer === undefined ? null : answering(answer);
    await doctor({ ...context, terminal: { ...context.terminal, prompter } }, flags);
    project.remove();
    return relays.map((relay) => [...relay.events()]);
  }

  test('writes one event to each relay, with a key of its own, that expires in a minute', async () => {
    const [first, second, third] = await runDoctorOn({}, true);
    const events = [first, second, third].map((stored) => stored?.[0]);
    expect(new Set(events.map((event) => event?.pubkey)).size).toBe(3);
    for (const event of events) {
      expect(event).toMatchObject({
        kind: 30078,
        tags: [
          ['d', expect.stringMatching(/^[0-9a-f]{32}$/)],
          ['expiration', String((event?.created_at ?? 0) + 60)],
        ],
      });
    }
  });

  test.each<[string, DoctorFlags, boolean | undefined]>([
    ['where the answer is no', {}, false],
    ['where nobody can be asked', {}, undefined],
    ['with --offline', { offline: true }, undefined],
  ])('is not made %s', async (_name, flags, answer) => {
    expect(await runDoctorOn(flags, answer)).toEqual([[], [], []]);
  });

  test('is made without a question with --write-test', async () => {
    expect((await runDoctorOn({ writeTest: true })).map((events) => events.length)).toEqual([1, 1, 1]);
  });
});
