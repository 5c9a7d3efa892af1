/** What the kit writes gets into commits, the salt does not, and a clone gets everything back but a second salt. */
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import * as path from 'node:path';
import { doctor } from '../../src/cli/commands/doctor';
import { init } from '../../src/cli/commands/init';
import { saltImport, saltNew } from '../../src/cli/commands/salt';
import { outcomeOf } from '../../src/cli/execute';
import { craPackageJson, makeProject, typescriptApp, type TestProject } from './project';
import { commitAll, git, hashOfTree, withRealGit } from './repository';

jest.setTimeout(60_000);

let project: TestProject;
afterEach(() => project.remove());

const yes = { yes: true } as const;
const context = (of: TestProject = project) => of.context({ run: withRealGit });
function startRepository(files: Readonly<Record<string, string>>): void {
  project = makeProject({ ...typescriptApp, ...files }, 'app');
  commitAll(project);
}
const committed = () => {
  git(project.root, 'add', '--all');
  return git(project.root, 'ls-files').split('\n').filter(Boolean);
};
/** What somebody else gets of the project. */
function clone(): TestProject {
  commitAll(project);
  const other = makeProject({}, 'clone');
  git(other.root, 'clone', '--quiet', project.root, '.');
  return other;
}
const written = ['craco.config.js', '.zero-backend-sync.json', '.gitignore'];

describe('what init writes is in the next commit, and the salt is not, where .gitignore says', () => {
  test.each<[gitignore: string, dir: string]>([
    ['.env.local\n', 'src/lib'],
    ['lib/\n', 'src/sync'],
    ['/src/lib\n', 'src/sync'],
    ['lib\nsync\n', 'src/zero-backend-sync'],
    ['**/lib/*\n', 'src/sync'],
    ['lib/*.json\n', 'src/lib'],
    ['craco.config.*\n', 'src/lib'],
    ['.*\n!.gitignore\n', 'src/lib'],
    ['.zero-backend-sync*\n', 'src/lib'],
    ['*.wasm\n', 'src/lib'],
    ['*.txt\n', 'src/lib'],
    ['_*\n', 'src/lib'],
  ])('%j, with the template in %s', async (gitignore, dir) => {
    startRepository({ '.gitignore': gitignore });
    const inUse = context();
    expect((await init(inUse, yes)).status).toBe(0);
    const files = committed();
    const template = ['config.json', 'engine.ts', 'worker/crypto.asm.ts'].flatMap((name) => [
      `${dir}/${name}`,
      `.zero-backend-sync/written/${dir}/${name.replace(/[^/]*$/, '_$&')}.txt`,
    ]);
    expect(files).toEqual(expect.arrayContaining([...written, ...template]));
    expect(files).not.toContain('.env.local');
    if (dir !== 'src/lib') expect(inUse.printed.join('\n')).toMatch(/git ignores src\/lib.*\.gitignore:1/);
  });

  test('the same in info/exclude of the repository, which is in no commit either', async () => {
    startRepository({});
    project.write('.git/info/exclude', 'lib/\n');
    await init(context(), yes);
    expect(committed()).toContain('src/sync/config.json');
  });

  test('an app in a folder of the repository', async () => {
    const app = Object.entries(typescriptApp).map(([file, text]) => [`web/${file}`, text]);
    project = makeProject({ ...(Object.fromEntries(app) as Record<string, string>), '.gitignore': 'lib/\n' }, 'app');
    commitAll(project);
    const web = { ...project, root: path.join(project.root, 'web') };
    const inUse = makeProject({}, 'unused');
    const { files } = { files: (await import('../../src/cli/discover/project-files')).diskFiles(web.root) };
    await init({ ...inUse.context({ run: withRealGit }), root: web.root, files }, yes);
    inUse.remove();
    expect(committed()).toContain('web/src/sync/config.json');
  });
});

describe('init refuses before it changes anything', () => {
  async function refused(code: string, message: RegExp, options: object = yes): Promise<void> {
    const before = hashOfTree(project.root);
    for (const dryRun of [true, false]) {
      const { status, json } = await outcomeOf(() => init(context(), { ...options, dryRun }));
      expect([status, json]).toEqual([2, { code, message: expect.stringMatching(message) }]);
    }
    const after = hashOfTree(project.root);
    expect(after).toBe(before);
  }

  test('a folder that --dir names and git ignores', async () => {
    startRepository({ '.gitignore': 'sync/\n' });
    await refused('GIT_IGNORES', /src\/sync\/.*sync\/ \(\.gitignore:1\).*Nothing was changed/, {
      ...yes,
      dir: 'src/sync',
    });
  });

  test('a .env.local that is in git', async () => {
    startRepository({ '.gitignore': '/node_modules\n' });
    project.write('.env.local', 'A=1\n');
    commitAll(project);
    await refused('SALT_FILE_TRACKED', /git rm --cached \.env\.local/);
  });

  test('a .env.local that is in git although it is ignored', async () => {
    startRepository({ '.env.local': 'A=1\n' });
    git(project.root, 'add', '--force', '.env.local');
    commitAll(project);
    await refused('SALT_FILE_TRACKED', /in git/);
  });

  test('a .env.local that is a symbolic link', async () => {
    startRepository({});
    const target = path.join(path.dirname(project.root), 'shared.env');
    project.write('../shared.env', 'A=1\n');
    symlinkSync(target, path.join(project.root, '.env.local'));
    await outcomeOf(() => init(context(), yes)).then(({ status, json }) =>
      expect([status, json]).toMatchObject([2, { code: 'PATH_LINKED' }]),
    );
    expect(project.read('../shared.env')).toBe('A=1\n');
  });

  test('a folder of the template that is a symbolic link', async () => {
    startRepository({});
    mkdirSync(path.join(project.root, '../elsewhere'));
    symlinkSync('../../elsewhere', path.join(project.root, 'src/lib'));
    const outcome = await outcomeOf(() => init(context(), { ...yes, force: true }));
    expect(outcome).toMatchObject({ status: 2, json: { code: 'PATH_LINKED' } });
    expect(readdirSync(path.join(project.root, '../elsewhere'))).toEqual([]);
  });

  test('a line behind .env.local that takes it into commits again: everything is put back', async () => {
    startRepository({ '.gitignore': '.env.local\n!.env*\n' });
    const before = project.tree();
    expect(await outcomeOf(() => init(context(), yes))).toMatchObject({ status: 2, json: { code: 'SALT_EXPOSED' } });
    expect(project.tree()).toEqual(before);
  });
});

test.each<[name: string, run: () => Promise<unknown>]>([
  ['salt new', () => saltNew(context())],
  [
    'salt import',
    () => (
      project.write('given', `SYNC_SALT=${Buffer.alloc(32, 5).toString('base64')}`),
      saltImport(context(), { from: `${project.root}/given` })
    ),
  ],
])('%s does not write into a .env.local that is in git either', async (_name, run) => {
  startRepository({ '.gitignore': '', '.env.local': 'A=1\n' });
  await expect(run()).rejects.toMatchObject({ code: 'SALT_FILE_TRACKED' });
  expect(project.read('.env.local')).toBe('A=1\n');
});

test.each<[name: string, run: () => Promise<unknown>]>([
  ['init', () => init(context(), yes)],
  ['salt new', () => saltNew(context())],
])('%s leaves a .env.local that everybody could read to its owner alone', async (_name, run) => {
  startRepository({});
  project.write('.env.local', 'A=1\n');
  chmodSync(path.join(project.root, '.env.local'), 0o644);
  await run();
  expect(statSync(path.join(project.root, '.env.local')).mode & 0o777).toBe(0o600);
});

describe('a clone', () => {
  test('of an app whose template was never committed gets it back, with its id, and no second salt', async () => {
    startRepository({});
    await init(context(), yes);
    const config = JSON.parse(project.read('src/lib/config.json'));
    // As an older version has left it: ignored, without a word.
    project.write('.gitignore', `${project.read('.gitignore')}lib/\n`);
    const other = clone();
    expect(other.tree()).not.toHaveProperty(['src/lib/config.json']);

    const inUse = context(other);
    const { status } = await init(inUse, { ...yes, skipInstall: true });
    expect(status).toBe(0);
    expect(other.tree()).not.toHaveProperty(['.env.local']);
    expect(JSON.parse(other.read('src/lib/config.json'))).toEqual(config);
    expect(other.read('src/lib/engine.ts')).toBe(project.read('src/lib/engine.ts'));
    expect(inUse.printed.join('\n')).toMatch(new RegExp(`${config.salts[0].fingerprint}, and this computer does not`));
    expect(inUse.printed.join('\n')).toMatch(/Git ignores src\/lib\/.*lib\/ \(\.gitignore:/);
    other.remove();
  });

  test('in which everything is there but the salt is refused as before', async () => {
    startRepository({});
    await init(context(), yes);
    const other = clone();
    await expect(init(context(other), yes)).rejects.toMatchObject({ code: 'SALT_MISSING' });
    await expect(saltNew(context(other))).rejects.toMatchObject({ code: 'SALT_EXPECTED' });
    other.remove();
  });

  test.each<[name: string, lost: readonly string[]]>([
    [
      'the record, and the template in a folder that init would not take',
      ['.zero-backend-sync.json', '.zero-backend-sync'],
    ],
    ['the template and the copies of it', ['src/lib', '.zero-backend-sync/written']],
    ['config.json', ['src/lib/config.json']],
    ['all but the record, which is of an older version', ['src/lib', '.zero-backend-sync', 'app']],
  ])('that has lost %s makes no second salt', async (_name, lost) => {
    startRepository({});
    await init(context(), yes);
    const other = clone();
    if (lost.includes('app')) {
      const { app: _, ...record } = JSON.parse(other.read('.zero-backend-sync.json'));
      other.write('.zero-backend-sync.json', JSON.stringify(record));
    }
    for (const file of lost) rmSync(path.join(other.root, file), { recursive: true, force: true });
    await outcomeOf(() => init(context(other), { ...yes, force: true, skipInstall: true }));
    await outcomeOf(() => saltNew(context(other)));
    expect(other.tree()).not.toHaveProperty(['.env.local']);
    other.remove();
  });

  test('takes the salt of a teammate by the fingerprint in the record, and refuses another one', async () => {
    startRepository({});
    await init(context(), yes);
    const other = clone();
    rmSync(path.join(other.root, 'src/lib'), { recursive: true });
    rmSync(path.join(other.root, '.zero-backend-sync'), { recursive: true });
    other.write('wrong', `SYNC_SALT=${Buffer.alloc(32, 99).toString('base64')}`);
    await expect(saltImport(context(other), { from: `${other.root}/wrong` })).rejects.toMatchObject({
      code: 'SALT_DIFFERENT',
    });
    cpSync(path.join(project.root, '.env.local'), path.join(other.root, 'right'));
    expect((await saltImport(context(other), { from: `${other.root}/right` })).status).toBe(0);
    other.remove();
  });
});

test('doctor names what git ignores of the installation, with the pattern', async () => {
  startRepository({ 'package.json': craPackageJson() });
  await init(context(), yes);
  project.write('.gitignore', `${project.read('.gitignore')}lib/\n.zero-backend-sync.json\n`);
  const { json } = await doctor(context(), { offline: true });
  const found = (json as { findings: { code?: string; what: string }[] }).findings.filter(
    ({ code }) => code === 'GIT_IGNORES',
  );
  expect(found.map(({ what }) => what)).toEqual([
    expect.stringMatching(/src\/lib\/.*lib\/ \(\.gitignore:\d+\)/),
    expect.stringMatching(/\.zero-backend-sync\.json.*\(\.gitignore:\d+\)/),
  ]);
});
