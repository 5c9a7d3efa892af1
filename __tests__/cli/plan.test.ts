import { discover } from '../../src/cli/discover/facts';
import { memoryFiles } from '../../src/cli/discover/project-files';
import type { Answers } from '../../src/cli/answers';
import { makePlan, type Plan } from '../../src/cli/plan';
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
      pinTypescript: true,
      addTypescript: true,
      example: false,
      ...answers,
    },
    kit: smallKit,
    manifest: null,
    env: {},
    random: (bytes) => new Uint8Array(bytes).fill(7),
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
    ['the packages of the template', typescriptApp, 'package.json', 'edited', /"rxdb": "17\.\d+\.\d+"/],
    ['CRACO', typescriptApp, 'package.json', 'edited', /"@craco\/craco": "\^7/],
    ['TypeScript 5 where it was 4', typescriptApp, 'package.json', 'edited', /"typescript": "\^5/],
    ['an override for npm', typescriptApp, 'package.json', 'edited', '"overrides": {\n    "typescript": "$typescript"'],
    [
      'resolutions for yarn',
      { ...without('package-lock.json'), 'yarn.lock': '' },
      'package.json',
      'edited',
      '"resolutions": {\n    "typescript": "^5',
    ],
    [
      'overrides for pnpm',
      { ...without('package-lock.json'), 'pnpm-lock.yaml': '' },
      'package.json',
      'edited',
      '"pnpm": {\n    "overrides": {\n      "typescript": "^5',
    ],
    ['types for a JavaScript app', javascriptApp, 'package.json', 'edited', '"@types/react": "^18.0.0"'],
    ['a tsconfig.json for a JavaScript app', javascriptApp, 'tsconfig.json', 'created', '"allowJs": true'],
    ['an exclusion for AssemblyScript', typescriptApp, 'tsconfig.json', 'edited', '"exclude": ["src/**/*.asm.ts"]'],
    [
      'one more exclusion',
      { ...typescriptApp, 'tsconfig.json': '{ "exclude": ["a"] }' },
      'tsconfig.json',
      'edited',
      '"exclude": ["a", "src/**/*.asm.ts"]',
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
    ['lint settings of its own', typescriptApp, 'src/lib/.eslintrc.json', 'created', '"root": true'],
    ['an id of the app', typescriptApp, 'src/lib/config.json', 'template', '"appId": "my-app/0707070707070707"'],
    [
      'the template where src/lib is taken',
      { ...typescriptApp, 'src/runtime/core/types.ts': '' },
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
    [
      'a tsconfig.json that is fine',
      {
        ...typescriptApp,
        'tsconfig.json': '{ "compilerOptions": { "target": "es2022" }, "exclude": ["src/**/*.asm.ts"] }',
      },
      'tsconfig.json',
    ],
    ['a .gitignore that says enough', { ...typescriptApp, '.gitignore': '.env*\n*.wasm\n' }, '.gitignore'],
    [
      'a salt that is there',
      { ...typescriptApp, '.env.local': `SYNC_SALT=${Buffer.alloc(32, 1).toString('base64')}\n` },
      '.env.local',
    ],
    ['the types of the app', { ...typescriptApp, 'src/runtime/core/types.ts': 'mine' }, 'src/runtime/core/types.ts'],
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
      /depends on rxdb \^15\.0\.0; the template needs 17/,
    ],
    [
      'the overrides of a workspace',
      { ...typescriptApp, '../../package.json': '{"workspaces":["apps/*"]}' },
      /workspace in \.\.\/\.\.,.*Add overrides\.typescript/,
    ],
  ])('%s', (_name, files, says) => {
    expect(planFor(files).byHand).toContainEqual(expect.stringMatching(says));
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
    [
      'options that the template does not follow',
      { ...typescriptApp, 'tsconfig.json': '{ "compilerOptions": { "exactOptionalPropertyTypes": true } }' },
      /exactOptionalPropertyTypes/,
    ],
    [
      'a TypeScript that nobody has tried',
      withPackage({ dependencies: { react: '19.0.0', 'react-scripts': '5.0.1', typescript: '^6.0.0' } }),
      /TypeScript \^?6\.0\.0 has not been tried/,
    ],
    ['where the provider goes', typescriptApp, /<SyncProvider identity=\{\[user\.id\]\}>/],
  ])('%s', (_name, files, says) => {
    expect(planFor(files).notes).toContainEqual(expect.stringMatching(says));
  });
});
