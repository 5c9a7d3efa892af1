import { createDeadlines, elapsedMs } from '../../../../src/runtime/replica/maintenance/deadlines';
import { OwnedClock } from '../../../support/owned-clock';

enum Task {
  Sweep,
  Cook,
}

const HOUR_MS = 3_600_000;

function setUp({ whenRun = (_task: Task) => {} } = {}) {
  const clock = new OwnedClock();
  const began = clock.now();
  const runs: (readonly [task: Task, afterMs: number])[] = [];
  const deadlines = createDeadlines<Task>(clock, (task) => {
    runs.push([task, clock.now() - began]);
    whenRun(task);
  });
  return { clock, deadlines, runs };
}

test.each([
  ['later, then earlier', [200, 100]],
  ['earlier, then later', [100, 200]],
])('a task that was asked for twice runs once, at the earlier time: %s', async (_order, delays) => {
  const { deadlines, clock, runs } = setUp();
  for (const delayMs of delays) deadlines.schedule(Task.Sweep, delayMs);
  await clock.advance(1000);
  expect(runs).toEqual([[Task.Sweep, 100]]);
});

test('a request with a shorter delay that ends later does not put a task off', async () => {
  const { deadlines, clock, runs } = setUp();
  deadlines.schedule(Task.Sweep, 200);
  await clock.advance(150);
  deadlines.schedule(Task.Sweep, 100);
  await clock.advance(1000);
  expect(runs).toEqual([[Task.Sweep, 200]]);
});

test('one task neither hastens nor delays another', async () => {
  const { deadlines, clock, runs } = setUp();
  deadlines.schedule(Task.Sweep, 100);
  deadlines.schedule(Task.Cook, 200);
  await clock.advance(1000);
  expect(runs).toEqual([
    [Task.Sweep, 100],
    [Task.Cook, 200],
  ]);
});

test('a task can ask for itself again while it runs', async () => {
  const { deadlines, clock, runs } = setUp({ whenRun: (task) => deadlines.schedule(task, 100) });
  deadlines.schedule(Task.Sweep, 100);
  await clock.advance(250);
  expect(runs).toEqual([
    [Task.Sweep, 100],
    [Task.Sweep, 200],
  ]);
});

test('after the end nothing runs any more, and nothing can be asked for', async () => {
  const { deadlines, clock, runs } = setUp();
  deadlines.schedule(Task.Sweep, 100);
  deadlines.stop();
  deadlines.schedule(Task.Cook, 100);
  await clock.advance(1000);
  expect(runs).toEqual([]);
});

test.each([
  ['for longer than its timer had left', 8 * HOUR_MS],
  ['for almost as long as its timer had left', 6 * HOUR_MS - 3000],
])('after the machine slept %s, a task that is wanted soon does not wait for that timer', async (_long, sleptMs) => {
  const { deadlines, clock, runs } = setUp();
  deadlines.schedule(Task.Sweep, 6 * HOUR_MS);
  // The wall clock went on, timers did not.
  clock.jump(sleptMs);
  deadlines.schedule(Task.Sweep, 5000);
  await clock.advance(5000);
  expect(runs).toHaveLength(1);
});

test('after the clock was set back, a task that was wanted soon does not wait for what is wanted later', async () => {
  const { deadlines, clock, runs } = setUp();
  deadlines.schedule(Task.Sweep, 100);
  clock.jump(-24 * HOUR_MS);
  deadlines.schedule(Task.Sweep, 6 * HOUR_MS);
  await clock.advance(100);
  expect(runs).toHaveLength(1);
});

test('after the clock was set back, a task that is wanted soon does not wait for the old time to return', async () => {
  const { deadlines, clock, runs } = setUp();
  deadlines.schedule(Task.Sweep, 6 * HOUR_MS);
  clock.jump(-24 * HOUR_MS);
  deadlines.schedule(Task.Sweep, 100);
  await clock.advance(100);
  expect(runs).toHaveLength(1);
});

test('a time that lies ahead, because the clock was set back behind it, is as good as long ago', () => {
  const clock = new OwnedClock();
  const since = clock.now();
  clock.jump(250);
  expect(elapsedMs(clock, since)).toBe(250);
  clock.jump(-251);
  expect(elapsedMs(clock, since)).toBe(Infinity);
});
