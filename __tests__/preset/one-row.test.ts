/** One app and one row of the matrix, so that `npm test` sees the preset where it is used; `npm run test:matrix` is the rest. */
import { useApp } from '../matrix/apps';
import { expectedAnswers } from '../matrix/browser';
import { say } from '../support/processes';
import { rows, runBuilt, runInDevelopment } from '../matrix/rows';

describe('a real app with the kit from its tarball', () => {
  const suite = useApp('cra-template-typescript');

  test('works in development', async () => {
    say('craco start');
    await expect(runInDevelopment(suite, rows[0]!)).resolves.toEqual({ answers: expectedAnswers, problems: [] });
  }, 300_000);

  test('works as a build at a sub-path, with a strict content security policy', async () => {
    say('craco build');
    await expect(runBuilt(suite, rows[0]!, '/sub')).resolves.toEqual({ answers: expectedAnswers, problems: [] });
  }, 300_000);
});
