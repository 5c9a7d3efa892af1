/** The copies of files as they were before, as far as they can be trusted: they lie in the project, where tools and people change files. */
import type { ProjectFiles } from '../discover/project-files';
import { hashOf, originalOf, type RecordedFile } from '../installation-record';

export type Original =
  | { readonly kind: 'text'; readonly text: string }
  /** There was no such file. */
  | { readonly kind: 'none' }
  /** There was one, and the copy of it is missing or says something else now. */
  | { readonly kind: 'lost'; readonly why: string };

export function originalFile(files: ProjectFiles, path: string, { original }: RecordedFile): Original {
  if (original === undefined) return { kind: 'none' };
  const copy = files.read(originalOf(path));
  const lost = (what: string): Original => ({
    kind: 'lost',
    why: `${originalOf(path)}, the copy of it as it was before, ${what}: restore that from git`,
  });
  if (copy === null) return lost('is missing');
  if (hashOf(copy) === original) return { kind: 'text', text: copy };
  // In a clone git may have given other line ends, to the copy and to the file.
  const isConverted = [withLineEnds(copy, '\n'), withLineEnds(copy, '\r\n')].some((text) => hashOf(text) === original);
  if (!isConverted) return lost('was changed');
  const ends = lineEndsOf(files.read(path) ?? copy);
  return { kind: 'text', text: ends === null ? copy : withLineEnds(copy, ends) };
}

/** The text of a copy that still is what was copied; `null` where it is missing or was changed. */
export function copyOf(files: ProjectFiles, copy: string, hash: string): string | null {
  const text = files.read(copy);
  if (text === null || hashOf(text) === hash) return text;
  return [withLineEnds(text, '\n'), withLineEnds(text, '\r\n')].find((variant) => hashOf(variant) === hash) ?? null;
}

function withLineEnds(text: string, end: '\n' | '\r\n'): string {
  return text.replace(/\r?\n/g, end);
}

/** `null` where a text has both, or none. */
function lineEndsOf(text: string): '\n' | '\r\n' | null {
  const [all, windows] = [text.split('\n').length - 1, text.split('\r\n').length - 1];
  if (all === 0 || (windows > 0 && windows < all)) return null;
  return windows === all ? '\r\n' : '\n';
}
