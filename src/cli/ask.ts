/** Completes the answers: by asking a person, or by taking what is proposed where that was allowed. It never guesses in silence. */
import { KitError } from '../preset/kit-error';
import {
  AnswersNeeded,
  invalidAnswer,
  NO_USERS,
  readDir,
  readIdentity,
  type Answers,
  type GivenAnswers,
  type IdentityAnswer,
} from './answers';
import type { Facts } from './discover/facts';
import { homeOf } from './homes';
import type { WasmWay } from './homes/wiring';
import { storageLayers, type FileFormat } from './discover/storage';
import { whereIs } from './discover/syntax';
import {
  appQuestion,
  dirQuestion,
  exampleQuestion,
  identityQuestion,
  storageQuestion,
  wasmQuestion,
} from './questions';
import type { Prompter } from './terminal';

export interface AskOptions {
  readonly prompter: Prompter | null;
  readonly assumeYes: boolean;
  /** Throws a KitError where an identity that was typed cannot be used; then it is asked for again. */
  readonly check: (identity: readonly string[]) => unknown;
}

/**
 * Completes the answers. With `assumeYes` what is proposed is taken; where nothing can be proposed, or nobody can be asked, it throws.
 * @throws AnswersNeeded
 */
export async function completeAnswers(
  facts: Facts,
  given: GivenAnswers,
  { prompter, assumeYes, check }: AskOptions,
): Promise<Answers> {
  const ask = assumeYes ? null : prompter;
  const isMeant = given.app ?? (ask === null || (await ask.confirm(appQuestion(facts).text, true)));
  if (!isMeant) {
    throw new AnswersNeeded(
      'Nothing was changed. Go to the folder of the app that is meant and run the command there.',
    );
  }
  const identity = given.identity ?? (await chooseIdentity(facts, ask, { assumeYes, check }));
  const storage = await chooseStorage(facts, given.storage, ask, assumeYes);
  const dir = given.dir ?? (await chooseDir(facts, ask, assumeYes));
  const example = given.example ?? (ask === null ? false : await ask.confirm(exampleQuestion().text, false));
  requireChoice(facts, given.wasm);
  const wasm = given.wasm ?? (await chooseWasm(facts, ask));
  return { identity, storage, dir, example, ...(wasm !== undefined && { wasm }) };
}

async function chooseIdentity(
  facts: Facts,
  prompter: Prompter | null,
  { assumeYes, check }: Pick<AskOptions, 'assumeYes' | 'check'>,
): Promise<IdentityAnswer> {
  const { warning } = facts.identity;
  const { text, options, default: proposed } = identityQuestion(facts);
  if (prompter === null) {
    if (assumeYes && proposed !== null) return proposed as readonly string[];
    throw new AnswersNeeded(
      proposed === null
        ? 'No identifier of the signed-in user was found in the source, and it is never guessed. Name one with --identity, as it stands in the code of a component: --identity user.id. An app without users answers --no-users. Nothing was changed.'
        : needsTerminal,
    );
  }
  const askForExpression = async (question: string): Promise<IdentityAnswer> => {
    // Nothing is proposed where nothing was found: whoever presses Enter has not chosen.
    const typed = await prompter.text(`${question} Several are separated by commas.`, '');
    try {
      const identity = readIdentity(typed);
      check(identity);
      return identity;
    } catch (error) {
      if (!(error instanceof KitError)) throw error;
      if (!saysNoUsers(typed)) prompter.warn(error.message);
      else if (await prompter.confirm(noUsersQuestion, false)) return NO_USERS;
      return askForExpression(question);
    }
  };
  if (proposed === null) return askForExpression(text);
  if (warning !== null) prompter.warn(warning);
  const other = 'other';
  const choice = await prompter.select(text, [
    ...options.map(({ label, hint, evidence: [found] }, index) => ({
      value: String(index),
      label,
      hint: found === undefined ? hint : `${whereIs(found)}; ${hint}`,
    })),
    { value: other, label: 'Something else', hint: 'an expression of the app, such as user.id' },
  ]);
  const chosen = options[Number(choice)];
  return chosen === undefined ? askForExpression('Which expression?') : (chosen.value as IdentityAnswer);
}

/** @throws KitError ANSWERS_INVALID where a way is named and the tool leaves no choice */
export function requireChoice({ platform }: Facts, wasm: WasmWay | undefined): void {
  if (wasm === undefined || platform.wasmWays.length > 0) return;
  throw invalidAnswer(
    `--wasm is ${wasm}, and ${homeOf(platform.buildTool)?.title ?? 'the tool of this app'} leaves no such choice: it is one of Vite`,
  );
}

/** `undefined` where the tool leaves no choice. */
async function chooseWasm(facts: Facts, prompter: Prompter | null): Promise<WasmWay | undefined> {
  const [proposed] = facts.platform.wasmWays;
  if (proposed === undefined || prompter === null) return proposed;
  const { text, options } = wasmQuestion(facts);
  return prompter.select<WasmWay>(
    text,
    options.map(({ value, label, hint }) => ({ value: value as WasmWay, label, hint })),
  );
}

const noUsersQuestion =
  'Has this app no users at all? Then a sync code takes the place of an identity: made on the first device, it joins others by a link or a QR code.';

/** Nothing, or a sentence that says so: "we have no users", "none". What is an expression of the app has been taken by then. */
function saysNoUsers(typed: string): boolean {
  const text = typed.trim().toLowerCase();
  return (
    /^(none|nobody|nothing|no|no-users|n\/a|-*)[.!]?$/.test(text) ||
    /\b(no|not|none|nobody|without|don['’]?t|doesn['’]?t|isn['’]?t)\b.*\b(users?|accounts?|log-? ?in|sign-? ?in|auth\w*)\b/.test(
      text,
    )
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
      storageQuestion(facts).text,
      storageLayers.map(({ layer: value, title, means, available }) => ({
        value,
        label: `${title}${value === facts.storage.recommended ? ' (recommended)' : ''}${available ? '' : ' (not available yet)'}`,
        hint: means,
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
      'This layer is not available yet. Install layer 1 (RxDB) now, and keep your choice in .zero-backend-sync.json?',
      true,
    ))
  ) {
    throw new AnswersNeeded('Nothing was changed.');
  }
  return format === undefined ? { layer } : { layer, format };
}

/** @throws AnswersNeeded for a layer that this version explains only */
export function availableOnly(storage: Answers['storage']): Answers['storage'] {
  const description = storageLayers.find((candidate) => candidate.layer === storage.layer);
  if (description?.available === true) return storage;
  throw new AnswersNeeded(
    `"${description?.title}" is not available yet: ${description?.means} This version installs layer 1. Use --storage rxdb, or run the command in a ` +
      'terminal, where layer 1 can be installed with your choice kept in .zero-backend-sync.json. Nothing was changed.',
  );
}

async function chooseDir(facts: Facts, prompter: Prompter | null, assumeYes: boolean): Promise<string> {
  const { text, isRequired } = dirQuestion(facts);
  const { proposed } = facts.dir;
  if (!isRequired || (prompter === null && assumeYes)) return proposed;
  if (prompter === null) throw new AnswersNeeded(needsTerminal);
  return readDir(await prompter.text(text, proposed));
}

const needsTerminal =
  'Questions have to be answered and there is no terminal to ask in. Accept what is proposed with --yes (see it first with --dry-run --yes), ' +
  'or answer by flags (--identity user.id --storage rxdb) or from a file (--answers FILE). "--plan --json" prints the questions. Nothing was changed.';
