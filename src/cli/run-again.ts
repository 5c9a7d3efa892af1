/** How this program is started again. An app that does not have it would get whatever a registry has under its name. */
import { command, type NextByHand, type NextCommand } from './next';

export interface HowToRun {
  /** Whether the app has the program: its record says so. */
  readonly isInstalled: boolean;
  /** Where the app gets it from; `null` where that is not known. */
  readonly spec: string | null;
}

/** @param line the command and its flags, as for a shell: `init --plan` */
export function runAgain(line: string, how: HowToRun, why: string): NextCommand | NextByHand {
  const text = lineOf(line, how);
  if (text !== null) return command(text, why);
  return {
    kind: 'by-hand',
    what: `run it from the tarball of the package, which KIT names: ${why}`,
    code: byHandLine(line),
  };
}

/** `null` where nobody knows what to name as its package. */
export function lineOf(line: string, { isInstalled, spec }: HowToRun): string | null {
  if (isInstalled) return `npx zero-backend-sync ${line}`;
  if (spec === null) return null;
  const named = /[:/]|\.tgz$/.test(spec) ? spec : `zero-backend-sync@${spec}`;
  return `npx ${quoted(`--package=${named}`)} zero-backend-sync ${line}`;
}

/** The same for somebody who knows where the package is. */
export function byHandLine(line: string): string {
  return `npx --package=$KIT zero-backend-sync ${line}${/^(init|update)\b/.test(line) ? ' --kit $KIT' : ''}`;
}

/** One word of a shell. */
export function quoted(text: string): string {
  return /^[\w./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
