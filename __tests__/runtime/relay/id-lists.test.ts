import { createHash } from 'node:crypto';
import type { NostrEvent } from '../../../src/relay/event';
import { createReconciliation } from '../../../src/relay/negentropy/reconciliation';
import defaults from '../../../src/runtime/core/defaults.json';
import { createIdLists } from '../../../src/runtime/relay/id-lists';
import { OwnedClock } from '../../support/owned-clock';

// The machine that runs this may be busy; time that passes in a test is the test's own.
jest.setTimeout(60_000);

const eventsOf = (count: number): readonly NostrEvent[] =>
  Array.from({ length: count }, (_, number) => ({
    ...{ id: createHash('sha256').update(`${number}`).digest('hex'), pubkey: 'ab'.repeat(32), kind: 30078, sig: '' },
    ...{ created_at: 1_700_000_000 + Math.floor(number / 9), tags: [], content: '' },
  }));

/** Asks a relay that answers by `answer`; what it is sent is in `sent`. */
function listsFrom(answer: (verb: string, message: string) => readonly unknown[] | undefined) {
  const clock = new OwnedClock();
  const sent: (readonly unknown[])[] = [];
  const results: (ReadonlySet<string> | undefined)[] = [];
  const lists = createIdLists({
    ...{ clock, limits: defaults.connection, isOpen: () => true },
    send: (frame) => {
      sent.push(frame);
      const [verb, id] = frame as [string, string];
      const [kind, text] = answer(verb, frame.at(-1) as string) ?? [];
      clock.after(1, () => {
        if (kind === 'NEG-MSG') lists.message(id, text as string);
        if (kind === 'NEG-ERR') lists.refused(id);
      });
    },
  });
  lists.ask({ kinds: [30078] }, (ids) => results.push(ids));
  return { clock, lists, sent, results };
}

test.each([0, 1, 40, 127, 128, 3_000, 15_000])('the ids of %i events are listed in one answer', async (count) => {
  const events = eventsOf(count);
  const relay = createReconciliation(events);
  const { clock, sent, results } = listsFrom((verb, message) =>
    verb === 'NEG-CLOSE' ? undefined : ['NEG-MSG', relay.answer(Buffer.from(message, 'hex')).toString('hex')],
  );
  await clock.advance(100);
  expect(results).toEqual([new Set(events.map(({ id }) => id))]);
  expect(sent.map(([verb]) => verb)).toEqual(['NEG-OPEN', 'NEG-CLOSE']);
});

test('a list that needs two answers is none', async () => {
  const relay = createReconciliation(eventsOf(20_000));
  const { clock, results } = listsFrom((verb, message) =>
    verb === 'NEG-CLOSE' ? undefined : ['NEG-MSG', relay.answer(Buffer.from(message, 'hex')).toString('hex')],
  );
  await clock.advance(100);
  expect(results).toEqual([undefined]);
});

test.each<[string, readonly unknown[]]>([
  ['a refusal', ['NEG-ERR']],
  ['what is not in hex', ['NEG-MSG', 'no hex']],
  ['half a byte', ['NEG-MSG', '610']],
  ['another version of the protocol', ['NEG-MSG', '62']],
  ['a list that ends early', ['NEG-MSG', '6100000201ff']],
  ['a list longer than any message', ['NEG-MSG', '61000002ffffffffffffffff7f']],
  ['a fingerprint of everything', ['NEG-MSG', `61000001${'ab'.repeat(16)}`]],
  ['an unknown mode', ['NEG-MSG', '61000009']],
])('%s is no list', async (_what, frame) => {
  const { clock, results } = listsFrom((verb) => (verb === 'NEG-CLOSE' ? undefined : frame));
  await clock.advance(1_000);
  expect(results).toEqual([undefined]);
});

test('a relay that says nothing is waited for as for any answer', async () => {
  const { clock, results } = listsFrom(() => undefined);
  await clock.advance(defaults.connection.answerTimeoutMs - 100);
  expect(results).toEqual([]);
  await clock.advance(200);
  expect(results).toEqual([undefined]);
});

test('a NOTICE about it ends it, and another one is about something else', () => {
  const { lists, results } = listsFrom(() => undefined);
  expect(lists.refusedUnnamed('ERROR: too many concurrent REQs')).toBe(false);
  expect(lists.refusedUnnamed('ERROR: bad msg: negentropy disabled')).toBe(true);
  expect(results).toEqual([undefined]);
  expect(lists.refusedUnnamed('ERROR: bad msg: negentropy disabled')).toBe(false);
});

test('nothing is called back after the connection is gone', async () => {
  const { clock, lists, results } = listsFrom(() => undefined);
  lists.reset();
  await clock.advance(60_000);
  expect(results).toEqual([]);
});
