/** What `init` writes for the kit itself: where the program came from, and no range that somebody else could register. */
import { mkdirSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { init } from '../../src/cli/commands/init';
import { update } from '../../src/cli/commands/update';
import { readKit } from '../../src/cli/kit';
import { originOfKit } from '../../src/cli/kit-origin';
import { makeProject, smallKit, smallTemplate, typescriptApp, type TestProject } from './project';

let place: TestProject;
afterEach(() => place.remove());

const kit = 'node_modules/zero-backend-sync';
const locked = (resolved: string) => JSON.stringify({ packages: { [kit]: { version: '0.1.0', resolved } } });
const wanting = (spec: string) => JSON.stringify({ dependencies: { 'zero-backend-sync': spec } });

/** What stands where the program is installed (`npx/...`), seen from the app beside it. */
function originIn(files: Readonly<Record<string, string>>, folder = `npx/a1/${kit}`): string {
  place = makeProject({ 'app/package.json': '{}', 'kits/kit 1+.tgz': '', ...files });
  mkdirSync(path.join(place.root, folder), { recursive: true });
  return originOfKit(path.join(place.root, folder), path.join(place.root, 'app'), '0.1.0');
}

const lock = `npx/a1/node_modules/.package-lock.json`;
const owner = `npx/a1/package.json`;
const npm = 'https://registry.npmjs.org/zero-backend-sync/-/zero-backend-sync-0.1.0.tgz';

test.each<[name: string, files: Readonly<Record<string, string>>, spec: string, folder?: string]>([
  [
    'a tarball, in the cache of npx',
    { [lock]: locked('file:../../kits/kit 1+.tgz'), [owner]: wanting('file:x.tgz') },
    'file:../kits/kit 1+.tgz',
  ],
  [
    'a tarball whose name is written as a part of an address',
    { [lock]: locked('file:../../kits/kit%201+.tgz') },
    'file:../kits/kit 1+.tgz',
  ],
  ['a tarball inside the app', { [lock]: locked('file:../../app/kit.tgz'), 'app/kit.tgz': '' }, 'file:./kit.tgz'],
  ['a tarball, installed by yarn', { [owner]: wanting('file:../../kits/kit 1+.tgz') }, 'file:../kits/kit 1+.tgz'],
  ['a tarball by its path alone', { [owner]: wanting('../../kits/kit 1+.tgz') }, 'file:../kits/kit 1+.tgz'],
  [
    'a tarball, in the folders of pnpm',
    { [owner]: wanting('file:../../kits/kit 1+.tgz') },
    'file:../kits/kit 1+.tgz',
    `npx/a1/node_modules/.pnpm/zero-backend-sync@file+..+kit.tgz/${kit}`,
  ],
  [
    'a tarball, as npm 6 writes it',
    { [`npx/a1/${kit}/package.json`]: JSON.stringify({ _resolved: 'file:../../kits/kit 1+.tgz' }) },
    'file:../kits/kit 1+.tgz',
  ],
  [
    'a commit',
    { [lock]: locked('git+ssh://git@host.example/a/b.git#0123abc'), [owner]: wanting('a/b') },
    'git+ssh://git@host.example/a/b.git#0123abc',
  ],
  ['a repository, installed by yarn', { [owner]: wanting('github:a/b#main') }, 'github:a/b#main'],
  [
    'an address',
    { [lock]: locked('https://host.example/kit.tgz'), [owner]: wanting('https://host.example/kit.tgz') },
    'https://host.example/kit.tgz',
  ],
  ['a registry', { [lock]: locked(npm), [owner]: wanting('^0.1.0') }, '^0.1.0'],
  [
    'a registry, by a tag',
    { [lock]: locked('https://host.example/download/kit.tgz'), [owner]: wanting('latest') },
    '^0.1.0',
  ],
])('%s', (...[, files, spec, folder]) => {
  expect(originIn(files, folder)).toBe(spec);
});

test.each<[name: string, files: Readonly<Record<string, string>>, why: RegExp, folder?: string]>([
  ['a checkout', {}, /was not installed by a package manager/, 'checkout/zero-backend-sync'],
  ['a global installation, of which npm writes nothing down', {}, /was not installed by/, `lib/${kit}`],
  [
    'a range alone: it says where the next one would come from, not this one',
    { [owner]: wanting('^0.1.0') },
    /was not installed by/,
  ],
  [
    'a tarball that is gone',
    { [lock]: locked('file:../../kits/gone.tgz') },
    /gone\.tgz, which it was installed from, is not there any more/,
  ],
  ['a folder', { [lock]: locked('file:../../kits') }, /which the app could only link to/],
  ['an address with a password', { [lock]: locked('https://me:secret@host.example/kit.tgz') }, /holds a password/],
  ['a lock file that is damaged', { [lock]: '{', [owner]: '[1' }, /was not installed by/],
  [
    'a lock file of another form',
    { [lock]: '{"packages":[null]}', [owner]: '{"dependencies":7}' },
    /was not installed by/,
  ],
])('%s is refused, with what to do', (...[, files, why, folder]) => {
  let error: unknown;
  try {
    originIn(files, folder);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({
    code: 'KIT_ORIGIN_UNKNOWN',
    message: expect.stringMatching(new RegExp(`${why.source}.*Nothing was changed.*npm pack.*--kit file:`, 's')),
  });
  expect((error as Error).message).not.toContain('secret');
});

describe('a command that cannot tell where it came from', () => {
  // The sources of this repository are a checkout.
  const templates = () =>
    Object.entries(smallTemplate('typescript')).map(([name, text]) => [`templates/typescript/${name}`, text]);
  beforeEach(() => {
    place = makeProject({ ...typescriptApp, ...Object.fromEntries(templates()) }, 'app');
  });
  const context = () =>
    place.context({ readKit: (source) => readKit({ ...source, templates: path.join(place.root, 'templates') }) });

  test.each([{ yes: true }, { yes: true, dryRun: true }])('init %j is refused and changes nothing', async (options) => {
    const before = place.tree();
    await expect(init(context(), options)).rejects.toMatchObject({ code: 'KIT_ORIGIN_UNKNOWN' });
    expect(place.tree()).toEqual(before);
  });

  test('init with --kit writes what that says', async () => {
    await init(context(), { yes: true, kit: 'file:../kit.tgz' });
    expect(JSON.parse(place.read('package.json')).dependencies['zero-backend-sync']).toBe('file:../kit.tgz');
  });

  test('update leaves the place that the app has, and says so', async () => {
    await init(place.context({ readKit: () => ({ ...smallKit, spec: 'file:../kit.tgz' }) }), { yes: true });
    rmSync(path.join(place.root, 'src/lib/storage.ts'));
    const { status, json } = await update(context(), { yes: true });
    expect([status, json]).toEqual([
      0,
      expect.objectContaining({ notes: [expect.stringMatching(/from file:\.\.\/kit\.tgz, and that stays/)] }),
    ]);
    expect(JSON.parse(place.read('package.json')).dependencies['zero-backend-sync']).toBe('file:../kit.tgz');
  });
});
