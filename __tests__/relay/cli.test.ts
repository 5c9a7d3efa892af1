/** `npm run relay`: each flag reaches the relay. */
import { spawn } from 'node:child_process';
import { Client, eventually, makeEvent, pubkey } from './support';

jest.setTimeout(60_000);

const ended: (() => void)[] = [];
const ours = { kinds: [30078], authors: [pubkey] };

afterEach(() => {
  for (const end of ended.splice(0)) end();
});

async function run(...flags: readonly string[]): Promise<{ readonly url: string; readonly client: Client }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/relay/cli.ts', '--port', '0', ...flags]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  ended.push(() => child.kill('SIGKILL'));
  await eventually(() => /ws:\/\/\S+/.test(output), `an address, instead of ${output}`, 40_000);
  const url = /ws:\/\/\S+/.exec(output)![0];
  const client = await Client.connect(url);
  ended.push(() => client.close());
  return { url, client };
}

it('restricts kinds, with the windows, sessions and address that are given', async () => {
  const { client } = await run(
    ...['--mode', 'nostream', '--restrict', '1,30078', '--restrict-writes', '--session-seconds', '1'],
    ...['--auth-window', '5,5', '--service-url', 'wss://relay.example', '--greeting'],
  );
  expect(await client.next((m) => m[0] === 'NOTICE')).toEqual([
    'NOTICE',
    'Welcome! This relay is free, no payment required.',
  ]);
  expect((await client.ask('early', { kinds: [1] }))[0]).toBe('CLOSED');
  expect((await client.publish(makeEvent()))[1]).toMatch(/^auth-required: /);
  expect((await client.authenticate())[1]).toBe('invalid: relay url does not match');
  const at = Math.floor(Date.now() / 1000);
  const url = 'wss://relay.example';
  expect((await client.authenticate({ url, created_at: at - 30 }))[1]).toMatch(/^invalid: created_at/);
  expect(await client.authenticate({ url })).toEqual([true, '']);
  let refusal = '';
  for (let n = 0; refusal === ''; n += 1) {
    const [accepted, message] = await client.publish(makeEvent({ kind: 1, tags: [], content: String(n) }));
    if (!accepted) refusal = message;
  }
  expect(refusal).toMatch(/^auth-required: /);
});

it('serves strangers nothing, after a challenge', async () => {
  const { client } = await run('--strangers-get-nothing');
  await client.challenge();
  await client.publish(makeEvent());
  expect((await client.ask('early', ours))[0]).toBe('EOSE');
  expect(client.eventsOf('early')).toEqual([]);
});

it('keeps silent, limits what it does not tell, and counts as it is told', async () => {
  const { client, url } = await run(
    ...['--silent', '--event-bytes', '1000', '--request-limit', '100'],
    ...['--rate', '1', '--rate-per', 'address', '--rate-loose'],
  );
  const answer = await fetch(url.replace('ws:', 'http:'), { headers: { accept: 'application/nostr+json' } });
  expect(await answer.json()).toMatchObject({ limitation: { max_content_length: 65_536 } });
  expect((await client.publish(makeEvent({ content: 'x'.repeat(1_000) })))[1]).toMatch(/^invalid: event too large/);
  expect(await client.publish(makeEvent())).toEqual([true, '']);
  expect((await client.publish(makeEvent({ content: 'more' })))[1]).toBe('rate-limited: slow down');
  expect((await client.ask('much', { ...ours, limit: 101 }))[0]).toBe('CLOSED');
  expect(await client.read('all', ours)).toEqual([]);
});
