/** examples/own-relays: its files parse, fit each other, and have what the kit needs and docs/relays.md says. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import appConfig from '../../src/lib/config.json';
import defaults from '../../src/runtime/core/defaults.json';
import { readStrfryConfig } from '../support/strfry-config';

const { load } = jest.requireActual<{ load(text: string): unknown }>('js-yaml');
const folder = 'examples/own-relays';
const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');
const page = readFileSync('docs/relays.md', 'utf8');

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly pid?: string;
  readonly volumes: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: object;
  readonly ulimits?: { readonly nofile: number };
}
const compose = load(read('compose.yaml')) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: object;
};
const services = Object.entries(compose.services);
const publicRelay = readStrfryConfig(read('strfry.conf'));
const peersRelay = readStrfryConfig(read('strfry-peers.conf'));
const router = readStrfryConfig(read('strfry-router.conf'));
const nostream = load(read('nostream-settings.yaml')) as object;

/** The value at a dotted path, or undefined. */
const valueAt = (tree: unknown, dotted: string): unknown =>
  dotted.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], tree);

describe('compose.yaml', () => {
  test('mounts files of this folder and volumes that it declares', () => {
    for (const [, { volumes }] of services)
      for (const [source] of volumes.map((volume) => volume.split(':')))
        if (source!.startsWith('./')) expect(existsSync(path.join(folder, source!))).toBe(true);
        else expect(Object.keys(compose.volumes)).toContain(source);
  });

  test('names only configurations that the service has mounted', () => {
    for (const [, { command = [], volumes }] of services)
      for (const file of command.flatMap((argument) => /\/etc\/[\w.-]+/.exec(argument) ?? []))
        expect(volumes.some((volume) => volume.includes(`:${file}:ro`))).toBe(true);
  });

  test('depends on services that are there', () => {
    for (const [, { depends_on = {} }] of services)
      for (const name of Array.isArray(depends_on) ? depends_on : Object.keys(depends_on))
        expect(Object.keys(compose.services)).toContain(name);
  });

  test('lets all processes of the database see each other, for LMDB tells them apart by their ids', () => {
    const ofDatabase = services.filter(([, { volumes }]) => volumes.some((volume) => volume.startsWith('events:')));
    expect(ofDatabase.map(([name, { pid }]) => [name, pid])).toEqual([
      ['relay', undefined],
      ['peers', 'service:relay'],
      ['router', 'service:relay'],
    ]);
    expect(new Set(ofDatabase.map(([, { image }]) => image)).size).toBe(1);
  });

  test('publishes the proxy to everybody, and the other machines’ relay to the private network only', () => {
    const ports = services.flatMap(([name, { ports: published = [] }]) => published.map((port) => [name, port]));
    expect(ports).toEqual([
      ['peers', expect.stringMatching(/^\$\{PRIVATE_ADDRESS:\?[^}]+\}:7778:7778$/)],
      ['proxy', '80:80'],
      ['proxy', '443:443'],
    ]);
    expect(valueAt(peersRelay, 'relay.port')).toBe(7778);
    expect(read('Caddyfile')).toContain(`reverse_proxy relay:${String(valueAt(publicRelay, 'relay.port'))}`);
  });

  test('says in .env.example whatever it asks for', () => {
    const asked = [...read('compose.yaml').matchAll(/\$\{(\w+)/g)].map(([, name]) => name!);
    const given = [...read('.env.example').matchAll(/^(\w+)=/gm)].map(([, name]) => name!);
    expect(new Set(given)).toEqual(new Set(asked));
  });

  test('allows as many files as the relay asks for', () => {
    expect(compose.services.relay!.ulimits!.nofile).toBe(valueAt(publicRelay, 'relay.nofiles'));
  });
});

describe('strfry.conf', () => {
  const relay = (dotted: string) => valueAt(publicRelay, dotted) as number;

  test('takes the largest event and answers a whole page', () => {
    expect(relay('events.maxEventSize')).toBeGreaterThanOrEqual(defaults.publishing.maxEventBytes);
    expect(relay('relay.maxWebsocketPayloadSize')).toBeGreaterThan(relay('events.maxEventSize') + 1_000);
    expect(relay('relay.maxFilterLimit')).toBeGreaterThanOrEqual(defaults.reading.pageLimit);
    expect(relay('relay.maxSubsPerConnection')).toBeGreaterThanOrEqual(2 * (defaults.reading.concurrentReads + 2));
    expect(relay('relay.autoPingSeconds') * 1_000).toBeLessThan(defaults.connection.silenceMs);
  });

  test('shows the kit’s kind to its author only, and can be answered', () => {
    expect(valueAt(publicRelay, 'relay.auth')).toMatchObject({ enabled: true, restrictReadToInvolvedPubkey: true });
    const kinds = String(valueAt(publicRelay, 'relay.auth.restrictedReadKinds')).split(/,\s*/).map(Number);
    expect(kinds).toContain(appConfig.kind);
    expect(valueAt(publicRelay, 'relay.auth.serviceUrl')).toMatch(/^wss:\/\/[\w.-]+$/);
  });

  test('takes the same events as the relay of the other machines', () => {
    expect(valueAt(peersRelay, 'events')).toEqual(valueAt(publicRelay, 'events'));
    expect(valueAt(peersRelay, 'db')).toBe(valueAt(publicRelay, 'db'));
    expect(compose.services.relay!.volumes).toContain(`events:${String(publicRelay.db).replace(/\/$/, '')}`);
  });

  test('logs no contents', () => {
    expect(valueAt(publicRelay, 'relay.logging')).toEqual({
      ...{ dumpInAll: false, dumpInEvents: false, dumpInReqs: false, invalidEvents: false },
    });
  });
});

describe('strfry-router.conf', () => {
  const mirror = valueAt(router, 'streams.mirror') as { readonly urls: readonly string[] };

  test('pulls the kit’s kind from the private relays of two other machines', () => {
    expect(mirror).toMatchObject({ dir: 'down', filter: { kinds: [appConfig.kind] } });
    expect(mirror.urls).toHaveLength(2);
    for (const url of mirror.urls) expect(url).toMatch(/^ws:\/\/10\.[\d.]+:7778$/);
    expect(valueAt(peersRelay, 'relay.auth')).toEqual({ enabled: false, restrictedReadKinds: '' });
  });
});

describe('nostream-settings.yaml', () => {
  const at = (dotted: string) => valueAt(nostream, dotted);
  const perMinute = (rates: unknown) =>
    (rates as readonly { readonly period: number; readonly rate: number }[]).find(({ period }) => period === 60_000)!
      .rate;

  test('asks for AUTH, shows the kit’s kind to its author only, and never deletes by age', () => {
    expect(at('nip42')).toMatchObject({ authRequired: true, restrictedReads: { enabled: true } });
    expect(at('nip42.restrictedReads.kinds')).toContain(appConfig.kind);
    expect(at('limits.event.retention.maxDays')).toBe(-1);
  });

  test('takes what the kit sends at its highest rate, in its largest event', () => {
    expect(perMinute(at('limits.event.rateLimits'))).toBeGreaterThanOrEqual(60 * defaults.publishing.maxPerSecond);
    expect(at('network.maxPayloadSize')).toBeGreaterThan(defaults.publishing.maxEventBytes);
    const [content] = at('limits.event.content') as readonly { readonly maxLength: number }[];
    expect(content!.maxLength).toBeGreaterThanOrEqual(defaults.publishing.maxEventBytes);
    expect(at('limits.client.subscription.maxSubscriptions')).toBeGreaterThanOrEqual(
      2 * (defaults.reading.concurrentReads + 2),
    );
  });
});

describe('docs/relays.md', () => {
  const quoted = (of: string) =>
    [...page.matchAll(new RegExp(`\\| \`(${of}[\\w.]+)\` +\\| \`([^\`]+)\` +\\|`, 'g'))].map(
      ([, dotted, value]) => [dotted!, value!] as const,
    );

  test('quotes each setting of strfry as the example has it', () => {
    const settings = quoted('(?:relay|events)\\.');
    expect(settings.length).toBeGreaterThanOrEqual(9);
    for (const [dotted, value] of settings)
      expect([dotted, JSON.stringify(valueAt(publicRelay, dotted))]).toEqual([dotted, value]);
  });

  test('quotes each setting of nostream as the example has it', () => {
    const settings = quoted('(?:nip42|network|limits)\\.');
    expect(settings.length).toBeGreaterThanOrEqual(6);
    for (const [dotted, value] of settings)
      expect([dotted, JSON.stringify(valueAt(nostream, dotted))]).toEqual([dotted, value]);
  });

  test('leads to the example', () => {
    expect(page.includes('](../examples/own-relays/README.md)')).toBe(true);
  });
});

test('a configuration that is broken does not pass for one that parses', () => {
  for (const broken of ['relay { bind = ', 'relay { a = 1 a = 2 }', 'a = [1', 'a ? 1', '= 3', 'a = b'])
    expect(() => readStrfryConfig(broken)).toThrow();
});
