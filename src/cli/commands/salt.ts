/** `salt new | check | import`: the half of every key that the app's builds share. The salt itself is never printed. */
import * as fs from 'node:fs';
import pc from 'picocolors';
import { KitError } from '../../preset/kit-error';
import { parseSalt } from '../../preset/salt';
import { usualDir } from '../discover/facts';
import { setJson } from '../edit/json';
import { withLine } from '../edit/lines';
import { isIgnored, isTracked, requireUntracked } from '../git';
import { readRecord, recordFile } from '../installation-record';
import { byHand, command } from '../next';
import {
  expectedFingerprint,
  findSalts,
  knownSalt,
  makeSalt,
  saltFile,
  saltLine,
  saltVariable,
  saltWarning,
} from '../salt';
import { checkChanges, inTransaction, type FileChange } from '../transaction';
import { ExitStatus, settleInterrupted, type CommandContext, type CommandResult } from './context';

/** Makes a salt where there is none. @throws KitError SALT_EXISTS, SALT_EXPECTED */
export async function saltNew(context: CommandContext): Promise<CommandResult> {
  await settleInterrupted(context, { changes: true });
  const { files, env, random, terminal } = context;
  const dir = libOf(context);
  const [found] = findSalts(files, env);
  if (found !== undefined) {
    throw new KitError(
      'SALT_EXISTS',
      `There is a salt already, in ${found.origin}${found.fingerprint === null ? ' (malformed)' : ` (fingerprint ${found.fingerprint})`}. A new one would lock every user out of their data, so it is never replaced. Nothing was changed.`,
    );
  }
  const known = knownSalt(files, dir);
  if (known !== null || readRecord(files) !== null) {
    const which =
      known === null
        ? `${recordFile} says that this app has a salt.`
        : `${known.where} expects the salt with the fingerprint ${known.fingerprint}.`;
    throw new KitError(
      'SALT_EXPECTED',
      `${which} A new one would lock users out, so none was made. Get that one from a teammate or your backup: npx zero-backend-sync salt import. Only for an app without users: run "undo", then "init".`,
    );
  }
  const salt = makeSalt(random);
  await store(context, salt, dir);
  terminal.print(
    [pc.green(`A fresh salt is in ${saltFile}, fingerprint ${salt.fingerprint}.`), saltWarning].join('\n'),
  );
  return {
    status: ExitStatus.Ok,
    json: { fingerprint: salt.fingerprint, file: saltFile },
    next: [
      byHand(`Back up the line ${saltVariable}=... of ${saltFile}: losing it loses everything that was synced.`),
      ...nextOfSalt,
    ],
  };
}

/** Whether this computer's builds have the app's salt. */
export async function saltCheck(context: CommandContext): Promise<CommandResult> {
  await settleInterrupted(context, { changes: false });
  const { files, env, terminal, run, root } = context;
  const expected = expectedFingerprint(files, libOf(context));
  const salts = findSalts(files, env);
  const problems = [
    ...(expected === null ? ['config.json names no fingerprint; "npx zero-backend-sync init" writes it.'] : []),
    ...(salts.length === 0
      ? [
          `No salt was found. Get the one with the fingerprint ${expected ?? '?'} from a teammate or your backup: npx zero-backend-sync salt import.`,
        ]
      : []),
    ...salts.flatMap(({ origin, fingerprint }) => {
      if (fingerprint === null) return [`The salt in ${origin} is not the base64 of 32 bytes. Restore it.`];
      return expected !== null && fingerprint !== expected
        ? [
            `The salt in ${origin} has the fingerprint ${fingerprint}, but config.json expects ${expected}. Restore the right one.`,
          ]
        : [];
    }),
  ];
  for (const { file } of salts) {
    if (file === null) continue;
    if (await isTracked(run, root, file))
      problems.push(
        `${file} holds the salt and is in git. Take it out (git rm --cached ${file}) and consider it known to everybody who can read the repository.`,
      );
    else if (!(await isIgnored(run, root, file)) && files.read('.git/HEAD') !== null)
      problems.push(`${file} holds the salt and git does not ignore it. Add it to .gitignore.`);
  }
  terminal.print(
    problems.length === 0
      ? pc.green(`The salt is right: ${salts[0]?.origin}, fingerprint ${expected}.`)
      : problems.map((problem) => pc.red(problem)).join('\n'),
  );
  return {
    status: problems.length === 0 ? ExitStatus.Ok : ExitStatus.Failed,
    json: { fingerprint: salts[0]?.fingerprint ?? null, expected, problems },
    next: problems.length === 0 ? nextOfSalt : problems.map((problem) => byHand(problem)),
  };
}

export interface SaltImportOptions {
  /** A file that holds the salt, or a line SYNC_SALT=...; `-` is standard input. */
  readonly from?: string;
}

/** Puts a salt that somebody else has into `.env.local`. */
export async function saltImport(context: CommandContext, { from }: SaltImportOptions): Promise<CommandResult> {
  await settleInterrupted(context, { changes: true });
  const { files, env, terminal } = context;
  const dir = libOf(context);
  const text = await readSaltText(context, from);
  const value =
    new RegExp(`^\\s*(?:export\\s+)?${saltVariable}\\s*=\\s*["']?([^"'\\s]+)`, 'm').exec(text)?.[1] ?? text.trim();
  const salt = saltLine(parseSalt(value, from ?? 'what was given'));
  const known = knownSalt(files, dir);
  if (known !== null && known.fingerprint !== salt.fingerprint) {
    throw new KitError(
      'SALT_DIFFERENT',
      `That salt has the fingerprint ${salt.fingerprint}, but ${known.where} expects ${known.fingerprint}: it belongs to another app. Nothing was changed.`,
    );
  }
  const [found] = findSalts(files, env);
  if (found !== undefined) {
    if (found.fingerprint === salt.fingerprint) {
      terminal.print(pc.green(`Nothing to do: ${found.origin} holds this salt already.`));
      return { status: ExitStatus.Ok, json: { fingerprint: salt.fingerprint, nothingToDo: true }, next: nextOfSalt };
    }
    throw new KitError(
      'SALT_EXISTS',
      `${found.origin} holds another salt (${found.fingerprint ?? 'malformed'}). It is never replaced. Nothing was changed. Move it away yourself if it is the wrong one.`,
    );
  }
  await store(context, salt, dir);
  terminal.print(pc.green(`The salt is in ${saltFile}, fingerprint ${salt.fingerprint}.`));
  return { status: ExitStatus.Ok, json: { fingerprint: salt.fingerprint, file: saltFile }, next: nextOfSalt };
}

const nextOfSalt = [command('npx zero-backend-sync doctor', 'it says what keeps sync from working, if anything does')];

/** Writes the salt and, where config.json has none yet, its fingerprint. */
async function store(
  context: CommandContext,
  { line, fingerprint }: { readonly line: string; readonly fingerprint: string },
  dir: string,
): Promise<void> {
  const { files, root, run } = context;
  const before = files.read(saltFile);
  const changes: FileChange[] = [{ path: saltFile, before, after: withLine(before, line) }];
  const config = files.read(`${dir}/config.json`);
  if (config !== null && expectedFingerprint(files, dir) === null) {
    changes.push({
      path: `${dir}/config.json`,
      before: config,
      after: setJson('config.json', config, ['salts'], [{ id: '1', env: saltVariable, fingerprint }]),
    });
  }
  checkChanges(root, changes);
  await requireUntracked(run, root, saltFile);
  await inTransaction(root, context, async (transaction) => {
    for (const change of changes) await transaction.write(change);
  });
}

async function readSaltText({ terminal }: CommandContext, from: string | undefined): Promise<string> {
  if (from !== undefined && from !== '-') {
    try {
      return fs.readFileSync(from, 'utf8');
    } catch (error) {
      throw new KitError(
        'SALT_UNREADABLE',
        `${from} cannot be read (${(error as NodeJS.ErrnoException).code}). Nothing was changed. Correct --from.`,
      );
    }
  }
  if (from === '-') return fs.readFileSync(0, 'utf8');
  if (terminal.prompter !== null)
    return terminal.prompter.text(`Paste the salt (the line ${saltVariable}=... of a teammate's ${saltFile})`, '');
  return fs.readFileSync(0, 'utf8');
}

function libOf({ files }: CommandContext): string {
  return readRecord(files)?.dir ?? usualDir;
}
