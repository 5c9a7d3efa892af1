import appConfig from '../../../src/lib/config.json';
import defaults from '../../../src/runtime/core/defaults.json';
import { ErrorCode, SyncError } from '../../../src/runtime/core/errors';
import { readConfig } from '../../../src/runtime/core/config';
import { relayAddressOf } from '../../../src/runtime/core/relay-address';

const configJson = { ...appConfig, ...defaults };

const three = ['wss://a.example', 'wss://b.example', 'wss://c.example'];

function failure(json: unknown, relays?: readonly string[]): SyncError {
  try {
    readConfig(json, relays && { relays });
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
  throw new Error('The configuration was accepted.');
}

describe('readConfig', () => {
  it('accepts the configuration of this repository, with at least six candidates', () => {
    const config = readConfig(configJson);
    expect(config.relays.length).toBeGreaterThanOrEqual(6);
    expect(new Set(config.relays).size).toBe(config.relays.length);
    expect(config.iterations).toBe(600_000);
  });

  it('takes from defaults.json what the app does not say, section by section and number by number', () => {
    const config = readConfig({ ...appConfig, publishing: { burst: 9 } });
    expect(config.publishing).toEqual({ ...defaults.publishing, burst: 9 });
    expect(config.reading).toEqual(defaults.reading);
  });

  it('lists no relay that is dead or has announced its end', () => {
    for (const relay of configJson.relays) expect(relay).not.toMatch(/nostr\.band|damus\.io/);
  });

  it('lets open() replace the relays, by none for local only', () => {
    expect(readConfig(configJson, { relays: three }).relays).toEqual(three);
    expect(readConfig(configJson, { relays: [] }).relays).toEqual([]);
    expect(readConfig(configJson, {}).relays).toEqual(configJson.relays);
  });

  it('accepts unencrypted relays on loopback and of hidden services only', () => {
    const unencrypted = ['ws://localhost:7001', 'ws://127.0.0.1:7002', 'ws://[::1]:7003', 'ws://abc234.onion'];
    expect(readConfig(configJson, { relays: unencrypted }).relays).toEqual(unencrypted);
    for (const url of ['ws://relay.example', 'ws://127.0.0.1.example', 'ws://192.168.1.2:7777', 'ws://a.onion.example'])
      expect(failure(configJson, [url, ...three]).message).toContain('not encrypted');
  });

  it.each([
    ['wss://A.example/', 'wss://a.example'],
    ['wss://a.example:443/nostr', 'wss://a.example/nostr'],
    ['ws://localhost:7001', 'ws://localhost:7001'],
    ['wss://a.example.', 'wss://a.example'],
    ['wss://a.example.:443/', 'wss://a.example'],
    ['wss://a.example/?', 'wss://a.example'],
    ['wss://a.example//', 'wss://a.example'],
    ['wss://a.example//nostr///in?x=//', 'wss://a.example/nostr/in?x=//'],
    ['wss://%61.example/%6e%6Fstr%2f%c3%bc', 'wss://a.example/nostr%2F%C3%BC'],
    ['wss://a.example:7777/nostr/', 'wss://a.example:7777/nostr/'],
    ['ws://LOCALHOST.:80', 'ws://localhost'],
  ])('takes %s as %s, as whoever reads the address elsewhere does', (url, address) => {
    expect(readConfig(configJson, { relays: [url, ...three.slice(1)] }).relays[0]).toBe(address);
    expect(relayAddressOf(url)).toBe(address);
  });

  it.each([
    'ws://relay.example',
    'https://a.example',
    'wss://u:p@d.example',
    'wss://a.example/#x',
    'relay',
    '',
    7,
    null,
  ])('refuses %j, which is no address elsewhere either', (url) => {
    expect(failure({ ...configJson, relays: [...three, url] }).code).toBe(ErrorCode.ConfigInvalid);
    expect(relayAddressOf(url)).toBeUndefined();
  });

  it.each([
    ['an unknown key', { ...configJson, secret: 'x' }, 'unknown key "secret"'],
    ['an unknown key in a section', { ...configJson, reading: { ...configJson.reading, pages: 1 } }, '"pages"'],
    ['a number that is null', { ...configJson, demotion: { ...configJson.demotion, lies: null } }, 'demotion.lies'],
    ['a number out of range', { ...configJson, publishing: { ...configJson.publishing, burst: 0 } }, 'from 1 to 100'],
    ['a number that is none', { ...configJson, publishing: { ...configJson.publishing, burst: NaN } }, 'burst'],
    ['a section that is no object', { ...configJson, reading: 500 }, '"reading"'],
    ['too few iterations', { ...configJson, iterations: 99_999 }, 'at least 100000'],
    ['iterations in words', { ...configJson, iterations: '600000' }, '"iterations"'],
    ['an app id without its random part', { ...configJson, appId: 'my-app' }, '"appId"'],
    ['no salt', { ...configJson, salts: [] }, 'exactly one'],
    ['two salts', { ...configJson, salts: [...configJson.salts, ...configJson.salts] }, 'exactly one'],
    ['a salt with its value', { ...configJson, salts: [{ ...configJson.salts[0], value: 'AAAA' }] }, '"value"'],
    ['a fingerprint that is none', { ...configJson, salts: [{ ...configJson.salts[0], fingerprint: 'xyz' }] }, 'hex'],
    ['relays that are no list', { ...configJson, relays: 'wss://a.example' }, 'not a list'],
    ['two relays', { ...configJson, relays: three.slice(1) }, 'at least 3'],
    ['a relay named twice', { ...configJson, relays: [...three, 'wss://A.example/'] }, 'twice'],
    ['a relay under another spelling', { ...configJson, relays: [...three, 'wss://a.example.//?'] }, 'twice'],
    ['a former relay that is none', { ...configJson, formerRelays: ['relay'] }, '"formerRelays"'],
    [
      'a former relay that is in use',
      { ...configJson, relays: three, formerRelays: [`${three[0]!}/`] },
      '"formerRelays"',
    ],
    ['former relays that are no list', { ...configJson, formerRelays: 'wss://f.example' }, '"formerRelays"'],
    ['too many former relays', { ...configJson, formerRelays: Array(25).fill('wss://f.example') }, 'at most 24'],
    ['a list elsewhere', { ...configJson, relaysUrl: 'https://other.example/relays.json' }, '"relaysUrl"'],
    ['a list elsewhere without a scheme', { ...configJson, relaysUrl: '//other.example/relays.json' }, '"relaysUrl"'],
    ['a list that is no JSON', { ...configJson, relaysUrl: '/relays' }, '"relaysUrl"'],
    ['a web address', { ...configJson, relays: [...three, 'https://a.example'] }, 'no relay address'],
    ['a password in an address', { ...configJson, relays: [...three, 'wss://u:p@d.example'] }, 'no relay address'],
    ['no address', { ...configJson, relays: [...three, 'relay'] }, 'no relay address'],
    ['two active relays', { ...configJson, activeRelays: 2 }, '"activeRelays"'],
    ['another kind of event', { ...configJson, kind: 1 }, '"kind"'],
    ['nothing', undefined, 'config.json'],
    ['a list', [], 'config.json'],
  ])('refuses %s and says what to do', (_, json, words) => {
    const { code, message } = failure(json);
    expect(code).toBe(ErrorCode.ConfigInvalid);
    expect(message).toContain(words);
    expect(message).toMatch(/(Write|Remove|Restore|Use|Run|name|write) /);
  });

  it('has no former relays and no list elsewhere by itself, nor where nothing leaves the device', () => {
    expect(readConfig(configJson)).toMatchObject({ formerRelays: [], relaysUrl: undefined });
    const json = { ...configJson, formerRelays: ['wss://F.example/'], relaysUrl: '/relays.json' };
    expect(readConfig(json)).toMatchObject({ formerRelays: ['wss://f.example'], relaysUrl: '/relays.json' });
    expect(readConfig(json, { relays: [] })).toMatchObject({ formerRelays: [], relaysUrl: undefined });
  });

  it('leaves out former relays that are given to open(), and the list elsewhere with them', () => {
    const json = { ...configJson, formerRelays: [three[0]!, 'wss://f.example'], relaysUrl: '/relays.json' };
    expect(readConfig(json, { relays: three })).toMatchObject({
      formerRelays: ['wss://f.example'],
      relaysUrl: undefined,
    });
  });

  it('refuses one or two relays given to open(), which would not be durable', () => {
    expect(failure(configJson, three.slice(0, 1)).message).toContain('given to open()');
    expect(failure(configJson, three.slice(0, 2)).code).toBe(ErrorCode.ConfigInvalid);
  });
});
