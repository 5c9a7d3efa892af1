/** The preset's options and the app's own in real apps. */
import { join } from 'node:path';
import { say } from '../support/processes';
import { useApp } from './apps';
import { expectedAnswers } from './browser';
import { options, rows } from './options';
import type { Row } from './options';
import { filesWith, runBuilt, runInDevelopment } from './rows';

describe.each(options.template)('an app of %s', (template) => {
  const suite = useApp(template);
  const rowsOf = (command: Row['command']) =>
    rows.filter((row) => row.template === template && row.command === command);

  describe.each(rowsOf('start'))('with wasm: $wasm, worker: $worker, homepage: $homepage', (row) => {
    test.each(['the first time', 'a second time'])('works in development, started %s', async (time) => {
      say(`${Object.values(row).join(' ')} ${time}`);
      await expect(runInDevelopment(suite, row)).resolves.toEqual({ answers: expectedAnswers, problems: [] });
    });
  });

  test.each(rowsOf('build'))(
    'with wasm: $wasm, worker: $worker, homepage: $homepage works as a build, with a strict content security policy',
    async (row) => {
      say(Object.values(row).join(' '));
      expect(await runBuilt(suite, row)).toEqual({ answers: expectedAnswers, problems: [] });
      expect(filesWith(join(suite.app, 'build'), '__zero-backend-sync')).toEqual([]);
      expect(filesWith(join(suite.app, 'build'), 'ws://127.0.0.1')).toEqual([]);
    },
  );
});
