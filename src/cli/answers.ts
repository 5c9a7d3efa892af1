/** What the user decided. Answers come from flags, from a file and from prompts; the plan knows no other source. */
import * as fs from 'node:fs';
import { KitError } from '../preset/kit-error';
import { isObject } from './discover/package-json';
import type { Facts } from './discover/facts';
import { storageLayers, type FileFormat, type StorageLayer } from './discover/storage';
import { parseJson, type Json } from './edit/json';
import type { Prompter } from './terminal';

export interface Answers {
  /** The app's own expressions, in the order in which they are given to the engine. */
  readonly identity: readonly string[];
  readonly storage: { readonly layer: StorageLayer; readonly format?: FileFormat };
  /** Where the template goes. */
  readonly dir: string;
  /** TypeScript 5 instead of what react-scripts asks for. */
  readonly pinTypescript: boolean;
  /** Make a JavaScript app able to import TypeScript. */
  readonly addTypescript: boolean;
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

/**
 * Completes the answers. With `assumeYes` what is proposed is taken; where nothing can be proposed, or nobody can be asked, it throws.
 * @throws AnswersNeeded
 */
export async function completeAnswers(
  facts: Facts,
  given: GivenAnswers,
  { prompter, assumeYes }: { readonly prompter: Prompter | null; readonly assumeYes: boolean },
): Promise<Answers> {
  const ask = assumeYes ? null : prompter;
  if (ask !== null && !(await ask.confirm(`Is this the app? ${describePlatform(facts)}`, true))) {
    throw new AnswersNeeded(
      'Nothing was changed. Go to the folder of the app that is meant and run the command there.',
    );
  }
  const identity = given.identity ?? (await chooseIdentity(facts, ask, assumeYes));
  const storage = await chooseStorage(facts, given.storage, ask, assumeYes);
  const dir = given.dir ?? (await chooseDir(facts, ask, assumeYes));
  const needsPin = facts.typescript.change === 'pin';
  const needsTypescript = facts.typescript.change === 'add';
  const pinTypescript = !needsPin || (given.pinTypescript ?? (await confirm(ask, assumeYes, pinQuestion(facts))));
  const addTypescript = !needsTypescript || (given.addTypescript ?? (await confirm(ask, assumeYes, addQuestion)));
  if (!pinTypescript || !addTypescript) {
    throw new AnswersNeeded(
      'Nothing was changed. The template is TypeScript and its packages need TypeScript 5, so it cannot be installed without that change.',
    );
  }
  const example =
    given.example ??
    (ask === null
      ? false
      : await ask.confirm('Write one example of use beside the code where the user is known?', false));
  return { identity, storage, dir, pinTypescript, addTypescript, example };
}

async function chooseIdentity(facts: Facts, prompter: Prompter | null, assumeYes: boolean): Promise<readonly string[]> {
  const { proposals, warning } = facts.identity;
  const [first] = proposals;
  if (prompter === null) {
    if (assumeYes && first !== undefined) return first.parts.map((part) => part.expression);
    throw new AnswersNeeded(
      first === undefined
        ? 'No identifier of the signed-in user was found in the source, and it is never guessed. Name one with --identity, for example --identity user.id. Nothing was changed.'
        : needsTerminal,
    );
  }
  if (warning !== null) prompter.warn(warning);
  const other = 'other';
  const choice = await prompter.select('What identifies the user of this app, for ever?', [
    ...proposals.slice(0, 8).map((proposal, index) => ({
      value: String(index),
      label: proposal.parts.map((part) => part.expression).join(', '),
      hint: `${proposal.parts[0]?.source} in ${proposal.parts[0]?.evidence.file}:${proposal.parts[0]?.evidence.line}; ${proposal.why}`,
    })),
    { value: other, label: 'Something else', hint: 'an expression of the app, such as user.id' },
  ]);
  if (choice !== other) return (proposals[Number(choice)]?.parts ?? []).map((part) => part.expression);
  return readIdentity(
    (await prompter.text('Which expression? Several are separated by commas.', 'user.id')).split(','),
  );
}

async function chooseStorage(
  facts: Facts,
  given: Answers['storage'] | undefined,
  prompter: Prompter | null,
  assumeYes: boolean,
): Promise<Answers['storage']> {
  if (given !== undefined && (given.layer === 'rxdb' || prompter === null)) return availableOnly(given);
  if (prompter === null) {
    if (assumeYes) return { layer: facts.storage.recommended };
    throw new AnswersNeeded(needsTerminal);
  }
  const layer =
    given?.layer ??
    (await prompter.select(
      'Where shall the data live?',
      storageLayers.map(({ layer: value, title, means, available }) => ({
        value,
        label: title + (value === facts.storage.recommended ? ` (recommended: ${facts.storage.why})` : ''),
        hint: available ? means : `${means} Not available yet.`,
      })),
    ));
  if (layer === 'rxdb') return { layer };
  const format =
    layer !== 'file'
      ? undefined
      : (given?.format ??
        (await prompter.select<FileFormat>('As which file?', [
          { value: 'json', label: 'JSON', hint: 'nested data' },
          { value: 'yaml', label: 'YAML', hint: 'nested data that people edit' },
          { value: 'csv', label: 'CSV', hint: 'one table' },
        ])));
  if (
    !(await prompter.confirm(
      'This layer is not available yet. Install layer 1 (RxDB) now, and keep your choice in the manifest?',
      true,
    ))
  ) {
    throw new AnswersNeeded('Nothing was changed.');
  }
  return format === undefined ? { layer } : { layer, format };
}

function availableOnly(storage: Answers['storage']): Answers['storage'] {
  const description = storageLayers.find((candidate) => candidate.layer === storage.layer);
  if (description?.available === true) return storage;
  throw new AnswersNeeded(
    `"${description?.title}" is not available yet: ${description?.means} This version installs layer 1. Use --storage rxdb, or run the command in a ` +
      'terminal, where layer 1 can be installed with your choice kept in the manifest. Nothing was changed.',
  );
}

async function chooseDir(facts: Facts, prompter: Prompter | null, assumeYes: boolean): Promise<string> {
  const { proposed, taken } = facts.dir;
  if (taken === null) return proposed;
  if (prompter === null) {
    if (assumeYes) return proposed;
    throw new AnswersNeeded(needsTerminal);
  }
  return readDir(await prompter.text(`${taken} is taken by files of the app. Where shall the template go?`, proposed));
}

async function confirm(prompter: Prompter | null, assumeYes: boolean, question: string): Promise<boolean> {
  if (prompter !== null) return prompter.confirm(question, true);
  if (assumeYes) return true;
  throw new AnswersNeeded(needsTerminal);
}

const needsTerminal =
  'Questions have to be answered and there is no terminal to ask in. Accept what is proposed with --yes (see it first with --dry-run --yes), ' +
  'or answer by flags (--identity user.id --storage rxdb --yes) or from a file (--answers FILE). Nothing was changed.';

const addQuestion =
  'Create React App resolves TypeScript only in an app with a tsconfig.json. Add TypeScript 5 and a tsconfig.json? Your JavaScript stays as it is.';

function pinQuestion(facts: Facts): string {
  return (
    `TypeScript is ${facts.platform.versions.typescript}; nostr-tools needs 5, react-scripts asks for 4 at most and works with 5. ` +
    'Move to TypeScript 5 and override the peer range?'
  );
}

function describePlatform({ platform }: Facts): string {
  const { name, buildTool, language, versions, packageManager } = platform;
  const tool = buildTool === 'cra-craco' ? `Create React App with CRACO ${versions.craco}` : 'Create React App';
  return `${name}: ${tool}, react-scripts ${versions.reactScripts}, React ${versions.react}, ${language}, ${packageManager.name}`;
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
  const known = ['identity', 'storage', 'dir', 'pinTypescript', 'addTypescript', 'example'];
  const unknown = Object.keys(answers).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw invalid(`${file} has ${unknown.join(', ')}; known are ${known.join(', ')}`);
  const flag = (key: string): boolean | undefined => {
    const value = answers[key];
    if (value === undefined || typeof value === 'boolean') return value;
    throw invalid(`"${key}" in ${file} has to be true or false`);
  };
  const { identity, storage, dir } = answers;
  return {
    ...(identity !== undefined && {
      identity: readIdentity(Array.isArray(identity) ? identity : String(identity).split(',')),
    }),
    ...(storage !== undefined && { storage: readStorage(storageText(storage)) }),
    ...(dir !== undefined && { dir: readDir(String(dir)) }),
    ...(flag('pinTypescript') !== undefined && { pinTypescript: flag('pinTypescript') }),
    ...(flag('addTypescript') !== undefined && { addTypescript: flag('addTypescript') }),
    ...(flag('example') !== undefined && { example: flag('example') }),
  };
}

function storageText(storage: Json): string {
  if (!isObject(storage)) return String(storage);
  return typeof storage.format === 'string' ? `${String(storage.layer)}:${storage.format}` : String(storage.layer);
}

function readIdentity(parts: readonly unknown[]): readonly string[] {
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

function readDir(text: string): string {
  const dir = text.replace(/\\/g, '/').replace(/^\.\//, '').replace(/\/+$/, '');
  if (dir.startsWith('src/') && dir.length > 4 && !dir.split('/').includes('..')) return dir;
  throw invalid(
    `--dir is ${JSON.stringify(text)}, but has to be a folder under src, because Create React App compiles nothing else; for example src/sync`,
  );
}

function invalid(problem: string): KitError {
  return new KitError('ANSWERS_INVALID', `An answer cannot be used: ${problem}. Nothing was changed.`);
}
