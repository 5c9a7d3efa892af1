/** Builds and tests that fail: they say why and end with an error. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { say } from '../support/processes';
import { configure, moduleOf, salt, useApp } from './apps';
import type { ProbedWindow } from './browser';
import { craco } from './craco';
import { faultOfWorker, faults, withEdit } from './faults';
import type { Fault } from './faults';
import { anyTemplate, options } from './options';
import { lookAtBuild } from './rows';

describe.each(options.template)('a build of an app of %s', (template) => {
  const suite = useApp(template);

  const expectFault = async ({ what, file, change, words }: Fault, worker: string) => {
    say(`a build with a mistake in ${what}, ${worker}`);
    configure(suite.app, JSON.stringify({ worker }));
    await withEdit(suite.app, file, change, async () => {
      const { status, output } = await craco(suite.app, 'build');
      expect(output).toMatch(words);
      expect(status).toBe(1);
    });
  };

  test.each(['native', 'workerize'])('with a mistake in the worker fails, with worker: %s', (worker) =>
    expectFault(faultOfWorker, worker),
  );

  test('maps an error in a worker of either kind to its line of the source', async () => {
    configure(suite.app, '{}');
    const { status } = await craco(suite.app, 'build');
    expect(status).toBe(0);
    const failures = await lookAtBuild(suite, ({ page }) =>
      page.evaluate(() => (window as unknown as ProbedWindow).probe.failures()),
    );
    const placeOf = (module: string, text: string) => {
      const file = moduleOf(suite.app, `src/${module}`);
      const lines = readFileSync(file, 'utf8').split('\n');
      return { source: basename(file), line: lines.findIndex((line) => line.includes(text)) + 1 };
    };
    expect(failures.map((failure) => traceBack(failure))).toEqual([
      placeOf('greetings.rpc', 'from the worker'),
      placeOf('thrower', 'thrown in'),
    ]);
  });

  function traceBack(place: string): { source: string; line: number | null } {
    const [, path, line, column] = /^https?:\/\/[^/]+(\/.*):(\d+):(\d+)$/.exec(place)!;
    const map = join(suite.app, 'build', `${path}.map`);
    expect(existsSync(map)).toBe(true);
    const found = originalPositionFor(new TraceMap(readFileSync(map, 'utf8')), {
      line: Number(line),
      column: Number(column) - 1,
    });
    return { source: basename(found.source ?? ''), line: found.line };
  }

  // Nothing of this has to do with the language of the app.
  if (!anyTemplate.includes(template)) return;

  test.each(faults.filter((fault) => fault !== faultOfWorker))('with a mistake in $what fails', (fault) =>
    expectFault(fault, 'native'),
  );

  test.each([
    ['an unknown option', "{ wsam: 'asset' }", 'OPTIONS_INVALID'],
    ['the preset twice', "{} }, { plugin: require('zero-backend-sync/craco'), options: {}", 'PRESET_TWICE'],
  ])('with %s fails at once', async (_what, options, code) => {
    configure(suite.app, options);
    for (const command of ['build', 'test'] as const) {
      const { status, output } = await craco(suite.app, command);
      expect(output).toContain(code);
      expect(status).not.toBe(0);
    }
  });

  test('with another major of react-scripts fails and names the one that is supported', async () => {
    configure(suite.app, '{}');
    const file = join(suite.app, 'node_modules/react-scripts/package.json');
    const before = readFileSync(file, 'utf8');
    // Removed first, because all apps share the file.
    rmSync(file);
    writeFileSync(file, before.replace(/"version": "5[^"]*"/, '"version": "4.0.3"'));
    const { status, output } = await craco(suite.app, 'build');
    writeFileSync(file, before);
    expect(output).toMatch(/REACT_SCRIPTS_UNSUPPORTED/);
    expect(output).toMatch(/react-scripts 4\.0\.3.*supports .* react-scripts 5\.x/);
    expect(status).not.toBe(0);
  });

  test('of an ejected app fails and names what is supported', async () => {
    const ejected = join(suite.app, 'config/webpack.config.js');
    mkdirSync(dirname(ejected));
    writeFileSync(ejected, '');
    await withEdit(
      suite.app,
      'package.json',
      (source) => source.replace(/"react-scripts": "[^"]*",?/, ''),
      async () => {
        const { status, output } = await craco(suite.app, 'build');
        expect(output).toMatch(/This app is ejected.* supports Create React App that is not ejected/);
        expect(status).not.toBe(0);
      },
    );
    rmSync(dirname(ejected), { recursive: true });
  });

  test('with the salt in a public file fails and names the file', async () => {
    configure(suite.app, '{}');
    writeFileSync(join(suite.app, 'public/leak.txt'), salt.toString('hex'));
    const { status, output } = await craco(suite.app, 'build');
    rmSync(join(suite.app, 'public/leak.txt'));
    expect(output).toContain('build/leak.txt');
    expect(output).toContain('SALT_IN_BUILD');
    expect(status).toBe(1);
  });

  test('without its salt, or with another, fails and says where it belongs', async () => {
    configure(suite.app, '{}');
    const environment = join(suite.app, '.env.local');
    const before = readFileSync(environment, 'utf8');
    rmSync(environment);
    const missing = await craco(suite.app, 'build');
    const different = await craco(suite.app, 'build', { SYNC_SALT: Buffer.alloc(32, 1).toString('base64') });
    writeFileSync(environment, before);
    expect([missing.status, different.status]).toEqual([1, 1]);
    expect(missing.output).toContain('SYNC_SALT is neither in the environment nor in a .env file');
    expect(different.output).toContain('has the fingerprint');
  });
});
