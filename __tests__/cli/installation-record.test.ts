/** The record of an installation: which files of the template are the app's. */
import { discover } from '../../src/cli/discover/facts';
import { memoryFiles } from '../../src/cli/discover/project-files';
import { readRecord, recordFile } from '../../src/cli/installation-record';
import { makePlan } from '../../src/cli/plan/make-plan';
import type { InstallationRecord } from '../../src/cli/installation-record';
import { smallKit, typescriptApp } from './project';

const written = {
  recordVersion: 1,
  kit: '0.1.0',
  dir: 'src/lib',
  form: 'typescript',
  choices: { identity: ['user.id'], storage: { layer: 'rxdb' } },
  app: { appId: 'my-app/1', salts: [{ id: '1', env: 'SYNC_SALT', fingerprint: '3ae29166c7faad65' }] },
  files: {},
  packages: {},
};
const read = (more: object) => readRecord(memoryFiles({ [recordFile]: JSON.stringify({ ...written, ...more }) }));

test.each([
  [{}, 'react'],
  [{ framework: 'react' }, 'react'],
  [{ framework: 'vue' }, 'vue'],
])('with %j is of an app of %s', (more, framework) => {
  expect(read(more)?.framework).toBe(framework);
});

test.each([['svelte'], [null], [7], ['']])('with the framework %j is refused', (framework) => {
  expect(() => read({ framework })).toThrow(
    expect.objectContaining({ code: 'RECORD_INVALID', message: expect.stringContaining('"framework"') }),
  );
});

describe('the files of the template that a plan writes', () => {
  function filesOf(framework: 'react' | 'vue', record: InstallationRecord | null): readonly string[] {
    const files = memoryFiles(typescriptApp);
    const facts = discover(files, null);
    const plan = makePlan({
      files,
      facts: { ...facts, platform: { ...facts.platform, framework } },
      answers: { identity: ['user.id'], storage: { layer: 'rxdb' }, dir: 'src/lib', example: false },
      kit: smallKit,
      record,
      env: { SYNC_SALT: Buffer.alloc(32, 7).toString('base64') },
      random: (bytes) => new Uint8Array(bytes).fill(7),
      now: () => Date.UTC(2027, 1, 3),
    });
    return plan.writes.filter(({ role }) => role === 'template').map(({ path }) => path);
  }

  test.each(['react', 'vue'] as const)('are those for %s', (framework) => {
    const paths = filesOf(framework, null);
    expect(paths).toHaveLength(8);
    expect(paths.filter((path) => /(react|vue)\.ts$/.test(path))).toEqual([`src/lib/${framework}.ts`]);
  });

  test('are those of the record, where there is one', () => {
    expect(filesOf('react', read({ framework: 'vue' }))).toContain('src/lib/vue.ts');
    expect(filesOf('vue', read({}))).toContain('src/lib/react.ts');
  });
});
