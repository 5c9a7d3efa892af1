/** What the app checks itself with: its type check, lint, format and build, as its own scripts run them, without what would change or publish anything. */
import { readPackageJson } from '../discover/package-json';
import { resolvePackage } from '../discover/installed-packages';
import type { ProjectFiles } from '../discover/project-files';
import { discoverPlatform, type PlatformFacts } from '../discover/platform';
import { mainRunsOf, runsOf, type Scripts } from '../discover/scripts';
import { optionIn, referredProjects, tsconfigOption } from '../discover/tsconfig';
import { homeOf } from '../homes';

export type CheckId = 'types' | 'lint' | 'format' | 'build';

export interface AppCheck {
  readonly id: CheckId;
  /** For a person: `lint (eslint src)`. */
  readonly title: string;
  /** A line for the shell, as a script of package.json is one. */
  readonly line: string;
  /** The line that writes what it makes into another folder. @param folder in quotes for the shell */
  readonly lineInto?: (folder: string) => string;
}

export interface FoundChecks {
  readonly checks: readonly AppCheck[];
  /** What is left out although the app has it, and why, in whole sentences. */
  readonly leftOut: readonly string[];
}

/** The checks that the app has in its present state. */
export function findChecks(files: ProjectFiles): FoundChecks {
  const { scripts } = readPackageJson(files);
  const leftOut: string[] = [];
  const ofScripts = ([lintIn(scripts), formatIn(scripts)] as const).filter((found) => found !== null);
  for (const { name, line } of ofScripts)
    if (line === null) leftOut.push(`The script "${name}" was not run, because it changes files.`);
  const checks = [
    ...typeCheckIn(files),
    ...ofScripts.flatMap(({ id, name, line }) => (line === null ? [] : [{ id, title: titleOf(id, name, line), line }])),
    ...buildIn(scripts, discoverPlatform(files)),
  ];
  return { checks, leftOut };
}

interface ScriptCheck {
  readonly id: CheckId;
  readonly name: string;
  /** `null` where it cannot be run without changing files. */
  readonly line: string | null;
}

/** Vue's compiler knows single-file components, where the app has it. */
function typeCheckIn(files: ProjectFiles): readonly AppCheck[] {
  const compiler = resolvePackage(files, 'vue-tsc') === null ? 'tsc' : 'vue-tsc';
  if (files.read('tsconfig.json') === null || resolvePackage(files, 'typescript') === null) return [];
  const projects = referredProjects(files);
  const line = projects.length > 0 ? projectLine(files, compiler, projects) : singleLine(files, compiler);
  return line === null ? [] : [{ id: 'types', title: titleOf('types', null, line), line }];
}

/** `null` for a composite project, which has to write its build information. */
function singleLine(files: ProjectFiles, compiler: string): string | null {
  if (tsconfigOption(files, 'composite') === true) return null;
  return `${compiler} --noEmit --incremental false --pretty false`;
}

/** Projects that write nothing, or their build information below node_modules, are checked as a whole; others one by one, but for those that have to write. */
function projectLine(files: ProjectFiles, compiler: string, projects: readonly string[]): string | null {
  const option = (project: string, name: string) => optionIn(files, project, name);
  const isQuiet = (project: string) =>
    option(project, 'noEmit') === true && String(option(project, 'tsBuildInfoFile')).includes('node_modules');
  if (projects.every(isQuiet)) return `${compiler} -b --pretty false`;
  const single = projects.filter(
    (project) => option(project, 'composite') !== true && option(project, 'tsBuildInfoFile') === null,
  );
  const lines = single.map((project) => `${compiler} -p ${project} --noEmit --incremental false --pretty false`);
  return lines.length === 0 ? null : lines.join(' && ');
}

const lintNames = ['lint', 'lint:check', 'check:lint', 'eslint', 'lint:js', 'lint:ts', 'lint:all'];

function lintIn(scripts: Scripts): ScriptCheck | null {
  const name = lintNames.find((candidate) => scripts[candidate] !== undefined);
  return name === undefined ? null : { id: 'lint', name, line: withoutWriting(scripts, name) };
}

/** A script that says whether files have the app's format, and is not a part of what lints already. */
function formatIn(scripts: Scripts): ScriptCheck | null {
  const found = Object.entries(scripts).find(
    ([name, text]) =>
      !lintNames.includes(name) && /\bprettier\b/.test(text) && /\s(--check|--list-different|-[cl])\b/.test(text),
  );
  return found === undefined ? null : { id: 'format', name: found[0], line: withoutWriting(scripts, found[0]) };
}

/** The text of a script with `--fix` and `--write` taken out of it; `null` where a script that it runs has them. */
function withoutWriting(scripts: Scripts, name: string): string | null {
  const text = (scripts[name] ?? '')
    .replace(/\s--fix(=true)?(?![\w-])/g, '')
    .replace(/(\bprettier\b[^&|;]*?)\s(--write|-w)(?![\w-])/g, '$1 --check');
  const others = Object.entries(scripts).filter(([other]) => other !== name && runsScript(text, other));
  return others.some(([, other]) => /\s(--fix|--write|-w)(?![\w-])/.test(other)) ? null : text;
}

function runsScript(text: string, name: string): boolean {
  const escaped = name.replace(/[^\w]/g, '\\$&');
  return new RegExp(
    `\\b(npm|yarn|pnpm|bun|run-s|run-p|npm-run-all2?|concurrently)\\b.*[\\s:"']${escaped}(?![\\w:-])`,
  ).test(text);
}

/** The command that builds, alone: what stands before and behind it in the script may generate, copy or publish. Where it writes to is left to the caller. */
function buildIn(scripts: Scripts, { buildTool, toolVersion }: PlatformFacts): readonly AppCheck[] {
  const home = homeOf(buildTool);
  const runs = [...mainRunsOf(scripts), ...runsOf(scripts)].filter(
    ({ task, runner }) => task === 'build' && home?.runners.includes(runner) === true,
  );
  const run = runs.find(({ script }) => script === 'build') ?? runs[0];
  if (run === undefined || home === null) return [];
  const program = run.runner === 'ejected-scripts' ? 'scripts/build' : run.runner;
  const line = commandsOf(scripts[run.script] ?? '')
    .find((part) => new RegExp(`\\b${program}\\b`).test(part))
    ?.trim();
  if (line === undefined) return [];
  const lineInto = (folder: string) => home.buildInto(line, folder, toolVersion);
  return [{ id: 'build', title: titleOf('build', run.script, line), line, lineInto }];
}

/** The commands of a line, each with its variables and its quotes. */
function commandsOf(text: string): readonly string[] {
  const commands = [''];
  for (const [token, separator] of text.matchAll(/(&&|\|\||[;&|\n])|"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^;&|"'\\\n]+/g)) {
    if (separator !== undefined) commands.push('');
    else commands[commands.length - 1] += token;
  }
  return commands;
}

const words: Readonly<Record<CheckId, string>> = {
  types: 'type check',
  lint: 'lint',
  format: 'format',
  build: 'build',
};

function titleOf(id: CheckId, script: string | null, line: string): string {
  const shown = line.length > 60 ? `${line.slice(0, 57)}...` : line;
  return `${words[id]}${script === null || script === words[id] ? '' : ` "${script}"`} (${shown})`;
}
