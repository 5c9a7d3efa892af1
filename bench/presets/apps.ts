/** The same app twice: with the kit as `init` leaves it, and as the plain tool builds it, with the black box compiled beforehand. */
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitAll, installedKit } from '../../__tests__/scaffold/apps';
import { syncedSources } from '../../__tests__/scaffold/homes/sources';
import { must, run } from '../../__tests__/scaffold/workshop';
import { writeFiles } from '../../__tests__/support/homes/installed-app';
import { linkApp } from '../../__tests__/support/kept';
import { say } from '../../__tests__/support/processes';
import type { Tool } from './tools';

export interface Pair {
  readonly preset: string;
  readonly plain: string;
}

export async function makePair(tool: Tool): Promise<Pair> {
  const preset = await tool.make();
  const kit = installedKit();
  say(`${tool.name}: init`);
  const init = ['init', '--yes', '--skip-build', '--identity', 'user.id', '--kit', `file:${kit.tarball}`];
  const wasm = tool.name.startsWith('vite') ? ['--wasm', 'inline'] : [];
  await must(preset, process.execPath, [kit.program, ...init, ...wasm]);
  writeFiles(join(preset, 'src'), syncedSources('react', tool.language, tool.root));
  await commitAll(preset, 'With sync');
  await must(preset, process.execPath, [join(preset, 'node_modules', tool.program), ...tool.build]);

  const plain = `${preset}-plain`;
  linkApp(preset, plain);
  await takeKitOut(tool, plain);
  forgetCaches(plain);
  return { preset, plain };
}

/** The tool's own configuration of before, and a worker that asks for the compiled file as any app asks for one. */
async function takeKitOut({ config, language }: Tool, app: string): Promise<void> {
  const before = await run(app, 'git', ['show', `HEAD~1:${config}`]);
  if (before.status === 0) writeFileSync(join(app, config), before.output);
  else rmSync(join(app, config));
  const compiled = [
    'src/lib/worker/crypto.wasm',
    'node_modules/.cache/zero-backend-sync/wasm/build-production/src/lib/worker/crypto.wasm',
  ].find((file) => existsSync(join(app, file)));
  if (compiled === undefined) throw new Error(`${app} has no compiled black box.`);
  if (compiled !== 'src/lib/worker/crypto.wasm') cpSync(join(app, compiled), join(app, 'src/lib/worker/crypto.wasm'));
  const worker = join(app, `src/lib/worker/index.${language === 'typescript' ? 'ts' : 'js'}`);
  const source = readFileSync(worker, 'utf8');
  const changed = source.replace(
    /import\(\/\*.*?\*\/\s*'\.\/crypto\.wasm'\)/,
    "Promise.resolve({ default: new URL('./crypto.wasm', import.meta.url).href })",
  );
  if (changed === source) throw new Error(`${worker} does not import the black box in the way that was expected.`);
  writeFileSync(worker, changed);
}

/** What makes a second run of a tool, or of the kit, faster than the first. */
export function forgetCaches(app: string): void {
  for (const folder of ['.cache', '.vite', '.tmp'])
    rmSync(join(app, 'node_modules', folder), { recursive: true, force: true });
}
