/**
 * The salt of the black box, at build time: read it, check it against config.json, and write it as AssemblyScript that holds it masked.
 * What hiding it is worth, and what not, is in docs/threat-model.md.
 */
import { createHash, createHmac } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import type { AppContext } from './app';
import { craEnvFiles } from './env-files';
import { KitError } from './kit-error';

export const SALT_BYTES = 32;

/** The salt of `NODE_ENV=test` where none is given. It is published, so that every checkout's tests derive the same keys. */
export const TEST_SALT: Buffer = createHash('sha256').update('zero-backend-sync test salt').digest();

/** Variables by name, such as `process.env`. */
type Environment = { readonly [name: string]: string | undefined };

export interface SaltRequest {
  /** The app's folder: `.env*` files are read here, and the generated file goes to its `node_modules/.cache`. */
  readonly root: string;
  /** The template's config.json, with `salts: [{ id, env, fingerprint }]`. */
  readonly configFile: string;
  /** Default: `process.env`. */
  readonly env?: Environment;
  /** Absolute paths of the app's `.env*` files, those that there may be: the first that has a variable wins. Default: as in Create React App, by `NODE_ENV`. */
  readonly envFiles?: readonly string[];
}

export interface PreparedSalt {
  /** 16 hex digits; see `fingerprintOf`. */
  readonly fingerprint: string;
  /** The generated AssemblyScript. It holds the secret: it lies where git does not look. */
  readonly sourceFile: string;
  /** Files whose change may change the salt. */
  readonly dependencies: readonly string[];
}

/** What is asked for the salt of an app. */
export function saltRequestOf({ appPath, options, envFiles, env }: AppContext): SaltRequest {
  const configFile = join(appPath, options.lib, 'config.json');
  return { root: appPath, configFile, ...(envFiles && { envFiles }), ...(env && { env }) };
}

/**
 * Finds the salt, holds it against its fingerprint in config.json and writes the generated source.
 * @throws KitError SALT_CONFIG_INVALID, SALTS_UNSUPPORTED, SALT_MISSING, SALT_MALFORMED or SALT_DIFFERENT, with the way out.
 */
export function prepareSalt({ root, configFile, env = process.env, envFiles }: SaltRequest): PreparedSalt {
  const setting = readSetting(configFile);
  const files = presentFiles(envFiles ?? usualFiles(root, env));
  const found = findVariable(setting.env, files, env);
  if (found === undefined && env.NODE_ENV !== 'test') throw missing(setting);
  const salt = found === undefined ? TEST_SALT : parseSalt(found.value, found.origin);
  const fingerprint = fingerprintOf(salt);
  if (found !== undefined && fingerprint !== setting.fingerprint) {
    throw different(setting, found.origin, fingerprint, configFile);
  }

  // A folder for each salt: tests with the test salt must not change the source under a development server's feet.
  const sourceFile = join(root, 'node_modules/.cache/zero-backend-sync', fingerprint, 'salt.generated.ts');
  const source = saltSource(salt);
  writeSecret(sourceFile, source);
  // Not the test salt: what is compiled by hand is for users.
  if (found !== undefined) writeSecret(join(root, assemblyFolder, 'salt.generated.ts'), source);
  return { fingerprint, sourceFile, dependencies: [configFile, ...files] };
}

/** Where `npx asc` looks for what `zero-backend-sync/assembly/` has not: `path` of asconfig.json names the folder above. */
export const assemblyFolder = 'node_modules/.cache/zero-backend-sync/asc/zero-backend-sync/assembly';

function writeSecret(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o600 });
}

/**
 * The salt that a build of the app would take from the environment or a `.env` file, whether or not it is the right one.
 * @returns undefined where there is no config.json, or no salt
 * @throws KitError SALT_CONFIG_INVALID, SALTS_UNSUPPORTED or SALT_MALFORMED
 */
export function readSalt({ root, configFile, env = process.env, envFiles }: SaltRequest): Buffer | undefined {
  if (!existsSync(configFile)) return undefined;
  const files = presentFiles(envFiles ?? usualFiles(root, env));
  const found = findVariable(readSetting(configFile).env, files, env);
  return found && parseSalt(found.value, found.origin);
}

/**
 * The name of the variable that holds the salt, and its text where it is set: for those who look where else it stands.
 * @returns undefined where there is no config.json that names one
 */
export function readSaltText({
  root,
  configFile,
  env = process.env,
  envFiles,
}: SaltRequest): { readonly variable: string; readonly text?: string } | undefined {
  try {
    const { env: variable } = readSetting(configFile);
    const text = findVariable(variable, presentFiles(envFiles ?? usualFiles(root, env)), env)?.value.trim();
    return { variable, ...(text !== undefined && { text }) };
  } catch {
    // The build says so where it needs the salt.
    return undefined;
  }
}

/** What config.json says about a salt without giving it away: the first 8 bytes of SHA-256("zbs/1/salt" || salt) in hex. */
export function fingerprintOf(salt: Uint8Array): string {
  return createHash('sha256').update('zbs/1/salt').update(salt).digest('hex').slice(0, 16);
}

/**
 * Decodes a salt: the base64 of 32 bytes, as `openssl rand -base64 32` prints it.
 * @param origin Names the place it came from, for the error; the value itself is never repeated.
 * @throws KitError SALT_MALFORMED
 */
export function parseSalt(text: string, origin: string): Buffer {
  const salt = Buffer.from(text.trim(), 'base64');
  if (salt.length === SALT_BYTES && salt.toString('base64') === text.trim()) return salt;
  throw new KitError(
    'SALT_MALFORMED',
    `The salt in ${origin} is not the base64 of ${SALT_BYTES} bytes (44 characters, the last one '='). ` +
      'Restore it from your backup. For a new app without users make one with `npx zero-backend-sync salt new`.',
  );
}

/**
 * AssemblyScript for `unmaskSalt`, the same for the same salt. A mask that stands in the source as a constant would be folded away by the
 * optimiser, leaving the bare salt; the SHA-256 of a seed only exists when it runs.
 */
export function saltSource(salt: Uint8Array): string {
  const seed = createHmac('sha256', salt).update('zbs/1/mask').digest();
  const keystream = createHash('sha256').update(seed).digest();
  const masked = salt.map((byte, i) => byte ^ keystream[i]!);
  return `// Generated from the app's salt, which it holds. Never commit it.
import { digestToBytes, hashBegin, hashEnd, hashUpdate } from 'zero-backend-sync/assembly/sha256';

const SEED: usize = memory.data<u8>([${seed.join(', ')}], 16);
const MASKED: usize = memory.data<u8>([${masked.join(', ')}], 16);

/** Writes the 32 bytes of the salt. */
export function unmaskSalt(target: usize): void {
  hashBegin();
  hashUpdate(SEED, ${SALT_BYTES});
  digestToBytes(hashEnd(), target);
  for (let i: usize = 0; i < ${SALT_BYTES}; i++) store<u8>(target + i, load<u8>(target + i) ^ load<u8>(MASKED + i));
}
`;
}

interface SaltSetting {
  readonly id: string;
  readonly env: string;
  readonly fingerprint: string;
}

function readSetting(configFile: string): SaltSetting {
  const salts = readSalts(configFile);
  const [setting, ...more] = salts;
  if (more.length > 0) {
    throw new KitError(
      'SALTS_UNSUPPORTED',
      `${configFile} lists ${salts.length} salts, but this version of the kit builds with exactly one: rotation is not supported yet. ` +
        'Keep the one that your users have data under.',
    );
  }
  if (isSetting(setting)) return setting;
  throw new KitError(
    'SALT_CONFIG_INVALID',
    `${configFile} has to name the app's salt as "salts": [{ "id": "1", "env": "SYNC_SALT", "fingerprint": "16 hex digits" }]. ` +
      '`npx zero-backend-sync salt new` makes a salt and prints this line.',
  );
}

function readSalts(configFile: string): readonly unknown[] {
  try {
    const { salts } = JSON.parse(readFileSync(configFile, 'utf8')) as { salts?: unknown };
    return Array.isArray(salts) ? salts : [];
  } catch (error) {
    throw new KitError(
      'SALT_CONFIG_INVALID',
      `${configFile} cannot be read (${(error as Error).message}), so the build does not know which salt is the right one. ` +
        'Restore the file; `npx zero-backend-sync init` writes it for a new app.',
    );
  }
}

function isSetting(value: unknown): value is SaltSetting {
  const { id, env, fingerprint } = (value ?? {}) as { [key: string]: unknown };
  return (
    typeof id === 'string' &&
    typeof env === 'string' &&
    /^[A-Za-z_][A-Za-z0-9_]*$/.test(env) &&
    typeof fingerprint === 'string' &&
    /^[0-9a-f]{16}$/.test(fingerprint)
  );
}

const usualFiles = (root: string, { NODE_ENV: mode = 'development' }: Environment) => craEnvFiles(root, mode);

const presentFiles = (files: readonly string[]) => files.filter((file) => existsSync(file));

function findVariable(
  name: string,
  files: readonly string[],
  env: Environment,
): { readonly value: string; readonly origin: string } | undefined {
  const given = env[name];
  // What a build service gives for a secret that it keeps from a fork is empty.
  if (given !== undefined && given.trim() !== '') return { value: given, origin: `the environment variable ${name}` };
  for (const file of files) {
    const value = parseEnv(readFileSync(file, 'utf8'))[name];
    if (value !== undefined && value.trim() !== '') return { value, origin: `${name} of ${file}` };
  }
  return undefined;
}

function missing({ env, fingerprint }: SaltSetting): KitError {
  return new KitError(
    'SALT_MISSING',
    `The build needs the app's salt (fingerprint ${fingerprint}): ${env} is neither in the environment nor in a .env file. ` +
      `Without it the app could not read its users' data. Put ${env}=... into .env.local, or into the secrets of your build service.`,
  );
}

function different({ env, fingerprint }: SaltSetting, origin: string, actual: string, configFile: string): KitError {
  return new KitError(
    'SALT_DIFFERENT',
    `${origin} has the fingerprint ${actual}, but ${configFile} expects ${fingerprint}. With another salt every user's keys change and what ` +
      `they have synced cannot be read any more. Restore the right ${env} from your backup; only an app without users may change the fingerprint.`,
  );
}
