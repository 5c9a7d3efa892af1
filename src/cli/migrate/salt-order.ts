/** The salt that each tool would take: both have `.env` files of the same names, and not the same order. */
import { parseEnv } from 'node:util';
import { KitError } from '../../preset/kit-error';
import { fingerprintOf, parseSalt } from '../../preset/salt';
import { readPackageJson } from '../discover/package-json';
import type { PlatformFacts } from '../discover/platform-facts';
import type { ProjectFiles } from '../discover/project-files';
import { homes } from '../homes';
import { configValue, textOf } from '../homes/config-values';
import type { Environment } from '../process';
import { expectedFingerprint, saltVariable } from '../salt';
import type { Move } from './move';

interface Taken {
  /** `.env.local` */
  readonly file: string;
  readonly text: string;
}

/** What a person has to know where nothing is wrong: that this computer lacks the salt, or that another file gives it. */
export interface SaltRemarks {
  readonly byHand: readonly string[];
  readonly notes: readonly string[];
}

/** @throws KitError SALT_ORDER, SALT_DIFFERENT, SALT_MALFORMED where the new tool would take another salt than the one the data was written with */
export function compareSalts(
  files: ProjectFiles,
  env: Environment,
  { from, to }: Move,
  { configs }: Pick<PlatformFacts, 'configs'>,
  dir: string,
): SaltRemarks {
  const expected = expectedFingerprint(files, dir);
  const given = env[saltVariable]?.trim();
  const folder = envFolder(files, configs);
  const [former, next] = [homes[from].title, homes[to].title];
  const notes: string[] = [];
  let missing = false;
  for (const { mode, formerMode } of modesOf(files, to)) {
    const was = taken(files, homes[from].envFiles('', formerMode));
    const is = taken(
      files,
      homes[to].envFiles('', mode).map((file) => folder + file),
    );
    const when = `For ${mode}`;
    if (given !== undefined && given !== '') {
      checkTaken({ file: 'the environment', text: given }, expected, dir);
      continue;
    }
    if (is === null && was === null) {
      missing = true;
      continue;
    }
    if (is === null) {
      throw order(
        `${when} ${former} takes ${saltVariable} from ${was?.file}, and ${next} reads ${homes[to]
          .envFiles('', mode)
          .map((file) => folder + file)
          .join(', ')}, where it is not`,
        `Move the line from ${was?.file} to ${folder}.env.local, which both read in every mode.`,
      );
    }
    const [before, after] = [was && fingerprintAt(was), fingerprintAt(is)];
    if (was !== null && before !== after && after !== expected) {
      throw order(
        `${when} ${former} takes ${saltVariable} from ${was.file} (fingerprint ${before ?? 'none: it is malformed'}), and ${next} from ${is.file} (fingerprint ${after ?? 'none: it is malformed'}): ${homes[to].title} reads ${is.file} before ${was.file}`,
        `Take the line ${saltVariable}=... out of ${is.file}${expected === null ? '' : `, so that the one with the fingerprint ${expected} counts`}. Keep a copy until you have seen that nobody's data needs it.`,
      );
    }
    checkTaken(is, expected, dir);
    if (was !== null && was.file !== is.file)
      notes.push(
        before === after
          ? `${when} ${former} takes the salt from ${was.file}, and ${next} the same one from ${is.file}. One place is enough: keep .env.local.`
          : `${when} ${next} takes the salt from ${is.file}, which is the right one; the one in ${was.file} is not, and ${former} would have refused to build with it.`,
      );
  }
  return {
    notes: [...new Set(notes)],
    byHand: missing
      ? [
          `This computer does not have the salt, so what ${next} would take could not be compared. Get it before you build: npx zero-backend-sync salt import${expected === null ? '' : ` (fingerprint ${expected})`}.`,
        ]
      : [],
  };
}

/** Those that the scripts of the new tool name, each beside the one that the former tool had in its place. */
function modesOf(
  files: ProjectFiles,
  to: Move['to'],
): readonly { readonly mode: string; readonly formerMode: string }[] {
  const modes = [
    { mode: 'production', formerMode: 'production' },
    { mode: 'development', formerMode: 'development' },
  ];
  for (const text of Object.values(readPackageJson(files).scripts)) {
    const [, mode] = /\s(?:--mode|-m|--env-mode)(?:=|\s+)["']?([\w.-]+)/.exec(text) ?? [];
    if (mode === undefined || !new RegExp(`(^|[\\s/])${to}(\\s|$)`).test(text)) continue;
    if (modes.some((known) => known.mode === mode)) continue;
    modes.push({ mode, formerMode: /\b(build|preview)\b/.test(text) ? 'production' : 'development' });
  }
  return modes;
}

/** `envDir` of Vite, and the folder of a `root`, which it is relative to; `''` is the app's. */
function envFolder(files: ProjectFiles, configs: PlatformFacts['configs']): string {
  for (const { file } of configs) {
    const [root, named] = [['root'], ['envDir']].map((keys) => configValue(files, file, keys));
    const rootText = (root && textOf(root.node)) ?? '';
    const text = (named && textOf(named.node)) ?? rootText;
    const isInRoot = named != null && named.node.type === 'StringLiteral' && rootText !== '';
    const folder = resolved(isInRoot ? `${rootText}/${text}` : text);
    if (folder !== '') return `${folder}/`;
  }
  return '';
}

function resolved(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

function taken(files: ProjectFiles, order: readonly string[]): Taken | null {
  for (const file of order) {
    const text = parseEnv(files.read(file) ?? '')[saltVariable];
    if (text !== undefined && text.trim() !== '') return { file, text };
  }
  return null;
}

function fingerprintAt({ text, file }: Taken): string | null {
  try {
    return fingerprintOf(parseSalt(text, file));
  } catch {
    return null;
  }
}

function checkTaken(found: Taken, expected: string | null, dir: string): void {
  const fingerprint = fingerprintAt(found);
  if (fingerprint === null)
    throw new KitError(
      'SALT_MALFORMED',
      `${saltVariable} in ${found.file} is not the base64 of 32 bytes. Nothing was changed. Restore it from your backup: npx zero-backend-sync salt import.`,
    );
  if (expected !== null && fingerprint !== expected)
    throw new KitError(
      'SALT_DIFFERENT',
      `${saltVariable} in ${found.file} has the fingerprint ${fingerprint}, but ${dir}/config.json expects ${expected}. Nothing was changed. Restore the right salt from your backup or a teammate (npx zero-backend-sync salt import).`,
    );
}

function order(what: string, how: string): KitError {
  return new KitError(
    'SALT_ORDER',
    `${what}. Every user's keys are made of the salt, so with another one nobody would read what they have synced. Nothing was changed. ${how}`,
  );
}
