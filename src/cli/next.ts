/** What there is to do after a command: for a person as a numbered list, for a program as commands to run and edits to make. */
import pc from 'picocolors';
import { hang } from './layout';

/** A line for the shell, in the app's folder. */
export interface NextCommand {
  readonly kind: 'command';
  readonly command: string;
  readonly why: string;
  /** True where it runs until somebody stops it, as a development server does. */
  readonly isEndless?: boolean;
}

/** Whole lines of a file. Those of one file stand from its end to its beginning, so that the lines of the others stay where they are. */
export interface NextEdit {
  readonly kind: 'edit';
  readonly file: string;
  /** Of the first line of `before`, from 1. */
  readonly line: number;
  /** The lines that stand there. */
  readonly before: string;
  /** What they become; `null` where they go. */
  readonly after: string | null;
  readonly why: string;
}

/** What only somebody who knows the app can do. */
export interface NextByHand {
  readonly kind: 'by-hand';
  readonly what: string;
  readonly file?: string;
  readonly line?: number;
  /** An example, in lines. */
  readonly code?: string;
}

export type NextStep = NextCommand | NextEdit | NextByHand;

export function command(line: string, why: string): NextCommand {
  return { kind: 'command', command: line, why };
}

export function byHand(what: string): NextByHand {
  return { kind: 'by-hand', what };
}

/** Where the package's documents are in the app. */
export const documentsFolder = 'node_modules/zero-backend-sync/docs';

/** @param width in columns */
export function showNext(steps: readonly NextStep[], width: number): string {
  const items: string[] = [];
  for (const [index, step] of steps.entries()) {
    const head = `  ${items.length + 1}. `;
    if (step.kind !== 'edit') items.push(showStep(step, head, width));
    // The edits of one file are one thing to do, and a person makes them from its beginning to its end.
    else if (!isOfSameFile(step, steps[index - 1])) {
      const more = steps.slice(index).filter((other): other is NextEdit => isOfSameFile(step, other));
      items.push([hang(head, `${step.file}: ${step.why}`, width), ...more.reverse().map(showEdit)].join('\n'));
    }
  }
  return [pc.bold('Next'), ...items].join('\n');
}

function isOfSameFile(edit: NextEdit, other: NextStep | undefined): boolean {
  return other?.kind === 'edit' && other.file === edit.file;
}

function showStep(step: NextCommand | NextByHand, head: string, width: number): string {
  if (step.kind === 'command') return `${head}${pc.bold(step.command)}\n${hang('     ', step.why, width)}`;
  const place = step.file === undefined ? '' : `${step.file}${step.line === undefined ? '' : `:${step.line}`}: `;
  return [hang(head, `${place}${step.what}`, width), ...(step.code === undefined ? [] : [indented(step.code)])].join(
    '\n',
  );
}

/** Of what stays, nothing is shown. */
function showEdit({ line, before, after }: NextEdit): string {
  const lines = before.split('\n').length;
  const last = line + lines - 1;
  if (after === null) return pc.dim(`     remove ${lines === 1 ? `line ${line}` : `lines ${line} to ${last}`}`);
  if (after.startsWith(`${before}\n`))
    return `${pc.dim(`     behind line ${last}`)}\n${indented(after.slice(before.length + 1))}`;
  if (after.endsWith(`\n${before}`))
    return `${pc.dim(`     before line ${line}`)}\n${indented(after.slice(0, -before.length - 1))}`;
  const what = lines === 1 ? `line ${line} becomes` : `lines ${line} to ${last} become`;
  return `${pc.dim(`     ${what}`)}\n${indented(shortened(after))}`;
}

/** Code, all of it as far to the left as it goes. */
function indented(code: string): string {
  const lines = code.split('\n');
  const depths = lines.filter((line) => line.trim() !== '').map((line) => /^\s*/.exec(line)?.[0].length ?? 0);
  const depth = Math.min(...depths);
  return lines.map((line) => (line.trim() === '' ? '' : `         ${line.slice(depth)}`)).join('\n');
}

/** A person needs no more of what stays than its beginning and its end. */
function shortened(text: string): string {
  const lines = text.split('\n');
  if (lines.length <= mostLines) return text;
  return [...lines.slice(0, 4), `${/^\s*/.exec(lines[4] ?? '')?.[0] ?? ''}...`, ...lines.slice(-3)].join('\n');
}

const mostLines = 9;
