import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { startRelay } from '../../../src/relay';
import type { RunningRelay } from '../../../src/relay';
import { createSwitchboard, faults, startChaosProxy } from '../../../src/relay/chaos';
import type { ChaosOptions, ChaosProxy } from '../../../src/relay/chaos';
import { Client, eventually, makeEvent } from '../support';
import { ManualClock } from './scene';

let relay: RunningRelay;
const proxies: ChaosProxy[] = [];
const clients: Client[] = [];

beforeEach(async () => {
  relay = await startRelay({ mode: 'strict' });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
  await relay.stop();
});

async function start(options: Partial<ChaosOptions> = {}): Promise<ChaosProxy> {
  const proxy = await startChaosProxy({ target: relay.url, ...options });
  proxies.push(proxy);
  return proxy;
}

async function connect(url: string): Promise<Client> {
  const client = await Client.connect(url);
  clients.push(client);
  return client;
}

const bare = (text: string): string => text.replaceAll('`', '');

describe('the registry', () => {
  it('is what docs/chaos.md lists: names, sentences, settings and what must hold, section by section', () => {
    const documented: Record<string, string>[] = [];
    let section = '';
    for (const line of readFileSync('docs/chaos.md', 'utf8').split('\n')) {
      section = /^## (.+)$/.exec(line)?.[1]?.toLowerCase() ?? section;
      if (!/^\| `[a-z0-9-]+` /.test(line)) continue;
      const [name = '', sentence = '', settings = '', holds] = line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim());
      documented.push({ section, name: bare(name), sentence, settings: bare(settings), ...(holds && { holds }) });
    }
    const registered = faults.map(({ section, name, sentence, holds, settings }) => ({
      section,
      name,
      sentence,
      ...(holds && { holds }),
      settings: Object.entries(settings)
        .map(([setting, value]) => `${setting}=${value}`)
        .join(' '),
    }));
    const byName = (a: Record<string, string>, b: Record<string, string>) => (a.name! < b.name! ? -1 : 1);
    expect(documented.sort(byName)).toEqual(registered.sort(byName));
  });

  it('says of every fault of the newer sections what must hold', () => {
    const older = ['transport', 'write path', 'read path', 'state', 'clock', 'client'];
    const silent = faults.filter(({ section, holds }) => !older.includes(section) && !holds);
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it('has no name twice', () => {
    expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
  });
});

describe('a proxy without faults', () => {
  it('changes nothing', async () => {
    const proxy = await start();
    const [through, direct] = [await connect(proxy.url), await connect(relay.url)];
    const events = Array.from({ length: 20 }, (_, n) =>
      makeEvent({ tags: [['d', String(n)]], content: '\u0000é😀'.repeat(n) }),
    );
    await direct.read('live', {});
    await through.read('live', {});
    for (const [n, event] of events.entries()) await (n % 2 ? through : direct).publish(event);
    await through.settle();
    await direct.settle();
    expect(through.eventsOf('live')).toEqual(events);
    expect(direct.eventsOf('live')).toEqual(events);
    expect(proxy.switchboard.counts()).toEqual({});
  });

  it("passes the relay's closing on, with its code", async () => {
    const proxy = await start();
    const client = await connect(proxy.url);
    await client.settle();
    client.sendText('x'.repeat(131_073));
    await client.closed();
    expect(client.closeCode).toBe(1009);
  });

  it('does not hide that there is no relay', async () => {
    const proxy = await start();
    await relay.stop();
    const client = Client.dial(proxy.url);
    await client.closed();
    expect(client.closeCode).toBe(1006);
  });

  it('leaves no connection at the relay behind', async () => {
    const proxy = await start();
    for (let n = 0; n < 5; n += 1) (await connect(proxy.url)).close();
    await eventually(() => relay.connections === 0 && proxy.connections === 0, 'the relay to be left');
    await (await connect(proxy.url)).settle();
    expect(relay.connections).toBe(1);
    await proxy.stop();
    await eventually(() => relay.connections === 0, 'the relay to be left');
  });
});

describe('the switchboard', () => {
  it('fires by probability', async () => {
    let next = 0;
    const proxy = await start({ random: () => [0.1, 0.9][next++ % 2]!, faults: { 'ok-false': { probability: 0.5 } } });
    const client = await connect(proxy.url);
    const answers: boolean[] = [];
    for (let n = 0; n < 4; n += 1) answers.push((await client.publish(makeEvent({ kind: 1, content: String(n) })))[0]);
    expect(answers).toEqual([false, true, false, true]);
    expect(proxy.fired('ok-false')).toBe(2);
  });

  it('lets several proxies fail together', async () => {
    const faults = createSwitchboard();
    const [one, two] = [await start({ faults }), await start({ faults })];
    const both = [await connect(one.url), await connect(two.url)];
    faults.on('relay-down');
    await Promise.all(both.map((client) => client.closed()));
    for (const proxy of [one, two]) await expect(Client.connect(proxy.url)).rejects.toThrow('refused');
    faults.heal();
    for (const proxy of [one, two]) await (await connect(proxy.url)).settle();
    expect(one.fired('relay-down')).toBe(4);
  });

  it('combines faults', async () => {
    const proxy = await start({ faults: { duplicates: {}, 'eose-swallowed': {} } });
    const client = await connect(proxy.url);
    await client.publish(makeEvent());
    client.send('REQ', 'page', {});
    await client.publish(makeEvent({ kind: 30078, tags: [['d', 'other']], created_at: 0 }));
    expect(client.messages.map((m) => m[0])).toEqual(['OK', 'EVENT', 'EVENT', 'OK']);
  });

  it.each<[string, string, Record<string, number>, string]>([
    ['a name', 'solar-flare', {}, 'CHAOS_UNKNOWN_FAULT'],
    ['a setting', 'latency', { speed: 1 }, 'CHAOS_BAD_SETTING'],
    ['a value', 'latency', { ms: NaN }, 'CHAOS_BAD_SETTING'],
    ['a key', 'undecryptable', {}, 'CHAOS_NEEDS_KEY'],
  ])('refuses %s that it does not have', async (_what, name, settings, code) => {
    const proxy = await start();
    expect(() => proxy.on(name, settings)).toThrow(expect.objectContaining({ code }));
    await expect(startChaosProxy({ target: relay.url, faults: { [name]: settings } })).rejects.toMatchObject({ code });
  });

  it('calls no timer after the proxy has stopped', async () => {
    const clock = new ManualClock();
    const proxy = await start({ clock, faults: { 'ok-late': {} } });
    const client = await connect(proxy.url);
    client.send('EVENT', makeEvent());
    await eventually(() => proxy.fired('ok-late') === 1, 'OK to be late');
    await proxy.stop();
    clock.advance(20_000);
    await client.closed();
    expect(client.received).toEqual([]);
  });
});

describe('npm run chaos', () => {
  function run(...args: readonly string[]) {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/relay/chaos/cli.ts', ...args]);
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    return { child, ended, output: () => output };
  }

  it('injects a fault by hand and says how often it fired', async () => {
    const { child, ended, output } = run(
      '--fault',
      'duplicates',
      'ok-false',
      '--target',
      relay.url,
      '--port',
      '0',
      '--set',
      'probability=1',
    );
    await eventually(() => /ws:\/\/\S+/.test(output()), 'the address', 25_000);
    const client = await connect(/ws:\/\/\S+/.exec(output())![0]);
    expect((await client.publish(makeEvent()))[0]).toBe(false);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(output()).toContain('ok-false fired 1 times');
  });

  it('lists every fault', async () => {
    const { ended, output } = run('--list');
    expect(await ended).toBe(0);
    for (const { name, section, sentence } of faults)
      expect(output()).toContain(`${name} (${section})\n    ${sentence}\n`);
  });

  it.each([
    [
      ['--fault', 'solar-flare', '--port', '0'],
      'CHAOS_UNKNOWN_FAULT: There is no fault named "solar-flare". There are: connection-refused',
    ],
    [['--fault', 'latency', '--set', 'speed=3', '--port', '0'], 'CHAOS_BAD_SETTING: latency cannot have speed = 3.'],
    [['--target', 'http://x'], 'A relay is a ws:// or wss:// address.'],
  ])('refuses %j', async (args, reason) => {
    const { ended, output } = run(...args);
    expect(await ended).toBe(1);
    expect(output()).toContain(reason);
  });
});
