/** Findings in words. */
import pc from 'picocolors';
import { whereIs } from '../discover/syntax';
import type { Finding } from './finding';

const marks = { error: pc.red('error'), warning: pc.yellow('warning'), info: pc.cyan('info') };

export function showFindings(findings: readonly Finding[]): string {
  return findings
    .map(({ severity, check, what, why, how, evidence }) => {
      const place = evidence === undefined ? '' : pc.dim(`  ${whereIs(evidence)}`);
      return `${marks[severity]} ${what}${place}\n    ${why}\n    ${pc.bold('Fix:')} ${how} ${pc.dim(`(${check})`)}`;
    })
    .join('\n');
}
