/** What a plan changes, one entry for what a person looks at as one thing: the template's folder, a file, the packages. */
import type { Plan } from './plan/plan';

export interface PlannedChange {
  readonly change: 'add' | 'edit' | 'remove' | 'install';
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
  others = [],
}: Pick<Plan, 'writes' | 'dir' | 'install' | 'others'>): readonly PlannedChange[] {
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
    ...others.flatMap(({ path, after, why }): PlannedChange[] =>
      why === null ? [] : [{ change: after === null ? 'remove' : 'edit', path, why }],
    ),
    ...(install
      ? [{ change: 'install', path: 'node_modules/', why: "packages, by the app's package manager" } as const]
      : []),
  ];
}
