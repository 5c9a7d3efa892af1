/** The embedded relay answers NIP-77 as nostr-tools asks it. */
import { createHash } from 'node:crypto';
import { nip77 } from 'nostr-tools';
import type { NostrEvent } from '../../../src/relay/event';
import { createReconciliation } from '../../../src/relay/negentropy/reconciliation';

const eventOf = (number: number, perSecond: number): NostrEvent => ({
  ...{ id: createHash('sha256').update(`${number}`).digest('hex'), pubkey: 'ab'.repeat(32), kind: 30078, sig: '' },
  ...{ created_at: 1_700_000_000 + Math.floor(number / perSecond), tags: [], content: '' },
});

/** What the one who asks finds out, and in how many questions. */
function reconcile(held: readonly NostrEvent[], stored: readonly NostrEvent[]) {
  const storage = new nip77.NegentropyStorageVector();
  for (const { id, created_at } of held) storage.insert(created_at, id);
  storage.seal();
  const asking = new nip77.Negentropy(storage);
  const relay = createReconciliation(stored);
  const [onlyHere, onlyThere]: [string[], string[]] = [[], []];
  let questions = 0;
  for (let message: string | null = asking.initiate(); message !== null; questions += 1) {
    const answer = relay.answer(Buffer.from(message, 'hex')).toString('hex');
    message = asking.reconcile(
      answer,
      (id) => onlyHere.push(id),
      (id) => onlyThere.push(id),
    );
  }
  return { onlyHere: onlyHere.sort(), onlyThere: onlyThere.sort(), questions };
}

const idsOf = (events: readonly NostrEvent[]) => events.map(({ id }) => id).sort();

test.each([
  [0, 10, 1],
  [10, 0, 1],
  [40, 40, 3],
  [200, 100, 1],
  [1_000, 5_000, 7],
  [3_000, 3_000, 3_000],
])('%i and %i events, %i a second', (held, stored, perSecond) => {
  const here = Array.from({ length: held }, (_, index) => eventOf(index, perSecond)).filter((_, at) => at % 7 !== 3);
  const there = Array.from({ length: stored }, (_, index) => eventOf(index, perSecond)).filter(
    (_, at) => at % 11 !== 5,
  );
  const { onlyHere, onlyThere, questions } = reconcile(here, there);
  const [ids, others] = [new Set(idsOf(here)), new Set(idsOf(there))];
  expect(onlyHere).toEqual(idsOf(here).filter((id) => !others.has(id)));
  expect(onlyThere).toEqual(idsOf(there).filter((id) => !ids.has(id)));
  expect(questions).toBeLessThan(6);
});

test('equal sets are told by one fingerprint', () => {
  const events = Array.from({ length: 500 }, (_, index) => eventOf(index, 3));
  expect(reconcile(events, events)).toEqual({ onlyHere: [], onlyThere: [], questions: 1 });
});

test.each(['61', '6100', '610000', '61000002ff', '6100000100', '62'])(
  'message %s is answered or refused',
  (message) => {
    const relay = createReconciliation([eventOf(1, 1)]);
    try {
      expect(relay.answer(Buffer.from(message, 'hex'))[0]).toBe(0x61);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
    }
  },
);
