/** What the user decided: the answers that a plan needs, and those that were given by flags or in a file. */
import * as fs from 'node:fs';
import { parseExpression } from '@babel/parser';
import type { ArrayExpression } from '@babel/types';
import { KitError } from '../preset/kit-error';
import { isObject } from './discover/package-json';
import type { FileFormat, StorageLayer } from './discover/storage';
import { parseJson, type Json } from './edit/json';
import { printExpression } from './edit/print';
import { wasmWays, type WasmWay } from './homes/wiring';
import { isProjectPath } from './project-path';

/** The answer of an app without users: a sync code, made on the first device, takes the place of an identity. */
export const NO_USERS = 'no-users';
export type IdentityAnswer = readonly string[] | typeof NO_USERS;

export interface Answers {
  /** The app's own expressions, in the order in which they are given to the engine. */
  readonly identity: IdentityAnswer;
  readonly storage: { readonly layer: StorageLayer; readonly format?: FileFormat };
  /** Where the template goes. */
  readonly dir: string;
  readonly example: boolean;
  /** How WASM comes into a Vite app. Absent: as proposed, and where the tool leaves no choice. */
  readonly wasm?: WasmWay;
}

/** All that a file of answers may hold: each key is the id of a question. */
export interface AnswersFile extends Answers {
  /** False: another app is meant. */
  readonly app: boolean;
  /** False: the plan is not carried out. */
  readonly apply: boolean;
}

/** Answers that were given before anything was asked. */
export type GivenAnswers = { readonly [Key in keyof AnswersFile]?: AnswersFile[Key] };

/** Thrown where an answer is missing and nobody can be asked: exit status 2. */
export class AnswersNeeded extends KitError {
  constructor(message: string, details?: object) {
    super('ANSWERS_NEEDED', message, details);
  }
}

export interface AnswerFlags {
  readonly identity?: string;
  /** False by `--no-users`. */
  readonly users?: boolean;
  readonly storage?: string;
  readonly dir?: string;
  readonly example?: boolean;
  readonly wasm?: string;
  readonly answers?: string;
}

/** Flags win over the file. @throws KitError ANSWERS_INVALID */
export function readGivenAnswers(flags: AnswerFlags): GivenAnswers {
  const fromFile = flags.answers === undefined ? {} : readAnswersFile(flags.answers);
  return {
    ...fromFile,
    ...(flags.identity !== undefined && { identity: readIdentityAnswer(flags.identity) }),
    ...(flags.users === false && { identity: NO_USERS }),
    ...(flags.storage !== undefined && { storage: readStorage(flags.storage) }),
    ...(flags.dir !== undefined && { dir: readDir(flags.dir) }),
    ...(flags.example !== undefined && { example: flags.example }),
    ...(flags.wasm !== undefined && { wasm: readWasm(flags.wasm) }),
  };
}

function readAnswersFile(file: string): GivenAnswers {
  let text: string;
  try {
    text = fs.readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw invalidAnswer(`the file ${file} cannot be read (${(error as Error).message})`);
  }
  const answers = parseJson(file, text);
  if (!isObject(answers)) throw invalidAnswer(`${file} has to hold an object`);
  const unknown = Object.keys(answers).filter((key) => !knownKeys.has(key));
  if (unknown.length > 0)
    throw invalidAnswer(`${file} has ${unknown.join(', ')}; known are ${[...knownKeys].join(', ')}`);
  // `--plan` prints null where it proposes nothing: it is no answer.
  const { storage, dir } = answers;
  const wasm = answers.wasm ?? undefined;
  const identity = answers.identity ?? undefined;
  return {
    ...booleanIn(file, answers, 'app'),
    ...booleanIn(file, answers, 'example'),
    ...booleanIn(file, answers, 'apply'),
    ...(identity !== undefined && {
      identity: readIdentityAnswer(Array.isArray(identity) ? identity : String(identity)),
    }),
    ...(storage !== undefined && { storage: readStorage(storageText(storage)) }),
    ...(dir !== undefined && { dir: readDir(typeof dir === 'string' ? dir : '') }),
    ...(wasm !== undefined && { wasm: readWasm(wasm) }),
  };
}

const knownKeys: ReadonlySet<string> = new Set<keyof AnswersFile>([
  'app',
  'identity',
  'storage',
  'dir',
  'example',
  'wasm',
  'apply',
]);

function booleanIn(
  file: string,
  answers: { readonly [key: string]: Json },
  key: 'app' | 'example' | 'apply',
): GivenAnswers {
  const answer = answers[key];
  if (answer === undefined) return {};
  if (typeof answer !== 'boolean') throw invalidAnswer(`"${key}" in ${file} has to be true or false`);
  return { [key]: answer };
}

function storageText(storage: Json): string {
  if (!isObject(storage)) return String(storage);
  return typeof storage.format === 'string' ? `${String(storage.layer)}:${storage.format}` : String(storage.layer);
}

/** The expressions of an answer; none where the app has no users. */
export function expressionsOf(identity: IdentityAnswer): readonly string[] {
  return identity === NO_USERS ? [] : identity;
}

export function readIdentityAnswer(given: string | readonly unknown[]): IdentityAnswer {
  return given === NO_USERS ? NO_USERS : readIdentity(given);
}

/** Expressions as a list or, in a text, separated by commas; around them may be the brackets that they have in code. */
export function readIdentity(given: string | readonly unknown[]): readonly string[] {
  const texts = typeof given === 'string' ? [given] : given.map((part) => (typeof part === 'string' ? part : ''));
  const expressions = texts.flatMap((text) => expressionsIn(text));
  if (expressions.length > 0 && expressions.every((part) => part.length <= 200)) return expressions;
  throw invalidAnswer(`${echoed(texts.join(','))} names nothing. ${identityIs}`);
}

/** More than any identity has: a program's mistake, which would take long to parse. */
const longestIdentity = 2000;

/** What was given, as a message shows it. */
function echoed(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text);
}

const identityIs =
  'An identity is one or more expressions of the app, separated by commas, as they would stand in its code: --identity user.id';

/** Each as it is written, and nothing but an expression: it goes into code. */
function expressionsIn(text: string): readonly string[] {
  if (text.trim() === '') return [];
  if (text.length > longestIdentity)
    throw invalidAnswer(`${echoed(text)} has ${text.length} characters. ${identityIs}`);
  const list = parsedList(text);
  const [only] = list.elements;
  const elements = list.elements.length === 1 && only?.type === 'ArrayExpression' ? only.elements : list.elements;
  return elements.map((element) => {
    if (element === null || element.type === 'SpreadElement')
      throw invalidAnswer(`${echoed(text)} has a part that is none. ${identityIs}`);
    const part = text.slice((element.start ?? 0) - 1, (element.end ?? 0) - 1);
    if (part.includes('\n'))
      throw invalidAnswer(`${echoed(part)} is more than an expression on one line. ${identityIs}`);
    if (printExpression(part) === null)
      throw invalidAnswer(`${echoed(part)} does something else than to read a value. ${identityIs}`);
    return part;
  });
}

function parsedList(text: string): ArrayExpression {
  try {
    // One bracket before it, so that positions are those of the text and one.
    const node = parseExpression(`[${text}\n]`, { plugins: ['typescript'] });
    const isListed = node.type === 'ArrayExpression' && node.extra?.trailingComma === undefined;
    if (isListed && node.comments?.length === 0) return node;
  } catch (error) {
    throw invalidAnswer(
      `${echoed(text)} is no expression (${(error as Error).message.replace(/ \(\d+:\d+\)$/, '')}). ${identityIs}`,
    );
  }
  throw invalidAnswer(`${echoed(text)} is no expression alone. ${identityIs}`);
}

function readStorage(text: string): Answers['storage'] {
  const [layer, format] = text.trim().toLowerCase().split(':');
  if (layer === 'json' || layer === 'yaml' || layer === 'csv') return { layer: 'file', format: layer };
  if (layer === 'pouchdb' || layer === 'indexeddb') return { layer: 'nosql' };
  const isLayer = layer === 'rxdb' || layer === 'nosql' || layer === 'file';
  const isFormat = format === undefined || format === 'json' || format === 'yaml' || format === 'csv';
  if (!isLayer || !isFormat)
    throw invalidAnswer(
      `--storage is ${JSON.stringify(text)}, but has to be rxdb, nosql, or file:json, file:yaml or file:csv`,
    );
  return format === undefined ? { layer } : { layer, format };
}

function readWasm(given: Json): WasmWay {
  const way = wasmWays.find((known) => known === given);
  if (way !== undefined) return way;
  throw invalidAnswer(`--wasm is ${JSON.stringify(given)}, but has to be ${wasmWays.join(' or ')}`);
}

export function readDir(text: string): string {
  const dir = text.replace(/\\/g, '/').replace(/^\.\//, '').replace(/\/+$/, '');
  const names = dir.split('/');
  if (names[0] === 'src' && names.length > 1 && isProjectPath(dir) && names.every((name) => folderName.test(name)))
    return dir;
  throw invalidAnswer(
    `--dir is ${JSON.stringify(text)}, but has to be a folder under src, because that is what the app's tools compile, named with letters, digits, spaces and . _ @ + -; for example src/sync`,
  );
}

/** The name gets into code, patterns of .gitignore and options of tools, none of which shall have to be quoted. */
const folderName = /^[\p{L}\p{N}_@](?:[\p{L}\p{N}_@.+ -]*[\p{L}\p{N}_@+-])?$/u;

export function invalidAnswer(problem: string): KitError {
  return new KitError(
    'ANSWERS_INVALID',
    `An answer cannot be used: ${problem.replace(/\.$/, '')}. Nothing was changed.`,
  );
}
