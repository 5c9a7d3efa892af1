import { spawn } from 'node:child_process';
import type { ChildProcess, ChildProcessWithoutNullStreams } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRelay } from '../../src/relay';
import type { RelayOptions, RunningRelay } from '../../src/relay';
import { Client, eventually, makeEvent, nowSeconds, pubkey } from './support';

jest.setTimeout(60_000);

let folder: string;
let file: string;
const running: RunningRelay[] = [];
const children: ChildProcess[] = [];
const clients: Client[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zbs-relay-'));
  file = join(folder, 'deep', 'relay.jsonl');
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await Promise.all(running.splice(0).map((relay) => relay.stop()));
  rmSync(folder, { recursive: true });
});

async function start(options: RelayOptions = {}): Promise<RunningRelay> {
  const relay = await startRelay({ mode: 'strict', file, ...options });
  running.push(relay);
  return relay;
}

async function connect(url: string): Promise<Client> {
  const client = await Client.connect(url);
  clients.push(client);
  return client;
}

interface Command {
  readonly child: ChildProcess;
  output(): string;
  /** The address of the first relay, or of the nth. */
  url(nth?: number): Promise<string>;
}

/** The real command in a process of its own. */
function spawnRelay(...args: readonly string[]): Command {
  return watch(spawn(process.execPath, ['--import', 'tsx', 'src/relay/cli.ts', ...args]));
}

function watch(child: ChildProcessWithoutNullStreams): Command {
  children.push(child);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const urls = () => output.match(/ws:\/\/\S+/g) ?? [];
  return {
    child,
    output: () => output,
    async url(nth = 0) {
      await eventually(() => urls().length > nth || child.exitCode !== null, 'the relay to listen', 30_000);
      const url = urls()[nth];
      if (url === undefined) throw new Error(output);
      return url;
    },
  };
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once('exit', (code) => resolve(code));
  });
}

describe('what was acknowledged', () => {
  it('survives kill -9 in the middle of a burst', async () => {
    const { child, url } = spawnRelay('--port', '0', '--file', file, '--mode', 'strict');
    const client = await connect(await url());
    const acknowledged = () => client.messages.filter((m) => m[0] === 'OK' && m[2] === true).map((m) => String(m[1]));
    const events = Array.from({ length: 160 }, (_, n) =>
      makeEvent({ tags: [['d', `slot-${n}`]], content: 'x'.repeat(2_000) }),
    );
    for (const event of events) client.send('EVENT', event);
    await client.until(() => acknowledged().length >= 50, 'fifty acknowledgements', 30_000);
    child.kill('SIGKILL');
    await ended(child);
    await client.closed();

    expect(acknowledged().length).toBeLessThan(events.length);
    const stored = new Set((await start()).events().map((event) => event.id));
    expect(acknowledged().filter((id) => !stored.has(id))).toEqual([]);
  });

  it('survives a restart with its deletions', async () => {
    const at = nowSeconds();
    const first = await start();
    const client = await connect(first.url);
    const kept = makeEvent({ created_at: at, tags: [['d', 'kept']] });
    const deleted = makeEvent({ created_at: at, tags: [['d', 'deleted']] });
    for (const event of [kept, deleted]) await client.publish(event);
    await client.publish(makeEvent({ kind: 5, created_at: at, tags: [['a', `30078:${pubkey}:deleted`]] }));
    await first.stop();

    const again = await connect((await start()).url);
    expect(await again.read('all', { kinds: [30078] })).toEqual([kept]);
    expect((await again.publish(deleted))[0]).toBe(false);
  });

  it('survives on the disk itself with fsync', async () => {
    const relay = await start({ fsync: true });
    const event = makeEvent();
    expect(await (await connect(relay.url)).publish(event)).toEqual([true, '']);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(event);
  });
});

it('what the disk cannot take is refused, and the relay goes on', async () => {
  // 64 blocks of 1,024 bytes are the largest file that the shell allows its children.
  const relayCommand = `ulimit -f 64; exec ${process.execPath} --import tsx src/relay/cli.ts --port 0 --file ${file}`;
  const client = await connect(await watch(spawn('bash', ['-c', relayCommand])).url());
  const publish = (d: string, bytes: number) =>
    client.publish(makeEvent({ tags: [['d', d]], content: 'x'.repeat(bytes) }));
  for (const d of ['one', 'two', 'three']) expect(await publish(d, 20_000)).toEqual([true, '']);
  expect(await publish('four', 20_000)).toEqual([false, expect.stringMatching(/^error: could not store the event: /)]);
  expect(await publish('small', 100)).toEqual([true, '']);
  expect(await client.read('all', {})).toHaveLength(4);
  for (const child of children) child.kill('SIGKILL');
  await client.closed();
  await Promise.all(children.map(ended));
  expect((await start()).events().map(({ tags }) => tags[0]![1])).toEqual(['one', 'two', 'three', 'small']);
});

describe('the file', () => {
  const line = (event: object) => `${JSON.stringify(event)}\n`;

  it.each([1, 20, 300])('may end in a torn line (%i bytes less), and grows soundly afterwards', async (missing) => {
    const first = await start();
    const client = await connect(first.url);
    const events = [1, 2, 3].map((n) => makeEvent({ tags: [['d', String(n)]] }));
    for (const event of events) await client.publish(event);
    await first.stop();
    truncateSync(file, statSync(file).size - missing);

    const second = await start();
    expect(second.events()).toEqual(events.slice(0, 2));
    const more = makeEvent({ tags: [['d', 'more']] });
    expect(await (await connect(second.url)).publish(more)).toEqual([true, '']);
    await second.stop();
    expect((await start()).events()).toEqual([...events.slice(0, 2), more]);
    expect(existsSync(`${file}.damaged`)).toBe(false);
  });

  it('is copied aside when a line in the middle is damaged', async () => {
    const events = [1, 2].map((n) => makeEvent({ tags: [['d', String(n)]] }));
    file = join(folder, 'relay.jsonl');
    const content = `${line(events[0]!)}{"id":"garbage"}\n${line(events[1]!)}`;
    writeFileSync(file, content);
    expect((await start()).events()).toEqual(events);
    expect(readFileSync(`${file}.damaged`, 'utf8')).toBe(content);
  });

  it('is compacted while the relay runs, and never holds less than what is live', async () => {
    const relay = await start();
    const client = await connect(relay.url);
    const at = nowSeconds() - 2_000;
    let largest = 0;
    for (let n = 0; n <= 1_050; n += 1) {
      client.send('EVENT', makeEvent({ created_at: at + n }));
      if (n % 50 === 0) await client.settle();
      largest = Math.max(largest, statSync(file).size);
    }
    await client.settle();
    expect(statSync(file).size).toBeLessThan(largest / 2);
    await relay.stop();
    expect((await start()).events().map((event) => event.created_at)).toEqual([at + 1_050]);
  });

  it('is emptied by wipe and rewound by restore', async () => {
    const relay = await start();
    const client = await connect(relay.url);
    await client.publish(makeEvent());
    const backup = relay.snapshot();
    relay.wipe();
    expect(statSync(file).size).toBe(0);
    relay.restore(backup);
    await relay.stop();
    expect((await start()).events()).toEqual(backup.events);
  });

  it('belongs to one relay at a time', async () => {
    const relay = await start();
    await expect(startRelay({ file })).rejects.toMatchObject({
      code: 'RELAY_FILE_BUSY',
      message: expect.stringContaining(file),
    });
    await relay.stop();
    await start();
  });

  it('is free again after the process that had it was killed', async () => {
    const { child, url } = spawnRelay('--port', '0', '--file', file);
    await url();
    await expect(startRelay({ file })).rejects.toMatchObject({ code: 'RELAY_FILE_BUSY' });
    child.kill('SIGKILL');
    await ended(child);
    await start();
  });

  it('is named when it cannot be used', async () => {
    await expect(startRelay({ file: folder })).rejects.toMatchObject({
      code: 'RELAY_FILE_UNUSABLE',
      message: expect.stringContaining(folder),
    });
  });

  it('is not believed when its lines are no events', async () => {
    file = join(folder, 'relay.jsonl');
    appendFileSync(file, 'null\n[]\n{}\n');
    expect((await start()).events()).toEqual([]);
  });
});

describe('npm run relay', () => {
  it('runs several relays with a file each and stops cleanly on Ctrl-C', async () => {
    const { child, url } = spawnRelay('--port', '0', '--file', join(folder, 'data.jsonl'), '--count', '3');
    const urls = [await url(0), await url(1), await url(2)];
    expect(new Set(urls).size).toBe(3);
    for (const each of urls) expect(await (await connect(each)).publish(makeEvent())).toEqual([true, '']);
    child.kill('SIGINT');
    expect(await ended(child)).toBe(0);
    for (const name of ['data.jsonl', 'data.2.jsonl', 'data.3.jsonl']) {
      expect(readFileSync(join(folder, name), 'utf8')).toMatch(/^\{.*\}\n$/);
      expect(existsSync(join(folder, `${name}.lock`))).toBe(false);
    }
  });

  it('says what is wrong when the port is taken', async () => {
    const relay = await start();
    const { child, output } = spawnRelay('--port', String(relay.port));
    expect(await ended(child)).toBe(1);
    expect(output()).toMatch(/^RELAY_PORT_TAKEN: Port \d+ on 127\.0\.0\.1 is taken\./m);
    expect(output()).not.toMatch(/\bat .*:\d+:\d+/);
  });

  it.each([
    ['--port', 'http', 'A port is'],
    ['--count', '0', 'The number of relays is'],
    ['--mode', 'damus', 'Allowed choices are'],
  ])('refuses %s %s', async (option, value, reason) => {
    const { child, output } = spawnRelay(option, value);
    expect(await ended(child)).toBe(1);
    expect(output()).toContain(reason);
  });
});
