import defaults from '../../../src/runtime/core/defaults.json';
import { InboundBudget, Ruling } from '../../../src/runtime/relay/inbound-budget';
import { makeHead } from '../../support/test-slots';

const limits = defaults.inbound;
const { maxFrameBytes } = defaults.connection;
const { event } = makeHead({ createdAt: 1 });
const eventFrame = (id: string, bytes = 0) => JSON.stringify(['EVENT', id, event]).padEnd(bytes);

function budgetAt(start = 0) {
  let now = start;
  const budget = new InboundBudget(limits, maxFrameBytes, () => now);
  const rule = (frame: unknown) => budget.rule(typeof frame === 'string' ? frame : JSON.stringify(frame));
  /** How many of these are not over the budget. */
  const countOf = (frame: unknown, most = 100_000) => {
    for (let count = 0; count < most; count += 1) if (rule(frame) === Ruling.Flood) return count;
    return most;
  };
  return { budget, rule, countOf, pass: (ms: number) => (now += ms) };
}

describe('events', () => {
  it('that were asked for are read, however fast they come: as many as the limit, of 64 kB each', () => {
    const { budget, countOf } = budgetAt();
    budget.sent(['REQ', 's1', { limit: 40_000 }]);
    expect(countOf(eventFrame('s1', limits.askedEventBytes), 40_000)).toBe(40_000);
    // Beyond that they are live ones, of which the bytes count first.
    expect(countOf(eventFrame('s1', limits.askedEventBytes))).toBe(limits.liveBytes / limits.askedEventBytes);
  });

  it('beyond the limit, or after the end, are live ones with a rate', () => {
    for (const end of [[], ['EOSE', 's1'], ['CLOSED', 's1', 'error: x']]) {
      const { budget, rule, countOf, pass } = budgetAt();
      budget.sent(['REQ', 's1', { limit: 10_000 }]);
      if (end.length > 0) rule(end);
      else expect(countOf(eventFrame('s1'), 10_000)).toBe(10_000);
      expect(countOf(eventFrame('s1'))).toBe(limits.liveEvents);
      pass(1_000);
      expect(countOf(eventFrame('s1'))).toBe(limits.liveEventsPerSecond);
    }
  });

  it('that nobody wants are dropped without being parsed', () => {
    const { budget, rule, countOf } = budgetAt();
    expect(rule(eventFrame('never asked'))).toBe(Ruling.Drop);
    expect(countOf(eventFrame('never asked'))).toBe(limits.strayFrames - 1);
    // One asks for more: the answer to a question that was given up is still on its way.
    budget.sent(['REQ', 's1', { limit: 500 }]);
    budget.sent(['CLOSE', 's1']);
    for (let count = 0; count < 500; count += 1) expect(rule(eventFrame('s1', 65_000))).toBe(Ruling.Drop);
  });

  it.each(['["EVENT","s1",', '["EVENT", "s1", ', ' [ "EVENT" ,\n"s1" , '])('are known by their beginning (%j)', (head) => {
    const { budget, rule } = budgetAt();
    budget.sent(['REQ', 's1', { limit: 1 }]);
    expect(rule(`${head}{`)).toBe(Ruling.Read);
    budget.sent(['CLOSE', 's1']);
    expect(rule(`${head}{`)).toBe(Ruling.Drop);
  });
}); // prettier-ignore

describe('everything else', () => {
  it.each<[string, unknown]>([
    ['NOTICE', ['NOTICE', 'hello']],
    ['OK', ['OK', 'a'.repeat(64), true, '']],
    ['EOSE', ['EOSE', 's1']],
    ['junk', 'x'],
    ['nothing', ''],
    ['deep', `["NOTICE",${'['.repeat(2_000)}`],
    ['an escaped verb', '["\\u0045VENT","s1",{}]'],
  ])('has a rate (%s), and our own messages pay for answers', (_what, frame) => {
    const { budget, rule, countOf, pass } = budgetAt();
    expect(rule(frame)).toBe(Ruling.Read);
    expect(countOf(frame)).toBe(limits.strayFrames - 1);
    pass(1_000);
    expect(countOf(frame)).toBe(limits.strayFramesPerSecond);
    for (let count = 0; count < 10; count += 1) budget.sent(['EVENT', event]);
    expect(countOf(frame)).toBe(20);
  });

  it('counts a challenge for several, since each may take a signature', () => {
    expect(budgetAt().countOf(['AUTH', 'x'])).toBe(limits.strayFrames / 4);
  });

  it.each<[string, unknown, number]>([
    ['too large', `["NOTICE","${'x'.repeat(maxFrameBytes)}"]`, limits.strayBytes / maxFrameBytes],
    ['longer than any reason', ['NOTICE', 'x'.repeat(20_000)], limits.strayFrames],
    ['an event too large', eventFrame('s1', maxFrameBytes + 1), limits.strayBytes / maxFrameBytes],
  ])('is dropped unparsed where it is %s', (_what, frame, most) => {
    const { budget, rule, countOf } = budgetAt();
    budget.sent(['REQ', 's1', { limit: 500 }]);
    expect(rule(frame)).toBe(Ruling.Drop);
    expect(countOf(frame)).toBeLessThan(most);
  });

  it('may be binary, and is dropped', () => {
    const { budget } = budgetAt();
    for (const data of [new ArrayBuffer(8), new Uint8Array(8), { size: 8 }, null, undefined])
      expect(budget.rule(data)).toBe(Ruling.Drop);
    let rulings = 0;
    while (budget.rule(new ArrayBuffer(1_048_576)) === Ruling.Drop) rulings += 1;
    expect(rulings).toBe(7);
  });
});

it('is not given anew by a new connection', () => {
  const { budget, rule, countOf } = budgetAt();
  budget.sent(['REQ', 's1', { limit: 500 }]);
  countOf(['NOTICE', 'x']);
  budget.reconnected();
  expect(rule(['NOTICE', 'x'])).toBe(Ruling.Flood);
  expect(rule(eventFrame('s1'))).toBe(Ruling.Flood);
});

test('a list of ids may be long where it was asked for, and nowhere else', () => {
  const { budget, rule } = budgetAt();
  const list = ['NEG-MSG', 'n1', '61'.repeat(100_000)];
  expect(rule(list)).toBe(Ruling.Drop);
  budget.sent(['NEG-OPEN', 'n1', {}, '6100000200']);
  expect(rule(list)).toBe(Ruling.Read);
  budget.sent(['NEG-CLOSE', 'n1']);
  expect(rule(list)).toBe(Ruling.Drop);
});
