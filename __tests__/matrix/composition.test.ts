/** The preset among other CRACO plugins and changes of the user's own, in a configuration that is a function. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configure, edit, moduleOf, useApp } from './apps';
import { craco } from './craco';
import { run, say } from '../support/processes';
import { lookAtBuild } from './rows';

const config = (plugins: string) => `
const less = { plugin: require('craco-less') };
const alias = { plugin: require('craco-alias'), options: { source: 'options', baseUrl: './src', aliases: { '@app': './' } } };
const preset = { plugin: require('zero-backend-sync/craco'), options: { worker: 'workerize' } };
module.exports = () => ({
  babel: { plugins: ['@babel/plugin-syntax-jsx'] },
  webpack: {
    configure: (config) => {
      config.module.rules.push({ test: /\\.text$/, type: 'asset/source' });
      config.module.rules.find(({ oneOf }) => oneOf).oneOf.at(-1).exclude.push(/\\.text$/);
      return config;
    },
  },
  jest: { configure: (config) => ({ ...config, testTimeout: 61_000 }) },
  plugins: [${plugins}],
});
`;

describe('with craco-less, craco-alias, webpack.configure and jest.configure', () => {
  const suite = useApp('cra-template-typescript', async (app) => {
    configure(app, '{}');
    say('npm install of craco-less and craco-alias');
    // craco-alias has not been told of CRACO 7, with which it works.
    const args = [
      'install',
      '--no-save',
      '--legacy-peer-deps',
      '--no-audit',
      '--no-fund',
      'craco-less@3.0.1',
      'craco-alias@3.0.1',
    ];
    await run('npm', args, app);
    writeFileSync(join(app, 'src/theme.less'), '@size: 7px;\nbody { outline-width: @size; }\n');
    writeFileSync(join(app, 'src/note.text'), 'from a loader of the user');
    writeFileSync(
      join(app, 'src/composed.js'),
      `import '@app/theme.less';
import { Greet } from '@app/greetings.rpc';
import text from '@app/note.text';
Object.assign(window, { composed: { text, greet: typeof Greet } });
`,
    );
    edit(moduleOf(app, 'src/probe'), (source) => `import './composed';\n${source}`);
  });

  test.each([
    ['before', 'preset, less, alias'],
    ['behind', 'alias, less, preset'],
  ])('a build works with the preset %s the others', async (_place, plugins) => {
    say(`a build with ${plugins}`);
    writeFileSync(join(suite.app, 'craco.config.js'), config(plugins));
    const { status, output } = await craco(suite.app, 'build');
    expect(output).toContain('Compiled successfully');
    expect(status).toBe(0);
    const { found, problems } = await lookAtBuild(suite, async (opened) => ({
      found: await opened.page.evaluate(async () => {
        const { composed, probe } = window as unknown as { composed: object; probe: { add(): Promise<number> } };
        return { ...composed, outline: getComputedStyle(document.body).outlineWidth, sum: await probe.add() };
      }),
      problems: opened.problems,
    }));
    expect(found).toEqual({ text: 'from a loader of the user', greet: 'undefined', outline: '7px', sum: 5 });
    expect(problems.filter((problem) => !problem.includes('WebSocket'))).toEqual([]);
  });

  test('the tests of the app run with the settings of all of them', async () => {
    edit(
      moduleOf(suite.app, 'src/kit.test'),
      (source) => `${source}
test('the alias is known', () => {
  expect(jest.requireActual('@app/greetings.rpc').Greet('alias')).toBe('Hello alias');
});
`,
    );
    const { status, output } = await craco(suite.app, 'test');
    expect(output).toMatch(/PASS src\/kit\.test\.ts/);
    expect(status).toBe(0);
  });
});
