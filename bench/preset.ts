/**
 * What the preset costs: `craco start` and `craco build` with it beside plain react-scripts, on the same sources of an app that opens the
 * engine. react-scripts takes the compiled module for a file to emit, so it compiles these sources, too, though the result would not run.
 */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configure, edit, makeApp } from '../__tests__/matrix/apps';
import { craco, plainBuild, plainStart, startDevServer } from '../__tests__/matrix/craco';
import type { DevServer } from '../__tests__/matrix/craco';
import { killAll, say } from '../__tests__/support/processes';
import type { Finished } from '../__tests__/support/processes';
import { report } from './report';

const rounds = 3;

async function main(): Promise<void> {
  // A folder for each: the two would throw away one another's caches.
  const apps = { preset: await makeApp('cra-template-typescript'), plain: await makeApp('cra-template-typescript') };
  try {
    await measure(apps);
  } finally {
    await killAll();
    for (const app of Object.values(apps)) rmSync(app, { recursive: true });
  }
}

async function measure({ preset, plain }: { readonly preset: string; readonly plain: string }): Promise<void> {
  for (const app of [preset, plain]) prepareSources(app);
  configure(preset, '{}');
  say('the first build of each, which compiles the black box and fills the caches');
  finishedWell(await craco(preset, 'build'));
  for (const file of ['src/add.wasm', 'src/lib/worker/crypto.wasm']) cpSync(join(preset, file), join(plain, file));
  finishedWell(await plainBuild(plain));

  const builds = await interleave({
    preset: () => timeOf(() => craco(preset, 'build')),
    plain: () => timeOf(() => plainBuild(plain)),
  });
  say('the first start of each');
  await startAndStop(preset);
  await startAndStop(plain, plainStart);
  const starts = await interleave({
    preset: () => startAndStop(preset),
    plain: () => startAndStop(plain, plainStart),
  });
  const rebuildsMs = await rebuildAssemblyScript(preset);

  await report('preset', {
    'preset.start_over_plain': { value: median(starts.preset) / median(starts.plain), unit: 'x', budget: 1.1 },
    'preset.start_ms': { value: median(starts.preset), unit: 'ms' },
    'preset.build_over_plain': { value: median(builds.preset) / median(builds.plain), unit: 'x', budget: 1.1 },
    'preset.build_ms': { value: median(builds.preset), unit: 'ms' },
    'preset.rebuild_asm_ms': { value: median(rebuildsMs), unit: 'ms' },
  });
}

/** The template and one line that opens it; what TypeScript without the preset has to be told is told in the tsconfig. */
function prepareSources(app: string): void {
  for (const file of ['kit.test.ts', 'greetings.rpc.ts', 'thrower.ts']) rmSync(join(app, 'src', file));
  writeFileSync(
    join(app, 'src/probe.ts'),
    `import instantiateAdd from './add.wasm';
import { SyncEngine } from './lib/engine';

Object.assign(window, { engine: SyncEngine.open({ identity: ['bench'] }), instantiateAdd });
`,
  );
  edit(join(app, 'tsconfig.json'), (text) => {
    const config = JSON.parse(text) as { compilerOptions: object };
    return JSON.stringify({
      ...config,
      compilerOptions: { ...config.compilerOptions, target: 'es2022' },
      exclude: ['src/**/*.asm.ts'],
    });
  });
}

/** One of each in turn, so that a busy moment of the machine falls on both; what each says it took, in ms. */
async function interleave<Name extends string>(
  tasks: Record<Name, () => Promise<number>>,
): Promise<Record<Name, readonly number[]>> {
  const names = Object.keys(tasks) as Name[];
  const timesMs = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const timeMs = await tasks[name]();
      timesMs[name].push(timeMs);
      say(`${name}: ${Math.round(timeMs)} ms`);
    }
  }
  return timesMs;
}

async function timeOf(build: () => Promise<Finished>): Promise<number> {
  const start = performance.now();
  finishedWell(await build());
  return performance.now() - start;
}

/** Milliseconds to the first compiled app. */
async function startAndStop(app: string, script?: string): Promise<number> {
  const start = performance.now();
  const server = await startDevServer(app, script);
  await server.compiles();
  const timeMs = performance.now() - start;
  await server.stop();
  return timeMs;
}

/** From saving an AssemblyScript file to the compiled app, in a running development server. */
async function rebuildAssemblyScript(app: string): Promise<readonly number[]> {
  const server: DevServer = await startDevServer(app);
  await server.compiles();
  const file = join(app, 'src/add.asm.ts');
  const before = readFileSync(file, 'utf8');
  const timesMs: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const start = performance.now();
    const compiled = server.compiles();
    writeFileSync(file, before.replace('a + b', `a + b + ${round}`));
    await compiled;
    timesMs.push(performance.now() - start);
  }
  writeFileSync(file, before);
  await server.stop();
  return timesMs;
}

function finishedWell({ status, output }: Finished): void {
  if (status !== 0) throw new Error(`A build ended with ${status}:\n${output}`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

void main();
