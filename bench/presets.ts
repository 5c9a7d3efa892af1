/**
 * What the kit costs in each build tool: start of the development server, to a page that shows the engine's document, and build, cold and warm, of the
 * same app with the kit and with the plain tool, which gets the black box compiled. `npm run bench -- presets vite8 rsbuild` times these alone.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { installKit } from '../__tests__/scaffold/apps';
import { launchBrowser } from '../__tests__/scaffold/page';
import { closeWorkshop, endPrograms, must } from '../__tests__/scaffold/workshop';
import { say } from '../__tests__/support/processes';
import { forgetCaches, makePair, type Pair } from './presets/apps';
import { timeBuild, timeStart } from './presets/times';
import { tools, type Tool } from './presets/tools';
import { report, type Figure } from './report';

const ROUNDS = 3;

type Figures = Record<string, Figure>;

async function main(): Promise<void> {
  const wanted = tools.filter(({ name }) => process.argv.includes(name));
  const browser = await launchBrowser();
  try {
    await installKit();
    const figures: Figures = {};
    for (const tool of wanted.length > 0 ? wanted : tools) {
      const pair = await makePair(tool);
      Object.assign(figures, await compare(tool, pair, browser));
      if (tool.name.startsWith('vite')) Object.assign(figures, await weigh(tool, pair.preset));
      for (const app of [pair.preset, pair.plain]) rmSync(app, { recursive: true });
    }
    await report('presets', figures);
  } finally {
    await browser.close();
    endPrograms();
    closeWorkshop();
  }
}

async function compare(tool: Tool, { preset, plain }: Pair, browser: Browser): Promise<Figures> {
  const sides = [
    { side: 'preset', app: preset, program: tool.program },
    { side: 'plain', app: plain, program: tool.plainProgram },
  ] as const;
  const timesMs: Record<string, number[]> = {};
  const tasks = { start: timeStart, build: timeBuild };
  for (let round = 0; round < ROUNDS; round++)
    for (const [task, time] of Object.entries(tasks))
      for (const state of ['cold', 'warm'])
        // One of each in turn, so that a busy moment of the machine falls on both.
        for (const { side, app, program } of sides) {
          if (state === 'cold') forgetCaches(app);
          const timeMs = await time(tool, app, program, browser);
          (timesMs[`${task} ${state} ${side}`] ??= []).push(timeMs);
          say(`${tool.name}: ${task} ${state} ${side} ${Math.round(timeMs)} ms`);
        }

  const figures: Figures = {};
  for (const task of Object.keys(tasks))
    for (const state of ['cold', 'warm']) {
      const [withKit, without] = ['preset', 'plain'].map((side) => median(timesMs[`${task} ${state} ${side}`]!));
      Object.assign(figures, judge(tool, `presets.${tool.name}.${task}_${state}`, withKit!, without!));
    }
  return figures;
}

/** Times in ms. The budget of most tools is one of their own time and one of what the kit may add to it. */
function judge({ isBoundByRatio }: Tool, key: string, withKit: number, without: number): Figures {
  const isWarm = key.endsWith('warm');
  const budgetMs = isWarm ? 0.1 * without + 300 : 2_500;
  return {
    [`${key}_ms`]: { value: withKit, unit: 'ms' },
    [`${key}_over_plain`]: { value: withKit / without, unit: 'x', ...(isBoundByRatio && isWarm && { budget: 1.1 }) },
    [`${key}_added_ms`]: {
      value: withKit - without,
      unit: 'ms',
      ...(!isBoundByRatio && { budget: Math.round(budgetMs) }),
    },
  };
}

/** What the browser loads of an app that only opens the engine, as the build itself tells it. */
async function weigh(tool: Tool, app: string): Promise<Figures> {
  writeFileSync(
    join(app, 'src/main.tsx'),
    "import { SyncEngine } from './lib/engine';\n\nObject.assign(window, { engine: SyncEngine.open({ identity: ['bench'] }) });\n",
  );
  const said = await must(app, process.execPath, [join(app, 'node_modules', tool.program), ...tool.build]);
  const [, page, worker, blackBox] =
    /the page ([\d.]+) kB.*the worker ([\d.]+) kB.*the black box ([\d.]+) kB/.exec(said) ?? [];
  if (blackBox === undefined) throw new Error(`The build tells no sizes:\n${said}`);
  const figure = (kilobytes: string | undefined, budget: number): Figure => ({
    value: Number(kilobytes) * 1000,
    unit: 'B',
    budget,
  });
  return {
    [`presets.${tool.name}.main_gz`]: figure(page, 60_000),
    [`presets.${tool.name}.worker_gz`]: figure(worker, 150_000),
    [`presets.${tool.name}.black_box_gz`]: figure(blackBox, 5_000),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

void main();
