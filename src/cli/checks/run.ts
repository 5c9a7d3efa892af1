/** Runs the app's own checks, one after another, and keeps what each that fails says first. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { CommandContext } from '../commands/context';
import { Cancelled } from '../terminal';
import type { AppCheck } from './commands';

export interface FailedCheck {
  readonly check: AppCheck;
  /** The first error and what stands around it, a few lines. */
  readonly error: string;
}

export type CheckContext = Pick<CommandContext, 'root' | 'run' | 'env' | 'terminal' | 'signal'>;

/** Those that fail. What a build makes goes to a temporary folder, and the app's own stays. @throws Cancelled */
export async function runChecks(
  { root, run, env, terminal, signal }: CheckContext,
  checks: readonly AppCheck[],
  when: string,
): Promise<readonly FailedCheck[]> {
  const failed: FailedCheck[] = [];
  const output = fs.mkdtempSync(path.join(tmpdir(), 'zero-backend-sync-check-'));
  try {
    const folder = path.join(output, 'build');
    for (const check of checks) {
      const progress = terminal.progress(`${when}: ${check.title}`);
      const { status, output: said } = await run(check.lineInto?.(JSON.stringify(folder)) ?? check.line, [], {
        cwd: root,
        shell: true,
        env: { ...env, PATH: withPrograms(root, env.PATH), BUILD_PATH: folder },
        ...(signal && { signal }),
      });
      progress.done(signal?.aborted ? 'stopped' : status === 0 ? 'passed' : 'failed');
      if (signal?.aborted) throw new Cancelled('Cancelled. Everything was put back.');
      if (status !== 0) failed.push({ check, error: firstError(said, root) });
    }
  } finally {
    fs.rmSync(output, { recursive: true, force: true });
  }
  return failed;
}

/** Programs of the app's packages come first, as in a script of package.json; a workspace keeps them above the app. */
function withPrograms(root: string, given: string | undefined): string {
  const folders: string[] = [];
  for (let folder = root; ; folder = path.dirname(folder)) {
    folders.push(path.join(folder, 'node_modules/.bin'));
    if (path.dirname(folder) === folder) break;
  }
  return [...folders, given ?? ''].filter(Boolean).join(path.delimiter);
}

const linesShown = 12;

/** From the line before the first that speaks of an error, without colours and empty lines. */
export function firstError(output: string, root: string): string {
  const lines = output
    .replace(/\u001b\[[0-9;]*m/g, '')
    .replaceAll(`${root}${path.sep}`, '')
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  const said = lines.findIndex((line) => /\b(error|failed|cannot|can't|not found|\[warn\]|exception)\b/i.test(line));
  const first = Math.max(0, said === -1 ? lines.length - linesShown : said - 1);
  return lines
    .slice(first, first + linesShown)
    .map((line) => `    ${line.slice(0, 300)}`)
    .join('\n');
}
