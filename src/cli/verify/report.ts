/** What `verify` found, for the terminal and as one HTML file that needs nothing else. */
import pc from 'picocolors';
import type { Outcome, VerifyCheck } from './check';
import type { CallCounts } from './device/driver-calls';

export interface CheckResult extends Outcome {
  readonly check: Pick<VerifyCheck, 'id' | 'title'>;
}

export interface ReportHead {
  readonly app: string;
  readonly kit: string;
  readonly relays: string;
  /** The path at which the app was opened. */
  readonly page: string;
  readonly calls: CallCounts;
  /** ms since the epoch. */
  readonly at: number;
}

export function terminalReport(results: readonly CheckResult[]): string {
  return results
    .map(
      ({ check, passed, code, says, figures }) =>
        `${passed ? pc.green('pass') : pc.red('FAIL')} ${check.title}\n     ${says}${code === null ? '' : ` (${code})`}${pc.dim(figuresText(figures))}`,
    )
    .join('\n');
}

/** `The driver opened a page 4 times, wrote 38 times and read 412 times.` */
export function callsText({ opens, writes, reads }: CallCounts): string {
  const times = (count: number) => `${count} ${count === 1 ? 'time' : 'times'}`;
  return `The driver opened a page ${times(opens)}, wrote ${times(writes)} and read ${times(reads)}.`;
}

export function htmlReport({ app, kit, relays, page, calls, at }: ReportHead, results: readonly CheckResult[]): string {
  const failures = results.filter(({ passed }) => !passed).length;
  const verdict = failures === 0 ? 'All eight checks passed' : `${failures} of ${results.length} checks failed`;
  const rows = results.map(
    ({ check, passed, code, says, figures }) => `<tr class="${passed ? 'pass' : 'fail'}">
<td>${passed ? 'pass' : 'fail'}</td>
<td><strong>${escapeHtml(check.title)}</strong><p>${escapeHtml(says)}${code === null ? '' : ` (${escapeHtml(code)})`}</p></td>
<td><dl>${Object.entries(figures)
      .map((entry) => figureInWords(...entry))
      .map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`)
      .join('')}</dl></td>
</tr>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(verdict)} - ${escapeHtml(app)}</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 3rem auto; padding: 0 1rem; }
h1 { margin: 0; } h1 + p { margin-top: 0.25rem; opacity: 0.7; }
table { width: 100%; border-collapse: collapse; margin-top: 2rem; }
td { padding: 0.75rem; vertical-align: top; border-top: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
td:first-child { font-weight: 700; text-transform: uppercase; font-size: 0.8rem; padding-top: 1rem; }
.pass td:first-child { color: #16803c; } .fail td:first-child { color: #c81e1e; }
p { margin: 0.25rem 0 0; } dl { display: grid; grid-template-columns: auto auto; gap: 0 1rem; margin: 0; font-variant-numeric: tabular-nums; }
dt { opacity: 0.7; } dd { margin: 0; text-align: right; }
@media (max-width: 40rem) { tr { display: block; padding: 0.5rem 0; } td { display: block; border: 0; padding: 0.2rem 0; } }
</style>
<h1>${escapeHtml(verdict)}</h1>
<p>${escapeHtml(app)} at ${escapeHtml(page)}, ${escapeHtml(relays)}, zero-backend-sync ${escapeHtml(kit)}, ${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC. ${callsText(calls)}</p>
<table>
${rows.join('\n')}
</table>
</html>
`;
}

function figuresText(figures: Outcome['figures']): string {
  const entries = Object.entries(figures);
  return entries.length === 0 ? '' : `  (${entries.map((entry) => figureInWords(...entry).join(' ')).join(', ')})`;
}

/** `slowestMs: 484` -> `slowest`, `484 ms`; `blockedPercent: 2` -> `blocked`, `2 %`. */
function figureInWords(name: string, value: number | string): readonly [name: string, value: string] {
  const [, stem = name, unit] = /^(.+?)(Ms|Percent)?$/.exec(name) ?? [];
  const words = stem.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`).trim();
  return [words, `${value}${unit === 'Ms' ? ' ms' : unit === 'Percent' ? ' %' : ''}`];
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
