/** What a typical account does: the shares that docs/relays.md gives reasons for. */
import { drawUse } from '../../../simulation/population/typical-use';
import type { AccountUse } from '../../../simulation/population/typical-use';
import { createDice } from '../../../simulation/random';

const DAYS = 30;
const DAY_MS = 86_400_000;
const use = (seed: number): AccountUse => drawUse(createDice(seed), DAYS);
const population = Array.from({ length: 1_000 }, (_, seed) => use(seed));
const sessionsOf = ({ devices }: AccountUse) => devices.flatMap(({ sessions }) => sessions);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('the same seed gives the same account', () => {
  expect(use(7)).toEqual(use(7));
  expect(use(8)).not.toEqual(use(7));
});

test('every account is active once in the month, three in ten on a day', () => {
  const activeDays = population.map(
    (account) => new Set(sessionsOf(account).map(({ startMs }) => Math.floor(startMs / DAY_MS))).size,
  );
  expect(Math.min(...activeDays)).toBeGreaterThanOrEqual(1);
  const stickiness = mean(activeDays) / DAYS;
  expect(stickiness).toBeGreaterThan(0.28);
  expect(stickiness).toBeLessThan(0.35);
});

test('an account has one to three devices, two in the mean', () => {
  const devices = population.map((account) => account.devices.length);
  expect(new Set(devices)).toEqual(new Set([1, 2, 3]));
  expect(mean(devices)).toBeCloseTo(1.9, 1);
});

test('sessions of a device do not overlap, and nothing is saved outside of them', () => {
  const gaps: number[] = [];
  const saves: boolean[] = [];
  for (const { sessions } of population.flatMap(({ devices }) => devices))
    sessions.forEach(({ startMs, lengthMs, savesMs }, at) => {
      gaps.push((sessions[at + 1]?.startMs ?? Infinity) - (startMs + lengthMs));
      saves.push(savesMs.every((atMs, save) => atMs >= (savesMs[save - 1] ?? 0) && atMs < lengthMs));
    });
  expect(gaps.reduce((least, gap) => Math.min(least, gap))).toBeGreaterThanOrEqual(0);
  expect(saves).not.toContain(false);
});

test('nobody begins a session at night', () => {
  const hours = population.flatMap(sessionsOf).map(({ startMs }) => (startMs % DAY_MS) / 3_600_000);
  expect(hours.filter((hour) => hour < 7 || hour > 23)).toEqual([]);
});
