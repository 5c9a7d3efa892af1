/** The preset among other CRACO plugins and changes of the user's own, in a configuration that is a function. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { serveFolders } from '../../bench/support/static-server';
import { configure, edit, makeApp, plainEnvironment, say } from './apps';
import { launchBrowser, openApp } from './browser';
import { craco } from './craco';

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
  let app: string;
  let browser: Browser;
  beforeAll(async () => {
    [app, browser] = await Promise.all([makeApp('cra-template-typescript'), launchBrowser()]);
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
    await promisify(execFile)('npm', args, { cwd: app, env: plainEnvironment(), timeout: 300_000 });
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
    edit(join(app, 'src/probe.ts'), (source) => `import './composed';\n${source}`);
  }, 900_000);
  afterAll(() => browser.close());

  test.each([
    ['before', 'preset, less, alias'],
    ['behind', 'alias, less, preset'],
  ])('a build works with the preset %s the others', async (_place, plugins) => {
    say(`a build with ${plugins}`);
    writeFileSync(join(app, 'craco.config.js'), config(plugins));
    const { status, output } = await craco(app, 'build');
    expect(output).toContain('Compiled successfully');
    expect(status).toBe(0);
    const server = await serveFolders({ '/': join(app, 'build') });
    const { page, problems, close } = await openApp(browser, `http://127.0.0.1:${server.port}/`);
    const found = await page.evaluate(() => ({
      ...(window as unknown as { readonly composed: object }).composed,
      outline: getComputedStyle(document.body).outlineWidth,
    }));
    const sum = await page.evaluate(() => (window as unknown as { probe: { add(): Promise<number> } }).probe.add());
    await close();
    await server.stop();
    expect({ ...found, sum }).toEqual({
      text: 'from a loader of the user',
      greet: 'undefined',
      outline: '7px',
      sum: 5,
    });
    expect(problems.filter((problem) => !problem.includes('WebSocket'))).toEqual([]);
  });

  test('the tests of the app run with the settings of all of them', async () => {
    edit(
      join(app, 'src/kit.test.ts'),
      (source) => `${source}
test('the alias is known', () => {
  expect(jest.requireActual('@app/greetings.rpc').Greet('alias')).toBe('Hello alias');
});
`,
    );
    const { status, output } = await craco(app, 'test');
    expect(output).toMatch(/PASS src\/kit\.test\.ts/);
    expect(status).toBe(0);
  });
});
