/** What package.json's scripts say: which tool builds the app, and which configuration it reads. */
import { discover } from '../../src/cli/discover/facts';
import { discoverPlatform } from '../../src/cli/discover/platform';
import { memoryFiles } from '../../src/cli/discover/project-files';
import { mainRunsOf, runsOf } from '../../src/cli/discover/scripts';
import { runDoctor } from '../../src/cli/doctor';
import { init } from '../../src/cli/commands/init';
import { craPackageJson, makeProject, typescriptApp } from './project';

const packageJson = (scripts: object, more: object = {}) =>
  craPackageJson({
    scripts,
    dependencies: { react: '18', 'react-scripts': '5.0.1' },
    devDependencies: { '@craco/craco': '^7.1.0', 'react-app-rewired': '2', vite: '5' },
    ...more,
  });

test.each<[script: string, runner: string | null, config: string | null]>([
  ['craco build --config config/craco.config.js', 'craco', 'config/craco.config.js'],
  ['craco --config a.js start', 'craco', 'a.js'],
  ['craco build --config=a.js', 'craco', 'a.js'],
  ['craco start -c a.js', 'craco', 'a.js'],
  ['craco start', 'craco', null],
  ['cross-env PORT=3001 BROWSER=none craco start --config a.js', 'craco', 'a.js'],
  ['PORT=3001 craco start --config "my configs/a.js"', 'craco', 'my configs/a.js'],
  ['npx craco build --config a.js', 'craco', 'a.js'],
  ['yarn craco build --config a.js', 'craco', 'a.js'],
  ['pnpm exec craco build --config a.js && cp a b', 'craco', 'a.js'],
  ['dotenv -e .env.local -- craco start --config a.js', 'craco', 'a.js'],
  ['env-cmd -f .env.dev craco start --config a.js', 'craco', 'a.js'],
  ['concurrently "craco start --config a.js" "npm run api"', 'craco', 'a.js'],
  ["concurrently 'cross-env X=1 craco start --config a.js'", 'craco', 'a.js'],
  ['node node_modules/@craco/craco/dist/bin/craco.js build --config a.js', 'craco', 'a.js'],
  ['./node_modules/.bin/craco --max_old_space_size=8192 build --config a.js', 'craco', 'a.js'],
  ['tsc -p . ; react-scripts build', 'react-scripts', null],
  ['react-app-rewired start --scripts-version x', 'react-app-rewired', null],
  ['react-app-rewired start --config-overrides x', 'react-app-rewired', 'x'],
  ['vite --port 3000', 'vite', null],
  ['tsc -b && vite build -c config/vite.config.ts', 'vite', 'config/vite.config.ts'],
  ['vite build --config=a.mts', 'vite', 'a.mts'],
  ['rsbuild dev -c a.ts', 'rsbuild', 'a.ts'],
  ['webpack serve --config build/webpack.dev.js', 'webpack', 'build/webpack.dev.js'],
  ['cross-env NODE_ENV=production webpack --mode production', 'webpack', null],
  ['vue-cli-service serve --open', 'vue-cli-service', null],
  ['node scripts/start.js', 'ejected-scripts', null],
  ['npm publish --tag next', null, null],
  ['vitest --config a.ts', null, null],
  ['vite', 'vite', null],
  ['vite build', 'vite', null],
  ['echo craco build', null, null],
  ['rimraf craco build', null, null],
  ['my-craco build', null, null],
  ['craco eject', null, null],
  ['', null, null],
  ['"', null, null],
])('%s runs %s with %s', (script, runner, config) => {
  const [run] = runsOf({ start: script });
  expect([run?.runner ?? null, run?.config ?? null]).toEqual([runner, config]);
});

test.each<[name: string, scripts: Record<string, string>, runners: readonly string[]]>([
  ['start and build', { start: 'craco start', build: 'vite build', old: 'react-app-rewired start' }, ['craco', 'vite']],
  ['npm run', { start: 'npm run dev', dev: 'craco start', x: 'vite' }, ['craco']],
  ['yarn', { start: 'yarn dev --open', dev: 'craco start', x: 'vite' }, ['craco']],
  [
    'run-p with a pattern',
    { start: 'run-p start:*', 'start:js': 'craco start', 'start:css': 'sass x', y: 'vite' },
    ['craco'],
  ],
  ['npm-run-all', { build: 'npm-run-all -s clean bundle', clean: 'rm x', bundle: 'craco build', y: 'vite' }, ['craco']],
  ['concurrently', { start: 'concurrently npm:dev:* "npm run x"', 'dev:a': 'craco start', x: 'node .' }, ['craco']],
  ['scripts that run each other', { start: 'npm run a', a: 'npm start && craco start' }, ['craco']],
  ['neither start nor build', { dev: 'craco start' }, ['craco']],
])('the main tools are found through %s', (_name, scripts, runners) => {
  expect(mainRunsOf(scripts).map(({ runner }) => runner)).toEqual(runners);
});

describe('the build tool goes by the scripts, whatever is left over in the dependencies', () => {
  test.each<[tool: string, scripts: object]>([
    ['cra-craco', { start: 'craco start', build: 'craco build' }],
    ['cra-craco', { start: 'react-scripts start' }],
    ['cra-craco', { start: 'craco start', build: 'craco build', test: 'react-app-rewired test' }],
    ['cra-craco', { start: 'run-p dev:*', 'dev:js': 'craco start', old: 'react-app-rewired start' }],
    ['cra-rewired', { start: 'react-app-rewired start' }],
    ['cra-rewired', { start: 'npm run dev', dev: 'cross-env A=1 react-app-rewired start' }],
    ['cra-rewired', {}],
    ['cra-rescripts', { start: 'rescripts start', build: 'rescripts build' }],
    ['vite', { start: 'vite', build: 'vite build', test: 'craco test' }],
    ['vite', { start: 'node server.js', dev: 'vite --port 3000', build: 'tsc -b && vite build' }],
    ['rsbuild', { dev: 'rsbuild dev --open', build: 'rsbuild build' }],
    ['webpack', { start: 'webpack serve --config build/webpack.dev.js', build: 'NODE_ENV=production webpack' }],
    ['vue-cli', { serve: 'vue-cli-service serve', build: 'vue-cli-service build' }],
    ['next', { dev: 'next dev', build: 'next build' }],
  ])('%s (%#)', (tool, scripts) => {
    expect(discoverPlatform(memoryFiles({ 'package.json': packageJson(scripts) })).buildTool).toBe(tool);
  });

  test('with the line that shows it', () => {
    const text = packageJson({ start: 'npm run dev', dev: 'react-app-rewired start' });
    const { buildToolEvidence } = discoverPlatform(memoryFiles({ 'package.json': text }));
    expect(buildToolEvidence).toMatchObject({ file: 'package.json', text: '"dev": "react-app-rewired start"' });
  });
});

describe('the configuration of CRACO', () => {
  const config = 'module.exports = { a: 1 };\n';
  const files = { 'config/craco.config.js': config, 'config/other.js': config, 'craco.config.js': config };
  const only = { 'config/craco.config.js': config };
  test.each<[name: string, scripts: object, more: object, files: Record<string, string>, read: readonly string[]]>([
    ['--config', { build: 'craco build --config config/craco.config.js' }, {}, files, ['config/craco.config.js']],
    ['./', { build: 'craco build --config ./config/craco.config.js' }, {}, files, ['config/craco.config.js']],
    [
      'two of them',
      { start: 'craco start --config config/craco.config.js', build: 'craco build --config config/other.js' },
      {},
      files,
      ['config/craco.config.js', 'config/other.js'],
    ],
    [
      'one that names it and one that does not',
      { start: 'craco start', build: 'craco build --config config/other.js' },
      {},
      files,
      ['config/other.js', 'craco.config.js'],
    ],
    [
      '-c, which CRACO does not read',
      { start: 'craco start -c config/other.js' },
      {},
      files,
      ['config/other.js', 'craco.config.js'],
    ],
    ['cracoConfig', { start: 'craco start' }, { cracoConfig: 'config/other.js' }, files, ['config/other.js']],
    [
      '--config before cracoConfig',
      { start: 'craco start --config config/craco.config.js' },
      { cracoConfig: 'config/other.js' },
      files,
      ['config/craco.config.js'],
    ],
    ['a file that is not there', { start: 'craco start --config config/new.js' }, {}, {}, ['config/new.js']],
    [
      'a file outside',
      { start: 'craco start --config ../craco.config.js' },
      {},
      { '../craco.config.js': config },
      ['../craco.config.js'],
    ],
    ['a variable', { start: 'craco start --config $CONFIG' }, {}, only, ['$CONFIG']],
  ])('is found by %s', (_name, scripts, more, present, read) => {
    const facts = discoverPlatform(memoryFiles({ 'package.json': packageJson(scripts, more), ...present }));
    expect(facts.configs.map((found) => found.file)).toEqual(read);
  });

  test.each<[name: string, scripts: object, more: object, wired: readonly string[]]>([
    ['--config', { start: 'craco start --config config/craco.config.js' }, {}, ['config/craco.config.js']],
    ['cracoConfig', { start: 'craco start' }, { cracoConfig: './config/craco.config.js' }, ['config/craco.config.js']],
    [
      'cracoConfig that is not there yet',
      { start: 'craco start' },
      { cracoConfig: 'config/new.js' },
      ['config/new.js'],
    ],
    ['-c', { start: 'craco start -c config/craco.config.js' }, {}, ['config/craco.config.js']],
  ])('that %s names is the one that init edits, and doctor looks at', async (_name, scripts, more, wired) => {
    const project = makeProject({ ...typescriptApp, ...only, 'package.json': packageJson(scripts, more) });
    await init(project.context(), { yes: true });
    const all = Object.entries(project.tree()).filter(
      ([file, text]) => !file.startsWith('.zero') && text.includes('zero-backend-sync/craco'),
    );
    expect(all.map(([file]) => file)).toEqual(wired);

    for (const file of wired) project.write(file, config);
    const { findings } = await runDoctor(project.context(), { ignore: ['packages'] });
    expect(findings).toContainEqual(
      expect.objectContaining({ check: 'wiring', what: `${wired[0]} does not use the preset.` }),
    );
    project.remove();
  });

  test('is named for all scripts where only some name it', async () => {
    const scripts = { start: 'craco start --config config/craco.config.js', test: 'react-scripts test' };
    const project = makeProject({ ...typescriptApp, ...only, 'package.json': packageJson(scripts) });
    await init(project.context(), { yes: true });
    expect(JSON.parse(project.read('package.json'))).toMatchObject({
      cracoConfig: './config/craco.config.js',
      scripts: { test: 'craco test' },
    });
    project.remove();
  });

  test('outside the project is never written', async () => {
    const scripts = { start: 'craco start --config ../craco.config.js' };
    const project = makeProject({ ...typescriptApp, 'package.json': packageJson(scripts) });
    project.write('../craco.config.js', config);
    const context = project.context();
    await init(context, { yes: true });
    expect(project.read('../craco.config.js')).toBe(config);
    expect(project.tree()).not.toHaveProperty(['craco.config.js']);
    expect(context.printed.join('\n')).toMatch(/Left to do:.*\.\.\/craco\.config\.js.*not a file of this project/);
    project.remove();
  });

  test('that a script names in a way that CRACO does not read, and scripts that run past it, are named', async () => {
    const scripts = { start: 'craco start -c config/craco.config.js', test: 'react-app-rewired test' };
    const project = makeProject({ ...typescriptApp, ...only, 'package.json': packageJson(scripts) });
    const context = project.context();
    await init(context, { yes: true });
    expect(context.printed.join('\n')).toMatch(
      /"start" names config\/craco\.config\.js in a way that CRACO 7 does not read/,
    );
    expect(context.printed.join('\n')).toMatch(/"test" runs react-app-rewired, which does not know the preset/);
    project.remove();
  });
});

test('a script of any length costs nothing', () => {
  const files = memoryFiles({
    ...typescriptApp,
    'package.json': packageJson({ start: `craco start ${'"\\" '.repeat(50_000)}` }),
  });
  const before = process.cpuUsage();
  discover(files, null);
  expect(process.cpuUsage(before).user / 1e6).toBeLessThan(2);
});
