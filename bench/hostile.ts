/**
 * One of four relays is hostile for 60 s, or only strict for ten minutes: what a person notices of it. Each fault is compared with the same device at rest;
 * the strict relays are on trial on devices of their own all the while, at an edit in ten seconds. `--seconds N` instead of 60, for a look at it.
 */
import type { Page } from 'playwright-core';
import { startRelay } from '../src/relay';
import { startChaosProxy } from '../src/relay/chaos';
import { RelayState } from '../src/runtime/core/status';
import { report } from './report';
import type { Figure } from './report';
import { bomb, floods, honest, isNarrow, lies, tarPits } from './support/faults-on-trial';
import { watchMemory } from './support/renderer-memory';
import type { MemoryWatch } from './support/renderer-memory';
import { setStage } from './support/stage';
import type { Stage } from './support/stage';
import { control, measure, median, openTrials, p95 } from './support/trial';
import type { Fault, Times, Trial, TrialGroup } from './support/trial';

const FAULT_MS = 1_000 * secondsOf(process.argv);
const REST_MS = FAULT_MS / 6;
const HONEST_MS = 10 * FAULT_MS;
const HONEST_PAUSE_MS = 10_000;
const DEMOTION_MS = 90_000;
const MEGABYTE = 2 ** 20;

type Figures = { [key: string]: Figure };

async function main(): Promise<void> {
  const stage = await setStage();
  try {
    const strict = await openTrials(stage, 'honest', honest);
    const kept = watchPlaces(strict);
    const memory = await watchMemory(stage.browser);
    const figures: Figures = {
      ...(await tryTogether(stage, memory, 'tar pits', tarPits)),
      ...(await tryOneByOne(stage, memory, 'floods', [...floods, bomb])),
      ...(await tryTogether(stage, memory, 'lies', lies)),
      'hostile.bare_frame_mb': { value: await bareFrameMb(stage, memory), unit: 'MB' },
      ...(await kept),
    };
    await memory.stop();
    await strict.close();
    await report('hostile', figures);
  } finally {
    await stage.close();
  }
}

/** Faults that cost the machine nothing, at once, each on a device of its own. */
async function tryTogether(
  stage: Stage,
  memory: MemoryWatch,
  identity: string,
  faults: readonly Fault[],
): Promise<Figures> {
  const group = await openTrials(stage, identity, [control, ...faults]);
  const trials = group.trials.filter(({ fault }) => fault !== control);
  const rest = pooled(await measure(group, group.trials, { forMs: REST_MS }));
  memory.markRest();
  for (const { fault, begin } of group.trials) if (!fault.fromTheStart) begin();
  const places = trials.map((trial) => secondsUntilDemoted(trial));
  const times = await measure(group, trials, { forMs: FAULT_MS });
  const figures = await Promise.all(
    trials.map(async (trial, index) =>
      figuresOf(trial.fault, times.get(trial.fault.name)!, rest, memory.growth, await places[index]!),
    ),
  );
  await group.close();
  return Object.assign({}, ...figures);
}

async function tryOneByOne(
  stage: Stage,
  memory: MemoryWatch,
  identity: string,
  faults: readonly Fault[],
): Promise<Figures> {
  const group = await openTrials(stage, identity, faults);
  const figures: Figures = {};
  for (const trial of group.trials) {
    const rest = pooled(await measure(group, [trial], { forMs: REST_MS }));
    memory.markRest();
    trial.begin();
    const place = secondsUntilDemoted(trial);
    const times = pooled(await measure(group, [trial], { forMs: FAULT_MS }));
    Object.assign(figures, figuresOf(trial.fault, times, rest, memory.growth, await place));
  }
  await group.close();
  return figures;
}

const losesItsPlace = (fault: Fault): boolean => tarPits.includes(fault) || floods.includes(fault) || isNarrow(fault);

function figuresOf(fault: Fault, times: Times, rest: Times, growth: number, demotedAfterS: number): Figures {
  const figures: Figures = {
    write_p95_over_rest: { value: p95(times.writesMs) / p95(rest.writesMs), unit: 'x', budget: 4 },
    write_p95_ms: { value: p95(times.writesMs), unit: 'ms' },
    arrival_p50_over_rest: { value: median(times.arrivalsMs) / median(rest.arrivalsMs), unit: 'x', budget: 4 },
    arrival_p95_ms: { value: p95(times.arrivalsMs), unit: 'ms' },
    // What a browser takes to read such a frame is not the page's to decide.
    memory_mb: {
      value: growth / MEGABYTE,
      unit: 'MB',
      ...(fault.name !== 'deflate-bomb-frame' && { budget: 200 }),
    },
    ...(losesItsPlace(fault)
      ? { demoted_after_s: { value: demotedAfterS, unit: 's', budget: DEMOTION_MS / 1000 } }
      : { demoted: { value: demotedAfterS < Infinity ? 1 : 0, unit: 'relays', budget: 0 } }),
  };
  return Object.fromEntries(Object.entries(figures).map(([key, figure]) => [`hostile.${fault.name}.${key}`, figure]));
}

/** Infinity if it keeps its place. A relay that is to keep it is not waited for longer than the fault lasts. */
async function secondsUntilDemoted(trial: Trial): Promise<number> {
  const begin = performance.now();
  const end = begin + (losesItsPlace(trial.fault) ? DEMOTION_MS : FAULT_MS);
  while (performance.now() < end) {
    if ((await trial.relay()).state === RelayState.Demoted) return (performance.now() - begin) / 1000;
    await trial.page.waitForTimeout(500);
  }
  return Infinity;
}

/** Edits now and then; how many of the relays lost their place at any time. */
async function watchPlaces(group: TrialGroup): Promise<Figures> {
  const demoted = new Map(group.trials.map(({ fault }) => [fault.name, 0]));
  const end = performance.now() + HONEST_MS;
  while (performance.now() < end) {
    await measure(group, group.trials, { forMs: 0, pauseMs: HONEST_PAUSE_MS / group.trials.length });
    for (const trial of group.trials)
      if ((await trial.relay()).state === RelayState.Demoted) demoted.set(trial.fault.name, 1);
  }
  return Object.fromEntries(
    [...demoted].map(([name, value]) => [`hostile.${name}.demoted`, { value, unit: 'relays', budget: 0 }]),
  );
}

/** What one frame of a deflate bomb takes in a worker that does nothing but open a WebSocket. */
async function bareFrameMb(stage: Stage, memory: MemoryWatch): Promise<number> {
  const relay = await startRelay();
  const proxy = await startChaosProxy({ target: relay.url, faults: { 'deflate-bomb-frame': {} } });
  const { page, close } = await stage.openDevice();
  await page.waitForTimeout(2_000);
  memory.markRest();
  await receiveFrame(page, proxy.url);
  await page.waitForTimeout(2_000);
  const { growth } = memory;
  await close();
  await proxy.stop();
  await relay.stop();
  return growth / MEGABYTE;
}

const receiveFrame = (page: Page, url: string): Promise<void> =>
  page.evaluate(
    (url) =>
      new Promise<void>((received) => {
        const source = `
          const socket = new WebSocket(${JSON.stringify(url)});
          socket.onopen = () => socket.send('["REQ","bare",{"limit":1}]');
          socket.onmessage = ({ data }) => { socket.onmessage = null; socket.close(); postMessage(data.length); };`;
        const worker = new Worker(URL.createObjectURL(new Blob([source])));
        worker.onmessage = () => received();
      }),
    url,
  );

function pooled(times: ReadonlyMap<string, Times>): Times {
  const all = [...times.values()];
  return {
    writesMs: all.flatMap(({ writesMs }) => writesMs),
    arrivalsMs: all.flatMap(({ arrivalsMs }) => arrivalsMs),
  };
}

function secondsOf(args: readonly string[]): number {
  const at = args.indexOf('--seconds');
  return at < 0 ? 60 : Number(args[at + 1]);
}

void main();
