import { allowsOwnOrigin, relaysLeftOut } from '../../src/cli/doctor/csp-connect';

test.each<[string, string, boolean]>([
  ['*', 'wss://relay.example', true],
  ['wss:', 'wss://relay.example', true],
  ['wss:', 'ws://abc.onion', false],
  ['wss://relay.example', 'wss://relay.example', true],
  ['WSS://Relay.example', 'wss://relay.example', true],
  ['wss://relay.example', 'wss://other.example', false],
  ['wss://relay.example', 'wss://relay.example:4848', false],
  ['wss://relay.example:4848', 'wss://relay.example:4848', true],
  ['wss://relay.example:*', 'wss://relay.example:4848', true],
  ['https://relay.example', 'wss://relay.example', false],
  ['relay.example', 'wss://relay.example', true],
  ['*.example', 'wss://relay.example', true],
  ['*.example', 'wss://example', false],
  ["'self'", 'wss://relay.example', false],
])('connect-src %s lets %s through: %s', (source, relay, isAllowed) => {
  expect(relaysLeftOut(["'self'", source], [relay])).toEqual(isAllowed ? [] : [relay]);
});

test('relays of this computer, and what is no relay, are left to others', () => {
  expect(relaysLeftOut([], ['ws://127.0.0.1:7777', 'ws://localhost:1', 'no relay'])).toEqual([]);
});

test.each([
  ["'self'", true],
  ['*', true],
  ['https:', true],
  ['wss:', false],
])('whether a file of the own origin may be fetched under %s: %s', (source, isAllowed) => {
  expect(allowsOwnOrigin(['wss:', source])).toBe(isAllowed);
});
