import { createUndecryptableEvents } from '../../../src/runtime/mesh/undecryptable-events';
import { UndecryptableReason } from '../../../src/runtime/core/status';
import { Refusal } from '../../../src/runtime/contracts/vault';

test('counts each event once, and once more of each relay that has it', () => {
  const events = createUndecryptableEvents();
  expect(events.note('a', 'wss://one', Refusal.Unreadable)).toBe(true);
  expect(events.note('a', 'wss://one', Refusal.Unreadable)).toBe(false);
  expect(events.note('a', 'wss://two', Refusal.Unreadable)).toBe(true);
  events.note('b', 'wss://two', Refusal.Unreadable);
  events.note('c', 'wss://two', Refusal.Malformed);
  expect(events.all).toEqual({
    count: 3,
    from: [
      { relay: 'wss://two', reason: UndecryptableReason.WrongKey, count: 2 },
      { relay: 'wss://one', reason: UndecryptableReason.WrongKey, count: 1 },
      { relay: 'wss://two', reason: UndecryptableReason.Malformed, count: 1 },
    ],
  });
});

test('names at most 8 sources, and counts at most 1,000 events', () => {
  const events = createUndecryptableEvents();
  for (let at = 0; at < 1_100; at += 1) events.note(`${at}`, `wss://${at % 10}`, Refusal.Malformed);
  expect(events.all.count).toBe(1_000);
  expect(events.all.from).toHaveLength(8);
  expect(events.note('0', 'wss://another', Refusal.Malformed)).toBe(true);
});
