/** @jest-environment jsdom */
import { readTags } from '../../src/demo/notes';
import { framesOf, readServed, readSettings } from '../../src/demo/settings';
import { describeAge } from '../../src/demo/sync-status';

describe('readTags', () => {
  test.each([
    ['Milk', 'Milk', []],
    ['Book the ferry #travel #summer', 'Book the ferry', ['travel', 'summer']],
    ['#now call home #now', 'call home', ['now']],
    ['#1', '#1', []],
    ['C# course', 'C# course', []],
    ['  ', '', []],
  ])('reads %j', (line, title, tags) => {
    expect(readTags(line)).toEqual({ title, tags });
  });
});

describe('readSettings', () => {
  test('gives everybody the same demo user', () => {
    expect(readSettings({ search: '' }).identity).toEqual(['demo@example.org', 'demo-user']);
  });

  test('gives nobody an identity in the demo without users', () => {
    expect(readSettings({ search: '?users=none&device=a' })).toEqual({
      device: 'a',
      identity: undefined,
      relays: undefined,
    });
  });

  test('takes device, identity and relays from the address', () => {
    expect(readSettings({ search: '?device=b&identity=one,two&relays=ws://127.0.0.1:1' })).toEqual({
      device: 'b',
      identity: ['one', 'two'],
      relays: ['ws://127.0.0.1:1'],
    });
  });

  test('keeps everything on the device with an empty list of relays', () => {
    expect(readSettings({ search: '?relays=' }).relays).toEqual([]);
  });
});

describe('what serves the page', () => {
  test('names the ports of two devices and the relays beside them', () => {
    const served = readServed({ devicePorts: '3000,3001', relays: 'ws://127.0.0.1:1,ws://127.0.0.1:2' });
    expect(served).toEqual({ devicePorts: ['3000', '3001'], relays: ['ws://127.0.0.1:1', 'ws://127.0.0.1:2'] });
    expect(readSettings({ search: '?device=a' }, served).relays).toEqual(served.relays);
    expect(readSettings({ search: '?relays=' }, served).relays).toEqual([]);
  });

  test.each([{ devicePorts: '%REACT_APP_DEVICE_PORTS%', relays: '%REACT_APP_RELAYS%' }, {}])(
    'says nothing by %j',
    (given) => {
      expect(readServed(given)).toEqual({ devicePorts: [], relays: undefined });
    },
  );
});

describe('framesOf', () => {
  const at = (url: string, ports: readonly string[] = []) =>
    framesOf(new URL(url) as unknown as Location, ports).map((frame) => frame.url);

  test.each(['localhost', '127.0.0.1'])('makes two devices of one site of two ports of %s', (host) => {
    const devices = [`http://${host}:3000/?identity=me&device=a`, `http://${host}:3001/?identity=me&device=b`];
    expect(at(`http://${host}:3000/?identity=me`, ['3000', '3001'])).toEqual(devices);
    expect(at(`http://${host}:3001/?identity=me`, ['3000', '3001'])).toEqual(devices);
  });

  test('shows one device elsewhere', () => {
    expect(at('https://demo.example/sub/')).toEqual(['https://demo.example/sub/?device=a']);
    expect(at('http://localhost:8080/', ['3000', '3001'])).toEqual(['http://localhost:8080/?device=a']);
  });
});

test.each([
  [null, 'Never'],
  [100_000, 'Just now'],
  [60_000, '40 s ago'],
  [-200_000, '5 min ago'],
])('an age of %s reads %j', (at, words) => {
  expect(describeAge(at, 100_000)).toBe(words);
});
