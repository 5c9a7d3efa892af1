/** What becomes of one file of the app: as it was, without what the kit wrote, or as it is. package.json and lock files are planned beside this. */
import type { ProjectFiles } from '../discover/project-files';
import { hashOf, writtenOf, type InstallationRecord, type RecordedFile } from '../installation-record';
import { mergeTexts } from '../merge-texts';
import { copyOf, originalFile } from './originals';
import { isReadByLines, isSameContent, linesOf } from './same-content';
import { takeOutJson, type EditedTexts } from './take-out-json';
import { takeOutLines } from './take-out-lines';
import { isEmptyConfig, takeOutKit } from './take-out-kit';

export type FileOutcome =
  | {
      readonly kind: 'done';
      /** `null` where there is no file afterwards. */
      readonly text: string | null;
      /** True where the file keeps what the user wrote since. */
      readonly isMerged?: boolean;
      /** True for a configuration that the kit made and that has settings of the user by now. */
      readonly isOwnConfig?: boolean;
      readonly isSaltLineKept?: boolean;
    }
  | {
      readonly kind: 'kept';
      /** Where the file is by now, if that is somewhere else. */
      readonly movedTo?: string;
      readonly why: string;
    }
  /** A file that the kit made, with changes of the user. */
  | { readonly kind: 'unsaved' };

export interface KeptFile {
  readonly path: string;
  /** Completes "it stays: ...", with what to do. */
  readonly why: string;
}

export async function planFile(
  files: ProjectFiles,
  record: InstallationRecord,
  path: string,
  recorded: RecordedFile,
): Promise<FileOutcome> {
  const present = files.read(path);
  // Whoever has removed a file has removed what the kit wrote into it.
  if (present === null) return { kind: 'done', text: null };
  const original = originalFile(files, path, recorded);
  if (original.kind === 'lost') {
    return mentionsKit(present, record)
      ? { kind: 'kept', why: `${original.why}. Then run "undo" again.` }
      : { kind: 'done', text: present };
  }
  const before = original.kind === 'text' ? original.text : null;
  const written = copyOf(files, writtenOf(path), recorded.hash);
  const isUntouched = recorded.hash === hashOf(present) || (written !== null && isSameContent(path, written, present));
  if (isUntouched) return { kind: 'done', text: before };
  return withoutKit(path, { present, written, original: before }, Object.keys(record.packages));
}

/** A file that somebody has changed since. */
async function withoutKit(
  path: string,
  { present, written, original }: { present: string; written: string | null; original: string | null },
  packages: readonly string[],
): Promise<FileOutcome> {
  if (written === null) return original === null ? { kind: 'unsaved' } : inseparable;
  const texts: EditedTexts = { present, written, original: original ?? '' };
  if (isReadByLines(path)) {
    const text = takeOutLines(texts);
    const isGone = original === null && linesOf(text).length === 0;
    return { kind: 'done', text: isGone ? null : text, isMerged: !isGone };
  }
  if (original === null) return isWired(written) ? withoutWiring(path, present, packages) : { kind: 'unsaved' };
  if (/\.jsonc?$/.test(path)) {
    const { text, left } = takeOutJson(path, texts);
    return left.length === 0 ? { kind: 'done', text, isMerged: true } : inseparable;
  }
  const merge = await mergeTexts(written, present, original, { mine: 'yours', theirs: 'before' });
  if (!merge.hasConflicts) return { kind: 'done', text: merge.text, isMerged: true };
  if (!isWired(written) || isWired(original)) return inseparable;
  const text = takeOutKit(path, present, { packages, original });
  return text === null ? inseparable : { kind: 'done', text, isMerged: true };
}

/** Whether a text is a configuration with the kit in it. */
function isWired(text: string): boolean {
  return /['"]zero-backend-sync\/(craco|vite|webpack)['"]/.test(text);
}

function withoutWiring(path: string, present: string, packages: readonly string[]): FileOutcome {
  const text = takeOutKit(path, present, { packages, original: '' });
  if (text === null) return inseparable;
  return isEmptyConfig(path, text)
    ? { kind: 'done', text: null }
    : { kind: 'done', text, isMerged: true, isOwnConfig: true };
}

const inseparable: FileOutcome = {
  kind: 'kept',
  why: 'you have changed the lines that the kit wrote into it, so they cannot be told from yours. Take them out and run "undo" again.',
};

/** Whether anything of the kit is in a text, where no copy says what it wrote. */
export function mentionsKit(text: string, { dir }: Pick<InstallationRecord, 'dir'>): boolean {
  return /zero-backend-sync|\bcraco\b/.test(text) || text.includes(`/${dir}/`);
}
