/** What each package manager is called with, and what its failures mean. */
import { KitError } from '../preset/kit-error';
import type { PackageManagerFacts } from './discover/package-manager';
import type { RunProgram } from './process';
import { Cancelled } from './terminal';

/** What of a package manager decides how it is called. */
export type Manager = Pick<PackageManagerFacts, 'name' | 'isYarnBerry' | 'lockFile'>;

/**
 * The command that brings node_modules and the lock file to what package.json says, and leaves every other entry of the lock file as it is. npm would rather
 * replace a package by a newer version that the new packages share with the app's, and with `browserslist` what the app's own bundle is compiled to; with
 * this strategy what is new goes below the package that wants it. (Without a lock file all of the app's packages would.)
 */
export function installCommand({
  name,
  isYarnBerry,
  lockFile,
}: Manager): readonly [program: string, ...args: string[]] {
  switch (name) {
    case 'npm':
      return [
        ...(['npm', 'install', '--no-audit', '--no-fund'] as const),
        ...(lockFile === null ? [] : ['--install-strategy=shallow']),
      ];
    case 'yarn':
      // Both refuse to change the lock file on a build server unless told to.
      return isYarnBerry
        ? ['yarn', 'install', '--no-immutable']
        : ['yarn', 'install', '--non-interactive', '--no-frozen-lockfile'];
    case 'pnpm':
      return ['pnpm', 'install', '--no-frozen-lockfile'];
  }
}

/** How a script is run, for messages: `npm run build`, `yarn build`. */
export function scriptCommand({ name }: Pick<PackageManagerFacts, 'name'>, script: string): string {
  if (name !== 'npm') return `${name} ${script}`;
  return script === 'start' || script === 'test' ? `npm ${script}` : `npm run ${script}`;
}

export interface InstallOptions {
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
  /** How the app stands when the installation fails, as a sentence for the message. */
  readonly outcome: string;
  /** Instead of the command that brings the lock file up to date, too. */
  readonly command?: readonly [program: string, ...args: string[]];
}

/** What a transaction leaves when the installation in it fails. */
export const everythingPutBack = 'Everything was put back.';

/** @throws KitError INSTALL_FAILED or PACKAGE_MANAGER_MISSING; Cancelled */
export async function installPackages(
  run: RunProgram,
  manager: Manager,
  { cwd, signal, outcome, command = installCommand(manager) }: InstallOptions,
): Promise<void> {
  const [program, ...args] = command;
  const { status, output, isMissing } = await run(program, args, signal ? { cwd, signal } : { cwd });
  if (status === 0) return;
  if (signal?.aborted)
    throw new Cancelled(`Cancelled. ${outcome} node_modules may be half done: run "${manager.name} install".`);
  if (isMissing) {
    throw new KitError(
      'PACKAGE_MANAGER_MISSING',
      `The app's lock file is ${manager.name}'s, and ${manager.name} is not on this computer. ${outcome} Install it ("corepack enable" brings yarn and pnpm), or run again with --skip-install and install the packages yourself.`,
    );
  }
  throw new KitError(
    'INSTALL_FAILED',
    `"${[program, ...args].join(' ')}" failed${status === null ? '' : ` with status ${status}`}. ${outcome} ${adviceFor(output)}\n\n${lastLines(output)}`,
  );
}

function adviceFor(output: string): string {
  if (/\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH)\b|trouble with your network/i.test(output))
    return 'The registry could not be reached. Check the connection and run the command again.';
  // npm also warns with this word, of conflicts that an override settles.
  if (/code ERESOLVE/.test(output)) {
    return 'Two packages want different versions of a third one; npm names them below. Resolve that first (an entry in "overrides" is better than --legacy-peer-deps, which changes more than it says). If the app itself was installed with --force, say so here, too: npm_config_force=true npx zero-backend-sync init';
  }
  if (/The engine "node" is incompatible/.test(output)) {
    return 'yarn 1 refuses packages that name a newer Node.js than yours, which some of RxDB\'s do though they run on Node.js 20. Put the line "ignore-engines true" into .yarnrc, or move to Node.js 22, and run the command again.';
  }
  if (/ENOSPC/.test(output)) return 'The disk is full.';
  return 'Its last words are below. Correct that and run the command again.';
}

function lastLines(output: string): string {
  return (
    output
      .trimEnd()
      .split(/\r?\n/)
      // Packages of RxDB that name a newer Node.js than the oldest that is supported, and run on it, are never the reason with npm.
      .filter((line) => !/^npm warn EBADENGINE/i.test(line))
      .slice(-15)
      .map((line) => `    ${line}`)
      .join('\n')
  );
}
