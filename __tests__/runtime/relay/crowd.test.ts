/** Many clients of one relay: they do not come back to it together. */
import defaults from '../../../src/runtime/core/defaults.json';
import { createRedial } from '../../../src/runtime/relay/redial';
import { OwnedClock, seededRandom } from '../../support/owned-clock';

const CLIENTS = 300;
const AWAY_MS = 8_000;
const random = seededRandom(11);

/** When one client connects to a relay that dropped it at 0 and is away for `AWAY_MS`. */
async function attemptsOf(isOtherOpen: boolean): Promise<readonly number[]> {
  const clock = new OwnedClock(0);
  const redial = createRedial({ clock, random, limits: defaults.connection, isOtherOpen: () => isOtherOpen });
  redial.attempted();
  await clock.advance(60_000);
  redial.answered();
  const lostAt = clock.now();
  const attempts: number[] = [];
  do {
    await clock.advance(redial.failed());
    redial.attempted();
    attempts.push(clock.now() - lostAt);
  } while (attempts.at(-1)! < AWAY_MS);
  return attempts;
}

const crowd = async (isOtherOpen: boolean) =>
  Promise.all(Array.from({ length: CLIENTS }, () => attemptsOf(isOtherOpen)));

function mostInASecond(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  let from = 0;
  return Math.max(...sorted.map((at, to) => {
    while (at - sorted[from]! >= 1_000) from += 1;
    return to - from + 1;
  })); // prettier-ignore
}

describe('300 clients that lose one of two relays for 8 s', () => {
  it('make no more than 15 % of the attempts of the first minute in any second', async () => {
    const times = (await crowd(true)).flat().filter((at) => at < 60_000);
    expect(times.length).toBeGreaterThan(CLIENTS);
    expect(mostInASecond(times) / times.length).toBeLessThanOrEqual(0.15);
  });

  it('try again within 3 s for the first time, and all find it within half a minute', async () => {
    for (const attempts of await crowd(true)) {
      expect(attempts[0]).toBeLessThanOrEqual(3_000);
      expect(attempts.at(-1)).toBeLessThanOrEqual(30_000);
    }
  });
});

describe('where no other relay is connected', () => {
  it('the first attempt comes at once, and none at a time that many share', async () => {
    const all = await crowd(false);
    for (const attempts of all) {
      expect(attempts[0]).toBeLessThanOrEqual(300);
      expect(attempts.length).toBeGreaterThanOrEqual(3);
    }
    for (const nth of [0, 1, 2, 3]) {
      const shared = new Map<number, number>();
      for (const { [nth]: at } of all) if (at !== undefined) shared.set(at, (shared.get(at) ?? 0) + 1);
      expect(Math.max(...shared.values())).toBeLessThanOrEqual(CLIENTS / 20);
    }
  });

  it('a kick is followed at once, with some jitter', () => {
    const waits = Array.from({ length: CLIENTS }, () =>
      createRedial({
        clock: new OwnedClock(0),
        random,
        limits: defaults.connection,
        isOtherOpen: () => false,
      }).kicked(),
    );
    expect(Math.max(...waits)).toBeLessThanOrEqual(300);
    expect(new Set(waits.map(Math.round)).size).toBeGreaterThan(100);
  });
});
