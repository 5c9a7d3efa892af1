/**
 * What the scripts of package.json run. A dependency may be left over from another time; the scripts say what builds the app, and with which flags.
 * They are shell commands behind wrappers (`cross-env`, `npx`, `dotenv -e .env --`), in quotes (`concurrently "craco start"`), or in other scripts
 * (`run-p start:*`).
 */

export type Runner = (typeof runners)[number];

const runners = [
  'craco',
  'react-scripts',
  'react-app-rewired',
  'rescripts',
  'vite',
  'next',
  'webpack',
  'parcel',
] as const;
/** Those that take `start`, `build` and `test`. */
export const craRunners: readonly Runner[] = ['craco', 'react-scripts', 'react-app-rewired', 'rescripts'];

export interface ScriptRun {
  /** The script's name. */
  readonly script: string;
  readonly runner: Runner;
  /** `start`, `build`, `test`; `''` where there is none. */
  readonly task: string;
  /** The file behind `--config`; `null` where there is none. */
  readonly config: string | null;
  /** True for `-c FILE` and `--config=FILE`, which CRACO 7 does not read. */
  readonly isConfigIgnored: boolean;
}

export type Scripts = Readonly<Record<string, string>>;

/** Every build tool that any script runs. */
export function runsOf(scripts: Scripts): readonly ScriptRun[] {
  return Object.entries(scripts).flatMap(([script, text]) => runsIn(script, text));
}

/** The tools that start and build the app, through the scripts that those scripts run; of all scripts where neither is there. */
export function mainRunsOf(scripts: Scripts): readonly ScriptRun[] {
  const reached = new Set<string>();
  const visit = (name: string) => {
    const text = scripts[name];
    if (text === undefined || reached.has(name)) return;
    reached.add(name);
    for (const other of scriptsIn(text, Object.keys(scripts))) visit(other);
  };
  visit('start');
  visit('build');
  const main = [...reached].flatMap((name) => runsIn(name, scripts[name] ?? ''));
  return main.length > 0 ? main : runsOf(scripts);
}

function runsIn(script: string, text: string): readonly ScriptRun[] {
  return commandsIn(text).flatMap((words) => {
    const at = words.findIndex((word) => runnerOf(word) !== null);
    const runner = runnerOf(words[at] ?? '');
    if (runner === null || silentPrograms.has(words[0] ?? '')) return [];
    const args = words.slice(at + 1);
    const task = args.find((word) => !word.startsWith('-')) ?? '';
    if (craRunners.includes(runner) && !args.some((word) => /^(start|build|test)$/.test(word))) return [];
    return [{ script, runner, task, ...configIn(args) }];
  });
}

/** They name programs without running them. */
const silentPrograms: ReadonlySet<string> = new Set(['echo', 'printf', 'cat', 'rm', 'cp', 'mv', 'rimraf', 'which']);

function configIn(args: readonly string[]): Pick<ScriptRun, 'config' | 'isConfigIgnored'> {
  const at = args.indexOf('--config');
  if (at !== -1) return { config: args[at + 1] ?? null, isConfigIgnored: false };
  const joined = args.find((word) => word.startsWith('--config='))?.slice('--config='.length);
  const short = args.includes('-c') ? args[args.indexOf('-c') + 1] : undefined;
  const config = joined ?? short ?? null;
  return { config, isConfigIgnored: config !== null };
}

/** `craco`, `./node_modules/.bin/craco`, `node_modules/@craco/craco/dist/bin/craco.js`. */
function runnerOf(word: string): Runner | null {
  const name = word
    .split(/[\\/]/)
    .at(-1)
    ?.replace(/\.(js|cmd)$/, '');
  return runners.find((runner) => runner === name) ?? null;
}

/** The scripts that a script runs: `npm run x`, `yarn x`, `run-s a b:*`, `concurrently npm:x`. */
function scriptsIn(text: string, names: readonly string[]): readonly string[] {
  return commandsIn(text).flatMap((words) => {
    const at = words.findIndex((word) => /^(npm|yarn|pnpm|bun|run-s|run-p|npm-run-all2?)$/.test(word));
    const candidates = at === -1 ? words.filter((word) => word.startsWith('npm:')) : words.slice(at + 1);
    return candidates.flatMap((word) => {
      const pattern = word.replace(/^npm:/, '');
      return names.filter((name) => matches(name, pattern));
    });
  });
}

/** `*` is one part of a name between colons, `**` any number. */
function matches(name: string, pattern: string): boolean {
  if (!pattern.includes('*')) return name === pattern;
  // Real patterns have one or two; a hundred of them would take the expression below for ever.
  if (pattern.split('*').length > 6 || name.length > 200) return false;
  const expression = pattern
    .split(/(\*+)/)
    .map((part) => (part === '*' ? '[^:]*' : /^\*+$/.test(part) ? '.*' : part.replace(/[^\w]/g, '\\$&')))
    .join('');
  return new RegExp(`^${expression}$`).test(name);
}

/** The words of each command in a line of shell; a quoted word with spaces in it is a line of its own. */
function commandsIn(text: string, depth = 0): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  for (const [token, operator] of text
    .slice(0, longestScript)
    .matchAll(/(&&|\|\||[;&|()\n])|(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s;&|()"'])+/g)) {
    if (operator !== undefined) commands.push([]);
    else commands.at(-1)?.push(token.replace(/\\(["'])/g, '$1').replace(/^(["'])([\s\S]*)\1$/, '$2'));
  }
  const inner = commands.flat().filter((word) => depth < 3 && /\s/.test(word));
  return [...commands.filter((words) => words.length > 0), ...inner.flatMap((word) => commandsIn(word, depth + 1))];
}

const longestScript = 10_000;
