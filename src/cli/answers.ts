/** What the user decided: the answers that a plan needs, and those that were given by flags or in a file. */
import * as fs from 'node:fs';
import { KitError } from '../preset/kit-error';
import { isObject } from './discover/package-json';
import type { FileFormat, StorageLayer } from './discover/storage';
import { parseJson, type Json } from './edit/json';
import { printExpression } from './edit/print';
import { isProjectPath } from './project-path';

export interface Answers {
  /** The app's own expressions, in the order in which they are given to the engine. */
  readonly identity: readonly string[];
  readonly storage: { readonly layer: StorageLayer; readonly format?: FileFormat };
  /** Where the template goes. */
  readonly dir: string;
  readonly example: boolean;
}

/** Answers that were given before anything was asked. */
export type GivenAnswers = { readonly [Key in keyof Answers]?: Answers[Key] };

/** Thrown where an answer is missing and nobody can be asked: exit status 2. */
export class AnswersNeeded extends KitError {
  constructor(message: string) {
    super('ANSWERS_NEEDED', message);
  }
}

export interface AnswerFlags {
  readonly identity?: string;
  readonly storage?: string;
  readonly dir?: string;
  readonly example?: boolean;
  readonly answers?: string;
}

/** Flags win over the file. @throws KitError ANSWERS_INVALID */
export function readGivenAnswers(flags: AnswerFlags): GivenAnswers {
  const fromFile = flags.answers === undefined ? {} : readAnswersFile(flags.answers);
  return {
    ...fromFile,
    ...(flags.identity !== undefined && { identity: readIdentity(flags.identity.split(',')) }),
    ...(flags.storage !== undefined && { storage: readStorage(flags.storage) }),
    ...(flags.dir !== undefined && { dir: readDir(flags.dir) }),
    ...(flags.example !== undefined && { example: flags.example }),
  };
}

function readAnswersFile(file: string): GivenAnswers {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw invalid(`the file ${file} cannot be read (${(error as Error).message})`);
  }
  const answers = parseJson(file, text);
  if (!isObject(answers)) throw invalid(`${file} has to hold an object`);
  const known = ['identity', 'storage', 'dir', 'example'];
  const unknown = Object.keys(answers).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw invalid(`${file} has ${unknown.join(', ')}; known are ${known.join(', ')}`);
  const { identity, storage, dir, example } = answers;
  if (example !== undefined && typeof example !== 'boolean')
    throw invalid(`"example" in ${file} has to be true or false`);
  return {
    ...(identity !== undefined && {
      identity: readIdentity(
        typeof identity === 'string' ? identity.split(',') : Array.isArray(identity) ? identity : [],
      ),
    }),
    ...(storage !== undefined && { storage: readStorage(storageText(storage)) }),
    ...(dir !== undefined && { dir: readDir(typeof dir === 'string' ? dir : '') }),
    ...(example !== undefined && { example }),
  };
}

function storageText(storage: Json): string {
  if (!isObject(storage)) return String(storage);
  return typeof storage.format === 'string' ? `${String(storage.layer)}:${storage.format}` : String(storage.layer);
}

export function readIdentity(parts: readonly unknown[]): readonly string[] {
  const expressions = parts.map((part) => (typeof part === 'string' ? part.trim() : ''));
  const unreadable = expressions.find((part) => part.length > 200 || printExpression(part) === null);
  if (expressions.length > 0 && unreadable === undefined) return expressions;
  const which = unreadable ? `${JSON.stringify(unreadable.slice(0, 200))} is not one. ` : '';
  throw invalid(
    `${which}an identity is one or more expressions of the app that read a value, separated by commas, such as --identity user.id`,
  );
}

function readStorage(text: string): Answers['storage'] {
  const [layer, format] = text.trim().toLowerCase().split(':');
  if (layer === 'json' || layer === 'yaml' || layer === 'csv') return { layer: 'file', format: layer };
  if (layer === 'pouchdb' || layer === 'indexeddb') return { layer: 'nosql' };
  const isLayer = layer === 'rxdb' || layer === 'nosql' || layer === 'file';
  const isFormat = format === undefined || format === 'json' || format === 'yaml' || format === 'csv';
  if (!isLayer || !isFormat)
    throw invalid(
      `--storage is ${JSON.stringify(text)}, but has to be rxdb, nosql, or file:json, file:yaml or file:csv`,
    );
  return format === undefined ? { layer } : { layer, format };
}

export function readDir(text: string): string {
  const dir = text.replace(/\\/g, '/').replace(/^\.\//, '').replace(/\/+$/, '');
  const names = dir.split('/');
  if (names[0] === 'src' && names.length > 1 && isProjectPath(dir) && names.every((name) => folderName.test(name)))
    return dir;
  throw invalid(
    `--dir is ${JSON.stringify(text)}, but has to be a folder under src, because Create React App compiles nothing else, named with letters, digits, spaces and . _ @ + -; for example src/sync`,
  );
}

/** The name gets into code, patterns of .gitignore and options of tools, none of which shall have to be quoted. */
const folderName = /^[\p{L}\p{N}_@](?:[\p{L}\p{N}_@.+ -]*[\p{L}\p{N}_@+-])?$/u;

function invalid(problem: string): KitError {
  return new KitError('ANSWERS_INVALID', `An answer cannot be used: ${problem}. Nothing was changed.`);
}
