/** Completes the answers: by asking a person, or by taking what is proposed where that was allowed. It never guesses in silence. */
import { KitError } from '../preset/kit-error';
import {
  AnswersNeeded,
  NO_USERS,
  readDir,
  readIdentity,
  type Answers,
  type GivenAnswers,
  type IdentityAnswer,
} from './answers';
import type { Facts } from './discover/facts';
import { storageLayers, type FileFormat } from './discover/storage';
import { languageOf } from './show';
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
  if (ask !== null && !(await ask.confirm(`Is this the app? ${describePlatform(facts)}`, true))) {
    throw new AnswersNeeded(
      'Nothing was changed. Go to the folder of the app that is meant and run the command there.',
    );
  }
  const identity = given.identity ?? (await chooseIdentity(facts, ask, { assumeYes, check }));
  const storage = await chooseStorage(facts, given.storage, ask, assumeYes);
  const dir = given.dir ?? (await chooseDir(facts, ask, assumeYes));
  const example =
    given.example ??
    (ask === null
      ? false
      : await ask.confirm(
          'Write a small example component (SyncedTheme) beside the code where the user is known?',
          false,
        ));
  return { identity, storage, dir, example };
}

async function chooseIdentity(
  facts: Facts,
  prompter: Prompter | null,
  { assumeYes, check }: Pick<AskOptions, 'assumeYes' | 'check'>,
): Promise<IdentityAnswer> {
  const { proposals, warning } = facts.identity;
  const [first] = proposals;
  if (prompter === null) {
    if (assumeYes && first !== undefined) return first.parts.map((part) => part.expression);
    throw new AnswersNeeded(
      first === undefined
        ? 'No identifier of the signed-in user was found in the source, and it is never guessed. Name one with --identity, as it stands in the code of a component: --identity user.id. An app without users answers --no-users. Nothing was changed.'
        : needsTerminal,
    );
  }
  const askForExpression = async (question: string): Promise<IdentityAnswer> => {
    // Nothing is proposed where nothing was found: whoever presses Enter has not chosen.
    const text = await prompter.text(`${question} Several are separated by commas.`, '');
    try {
      const identity = readIdentity(text);
      check(identity);
      return identity;
    } catch (error) {
      if (!(error instanceof KitError)) throw error;
      if (!saysNoUsers(text)) prompter.warn(error.message);
      else if (await prompter.confirm(noUsersQuestion, false)) return NO_USERS;
      return askForExpression(question);
    }
  };
  if (first === undefined)
    return askForExpression(
      'The source does not say who is signed in. Which expression will name the user, for ever, on every device?',
    );
  if (warning !== null) prompter.warn(warning);
  const other = 'other';
  const choice = await prompter.select('What identifies the user of this app, for ever?', [
    ...proposals.slice(0, 8).map((proposal, index) => ({
      value: String(index),
      label: proposal.parts.map((part) => part.expression).join(', '),
      hint: `${proposal.parts[0]?.source} in ${proposal.parts[0]?.evidence.file}:${proposal.parts[0]?.evidence.line}; ${proposal.why}`,
    })),
    { value: other, label: 'Something else', hint: 'an expression of the app, such as user.id' },
    {
      value: NO_USERS,
      label: 'This app has no users',
      hint: 'a sync code joins their devices, by a link or a QR code',
    },
  ]);
  if (choice === NO_USERS) return NO_USERS;
  if (choice !== other) return (proposals[Number(choice)]?.parts ?? []).map((part) => part.expression);
  return askForExpression('Which expression?');
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
      'Where shall the data live?',
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

function availableOnly(storage: Answers['storage']): Answers['storage'] {
  const description = storageLayers.find((candidate) => candidate.layer === storage.layer);
  if (description?.available === true) return storage;
  throw new AnswersNeeded(
    `"${description?.title}" is not available yet: ${description?.means} This version installs layer 1. Use --storage rxdb, or run the command in a ` +
      'terminal, where layer 1 can be installed with your choice kept in .zero-backend-sync.json. Nothing was changed.',
  );
}

async function chooseDir(facts: Facts, prompter: Prompter | null, assumeYes: boolean): Promise<string> {
  const { proposed, taken, ignored } = facts.dir;
  if (taken === null && ignored === undefined) return proposed;
  if (prompter === null) {
    if (assumeYes) return proposed;
    throw new AnswersNeeded(needsTerminal);
  }
  const reason = ignored ?? `${taken} is taken by files of the app`;
  return readDir(await prompter.text(`${reason}. Where shall the template go?`, proposed));
}

const needsTerminal =
  'Questions have to be answered and there is no terminal to ask in. Accept what is proposed with --yes (see it first with --dry-run --yes), ' +
  'or answer by flags (--identity user.id --storage rxdb --yes) or from a file (--answers FILE). Nothing was changed.';

function describePlatform({ platform }: Facts): string {
  const { name, buildTool, versions, packageManager } = platform;
  const tool = buildTool === 'cra-craco' ? `Create React App with CRACO ${versions.craco}` : 'Create React App';
  return `${name}: ${tool}, react-scripts ${versions.reactScripts}, React ${versions.react}, ${languageOf(platform)}, ${packageManager.name}`;
}
