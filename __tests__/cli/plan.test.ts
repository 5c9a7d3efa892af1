import { discover } from '../../src/cli/discover/facts';
import { memoryFiles } from '../../src/cli/discover/project-files';
import type { Answers } from '../../src/cli/answers';
import { makePlan } from '../../src/cli/plan/make-plan';
import type { Plan } from '../../src/cli/plan/plan';
import { craPackageJson, javascriptApp, smallKit, typescriptApp } from './project';

type Files = Readonly<Record<string, string>>;

function planFor(texts: Files, answers: Partial<Answers> = {}): Plan {
  const files = memoryFiles(texts);
  const facts = discover(files, null);
  return makePlan({
    files,
    facts,
    answers: {
      identity: ['user.id'],
      storage: { layer: 'rxdb' },
      dir: facts.dir.proposed,
      example: false,
      ...answers,
    },
    kit: smallKit,
    record: null,
    env: {},
    random: (bytes) => new Uint8Array(bytes).fill(7),
    now: () => Date.UTC(2027, 1, 3, 23, 59),
  });
}

const withPackage = (more: object, files: Files = typescriptApp): Files => ({
  ...files,
  'package.json': craPackageJson(more),
});
const without = (file: string, files: Files = typescriptApp): Files =>
  Object.fromEntries(Object.entries(files).filter(([name]) => name !== file));
const craco = { devDependencies: { '@craco/craco': '^7.1.0' } };
const scripts = (start: string) => ({ scripts: { start } });

describe('a plan writes', () => {
  test.each<[name: string, files: Files, file: string, role: string, text: string | RegExp]>([
    ['scripts through CRACO', typescriptApp, 'package.json', 'edited', '"start": "craco start"'],
    [
      'scripts with their flags',
      withPackage(scripts('PORT=1 react-scripts --x start -y')),
      'package.json',
      'edited',
      '"start": "PORT=1 craco --x start -y"',
    ],
    [
      'the kit as a dependency',
      typescriptApp,
      'package.json',
      'edited',
      /"dependencies": \{[^}]*"zero-backend-sync": "\^0\.1\.0"/,
    ],
    ['CRACO', typescriptApp, 'package.json', 'edited', /"@craco\/craco": "\^7/],
    [
      "npm's override, at the TypeScript that the app names",
      typescriptApp,
      'package.json',
      'edited',
      '"overrides": {\n    "nostr-tools": {\n      "typescript": "$typescript"',
    ],
    [
      "npm's override, at the TypeScript that is installed",
      { ...javascriptApp, 'node_modules/typescript/package.json': '{"version":"4.9.4"}' },
      'package.json',
      'edited',
      '"nostr-tools": {\n      "typescript": "4.9.4"',
    ],
    [
      "npm's override, at the TypeScript that react-scripts brings",
      javascriptApp,
      'package.json',
      'edited',
      '"nostr-tools": {\n      "typescript": "4.9.5"',
    ],
    [
      'the override beside others',
      withPackage({ overrides: { 'nostr-tools': { 'x-y': '1.0.0' } } }),
      'package.json',
      'edited',
      /"nostr-tools": \{\s*"x-y": "1\.0\.0",\s*"typescript": "\$typescript"/,
    ],
    ['a configuration of CRACO', typescriptApp, 'craco.config.js', 'created', "require('zero-backend-sync/craco')"],
    [
      'into an existing configuration',
      { ...withPackage(craco), 'craco.config.js': 'module.exports = { a: 1 };' },
      'craco.config.js',
      'edited',
      "{ a: 1, plugins: [{ plugin: require('zero-backend-sync/craco') }] }",
    ],
    [
      'into a .cjs configuration',
      { ...withPackage(craco), 'craco.config.cjs': 'module.exports = { a: 1 };' },
      'craco.config.cjs',
      'edited',
      'zero-backend-sync/craco',
    ],
    [
      'into the configuration that package.json names',
      { ...withPackage({ ...craco, cracoConfig: './tools/craco.js' }), 'tools/craco.js': 'module.exports = {};' },
      'tools/craco.js',
      'edited',
      'zero-backend-sync/craco',
    ],
    ['a .gitignore', without('.gitignore'), '.gitignore', 'created', '.env.local\n'],
    ['what is compiled into .gitignore', typescriptApp, '.gitignore', 'edited', '/src/lib/**/*.wasm\n'],
    ['the salt, as a secret', typescriptApp, '.env.local', 'secret', /^SYNC_SALT=[\w+/]{43}=\n$/],
    ['an id of the app', typescriptApp, 'src/lib/config.json', 'template', '"appId": "my-app/0707070707070707"'],
    ['the day of the installation', typescriptApp, 'src/lib/config.json', 'template', '"notBefore": "2027-02-03"'],
    ['TypeScript for TypeScript', typescriptApp, 'src/lib/types.ts', 'template', 'export enum'],
    ['JavaScript for JavaScript', javascriptApp, 'src/lib/types.js', 'template', 'TEMPLATE_VERSION = 1'],
    ['AssemblyScript under its name for JavaScript', javascriptApp, 'src/lib/worker/crypto.asm.ts', 'template', 'abi'],
    [
      'the template where src/lib is taken',
      { ...typescriptApp, 'src/lib/types.ts': '' },
      'src/sync/engine.ts',
      'template',
      'SyncEngine',
    ],
  ])('%s', (_name, files, file, role, text) => {
    const write = planFor(files).writes.find(({ path }) => path === file);
    expect(write).toMatchObject({
      role,
      after: typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text),
    });
  });
});

describe('a plan leaves alone', () => {
  test.each<[name: string, files: Files, file: string]>([
    [
      'a configuration that it cannot edit',
      { ...withPackage(craco), 'craco.config.js': 'module.exports = wrap({});' },
      'craco.config.js',
    ],
    [
      'a configuration that has the preset',
      {
        ...withPackage(craco),
        'craco.config.js': `module.exports = { plugins: [{ plugin: require('zero-backend-sync/craco') }] };`,
      },
      'craco.config.js',
    ],
    ['the settings of TypeScript', typescriptApp, 'tsconfig.json'],
    ['a JavaScript app without TypeScript', javascriptApp, 'tsconfig.json'],
    [
      'the declarations of Create React App',
      { ...typescriptApp, 'src/react-app-env.d.ts': '' },
      'src/react-app-env.d.ts',
    ],
    ['a .gitignore that says enough', { ...typescriptApp, '.gitignore': '.env*\n*.wasm\n' }, '.gitignore'],
    [
      'a salt that is there',
      { ...typescriptApp, '.env.local': `SYNC_SALT=${Buffer.alloc(32, 1).toString('base64')}\n` },
      '.env.local',
    ],
    ['the types of the app', { ...typescriptApp, 'src/lib/types.ts': 'mine' }, 'src/lib/types.ts'],
  ])('%s', (_name, files, file) => {
    expect(planFor(files).writes.map(({ path }) => path)).not.toContain(file);
  });
});

describe('a plan leaves to a person', () => {
  test.each<[name: string, files: Files, says: RegExp]>([
    [
      'a configuration that it cannot edit, with the snippet',
      { ...withPackage(craco), 'craco.config.js': 'module.exports = wrap({});' },
      /craco\.config\.js cannot be edited safely because .*\n\n {4}plugins: \[\{ plugin: require\('zero-backend-sync\/craco'\) \}\]/,
    ],
    [
      'a configuration in package.json',
      withPackage({ ...craco, cracoConfig: { webpack: {} } }),
      /Move it to craco\.config\.js/,
    ],
    ['scripts that run something else', withPackage(scripts('node start.js')), /No script runs react-scripts/],
    [
      'another RxDB of the app',
      withPackage({ dependencies: { react: '19.0.0', 'react-scripts': '5.0.1', rxdb: '^15.0.0' } }),
      /depends on rxdb \^15\.0\.0, and zero-backend-sync on 17/,
    ],
    [
      'the overrides of a workspace',
      { ...typescriptApp, '../../package.json': '{"workspaces":["apps/*"]}' },
      /workspace in \.\.\/\.\.,.*Add "overrides": \{ "nostr-tools": \{ "typescript": "\^4\.4\.2" \} \}/,
    ],
  ])('%s', (_name, files, says) => {
    expect(planFor(files).byHand).toContainEqual(expect.stringMatching(says));
  });
});

describe('package.json', () => {
  const ownPackages = (more: object) =>
    withPackage({ dependencies: { react: '19.0.0', 'react-scripts': '5.0.1', ...more } });
  const packageJsonFor = (files: Files) =>
    JSON.parse(planFor(files).writes.find(({ path }) => path === 'package.json')?.after ?? '{}');

  test.each<[name: string, files: Files]>([
    ['the app has TypeScript 5', ownPackages({ typescript: '^5.9.3' })],
    ['the app is installed by yarn', { ...without('package-lock.json'), 'yarn.lock': '# yarn lockfile v1\n' }],
    ['the app is installed by pnpm', { ...without('package-lock.json'), 'pnpm-lock.yaml': '' }],
  ])('gets no override where %s', (_name, files) => {
    expect(packageJsonFor(files)).not.toHaveProperty('overrides');
    expect(packageJsonFor(files)).not.toHaveProperty('resolutions');
    expect(packageJsonFor(files)).not.toHaveProperty('pnpm');
  });

  test.each<[name: string, overrides: object]>([
    ['of every TypeScript', { typescript: '$typescript' }],
    ['of nostr-tools', { 'nostr-tools': '2.20.0' }],
    ['of its TypeScript', { 'nostr-tools': { typescript: '5.0.0' } }],
  ])("keeps the app's own override %s", (_name, overrides) => {
    expect(packageJsonFor(withPackage({ overrides })).overrides).toEqual(overrides);
  });

  test.each<[name: string, files: Files]>([
    ['a TypeScript app', typescriptApp],
    ['a JavaScript app', javascriptApp],
  ])('of %s neither gets TypeScript nor another version of it', (_name, files) => {
    const before = JSON.parse(files['package.json'] ?? '{}');
    const after = packageJsonFor(files);
    expect(after.dependencies).toEqual({ ...before.dependencies, 'zero-backend-sync': '^0.1.0' });
    expect(Object.keys(after.devDependencies)).toEqual(['@craco/craco']);
  });

  test.each(['^17.0.0', '17', '>=17 <19', 'next'])(
    'with rxdb %s is warned about only where two copies would be installed',
    (rxdb) => {
      const { byHand } = planFor(ownPackages({ rxdb }));
      expect(byHand.some((text) => /RxDB must be loaded once/.test(text))).toBe(rxdb === 'next');
    },
  );
});

describe('the form of the template', () => {
  const tsconfig = (compilerOptions: object, more: object = {}) => JSON.stringify({ compilerOptions, ...more });
  const erasable = { erasableSyntaxOnly: true };
  test.each<[name: string, files: Files, form: string]>([
    ['no tsconfig.json', javascriptApp, 'javascript'],
    ['tsconfig.json', typescriptApp, 'typescript'],
    ['erasableSyntaxOnly', { ...typescriptApp, 'tsconfig.json': tsconfig(erasable) }, 'erasable'],
    [
      'erasableSyntaxOnly in what is extended',
      {
        ...typescriptApp,
        'tsconfig.json': tsconfig({}, { extends: './config/base' }),
        'config/base.json': tsconfig(erasable),
      },
      'erasable',
    ],
    [
      'erasableSyntaxOnly in a package that is extended',
      {
        ...typescriptApp,
        'tsconfig.json': tsconfig({}, { extends: ['@tsconfig/vite'] }),
        'node_modules/@tsconfig/vite/tsconfig.json': tsconfig(erasable),
      },
      'erasable',
    ],
    [
      'erasableSyntaxOnly that is turned off again',
      {
        ...typescriptApp,
        'tsconfig.json': tsconfig({ erasableSyntaxOnly: false }, { extends: './base.json' }),
        'base.json': tsconfig(erasable),
      },
      'typescript',
    ],
    [
      'erasableSyntaxOnly in a project that is referred to',
      {
        ...typescriptApp,
        'tsconfig.json': '{ "files": [], "references": [{ "path": "./tsconfig.app.json" }] }',
        'tsconfig.app.json': tsconfig(erasable),
      },
      'erasable',
    ],
    ['a base that does not exist', { ...typescriptApp, 'tsconfig.json': '{ "extends": "./nowhere" }' }, 'typescript'],
  ])('for %s', (_name, files, form) => {
    expect(discover(memoryFiles(files), null).form).toBe(form);
  });
});

test.each<[identity: readonly string[], says: boolean]>([
  [['user.email'], true],
  [['user.sub'], false],
  [['user.sub', 'user.email'], false],
  [['account.key'], false],
])('the identity %j is warned about: %s', (identity, says) => {
  const session = `import { useAuth0 } from '@auth0/auth0-react';\nexport const A = () => useAuth0().user.email;\n`;
  const { notes } = planFor({ ...typescriptApp, 'src/App.tsx': session }, { identity });
  expect(notes.some((note) => /^user\.email can be guessed by others\./.test(note))).toBe(says);
});

describe('a plan notes', () => {
  test.each<[name: string, files: Files, says: RegExp]>([
    ['that the salt must not be lost', typescriptApp, /Losing it loses everything .*Teammates.*build server/],
    [
      'a content security policy, with its line',
      { ...typescriptApp, 'public/index.html': '\n<meta http-equiv="Content-Security-Policy" content="">' },
      /public\/index\.html:2 sets a content security policy/,
    ],
  ])('%s', (_name, files, says) => {
    expect(planFor(files).notes).toContainEqual(expect.stringMatching(says));
  });
});
