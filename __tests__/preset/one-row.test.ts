/** One app and one row of the matrix, so that `npm test` sees the preset where it is used; `npm run test:matrix` is the rest. */
import { useApp } from '../matrix/apps';
import { expectedAnswers } from '../matrix/browser';
import { say } from '../support/processes';
import type { Row } from '../matrix/options';
import { runBuilt, runInDevelopment } from '../matrix/rows';

describe('a real app with the kit from its tarball', () => {
  const suite = useApp('cra-template-typescript');
  const row = { template: 'cra-template-typescript', wasm: 'wasm-loader', worker: 'native' } as const;
  const started: Row = { ...row, homepage: '/', command: 'start' };
  const built: Row = { ...row, homepage: '/sub', command: 'build' };

  test('works in development', async () => {
    say('craco start');
    await expect(runInDevelopment(suite, started)).resolves.toEqual({ answers: expectedAnswers, problems: [] });
  }, 300_000);

  test('works as a build at a sub-path, with a strict content security policy', async () => {
    say('craco build');
    await expect(runBuilt(suite, built)).resolves.toEqual({ answers: expectedAnswers, problems: [] });
  }, 300_000);
});
