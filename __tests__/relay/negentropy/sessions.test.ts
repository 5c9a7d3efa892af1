import type { NostrEvent } from '../../../src/relay/event';
import { createNegentropySessions } from '../../../src/relay/negentropy/sessions';

const event: NostrEvent = {
  ...{ id: '11'.repeat(32), pubkey: 'ab'.repeat(32), kind: 1, created_at: 1_700_000_000 },
  ...{ tags: [], content: '', sig: '' },
};
/** Of somebody who has nothing: a list of no ids up to the end. */
const HAS_NOTHING = '6100000200';

function sessionsOf(refusal?: string) {
  const sent: unknown[][] = [];
  const sessions = createNegentropySessions({
    ...{ maxTagFilters: 3, most: 2 },
    refusalFor: () => refusal,
    find: () => [event],
    send: (...message) => sent.push([...message]),
  });
  return { sent, receive: (verb: string, id: unknown, ...rest: unknown[]) => sessions.receive(verb, id, rest) };
}

test('who has nothing is told the ids of everything', () => {
  const { sent, receive } = sessionsOf();
  expect(receive('NEG-OPEN', 'a', { kinds: [1] }, HAS_NOTHING)).toBe(true);
  expect(sent).toEqual([['NEG-MSG', 'a', `6100000201${event.id}`]]);
});

test.each<[string, string | undefined, readonly unknown[], string]>([
  ['a question that is refused', 'auth-required: who are you?', [{}, HAS_NOTHING], 'auth-required: who are you?'],
  ['a filter that is none', undefined, [7, HAS_NOTHING], 'invalid: filter is not an object'],
  ['what is not in hex', undefined, [{}, 'zz'], 'invalid: not in hex'],
  ['a message that ends early', undefined, [{}, '61000002ff'], 'invalid: message ends early'],
])('%s is answered by NEG-ERR', (_what, refusal, rest, reason) => {
  const { sent, receive } = sessionsOf(refusal);
  receive('NEG-OPEN', 'a', ...rest);
  expect(sent).toEqual([['NEG-ERR', 'a', reason]]);
});

test('a session ends when it is closed, and there are not too many', () => {
  const { sent, receive } = sessionsOf();
  for (const id of ['a', 'b', 'c']) receive('NEG-OPEN', id, {}, HAS_NOTHING);
  expect(sent.at(-1)).toEqual(['NEG-ERR', 'c', 'blocked: too many sessions']);
  receive('NEG-CLOSE', 'a');
  receive('NEG-MSG', 'a', HAS_NOTHING);
  expect(sent.at(-1)).toEqual(['NEG-ERR', 'a', 'closed: no such session']);
  receive('NEG-OPEN', 'c', {}, HAS_NOTHING);
  expect(sent.at(-1)).toEqual(['NEG-MSG', 'c', `6100000201${event.id}`]);
});

test('what is no message of this protocol is left to others', () => {
  const { receive } = sessionsOf();
  expect([receive('NEG-WHAT', 'a'), receive('NEG-OPEN', 7), receive('NEG-OPEN', '')]).toEqual([false, false, false]);
});
