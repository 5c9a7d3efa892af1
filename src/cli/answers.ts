/** What the user decided: the answers that a plan needs, and those that were given by flags or in a file. */
import * as fs from 'node:fs';
import { KitError } from '../preset/kit-error';
import { isObject } from './discover/package-json';
import type { FileFormat, StorageLayer } from './discover/storage';
import { parseJson, type Json } from './edit/json';

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
      identity: readIdentity(Array.isArray(identity) ? identity : String(identity).split(',')),
    }),
    ...(storage !== undefined && { storage: readStorage(storageText(storage)) }),
    ...(dir !== undefined && { dir: readDir(String(dir)) }),
    ...(example !== undefined && { example }),
  };
}

function storageText(storage: Json): string {
  if (!isObject(storage)) return String(storage);
  return typeof storage.format === 'string' ? `${String(storage.layer)}:${storage.format}` : String(storage.layer);
}

export function readIdentity(parts: readonly unknown[]): readonly string[] {
  const expressions = parts.map((part) => (typeof part === 'string' ? part.trim() : ''));
  if (expressions.length > 0 && expressions.every((part) => part !== '' && part.length <= 200)) return expressions;
  throw invalid('an identity is one or more expressions of the app, separated by commas, such as --identity user.id');
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
  if (dir.startsWith('src/') && dir.length > 4 && !dir.split('/').includes('..')) return dir;
  throw invalid(
    `--dir is ${JSON.stringify(text)}, but has to be a folder under src, because Create React App compiles nothing else; for example src/sync`,
  );
}

function invalid(problem: string): KitError {
  return new KitError('ANSWERS_INVALID', `An answer cannot be used: ${problem}. Nothing was changed.`);
}
