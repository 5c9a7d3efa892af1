import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { makeApp, say } from './apps';
import type { Template } from './apps';
import { expectedAnswers, launchBrowser } from './browser';
import { filesWith, rows, runBuilt, runInDevelopment } from './rows';

const templates: readonly Template[] = ['cra-template-typescript', 'cra-template'];

describe.each(templates)('an app of %s', (template) => {
  let app: string;
  let browser: Browser;
  beforeAll(async () => {
    [app, browser] = await Promise.all([makeApp(template), launchBrowser()]);
  }, 900_000);
  afterAll(() => browser.close());

  describe.each(rows)('with wasm: $wasm and worker: $worker', (row) => {
    const name = `${template} ${row.wasm} ${row.worker}`;

    test.each(['the first time', 'a second time'])('works in development, started %s', async (time) => {
      say(`${name}: start ${time}`);
      await expect(runInDevelopment(app, row, browser)).resolves.toEqual({ answers: expectedAnswers, problems: [] });
    });

    test.each(['/', '/sub', '.'])('works as a build at %s, with a strict content security policy', async (homepage) => {
      say(`${name}: build at ${homepage}`);
      const outcome = await runBuilt(app, row, homepage, browser);
      expect(outcome).toEqual({ answers: expectedAnswers, problems: [] });
      expect(filesWith(join(app, 'build'), '__zero-backend-sync')).toEqual([]);
      expect(filesWith(join(app, 'build'), 'ws://127.0.0.1')).toEqual([]);
    });
  });
});
