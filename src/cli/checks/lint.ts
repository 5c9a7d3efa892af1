/**
 * What the app's ESLint says of files that are written into it, as a linter with its settings sees them. Rules that a file of the kit breaks are switched off in that
 * file, by name: the app's rules are its own, and its lint stays green.
 */
import { resolvePackage } from '../discover/installed-packages';
import { readPackageJson } from '../discover/package-json';
import type { ProjectFiles } from '../discover/project-files';
import type { RunProgram } from '../process';

export interface LintedText {
  readonly path: string;
  readonly text: string;
}

export interface Verdict {
  readonly path: string;
  /** Rules that the file breaks. */
  readonly rules: readonly string[];
  /** What the parser says of a file that it cannot take; `null` where it can. */
  readonly fatal: string | null;
}

interface LintContext {
  readonly files: ProjectFiles;
  readonly root: string;
  readonly run: RunProgram;
  readonly signal?: AbortSignal;
}

/** Whether the app lints at all: Create React App gives every app a configuration that only its build uses. */
export function lintsItself(files: ProjectFiles): boolean {
  return (
    isFlat(files) ||
    files.list('').some((file) => /^\.eslintrc(\.(js|cjs|json|ya?ml))?$/.test(file)) ||
    eslintScripts(files).length > 0
  );
}

export function isFlat(files: ProjectFiles): boolean {
  return files.list('').some((file) => /^eslint\.config\.[cm]?[jt]s$/.test(file));
}

/** Whether some script lints files that are not below src, such as `eslint .`. */
export function lintsRoot(files: ProjectFiles): boolean {
  return eslintScripts(files).some((args) => {
    const targets = args.filter((word, index) => !word.startsWith('-') && !takesValue.test(args[index - 1] ?? ''));
    return targets.length === 0 || targets.some((target) => !/^["']?(\.\/)?src\b/.test(target));
  });
}

const takesValue =
  /^(--ext|--config|-c|--ignore-path|--format|-f|--max-warnings|--cache-location|--rule|-o|--output-file)$/;

/** The arguments of each call of ESLint in a script. */
function eslintScripts(files: ProjectFiles): readonly (readonly string[])[] {
  return Object.values(readPackageJson(files).scripts).flatMap((text) =>
    [...text.matchAll(/(?:^|[\s&|;/])eslint(?=\s|$)([^&|;]*)/g)].map(([, args = '']) =>
      args.split(/\s+/).filter(Boolean),
    ),
  );
}

/** One for each file that ESLint complains about; none where the app has no ESLint, or it does not work. */
export async function lint(
  { files, root, run, signal }: LintContext,
  texts: readonly LintedText[],
): Promise<readonly Verdict[]> {
  if (texts.length === 0 || !lintsItself(files) || resolvePackage(files, 'eslint') === null) return [];
  const config = eslintScripts(files)
    .map((args) => args[args.findIndex((word) => word === '-c' || word === '--config') + 1 || -1])
    .find((file) => file !== undefined);
  const { status, output } = await run(process.execPath, ['-e', program, JSON.stringify({ texts, config })], {
    cwd: root,
    ...(signal && { signal }),
  });
  const [, json] = output.split(mark);
  if (status !== 0 || json === undefined) return [];
  return JSON.parse(json) as readonly Verdict[];
}

const mark = '--zero-backend-sync-lint--';

/** In a process of its own, with the app's ESLint 8 or 9. What ESLint only says about a file that it leaves out has no rule and is not fatal. */
const program = `
const { texts, config } = JSON.parse(process.argv[1]);
const eslint = require(require.resolve('eslint', { paths: [process.cwd()] }));
(async () => {
  const Engine = eslint.loadESLint ? await eslint.loadESLint({ cwd: process.cwd() }) : eslint.ESLint;
  const engine = new Engine({ cwd: process.cwd(), ...(config && { overrideConfigFile: config }) });
  const verdicts = [];
  for (const { path, text } of texts) {
    const filePath = require('path').resolve(path);
    if (await engine.isPathIgnored(filePath)) continue;
    const [{ messages = [] } = {}] = await engine.lintText(text, { filePath });
    const rules = [...new Set(messages.map(({ ruleId }) => ruleId).filter(Boolean))].sort();
    const fatal = messages.find((message) => message.fatal);
    if (rules.length > 0 || fatal) verdicts.push({ path, rules, fatal: fatal ? fatal.message : null });
  }
  process.stdout.write(${JSON.stringify(mark)} + JSON.stringify(verdicts) + ${JSON.stringify(mark)});
})().catch((error) => { console.error(error); process.exitCode = 1; });
`;

/** The text with these rules switched off, in a first line that says so; those of an earlier line are among them. */
export function withoutRules(text: string, rules: readonly string[]): string {
  const [line, earlier] = headerIn(text);
  const all = [...new Set([...(earlier ?? []), ...rules])].sort();
  return all.length === 0 ? text : `/* eslint-disable ${all.join(', ')} */\n${text.slice(line.length)}`;
}

/** The rules that the first line of a text switches off. */
export function rulesSwitchedOff(text: string): readonly string[] {
  return headerIn(text)[1] ?? [];
}

function headerIn(text: string): readonly [line: string, rules: readonly string[] | null] {
  const [line = '', rules] = /^\/\* eslint-disable ([^*\n]+) \*\/\r?\n/.exec(text) ?? [];
  return [line, rules === undefined ? null : rules.split(', ')];
}

/** Texts that the app's ESLint takes. Switching one rule off may be what another complains about, so it is asked again. */
export async function passLint(context: LintContext, texts: readonly LintedText[]): Promise<readonly LintedText[]> {
  let passing = texts;
  for (let pass = 0; pass < 2; pass++) {
    const verdicts = await lint(context, passing);
    if (verdicts.length === 0) break;
    passing = passing.map(({ path, text }) => {
      const rules = verdicts.find((verdict) => verdict.path === path)?.rules ?? [];
      return { path, text: withoutRules(text, rules) };
    });
  }
  return passing;
}
