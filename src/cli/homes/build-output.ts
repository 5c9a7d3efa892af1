/** Where the app's builds go, and the path that they are made for, as far as its scripts and its configuration say it. */
import { parseEnv } from 'node:util';
import { discoverPlatform } from '../discover/platform';
import type { ProjectFiles } from '../discover/project-files';
import { homes, isServed, type ServedTool } from '.';
import { configValue, textOf } from './config-values';
import { habits, type Habits } from './habits';

export interface BuildOutput {
  /** Relative to the app. */
  readonly folder: string;
  /** What the configuration names as the path of the app, or `homepage` of package.json; `null` where neither names one. */
  readonly base: string | null;
}

export function buildOutputOf(files: ProjectFiles): BuildOutput {
  const { buildTool, configs, scripts, homepage } = discoverPlatform(files);
  const tool = isServed(buildTool) ? buildTool : 'cra';
  const own = habits[tool];
  const builds = scripts.filter(({ runs }) => runs.some(({ task }) => task === 'build')).map(({ text }) => text);
  const inConfig = (keys: readonly string[]) =>
    configs.flatMap(({ file }) => {
      const value = configValue(files, file, keys);
      return (value && textOf(value.node)) ?? [];
    })[0] ?? null;
  const first = (places: readonly (readonly string[])[]) => places.map(inConfig).find((text) => text !== null) ?? null;
  const root = inConfig(['root']);
  const inRoot = (folder: string) =>
    buildTool === 'vite' && root !== null && !folder.startsWith('/') ? `${root}/${folder}` : folder;
  const named = builds.map((text) => optionIn(text, own) ?? variableIn(text)).find((text) => text !== null);
  const folder = named ?? envBuildPath(files, tool) ?? first(own.outputKeys) ?? homes[tool].output;
  return { folder: plain(inRoot(folder)), base: first(own.baseKeys) ?? homepage };
}

function optionIn(command: string, { outputOptions }: Habits): string | null {
  for (const name of outputOptions) {
    const [, value] = new RegExp(`\\s${name}(?:=|\\s+)["']?([^\\s"']+)`).exec(command) ?? [];
    if (value !== undefined) return value;
  }
  return null;
}

function variableIn(command: string): string | null {
  return /\bBUILD_PATH=["']?([^\s"']+)/.exec(command)?.[1] ?? null;
}

/** react-scripts reads it from there, too. */
function envBuildPath(files: ProjectFiles, tool: ServedTool): string | null {
  if (habits[tool].outputOptions.length > 0) return null;
  for (const file of homes[tool].envFiles('', 'production')) {
    const path = parseEnv(files.read(file) ?? '').BUILD_PATH;
    if (path !== undefined && path !== '') return path;
  }
  return null;
}

/** `./a//../b/` -> `b` */
function plain(folder: string): string {
  const parts: string[] = [];
  for (const part of folder.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return (folder.startsWith('/') ? '/' : '') + parts.join('/');
}
