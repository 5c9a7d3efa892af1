/** Worlds that are made to show one thing: what a worker has sent and not recorded, and two copies of a profile that both run. */
import { AppVersion } from '../../simulation/collections';
import { Act } from '../../simulation/plan';
import type { Plan, Step } from '../../simulation/plan';
import { runWorld } from '../../simulation/world';

const habits = {
  ...({ tie: 'lowest-id', politeAboutStale: true, echoesStale: false, maxLimit: 500, saysFinish: false } as const),
  ...{ aheadSeconds: 900, behindSeconds: 94_608_000, latencyMs: 20, isSilent: false },
};

/** Two browsers and three relays that do what they should. */
const calm = (steps: readonly Step[]): Plan => ({
  relays: [habits, habits, habits],
  browsers: [
    { skewMs: 0, tabs: 1, version: AppVersion.Newer },
    { skewMs: 0, tabs: 1, version: AppVersion.Older },
  ],
  ...{ pageBytes: 32_768, lengthMs: 12_000 },
  steps: [...steps].sort((a, b) => a.atMs - b.atMs),
});

/** Edits of the same few documents, close enough to each other for one slot and one reservation. */
const edits = (browser: number, fromMs: number, toMs: number, everyMs = 350): readonly Step[] =>
  Array.from({ length: Math.floor((toMs - fromMs) / everyMs) }, (_, at) => ({
    ...({ kind: 'act', act: Act.Patch, browser, atMs: fromMs + at * everyMs, id: `d${at % 3}` } as const),
    draw: 1000 * browser + at,
  }));

test('a crash at any step: no nonce is used twice, no event of one’s own is taken for a clone’s, nothing is lost', async () => {
  let reclaimed = 0;
  for (let operations = 1; operations <= 40; operations++) {
    const crash: Step = { kind: 'crash', browser: 0, atMs: 3_000, operations, backMs: 2_000 };
    const { findings, counts } = await runWorld(
      operations,
      calm([...edits(0, 500, 6_000), crash, ...edits(0, 8_000, 11_000)]),
    );
    expect(findings).toEqual([]);
    expect(counts.get('new-device-id')).toBe(0);
    reclaimed += counts.get('reclaimed') ?? 0;
  }
  expect(reclaimed).toBeGreaterThan(2);
});

test('a profile copied in the middle of its edits, both copies running: a copy takes another id, no nonce is used twice, nothing is lost', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const clone: Step = { kind: 'clone', browser: 0, atMs: 3_000 + 37 * seed, draw: 0 };
    const both = [...edits(0, 500, 11_000), ...edits(2, 3_900, 11_000, 410)];
    const { findings, counts } = await runWorld(seed, calm([...both, clone]));
    expect(findings).toEqual([]);
    expect(counts.get('new-device-id')).toBeGreaterThan(0);
  }
});
