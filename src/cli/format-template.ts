/** What the plan writes, formatted as the app formats its own code: with its Prettier and its settings, where it has one. */
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { readPackageJson } from './discover/package-json';
import type { ProjectFiles } from './discover/project-files';
import { recordFile, recordText, type InstallationRecord } from './installation-record';

/** Formats one file of the app. Must reject where it cannot. */
export type Format = (file: string, text: string) => Promise<string>;

/** The part of Prettier's API that versions 2 and 3 share; the first returns texts, the second promises of them. */
interface Prettier {
  resolveConfig(file: string, options: { readonly editorconfig: boolean }): Promise<object | null>;
  resolveConfigFile(file: string): Promise<string | null>;
  getFileInfo(file: string, options: { readonly ignorePath: string }): Promise<{ readonly ignored: boolean }>;
  format(text: string, options: object): string | Promise<string>;
}

/** `null` where the app does not use Prettier: a copy that another package has brought is not the app's choice. */
export async function formatOf(files: ProjectFiles): Promise<Format | null> {
  const prettier = loadPrettier(files.root);
  if (prettier === null) return null;
  const isNamed = readPackageJson(files).all.prettier !== undefined;
  if (!isNamed && (await prettier.resolveConfigFile(path.join(files.root, 'package.json'))) === null) return null;
  return async (file, text) => {
    const target = path.join(files.root, file);
    const { ignored } = await prettier.getFileInfo(target, { ignorePath: path.join(files.root, '.prettierignore') });
    if (ignored) return text;
    const config = await prettier.resolveConfig(target, { editorconfig: true });
    return formatUntilStable(text, (unstable) => prettier.format(unstable, { ...config, filepath: target }));
  };
}

/** Prettier breaks some chains of calls differently when it reads its own output, and `prettier --check` wants the last form. */
async function formatUntilStable(text: string, format: (text: string) => string | Promise<string>): Promise<string> {
  let formatted = await format(text);
  for (let pass = 1; pass < 3; pass++) {
    const next = await format(formatted);
    if (next === formatted) break;
    formatted = next;
  }
  return formatted;
}

function loadPrettier(root: string): Prettier | null {
  const requireFromApp = createRequire(path.join(root, 'package.json'));
  try {
    requireFromApp.resolve('prettier');
  } catch {
    return null;
  }
  return requireFromApp('prettier') as Prettier;
}

export interface Formatted {
  /** Texts by path: formatted, or all as they were. */
  readonly texts: Readonly<Record<string, string>>;
  /** Why nothing was formatted, for a person; `null` where all was, or the app has no Prettier. */
  readonly note: string | null;
}

/** What a file that is edited becomes: formatted where it was before, and otherwise in the style that its author has given it. */
export async function formatEdits(
  files: ProjectFiles,
  edits: readonly { readonly path: string; readonly before: string | null; readonly after: string }[],
): Promise<Readonly<Record<string, string>>> {
  const format = await formatOf(files).catch(() => null);
  const formatted: Record<string, string> = {};
  for (const { path: file, before, after } of format === null ? [] : edits) {
    try {
      const wasFormatted = before !== null && (await format?.(file, before)) === before;
      formatted[file] = (wasFormatted && (await format?.(file, after))) || after;
    } catch {
      // Prettier has no parser for it, or cannot read it: nobody checks its format either.
      formatted[file] = after;
    }
  }
  return formatted;
}

/** The text of the record as the app's `prettier --check` wants it. */
export async function formattedRecord(files: ProjectFiles, record: InstallationRecord): Promise<string> {
  const text = recordText(record);
  const formatted = (await formatTexts(files, { [recordFile]: text })).texts[recordFile] ?? text;
  return isSameJson(formatted, text) ? formatted : text;
}

export function isSameJson(one: string, other: string): boolean {
  try {
    return JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(other));
  } catch {
    return false;
  }
}

/** All of the texts or none: a folder in two styles would be worse than one in ours. */
export async function formatTexts(files: ProjectFiles, texts: Readonly<Record<string, string>>): Promise<Formatted> {
  try {
    const format = await formatOf(files);
    if (format === null) return { texts, note: null };
    const formatted: Record<string, string> = {};
    for (const [file, text] of Object.entries(texts)) formatted[file] = await format(file, text);
    return { texts: formatted, note: null };
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    return {
      texts,
      note: `The app's Prettier could not format the template (${reason}), so its files are in the style of the kit. Format them when Prettier works: npx prettier --write ${Object.keys(texts)[0]?.split('/').slice(0, -1).join('/') ?? '.'}`,
    };
  }
}
