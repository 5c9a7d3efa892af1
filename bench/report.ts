/** How a bench shows what it found: a table for people and, with `--json FILE`, a file for machines. */
import { writeFile } from 'node:fs/promises';

export interface Figure {
  readonly value: number;
  readonly unit: string;
  /** The most that is allowed. Without one the figure is only told. */
  readonly budget?: number;
}

/**
 * Prints the figures and writes `{ name, figures: { KEY: { value, unit, budget, ok } } }` where the command line asks for it. The process
 * ends with exit code 1 when a figure is above its budget.
 */
export async function report(
  name: string,
  figures: { readonly [key: string]: Figure },
  { json = jsonFile(process.argv) }: { readonly json?: string } = {},
): Promise<void> {
  const judged = Object.entries(figures).map(([key, { value, unit, budget }]) => {
    return [key, { value, unit, budget: budget ?? null, ok: budget === undefined || value <= budget }] as const;
  });
  console.log(`\n${name}`);
  console.table(
    Object.fromEntries(
      judged.map(([key, { value, unit, budget, ok }]) => [
        key,
        { value: round(value), unit, budget: budget ?? '', ok: budget === null ? '' : ok ? 'yes' : 'NO' },
      ]),
    ),
  );
  if (json !== undefined)
    await writeFile(json, `${JSON.stringify({ name, figures: Object.fromEntries(judged) }, null, 2)}\n`);
  if (judged.some(([, { ok }]) => !ok)) process.exitCode = 1;
}

function jsonFile(args: readonly string[]): string | undefined {
  const at = args.indexOf('--json');
  if (at < 0) return undefined;
  const file = args[at + 1];
  if (file === undefined) throw new Error('--json needs the name of a file.');
  return file;
}

/** Three significant digits, and no fraction where there are more. */
function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
