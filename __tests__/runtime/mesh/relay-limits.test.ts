import appConfig from '../../../src/lib/config.json';
import { readConfig } from '../../../src/runtime/core/config';
import { RelayLimits } from '../../../src/runtime/mesh/relay-limits';

const config = readConfig(appConfig);
const { minEventBytes, maxEventBytes } = config.publishing;
const DAY_MS = config.demotion.refusedMs;
const NOW = Date.UTC(2026, 0, 1);
const FULL_PAGE = 44_152;

function setUp(saved = {}) {
  const learned = jest.fn();
  const limits = new RelayLimits(config, learned);
  limits.recall(saved, NOW);
  return { limits, learned };
}

/** As the next session finds it. */
const restarted = (limits: RelayLimits) => setUp(JSON.parse(JSON.stringify(limits.saved()))).limits;

describe('the largest event', () => {
  it('is the configured one before anything is known', () => {
    expect(setUp().limits.maxEventBytes).toBe(maxEventBytes);
  });

  it.each([
    ['the longest message, less its frame', { maxMessageBytes: 40_000 }, 39_984],
    ['the longest content', { maxContentBytes: 30_000 }, 30_000],
    ['no more than is configured', { maxMessageBytes: 1_000_000 }, maxEventBytes],
    ['no less than any useful relay takes', { maxMessageBytes: 16_384 }, minEventBytes],
  ])('is what the document states: %s', (_what, information, bytes) => {
    const { limits } = setUp();
    limits.state(information);
    expect(limits.maxEventBytes).toBe(bytes);
    expect(limits.shortfall).toBeUndefined();
  });

  it.each([
    [{ maxMessageBytes: 1 }, /at most 1 bytes/],
    [{ maxMessageBytes: 16_383 }, /at most 16383 bytes/],
    [{ maxLimit: 19 }, /at most 19 events/],
  ])('%j says that the relay is of no use, and is no limit', (information, words) => {
    const { limits } = setUp();
    limits.state(information);
    expect(limits.shortfall).toMatch(words);
    expect(limits.maxEventBytes).toBe(maxEventBytes);
    expect(limits.eventsPerAnswer(NOW)).toBe(config.reading.pageLimit);
  });

  it('is less than what was refused, in the next session too', () => {
    const { limits, learned } = setUp();
    expect(limits.refusedSize(FULL_PAGE, NOW)).toBe(true);
    expect(learned).toHaveBeenCalledTimes(1);
    expect(limits.maxEventBytes).toBe(FULL_PAGE - 1);
    expect(restarted(limits).maxEventBytes).toBe(FULL_PAGE - 1);
  });

  it('of a relay that refuses what every useful one takes is none', () => {
    const { limits } = setUp();
    expect(limits.refusedSize(minEventBytes, NOW)).toBe(false);
    expect(limits.maxEventBytes).toBe(maxEventBytes);
  });

  it('is tried once a day with more than that', () => {
    const { limits } = setUp();
    limits.refusedSize(FULL_PAGE, NOW);
    expect(limits.maySend(FULL_PAGE, NOW + DAY_MS - 1)).toBe(false);
    expect(limits.maySend(FULL_PAGE, NOW + DAY_MS)).toBe(true);
    limits.sent(FULL_PAGE, NOW + DAY_MS);
    expect(limits.maySend(FULL_PAGE, NOW + DAY_MS)).toBe(false);
    expect(limits.maxEventBytes).toBe(FULL_PAGE - 1);
    limits.took(FULL_PAGE);
    expect(limits.maxEventBytes).toBe(maxEventBytes);
    // The ledger keeps what a record does not mention.
    expect(limits.saved()).toMatchObject({ maxBytes: null });
  });

  it('is not tried with more than the document states', () => {
    const { limits } = setUp();
    limits.state({ maxMessageBytes: 40_000 });
    limits.refusedSize(35_000, NOW);
    expect(limits.maySend(FULL_PAGE, NOW + DAY_MS)).toBe(false);
    expect(limits.maySend(36_000, NOW + DAY_MS)).toBe(true);
  });

  it('is what the document states when that says more than when it refused, as an earlier session saw it', () => {
    const { limits } = setUp();
    limits.state({ maxMessageBytes: 50_000 });
    limits.refusedSize(FULL_PAGE, NOW);
    const later = restarted(limits);
    later.state({ maxMessageBytes: 50_000 });
    expect(later.maxEventBytes).toBe(FULL_PAGE - 1);
    later.state({ maxMessageBytes: 60_000 });
    expect(later.maxEventBytes).toBe(59_984);
  });

  it.each([{}, { maxBytes: 'many' }, { maxBytes: 5 }, { statedBytes: -1 }, { maxLimit: null }])(
    'is the configured one where %j was saved',
    (saved) => {
      const { limits } = setUp(saved);
      expect(limits.maxEventBytes).toBe(maxEventBytes);
      expect(limits.eventsPerAnswer(NOW)).toBe(config.reading.pageLimit);
    },
  );
});

describe('a connection that ends on a large event', () => {
  it('says nothing the first time, and the second time that it is too large', () => {
    const { limits } = setUp();
    limits.lost(FULL_PAGE, NOW);
    expect(limits.maxEventBytes).toBe(maxEventBytes);
    limits.lost(FULL_PAGE, NOW);
    expect(limits.maxEventBytes).toBe(FULL_PAGE - 1);
  });

  it('says nothing where the relay has taken one as large meanwhile', () => {
    const { limits } = setUp();
    limits.lost(FULL_PAGE, NOW);
    limits.took(FULL_PAGE);
    limits.lost(FULL_PAGE, NOW);
    expect(limits.maxEventBytes).toBe(maxEventBytes);
  });

  it('twice with different sizes says that the larger one is too large', () => {
    const { limits } = setUp();
    limits.lost(FULL_PAGE, NOW);
    limits.lost(22_300, NOW);
    expect(limits.maxEventBytes).toBe(FULL_PAGE - 1);
  });
});

describe('the most events of an answer', () => {
  it.each([
    ['too many', 'invalid: limit too high', 250],
    ['more than a number', 'max limit 100', 100],
  ])('are fewer after a refusal because they are %s', (_why, reason, most) => {
    const { limits } = setUp();
    expect(limits.refusedLimit(500, reason, NOW)).toBe(true);
    expect(limits.eventsPerAnswer(NOW)).toBe(most);
    expect(restarted(limits).eventsPerAnswer(NOW)).toBe(most);
  });

  it('are never fewer than twenty: whoever refuses those is of no use', () => {
    const { limits } = setUp();
    expect(limits.refusedLimit(25, 'limit too high', NOW)).toBe(true);
    expect(limits.eventsPerAnswer(NOW)).toBe(20);
    expect(limits.refusedLimit(20, 'limit too high', NOW)).toBe(false);
  });

  it('are as many as before a day later', () => {
    const { limits } = setUp();
    limits.refusedLimit(500, 'limit too high', NOW);
    expect(limits.eventsPerAnswer(NOW + DAY_MS)).toBe(500);
  });

  it('are what the document states', () => {
    const { limits } = setUp();
    limits.state({ maxLimit: 100 });
    expect(limits.eventsPerAnswer(NOW)).toBe(100);
  });
});
