import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fingerprintOf,
  parseSalt,
  prepareSalt,
  readSalt,
  saltSource,
  TEST_SALT,
  type PreparedSalt,
} from '../../src/preset/salt';
import vectors from '../vectors/keys.json';

const salt = Buffer.from(vectors.keys[0]!.saltBase64, 'base64');
const text = salt.toString('base64');
const setting = { id: '1', env: 'SYNC_SALT', fingerprint: fingerprintOf(salt) };
const other = randomBytes(32).toString('base64');

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'zbs-salt-'));
  writeConfig({ salts: [setting] });
});
afterEach(() => rmSync(root, { recursive: true }));

const configFile = (): string => join(root, 'config.json');
const writeConfig = (config: unknown): void => writeFileSync(configFile(), JSON.stringify(config));
const writeEnv = (name: string, value: string): void =>
  writeFileSync(join(root, name), `# a comment\nOTHER=1\nSYNC_SALT=${value}\n`);
const prepare = (env: { readonly [name: string]: string } = {}): PreparedSalt =>
  prepareSalt({
    root,
    configFile: configFile(),
    env: { NODE_ENV: 'development', ...env } as unknown as NodeJS.ProcessEnv,
  });
const codeOf = (attempt: () => unknown): string => {
  try {
    attempt();
    return 'no error';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('the salt that a finished build is searched for', () => {
  const read = (env: object = {}) =>
    readSalt({ root, configFile: configFile(), env: { NODE_ENV: 'production', ...env } as never });

  test('is the one the build was made with, even if config.json expects another', () => {
    expect(read({ SYNC_SALT: other })?.toString('base64')).toBe(other);
    writeEnv('.env.local', text);
    expect(read()?.toString('base64')).toBe(text);
  });

  test('is none where there is no salt, or no template', () => {
    expect(read()).toBeUndefined();
    rmSync(configFile());
    expect(read({ SYNC_SALT: text })).toBeUndefined();
  });

  test('is an error where it is malformed', () => {
    expect(codeOf(() => read({ SYNC_SALT: 'abc' }))).toBe('SALT_MALFORMED');
  });
});

describe('the salt is found', () => {
  test('in the environment, before all files', () => {
    writeEnv('.env', other);
    expect(prepare({ SYNC_SALT: text }).fingerprint).toBe(setting.fingerprint);
  });

  test.each([
    ['.env', 'development'],
    ['.env.development', 'development'],
    ['.env.local', 'production'],
    ['.env.production.local', 'production'],
    ['.env.test', 'test'],
  ])('in %s when NODE_ENV is %s', (name, NODE_ENV) => {
    writeEnv(name, text);
    expect(prepare({ NODE_ENV }).fingerprint).toBe(setting.fingerprint);
  });

  test.each([
    ['.env.development.local', '.env.local'],
    ['.env.local', '.env.development'],
    ['.env.development', '.env'],
  ])('in %s before %s, as in Create React App', (first, second) => {
    writeEnv(first, text);
    writeEnv(second, other);
    expect(prepare().fingerprint).toBe(setting.fingerprint);
  });

  test('quoted, too', () => {
    writeEnv('.env', `"${text}"`);
    expect(prepare().fingerprint).toBe(setting.fingerprint);
  });

  test('under the name that config.json gives', () => {
    writeConfig({ salts: [{ ...setting, env: 'MY_SALT' }] });
    expect(prepare({ MY_SALT: text }).fingerprint).toBe(setting.fingerprint);
  });
});

describe('tests without a salt', () => {
  test('use the published test salt, whatever config.json expects', () => {
    expect(prepare({ NODE_ENV: 'test' }).fingerprint).toBe(fingerprintOf(TEST_SALT));
  });

  test('do so where the variable is empty, as a secret is in the build of a fork', () => {
    expect(prepare({ NODE_ENV: 'test', SYNC_SALT: '' }).fingerprint).toBe(fingerprintOf(TEST_SALT));
  });

  test('do so beside a .env.local, which Create React App does not read for tests', () => {
    writeEnv('.env.local', text);
    expect(prepare({ NODE_ENV: 'test' }).fingerprint).toBe(fingerprintOf(TEST_SALT));
  });

  test('do not change the source that a development server has been given', () => {
    const { sourceFile } = prepare({ SYNC_SALT: text });
    const before = readFileSync(sourceFile, 'utf8');
    prepare({ NODE_ENV: 'test' });
    expect(readFileSync(sourceFile, 'utf8')).toBe(before);
  });
});

describe('the build fails, with a way out and without the salt in the message, when', () => {
  const failures: readonly (readonly [string, string, () => unknown])[] = [
    ['SALT_MISSING', 'there is none', () => prepare()],
    ['SALT_MISSING', 'the environment is another one', () => (writeEnv('.env.production', text), prepare())],
    ['SALT_DIFFERENT', 'it is another one', () => prepare({ SYNC_SALT: other })],
    ['SALT_DIFFERENT', 'it is another one in a test', () => prepare({ SYNC_SALT: other, NODE_ENV: 'test' })],
    ['SALT_MALFORMED', 'it is too short', () => prepare({ SYNC_SALT: text.slice(0, 40) })],
    ['SALT_MISSING', 'it is empty, as a secret is in the build of a fork', () => prepare({ SYNC_SALT: '' })],
    ['SALT_MISSING', 'it is empty in a file', () => (writeEnv('.env', ''), prepare({ SYNC_SALT: ' ' }))],
    ['SALT_MALFORMED', 'it is hex', () => prepare({ SYNC_SALT: salt.toString('hex') })],
    ['SALT_MALFORMED', 'it has a letter too many', () => prepare({ SYNC_SALT: `${text}A` })],
    [
      'SALTS_UNSUPPORTED',
      'there is more than one',
      () => (writeConfig({ salts: [setting, setting] }), prepare({ SYNC_SALT: text })),
    ],
    ['SALT_CONFIG_INVALID', 'config.json lists none', () => (writeConfig({ salts: [] }), prepare({ SYNC_SALT: text }))],
    ['SALT_CONFIG_INVALID', 'config.json does not know salts', () => (writeConfig({}), prepare({ SYNC_SALT: text }))],
    [
      'SALT_CONFIG_INVALID',
      'a fingerprint is none',
      () => (writeConfig({ salts: [{ ...setting, fingerprint: 'x' }] }), prepare({ SYNC_SALT: text })),
    ],
    [
      'SALT_CONFIG_INVALID',
      'config.json is no JSON',
      () => (writeFileSync(configFile(), '{'), prepare({ SYNC_SALT: text })),
    ],
    [
      'SALT_CONFIG_INVALID',
      'config.json is missing',
      () => (rmSync(configFile(), { force: true }), prepare({ SYNC_SALT: text })),
    ],
  ];
  test.each(failures)('%s: %s', (code, _when, attempt) => {
    expect(codeOf(attempt)).toBe(code);
    expect(attempt).toThrow(/`npx zero-backend-sync|\.env\.local|backup|Keep the one/);
    expect(attempt).not.toThrow(
      new RegExp(
        [text, other, salt.toString('hex')].map((value) => value.slice(0, 20).replace(/\+/g, '\\+')).join('|'),
      ),
    );
  });
});

describe('the generated source', () => {
  test('is the same for the same salt and another for another', () => {
    expect(saltSource(salt)).toBe(saltSource(Buffer.from(salt)));
    expect(saltSource(salt)).not.toBe(saltSource(TEST_SALT));
  });

  test('is written once, for its owner only, below node_modules/.cache', () => {
    const { sourceFile } = prepare({ SYNC_SALT: text });
    expect(sourceFile.startsWith(join(root, 'node_modules/.cache/zero-backend-sync'))).toBe(true);
    expect(statSync(sourceFile).mode & 0o777).toBe(0o600);
    const { mtimeMs } = statSync(sourceFile);
    prepare({ SYNC_SALT: text });
    expect(statSync(sourceFile).mtimeMs).toBe(mtimeMs);
  });

  test('depends on config.json and the files with variables', () => {
    writeEnv('.env', text);
    expect(prepare().dependencies).toEqual([configFile(), join(root, '.env')]);
  });
});

test('the fingerprint is that of the vectors', () => {
  for (const { saltBase64, fingerprint } of vectors.keys) {
    expect(fingerprintOf(parseSalt(saltBase64, 'the vectors'))).toBe(fingerprint);
  }
});

test("this repository's own salt is in its .env and fits its config.json", () => {
  const project = join(__dirname, '../..');
  const configFile = join(project, 'src/lib/config.json');
  const { salts } = JSON.parse(readFileSync(configFile, 'utf8')) as { salts: { fingerprint: string }[] };
  const env = { NODE_ENV: 'production' } as NodeJS.ProcessEnv;
  expect(prepareSalt({ root: project, configFile, env }).fingerprint).toBe(salts[0]!.fingerprint);
});
