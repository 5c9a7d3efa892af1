/** `.zero-backend-sync.json`: what was written into the app, with its hash, so that `undo` is exact and `update` knows what the app has changed since. */
import { createHash } from 'node:crypto';
import { KitError } from '../preset/kit-error';
import { fingerprintIn, type PermanentConfig } from './app-config';
import { readDir, readIdentityAnswer, type Answers } from './answers';
import { isObject } from './discover/package-json';
import type { ProjectFiles } from './discover/project-files';
import { isProjectPath, isSecretFile, projectPath } from './project-path';
import { templateForms, templateFrameworks, type TemplateForm, type TemplateFramework } from './template';

export const recordFile = '.zero-backend-sync.json';
/**
 * Beside the record: `original/` holds each edited file as it was, `written/` each file of the kit as it was written. No copy has the ending of what it is a
 * copy of: the app's linter, formatter, compiler and coverage look at every file that has. None is hidden, and none has the beginning of its name: a
 * `.gitignore` may have `.*` or `craco.config.*`.
 */
export const stateFolder = '.zero-backend-sync';
export const originalOf = (file: string): string => copyName('original', file);
export const writtenOf = (file: string): string => copyName('written', file);

function copyName(kind: 'original' | 'written', file: string): string {
  return `${stateFolder}/${kind}/${file.replace(/(^|\/)\./g, '$1dot.').replace(/[^/]*$/, '_$&')}.txt`;
}

/**
 * What a file is to the kit: `template` is one of the template's, `created` one that did not exist, `edited` one that did, and `lock` the package
 * manager's lock file, which is restored if nobody has changed it since, and otherwise ignored.
 */
const fileRoles = ['template', 'created', 'edited', 'lock'] as const;
export type FileRole = (typeof fileRoles)[number];

export interface RecordedFile {
  readonly role: FileRole;
  /** SHA-256 of what was written, in hex. */
  readonly hash: string;
  /** SHA-256 of the file as it was before, of which `original/` has a copy. Absent where there was none: an edited file always has it. */
  readonly original?: string;
}

export interface InstallationRecord {
  readonly recordVersion: 1;
  /** The version of the kit whose template was written last. */
  readonly kit: string;
  /** The template's folder. */
  readonly dir: string;
  readonly form: TemplateForm;
  /** Of the app whose template was written: one file of it is the framework's. Where a record has none, it is React. */
  readonly framework: TemplateFramework;
  readonly choices: Pick<Answers, 'identity' | 'storage'>;
  /** The permanent part of config.json: it comes back from here where the file is lost. Records of the first versions have none. */
  readonly app?: PermanentConfig;
  /** The list of relays when `init` or `update` ran last: whoever leaves it is a former relay. Older records have none. */
  readonly relays?: readonly string[];
  readonly files: Readonly<Record<string, RecordedFile>>;
  /** Packages and the ranges that were written for them. */
  readonly packages: Readonly<Record<string, string>>;
}

export function hashOf(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * `null` where the kit is not installed. The record is a file of the repository, so what it says is checked whole: a path in it is one that `undo` and
 * `update` write and delete.
 * @throws KitError RECORD_INVALID, PATH_LINKED, PATH_TAKEN
 */
export function readRecord(files: ProjectFiles): InstallationRecord | null {
  const text = files.read(recordFile);
  if (text === null) return null;
  const record = parseRecord(text);
  for (const file of [record.dir, ...Object.keys(record.files)])
    for (const path of [file, originalOf(file), writtenOf(file)]) projectPath(files.root, path);
  return record;
}

function parseRecord(text: string): InstallationRecord {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    throw invalid('it is not JSON');
  }
  if (!isObject(record) || record.recordVersion !== 1) throw invalid('a newer version of the kit may have written it');
  const { kit, dir, form, framework = 'react', choices, app, relays, files, packages } = record;
  if (typeof kit !== 'string' || !/^\d+\.\d+\.\d+[\w.+-]{0,60}$/.test(kit)) throw invalid('"kit" is no version');
  if (typeof dir !== 'string' || !isTemplateFolder(dir)) throw invalid('"dir" is no folder below src');
  if (!templateForms.some((known) => known === form)) throw invalid('"form" is none of the template');
  if (!templateFrameworks.some((known) => known === framework)) throw invalid('"framework" is none of the template');
  if (!isObject(choices) || !isIdentity(choices.identity) || !isStorage(choices.storage))
    throw invalid('"choices" are no answers of init');
  if (app !== undefined && (!isObject(app) || typeof app.appId !== 'string' || fingerprintIn(app) === null))
    throw invalid('"app" names no app and salt');
  if (relays !== undefined && !isListOfTexts(relays)) throw invalid('"relays" is no list of addresses');
  if (!isObject(files)) throw invalid('"files" is no object');
  for (const [path, recorded] of Object.entries(files)) {
    if (!isRecordable(path)) throw invalid(`"files" names ${JSON.stringify(path).slice(0, 100)}`);
    const isKnown = isObject(recorded) && fileRoles.some((role) => role === recorded.role);
    const isWhole = isKnown && isHash(recorded.hash) && (recorded.original === undefined || isHash(recorded.original));
    if (!isWhole || (recorded.role === 'edited' && recorded.original === undefined))
      throw invalid(`"files" does not say what ${path} is`);
  }
  if (!isObject(packages) || Object.values(packages).some((range) => typeof range !== 'string'))
    throw invalid('"packages" are no ranges');
  return { ...record, framework } as unknown as InstallationRecord;
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function isHash(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

/** A file of the app that `init` may have written. Neither the salt nor what the kit keeps for itself is recorded. */
function isRecordable(path: string): boolean {
  return isProjectPath(path) && !isSecretFile(path) && path !== recordFile && path.split('/')[0] !== stateFolder;
}

function isTemplateFolder(dir: string): boolean {
  return isAccepted(() => readDir(dir)) && readDir(dir) === dir;
}

function isIdentity(value: unknown): boolean {
  return (Array.isArray(value) || typeof value === 'string') && isAccepted(() => readIdentityAnswer(value));
}

function isStorage(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { layer, format } = value;
  const isFormat = format === undefined || format === 'json' || format === 'yaml' || format === 'csv';
  return (layer === 'rxdb' || layer === 'nosql' || layer === 'file') && isFormat;
}

function isAccepted(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

function invalid(reason: string): KitError {
  return new KitError(
    'RECORD_INVALID',
    `${recordFile} cannot be used: ${reason}. Nothing was changed. Restore it from git; where a newer version of the kit has written it, run that one.`,
  );
}

export function recordText(record: InstallationRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}
