import { join } from 'node:path';
import { useApp } from './apps';
import type { Template } from './apps';
import { expectedAnswers } from './browser';
import { say } from '../support/processes';
import { filesWith, rows, runBuilt, runInDevelopment } from './rows';

const templates: readonly Template[] = ['cra-template-typescript', 'cra-template'];

describe.each(templates)('an app of %s', (template) => {
  const suite = useApp(template);

  describe.each(rows)('with wasm: $wasm and worker: $worker', (row) => {
    const name = `${template} ${row.wasm} ${row.worker}`;

    test.each(['the first time', 'a second time'])('works in development, started %s', async (time) => {
      say(`${name}: start ${time}`);
      await expect(runInDevelopment(suite, row)).resolves.toEqual({ answers: expectedAnswers, problems: [] });
    });

    test.each(['/', '/sub', '.'])('works as a build at %s, with a strict content security policy', async (homepage) => {
      say(`${name}: build at ${homepage}`);
      const outcome = await runBuilt(suite, row, homepage);
      expect(outcome).toEqual({ answers: expectedAnswers, problems: [] });
      expect(filesWith(join(suite.app, 'build'), '__zero-backend-sync')).toEqual([]);
      expect(filesWith(join(suite.app, 'build'), 'ws://127.0.0.1')).toEqual([]);
    });
  });
});
