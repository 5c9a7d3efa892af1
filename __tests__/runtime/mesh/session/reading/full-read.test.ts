import type { Filter } from '../../../../../src/runtime/core/nostr';
import { readFully } from '../../../../../src/runtime/mesh/session/reading/full-read';
import type { Admitted } from '../../../../../src/runtime/mesh/admitted';
import type { Answer } from '../../../../../src/runtime/mesh/session/queries';

const slotOf = (index: number, createdAt: number): Admitted => ({
  d: index.toString(16).padStart(32, '0'),
  createdAt,
  nonce: undefined,
  version: undefined,
});

/** `count` slots, `perSecond` of them with the same created_at. */
const slots = (count: number, perSecond: number): readonly Admitted[] =>
  Array.from({ length: count }, (_, index) => slotOf(index, 1_000 + Math.floor(index / perSecond)));

interface Outcome {
  readonly present: ReadonlyMap<string, Admitted>;
  readonly found: number;
  readonly complete: boolean;
  readonly requests: readonly Filter[];
}

function read(
  stored: readonly Admitted[],
  relay: { readonly cap?: number; readonly hints?: boolean; readonly silentAfter?: number; readonly junk?: number },
  named: readonly Admitted[] = stored,
): Outcome {
  const requests: Filter[] = [];
  let outcome: Outcome | undefined;
  readFully(
    {
      ask: (filter, done) => {
        requests.push(filter);
        if (requests.length > (relay.silentAfter ?? Infinity)) return done(undefined);
        const matching = [...stored]
          .filter(({ d, createdAt }) => createdAt <= (filter.until ?? Infinity) && (filter['#d']?.includes(d) ?? true))
          .sort((a, b) => b.createdAt - a.createdAt || (a.d < b.d ? -1 : 1));
        const admitted = matching.slice(0, Math.min(relay.cap ?? 500, filter.limit ?? Infinity));
        const answer: Answer = {
          admitted,
          found: new Map(admitted.map((slot) => [slot.d, slot])),
          events: admitted.length + (relay.junk ?? 0),
          finish: relay.hints === true && admitted.length === matching.length,
          askedAt: 0,
        };
        done(answer);
      },
      pageLimit: 500,
      maxPages: 400,
      addressesPerRequest: 50,
      missing: (present) => named.map(({ d }) => d).filter((d) => !present.has(d)),
      learned: () => {},
    },
    (present, complete) => (outcome = { present, found: present.size, complete, requests }),
  );
  if (!outcome) throw new Error('The read did not end.');
  return outcome;
}

describe('a complete read', () => {
  it.each([
    [0, 1, 500],
    [1, 1, 500],
    [60, 60, 500],
    [700, 5, 500],
    [700, 5, 100],
    [700, 700, 500],
    [1200, 600, 500],
    [60, 60, 10],
    [300, 2, 10],
  ])('finds all of %i slots, %i a second, at a relay that gives %i at most', (count, perSecond, cap) => {
    const { found, complete } = read(slots(count, perSecond), { cap });
    expect({ found, complete }).toEqual({ found: count, complete: true });
  });

  it('takes three requests for a page that is not full, one where the relay says that it is the last', () => {
    expect(read(slots(60, 5), {}).requests).toHaveLength(3);
    expect(read(slots(60, 5), { hints: true }).requests).toHaveLength(1);
    expect(read([], {}).requests).toHaveLength(1);
  });

  it('asks for what a second hides by its address, fifty at once, until nothing more comes', () => {
    const { requests } = read(slots(60, 60), { cap: 10 });
    expect(requests.filter((filter) => filter['#d']).map((filter) => filter['#d']?.length)).toEqual([
      50, 40, 30, 20, 10,
    ]);
  });

  it('is complete without what is named and nowhere to be found', () => {
    const { found, complete } = read(slots(3, 1), {}, [...slots(3, 1), slotOf(77, 5)]);
    expect({ found, complete }).toEqual({ found: 3, complete: true });
  });

  it.each([1, 2, 3])('is incomplete when the relay falls silent after %i answers', (silentAfter) => {
    expect(read(slots(700, 5), { silentAfter }).complete).toBe(false);
  });

  it('is incomplete when a page holds nothing that can be believed, and never pages on from it', () => {
    const { complete, requests } = read([], { junk: 500 });
    expect(complete).toBe(false);
    expect(requests).toHaveLength(1);
  });

  it.each(['a', 'b'])('keeps the greater nonce of two versions of one second, in whatever order they come', (first) => {
    const versions = [first, first === 'a' ? 'b' : 'a'].map((digit) => ({ ...slotOf(1, 5), nonce: digit.repeat(24) }));
    expect([...read(versions, {}).present.values()].map(({ nonce }) => nonce)).toEqual(['b'.repeat(24)]);
  });

  it('never asks with `since`', () => {
    expect(read(slots(700, 5), { cap: 50 }).requests.some((filter) => 'since' in filter)).toBe(false);
  });
});
