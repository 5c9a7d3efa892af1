import { init } from '../../src/cli/commands/init';
import { saltCheck, saltImport, saltNew } from '../../src/cli/commands/salt';
import { fingerprintOf } from '../../src/preset/salt';
import { makeProject, typescriptApp, type TestProject } from './project';
import type { Environment } from '../../src/cli/process';

let project: TestProject;
beforeEach(() => (project = makeProject(typescriptApp)));
afterEach(() => project.remove());

const line = (byte: number) => `SYNC_SALT=${Buffer.alloc(32, byte).toString('base64')}\n`;
const fingerprint = (byte: number) => fingerprintOf(Buffer.alloc(32, byte));
const withFingerprint = (byte: number) =>
  project.write(
    'src/lib/config.json',
    JSON.stringify({ salts: [{ id: '1', env: 'SYNC_SALT', fingerprint: fingerprint(byte) }] }),
  );

describe('salt new', () => {
  test('makes one, readable by its owner only, and prints its fingerprint but not the salt', async () => {
    const context = project.context();
    const { json } = await saltNew(context);
    expect(json).toMatchObject({ fingerprint: fingerprint(1) });
    expect(project.read('.env.local')).toBe(line(1));
    expect(context.printed.join('\n')).toContain(fingerprint(1));
    expect(context.printed.join('\n')).not.toContain(line(1).slice(10, -1));
  });

  test('keeps what else is in .env.local', async () => {
    project.write('.env.local', 'A=1');
    await saltNew(project.context());
    expect(project.read('.env.local')).toBe(`A=1\n${line(1)}`);
  });

  test.each(['.env.local', '.env', '.env.production.local'])('never replaces the one in %s', async (file) => {
    project.write(file, line(5));
    await expect(saltNew(project.context())).rejects.toMatchObject({ code: 'SALT_EXISTS' });
    expect(project.read(file)).toBe(line(5));
  });

  test('makes none where another one is expected', async () => {
    withFingerprint(5);
    await expect(saltNew(project.context())).rejects.toMatchObject({ code: 'SALT_EXPECTED' });
    expect(project.tree()).not.toHaveProperty(['.env.local']);
  });
});

describe('salt check', () => {
  const outcome = async (env: Environment = {}) => (await saltCheck(project.context({ env }))).status;

  test('is content after init', async () => {
    await init(project.context(), { yes: true });
    expect(await outcome()).toBe(0);
  });

  test.each<[string, () => void, Environment]>([
    ['a missing salt', () => withFingerprint(5), {}],
    ['another salt', () => (withFingerprint(5), project.write('.env.local', line(6))), {}],
    [
      'another salt in the environment',
      () => (withFingerprint(5), project.write('.env.local', line(5))),
      { SYNC_SALT: line(6).slice(10, -1) },
    ],
    ['a malformed salt', () => (withFingerprint(5), project.write('.env.local', 'SYNC_SALT=xyz')), {}],
    ['no fingerprint', () => project.write('.env.local', line(5)), {}],
  ])('names %s', async (_name, prepare, env) => {
    prepare();
    expect(await outcome(env)).toBe(1);
  });

  test('names a salt that is in git', async () => {
    withFingerprint(5);
    project.write('.env', line(5));
    const run = async (_program: string, args: readonly string[]) => ({
      status: args[0] === 'ls-files' ? 0 : 1,
      output: '',
      isMissing: false,
    });
    const context = project.context({ run });
    expect((await saltCheck(context)).status).toBe(1);
    expect(context.printed.join('\n')).toMatch(/\.env holds the salt and is in git/);
  });
});

describe('salt import', () => {
  const from = (text: string) => {
    project.write('given', text);
    return { from: `${project.root}/given` };
  };

  test.each([
    ['a line', line(5)],
    ['the value alone', line(5).slice(10)],
    ['an exported line in quotes', `# team\nexport SYNC_SALT="${line(5).slice(10, -1)}"\n`],
  ])('takes %s', async (_name, text) => {
    withFingerprint(5);
    await saltImport(project.context(), from(text));
    expect(project.read('.env.local')).toBe(line(5));
  });

  test('refuses the salt of another app', async () => {
    withFingerprint(5);
    await expect(saltImport(project.context(), from(line(6)))).rejects.toMatchObject({ code: 'SALT_DIFFERENT' });
    expect(project.tree()).not.toHaveProperty(['.env.local']);
  });

  test('refuses a file that is not there', async () => {
    await expect(saltImport(project.context(), { from: '/nowhere' })).rejects.toMatchObject({
      code: 'SALT_UNREADABLE',
      message: expect.stringMatching(/Nothing was changed/),
    });
  });

  test('refuses what is no salt', async () => {
    await expect(saltImport(project.context(), from('hello'))).rejects.toMatchObject({ code: 'SALT_MALFORMED' });
  });

  test('never replaces another one, and has nothing to do for the same one', async () => {
    project.write('.env.local', line(5));
    await expect(saltImport(project.context(), from(line(6)))).rejects.toMatchObject({ code: 'SALT_EXISTS' });
    expect((await saltImport(project.context(), from(line(5)))).json).toMatchObject({ nothingToDo: true });
    expect(project.read('.env.local')).toBe(line(5));
  });
});
