/** The forms of the template as `npm run build` writes them, in a folder of their own. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const root = path.resolve(__dirname, '../..');

export const formNames = ['typescript', 'erasable', 'javascript'] as const;
export type FormName = (typeof formNames)[number];

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

/** Puts a form where an app has it. */
export function copyForm(forms: string, form: FormName, to: string): void {
  cpSync(path.join(forms, form), to, { recursive: true });
}
