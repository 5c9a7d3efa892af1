/** The app's salt in its `.env*` files: found, made, checked. Nothing here ever prints the salt itself. */
import { parseEnv } from 'node:util';
import { craEnvFiles } from '../preset/env-files';
import { fingerprintOf, parseSalt, SALT_BYTES } from '../preset/salt';
import { findBuildTool } from './discover/build-tool';
import { readPackageJson } from './discover/package-json';
import type { ProjectFiles } from './discover/project-files';
import { findAppConfig, fingerprintIn, permanentConfigIn } from './app-config';
import { homeOf } from './homes';
import { readRecord, recordFile, writtenOf } from './installation-record';
import type { Environment } from './process';

export const saltVariable = 'SYNC_SALT';
export const saltFile = '.env.local';

export interface FoundSalt {
  /** In words: `.env.local`, `the environment`. */
  readonly origin: string;
  readonly file: string | null;
  /** `null` where it is not the base64 of 32 bytes. */
  readonly fingerprint: string | null;
}

/** Every place that defines the salt, in the order in which a production build looks. */
export function findSalts(files: ProjectFiles, env: Environment): readonly FoundSalt[] {
  // What a build service gives for a secret that it keeps from a fork is empty.
  const isGiven = (value: string | undefined): value is string => value !== undefined && value.trim() !== '';
  const given = env[saltVariable];
  const inFiles = envFilesOf(files).flatMap((file) => {
    const value = parseEnv(files.read(file) ?? '')[saltVariable];
    return isGiven(value) ? [{ origin: file, file, fingerprint: fingerprintOrNull(value) }] : [];
  });
  return isGiven(given)
    ? [{ origin: 'the environment', file: null, fingerprint: fingerprintOrNull(given) }, ...inFiles]
    : inFiles;
}

/** In the order of the app's tool, those of a production build before those of development alone. */
function envFilesOf(files: ProjectFiles): readonly string[] {
  const home =
    files.read('package.json') === null ? null : homeOf(findBuildTool(files, readPackageJson(files)).buildTool);
  const namesFor = (mode: string) => (home?.envFiles ?? craEnvFiles)('', mode);
  const ofBuild = namesFor('production').filter((name) => name !== '.env');
  return [...new Set([...ofBuild, ...namesFor('development')])];
}

/** The fingerprint of what `random` gives, and the line for `.env.local`. */
export function makeSalt(random: (bytes: number) => Uint8Array): {
  readonly line: string;
  readonly fingerprint: string;
} {
  return saltLine(random(SALT_BYTES));
}

export function saltLine(salt: Uint8Array): { readonly line: string; readonly fingerprint: string } {
  return { line: `${saltVariable}=${Buffer.from(salt).toString('base64')}`, fingerprint: fingerprintOf(salt) };
}

/** Whether one of the lines of a .gitignore keeps the salt's file out of git. */
export function ignoresSaltFile(gitignore: string | null): boolean {
  const lines = new Set((gitignore ?? '').split(/\r?\n/).map((line) => line.trim()));
  return ['.env.local', '/.env.local', '.env*.local', '.env*', '*.local', '.env.*'].some((line) => lines.has(line));
}

/** The fingerprint that the template's config.json expects; `null` where there is none. */
export function expectedFingerprint(files: ProjectFiles, dir: string): string | null {
  return fingerprintAt(files, `${dir}/config.json`);
}

/**
 * Where the fingerprint of the app's salt is known: config.json, the copy of it, the record, or another template of the kit in the app. A second salt
 * would lock out every user of the first, so none is made where there is one of these.
 */
export function knownSalt(
  files: ProjectFiles,
  dir: string,
): { readonly fingerprint: string; readonly where: string } | null {
  for (const where of [`${dir}/config.json`, writtenOf(`${dir}/config.json`)]) {
    const fingerprint = fingerprintAt(files, where);
    if (fingerprint !== null) return { fingerprint, where };
  }
  const recorded = fingerprintIn(readRecord(files)?.app ?? {});
  if (recorded !== null) return { fingerprint: recorded, where: recordFile };
  const elsewhere = findAppConfig(files);
  return elsewhere === null ? null : { fingerprint: elsewhere.fingerprint, where: elsewhere.path };
}

function fingerprintAt(files: ProjectFiles, path: string): string | null {
  const text = files.read(path);
  return text === null ? null : fingerprintIn(permanentConfigIn(text));
}

export const saltWarning =
  `The salt in ${saltFile} is half of every user's key. Losing it loses everything they have synced: back it up now (a password manager serves). ` +
  `Teammates need the same line in their ${saltFile} (npx zero-backend-sync salt import), and the build server needs it as the secret ${saltVariable}. Git does not see it.`;

function fingerprintOrNull(value: string): string | null {
  try {
    return fingerprintOf(parseSalt(value, saltVariable));
  } catch {
    return null;
  }
}
