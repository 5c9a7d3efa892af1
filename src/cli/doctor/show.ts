/** Findings in words. */
import pc from 'picocolors';
import { whereIs } from '../discover/syntax';
import type { Finding, Severity } from './finding';

const marks = { error: pc.red('error'), warning: pc.yellow('warning'), info: pc.cyan('info') };

export function showFindings(findings: readonly Finding[]): string {
  return findings
    .map(({ severity, check, code, what, why, how, evidence }) => {
      const place = evidence === undefined ? '' : pc.dim(`  ${whereIs(evidence)}`);
      return `${marks[severity]} ${what}${place}\n    ${why}\n    ${pc.bold('Fix:')} ${how} ${pc.dim(`(${check}, ${code})`)}`;
    })
    .join('\n');
}

/** `1 error, 2 warnings`. */
export function countFindings(findings: readonly Finding[]): string {
  const count = (severity: Severity, word: string) => {
    const { length } = findings.filter((finding) => finding.severity === severity);
    return length === 0 ? [] : [`${length} ${word}${length === 1 ? '' : 's'}`];
  };
  const counts = [...count('error', 'error'), ...count('warning', 'warning'), ...count('info', 'hint')];
  return `${counts.join(', ')}.`;
}

/** A finding for `--json`: with its stable code, and what corrects it. */
export function findingJson({ fix, command, instead, ...finding }: Finding): object {
  return { ...finding, fixable: fix !== undefined, fix: fixJson({ ...finding, fix, command, instead }) };
}

/** Whole files that `--fix` writes, a command, or the line that a person changes; `null` where nothing in the project is to change. */
function fixJson({
  fix,
  command,
  instead,
  evidence,
}: Pick<Finding, 'fix' | 'command' | 'instead' | 'evidence'>): object | null {
  const [change] = fix ?? [];
  if (change !== undefined) {
    return { file: change.path, before: change.before, after: change.after?.toString() ?? null };
  }
  if (command !== undefined) return { command };
  return evidence === undefined
    ? null
    : { file: evidence.file, line: evidence.line, before: evidence.text, after: instead ?? null };
}
