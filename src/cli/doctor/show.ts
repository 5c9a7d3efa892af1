/** Findings in words. */
import pc from 'picocolors';
import { whereIs } from '../discover/syntax';
import { hang } from '../layout';
import { command, type NextStep } from '../next';
import type { Examination } from '.';
import type { Finding, Severity } from './finding';

const marks = { error: pc.red('error'), warning: pc.yellow('warning'), info: pc.cyan('info') };

/** @param width in columns */
export function showFindings(findings: readonly Finding[], width: number): string {
  return findings
    .map(({ severity, check, code, what, why, how, evidence }) => {
      const place = evidence === undefined ? '' : pc.dim(`  ${whereIs(evidence)}`);
      return [
        hang(`${marks[severity]} `, `${what}${place}`, width),
        hang('    ', why, width),
        hang(`    ${pc.bold('Fix:')} `, `${how} ${pc.dim(`(${check}, ${code})`)}`, width),
      ].join('\n');
    })
    .join('\n');
}

/** What was looked at and what not, in a line each. @param width in columns */
export function showExtent({ ran, leftOut }: Pick<Examination, 'ran' | 'leftOut'>, width: number): string {
  const checks = `${ran.length} ${ran.length === 1 ? 'check was' : 'checks were'} made`;
  const reasons = [...new Set(leftOut.map(({ why }) => why))].map((why) => {
    const ids = leftOut.filter((left) => left.why === why).map(({ check }) => check);
    return `${ids.length > 3 ? `${ids.length} checks` : ids.join(', ')}: ${why}`;
  });
  return hang('', `${checks}.${reasons.length === 0 ? '' : ` Left out: ${reasons.join('; ')}.`}`, width);
}

/** What corrects them, each once. */
export function nextOfFindings(findings: readonly Finding[]): readonly NextStep[] {
  const fixable = findings.filter(({ fix }) => fix !== undefined);
  const steps = findings
    .filter(({ fix }) => fix === undefined)
    .map((finding): NextStep => {
      const { what, how, command: line, instead, evidence } = finding;
      if (line !== undefined) return command(line, what);
      const { file, line: at } = evidence ?? {};
      return {
        kind: 'by-hand',
        what: `${what} ${how}`,
        ...(file !== undefined && { file }),
        ...(at !== undefined && { line: at }),
        ...(instead !== undefined && { code: instead }),
      };
    });
  return [
    ...(fixable.length === 0
      ? []
      : [command('npx zero-backend-sync doctor --fix', fixable.map(({ what }) => what).join(' '))]),
    ...steps.filter(
      (step, index) => step.kind !== 'command' || steps.findIndex((other) => isSameCommand(step, other)) === index,
    ),
  ];
}

function isSameCommand(a: NextStep, b: NextStep): boolean {
  return a.kind === 'command' && b.kind === 'command' && a.command === b.command;
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
