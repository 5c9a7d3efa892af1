/** The forms of the template as `npm run build` writes them, in a folder of their own. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const root = path.resolve(__dirname, '../..');

export const formNames = ['typescript', 'erasable', 'javascript'] as const;
export type FormName = (typeof formNames)[number];

export const frameworks = ['react', 'vue'] as const;
export type Framework = (typeof frameworks)[number];

export interface BuiltForms {
  readonly folder: string;
  readonly remove: () => void;
}

export function buildForms(): BuiltForms {
  const folder = mkdtempSync(path.join(tmpdir(), 'zbs-template-'));
  execFileSync(process.execPath, ['--import', 'tsx', path.join(root, 'scripts/build-template.mjs'), folder], {
    cwd: root,
  });
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

/** Paths of the files of a form, in its folder. */
export function listFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** Modules of a form: the black box too, which is AssemblyScript and TypeScript. */
export function listCode(folder: string): readonly string[] {
  return listFiles(folder).filter((file) => /\.[jt]s$/.test(file));
}

export function readForm(folder: string): ReadonlyMap<string, string> {
  return new Map(listFiles(folder).map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]));
}

/** The part of a form that an app of a framework gets: all files but those of the other ones. */
export function isFor(framework: Framework, file: string): boolean {
  const [module] = file.split('.', 1);
  return module === framework || !frameworks.some((other) => module === other);
}

/** Puts a form where an app of the framework has it. */
export function copyForm(forms: string, form: FormName, framework: Framework, to: string): void {
  const from = path.join(forms, form);
  cpSync(from, to, { recursive: true, filter: (file) => isFor(framework, path.relative(from, file)) });
}
