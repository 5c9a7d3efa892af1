/** Changes line by line. */
import { createTwoFilesPatch } from 'diff';
import pc from 'picocolors';
import type { Plan } from './plan/plan';

/** Unified diffs of everything but the template and the salt. */
export function showDiff(plan: Plan): string {
  return plan.writes
    .filter((write) => write.role !== 'template')
    .map((write) =>
      write.role === 'secret'
        ? `${write.path}: one line is added; its value is secret\n`
        : unifiedDiff(write.path, write.before, write.after),
    )
    .join('\n');
}

export function unifiedDiff(file: string, before: string | null, after: string | null): string {
  return createTwoFilesPatch(
    before === null ? '/dev/null' : file,
    after === null ? '/dev/null' : file,
    before ?? '',
    after ?? '',
    '',
    '',
    { context: 2 },
  )
    .split('\n')
    .filter((line) => !line.startsWith('====='))
    .map(colourOf)
    .join('\n');
}

function colourOf(line: string): string {
  if (line.startsWith('+') && !line.startsWith('+++')) return pc.green(line);
  if (line.startsWith('-') && !line.startsWith('---')) return pc.red(line);
  return line.startsWith('@@') ? pc.cyan(line) : line;
}
