/** Findings in words. */
import pc from 'picocolors';
import { whereIs } from '../discover/syntax';
import type { Finding, Severity } from './finding';

const marks = { error: pc.red('error'), warning: pc.yellow('warning'), info: pc.cyan('info') };

export function showFindings(findings: readonly Finding[]): string {
  return findings
    .map(({ severity, check, code, what, why, how, evidence }) => {
      const place = evidence === undefined ? '' : pc.dim(`  ${whereIs(evidence)}`);
      return `${marks[severity]} ${what}${place}\n    ${why}\n    ${pc.bold('Fix:')} ${how} ${pc.dim(`(${[check, code].filter(Boolean).join(', ')})`)}`;
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
