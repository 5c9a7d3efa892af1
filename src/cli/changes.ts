/** What a plan changes, one entry for what a person looks at as one thing: the template's folder, a file, the packages. */
import type { Plan } from './plan/plan';

export interface PlannedChange {
  readonly change: 'add' | 'edit' | 'install';
  /** Relative to the app; a folder ends in `/`. */
  readonly path: string;
  readonly why: string;
  /** Of a folder: what comes into it. */
  readonly files?: readonly string[];
}

export function changesOf({
  writes,
  dir,
  install,
}: Pick<Plan, 'writes' | 'dir' | 'install'>): readonly PlannedChange[] {
  const template = writes.filter(({ role }) => role === 'template').map(({ path }) => path.slice(dir.length + 1));
  return [
    ...(template.length === 0
      ? []
      : [
          {
            change: 'add',
            path: `${dir}/`,
            why: 'your side of the sync engine, yours from now on',
            files: template,
          } as const,
        ]),
    ...writes
      .filter(({ role }) => role !== 'template')
      .map(({ path, before, why }) => ({ change: before === null ? 'add' : 'edit', path, why }) as const),
    ...(install
      ? [{ change: 'install', path: 'node_modules/', why: "packages, by the app's package manager" } as const]
      : []),
  ];
}
