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
  /** `node scripts/build.js` of an ejected Create React App. */
  'ejected-scripts',
  'vite',
  'vue-cli-service',
  'rsbuild',
  'webpack',
  'webpack-cli',
  'webpack-dev-server',
  'rspack',
  'next',
  'nuxt',
  'nuxi',
  'remix',
  'react-router',
  'astro',
  'gatsby',
  'ng',
  'svelte-kit',
  'parcel',
] as const;
/** Those that take `start`, `build` and `test`, and configure react-scripts. */
export const craRunners: readonly Runner[] = ['craco', 'react-scripts', 'react-app-rewired', 'rescripts'];

export interface ScriptRun {
  /** The script's name. */
  readonly script: string;
  readonly runner: Runner;
  /** `start`, `build`, `test`, `serve`; what the tool does where it is told nothing; `''` where that is not known. */
  readonly task: string;
  /** The configuration file that it is told to read; `null` where it is told none. */
  readonly config: string | null;
  /** True for a name that the tool does not hear: CRACO 7 reads neither `-c FILE` nor `--config=FILE`. */
  readonly isConfigIgnored: boolean;
}

export type Scripts = Readonly<Record<string, string>>;

/** Every build tool that any script runs. */
export function runsOf(scripts: Scripts): readonly ScriptRun[] {
  return Object.entries(scripts).flatMap(([script, text]) => runsIn(script, text));
}

/** The tools that build and start the app, through the scripts that those scripts run; of all scripts where none of them is there. */
export function mainRunsOf(scripts: Scripts): readonly ScriptRun[] {
  const reached = new Set<string>();
  const visit = (name: string) => {
    const text = scripts[name];
    if (text === undefined || reached.has(name)) return;
    reached.add(name);
    for (const other of scriptsIn(text, Object.keys(scripts))) visit(other);
  };
  for (const name of ['start', 'build', 'dev', 'serve']) visit(name);
  const main = [...reached].flatMap((name) => runsIn(name, scripts[name] ?? ''));
  return main.length > 0 ? main : runsOf(scripts);
}

function runsIn(script: string, text: string): readonly ScriptRun[] {
  return commandsIn(text).flatMap((words) => {
    const at = words.findIndex((word, index) => runnerAt(words, index) !== null);
    const runner = runnerAt(words, at);
    if (runner === null || silentPrograms.has(words[0] ?? '')) return [];
    const args = words.slice(at + 1);
    const task = runner === 'ejected-scripts' ? ejectedTask(words[at] ?? '') : taskIn(runner, args);
    if (craRunners.includes(runner) && !args.some((word) => /^(start|build|test)$/.test(word))) return [];
    return [{ script, runner, task, ...configIn(runner, args) }];
  });
}

/** They name programs without running them. */
const silentPrograms: ReadonlySet<string> = new Set(['echo', 'printf', 'cat', 'rm', 'cp', 'mv', 'rimraf', 'which']);
/** What stands behind them is a name of something else: `npm publish --tag next`. */
const namingFlags: ReadonlySet<string> = new Set(['--tag', '--filter', '-F', '--scope', '-w', '--workspace']);

const tasks = /^(start|build|test|dev|develop|serve|server|watch|preview|inspect|lint)$/;
/** What a tool does where no task is named. */
const usualTasks: Partial<Record<Runner, string>> = {
  vite: 'dev',
  webpack: 'build',
  'webpack-cli': 'build',
  'webpack-dev-server': 'serve',
  rspack: 'build',
  parcel: 'serve',
  next: 'dev',
};

function taskIn(runner: Runner, args: readonly string[]): string {
  return (
    args.find((word) => tasks.test(word)) ?? usualTasks[runner] ?? args.find((word) => !word.startsWith('-')) ?? ''
  );
}

/** `scripts/build.js` -> `build` */
function ejectedTask(word: string): string {
  return word.replace(/^.*\/|\.js$/g, '');
}

function configIn(runner: Runner, args: readonly string[]): Pick<ScriptRun, 'config' | 'isConfigIgnored'> {
  const long = runner === 'react-app-rewired' ? '--config-overrides' : '--config';
  const at = args.indexOf(long);
  if (at !== -1) return { config: args[at + 1] ?? null, isConfigIgnored: false };
  const joined = args.find((word) => word.startsWith(`${long}=`))?.slice(long.length + 1);
  const short = args.includes('-c') && runner !== 'react-app-rewired' ? args[args.indexOf('-c') + 1] : undefined;
  const config = joined ?? short ?? null;
  return { config, isConfigIgnored: config !== null && runner === 'craco' };
}

/** `craco`, `./node_modules/.bin/craco`, `node_modules/@craco/craco/dist/bin/craco.js`. */
function runnerAt(words: readonly string[], index: number): Runner | null {
  const word = words[index] ?? '';
  if (namingFlags.has(words[index - 1] ?? '')) return null;
  if (/^(\.\/)?scripts\/(start|build|test)(\.js)?$/.test(word) && words[index - 1] !== undefined)
    return 'ejected-scripts';
  const name = word
    .split(/[\\/]/)
    .at(-1)
    ?.replace(/\.(c?js|mjs|cmd)$/, '');
  return runners.find((runner) => runner === name && runner !== 'ejected-scripts') ?? null;
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
