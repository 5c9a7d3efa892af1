/** `.zero-backend-sync.json`: what was written into the app, with its hash, so that `undo` is exact and `update` knows what the app has changed since. */
import { createHash } from 'node:crypto';
import { KitError } from '../preset/kit-error';
import type { Answers } from './answers';
import type { ProjectFiles } from './discover/project-files';
import type { TemplateForm } from './template';

export const recordFile = '.zero-backend-sync.json';
/** Beside the record: `original/` holds each edited file as it was, `written/` each file of the template and each edited file as it was written. */
export const stateFolder = '.zero-backend-sync';
export const originalOf = (file: string): string => `${stateFolder}/original/${file}`;
export const writtenOf = (file: string): string => `${stateFolder}/written/${file}`;

export type FileRole =
  /** A file of the template. */
  | 'template'
  /** A file that did not exist. */
  | 'created'
  | 'edited'
  /** The package manager's lock file: restored if nobody has changed it since, otherwise ignored. */
  | 'lock';

export interface RecordedFile {
  readonly role: FileRole;
  /** SHA-256 of what was written, in hex. */
  readonly hash: string;
}

export interface InstallationRecord {
  readonly recordVersion: 1;
  /** The version of the kit whose template was written last. */
  readonly kit: string;
  /** The template's folder. */
  readonly dir: string;
  readonly form: TemplateForm;
  readonly choices: Pick<Answers, 'identity' | 'storage'>;
  readonly files: Readonly<Record<string, RecordedFile>>;
  /** Packages and the ranges that were written for them. */
  readonly packages: Readonly<Record<string, string>>;
}

export function hashOf(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `null` where the kit is not installed. @throws KitError RECORD_INVALID */
export function readRecord(files: ProjectFiles): InstallationRecord | null {
  const text = files.read(recordFile);
  if (text === null) return null;
  try {
    const record = JSON.parse(text) as InstallationRecord;
    if (record.recordVersion === 1 && typeof record.dir === 'string' && typeof record.files === 'object') return record;
  } catch {
    // Reported below, like any other damage.
  }
  throw new KitError(
    'RECORD_INVALID',
    `${recordFile} cannot be read, or was written by a newer version of the kit. Nothing was changed. Restore it from git, or run the newer version: npx zero-backend-sync@latest.`,
  );
}

export function recordText(record: InstallationRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}
