import { durableRelayCount } from '../../../src/runtime/core/durability';

test.each([
  [0, 0],
  [1, 1],
  [2, 2],
  [3, 2],
  [10, 2],
])('of %i relays, %i make a write durable', (relayCount, durableOn) => {
  expect(durableRelayCount(relayCount)).toBe(durableOn);
});
