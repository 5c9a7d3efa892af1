/** One app and one row of the matrix, so that `npm test` sees the preset where it is used; `npm run test:matrix` is the rest. */
import type { Browser } from 'playwright-core';
import { makeApp, say } from '../matrix/apps';
import { expectedAnswers, launchBrowser } from '../matrix/browser';
import { rows, runBuilt, runInDevelopment } from '../matrix/rows';

describe('a real app with the kit from its tarball', () => {
  let app: string;
  let browser: Browser;
  beforeAll(async () => {
    [app, browser] = await Promise.all([makeApp('cra-template-typescript'), launchBrowser()]);
  }, 600_000);
  afterAll(() => browser.close());

  test('works in development', async () => {
    say('craco start');
    await expect(runInDevelopment(app, rows[0]!, browser)).resolves.toEqual({ answers: expectedAnswers, problems: [] });
  }, 300_000);

  test('works as a build at a sub-path, with a strict content security policy', async () => {
    say('craco build');
    await expect(runBuilt(app, rows[0]!, '/sub', browser)).resolves.toEqual({ answers: expectedAnswers, problems: [] });
  }, 300_000);
});
