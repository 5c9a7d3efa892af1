/** The package as the command line reads it: its root, and its template in three forms. */
import * as path from 'node:path';
import { readKit } from '../../src/cli/kit';
import { packageRoot } from '../../src/cli/package-root';
import { templateNames, templateVersionIn, type TemplateForm } from '../../src/cli/template';
import { TEMPLATE_VERSION } from '../../src/runtime/core/versions';
import { makeProject, smallTemplate } from './project';

const repository = path.resolve(__dirname, '../..');

test('the root of the package is found from its sources', () => {
  expect(packageRoot()).toBe(repository);
});

describe('the template', () => {
  test.each<TemplateForm>(['typescript', 'erasable', 'javascript'])('in the form %s is eight files', (form) => {
    const files = Object.entries(smallTemplate(form)).map(([name, text]) => [`${form}/${name}`, text]);
    const folder = makeProject(Object.fromEntries(files) as Record<string, string>);
    const template = readKit({ templates: folder.root }).template(form);
    expect(template).toEqual(smallTemplate(form));
    expect(Object.keys(template)).toHaveLength(8);
    folder.remove();
  });

  test('that is incomplete is refused', () => {
    const folder = makeProject({ 'javascript/types.js': '' });
    expect(() => readKit({ templates: folder.root }).template('javascript')).toThrow(
      expect.objectContaining({
        code: 'TEMPLATE_MISSING',
        message: expect.stringMatching(/schema\.js is missing.*Nothing was changed\. Install it again/),
      }),
    );
    folder.remove();
  });

  test('keeps AssemblyScript under its name', () => {
    expect(templateNames('javascript').filter((name) => name.endsWith('.ts'))).toEqual(['worker/crypto.asm.ts']);
  });

  test.each<[text: string | null, version: number | null]>([
    ['export const TEMPLATE_VERSION = 12;\n', 12],
    ['/** A doc comment. */\nexport const TEMPLATE_VERSION: number = 3;\n', 3],
    ['// export const TEMPLATE_VERSION = 2;\n', null],
    ['export const OTHER = 2;\n', null],
    [null, null],
  ])('has the version that %j says: %j', (text, version) => {
    expect(templateVersionIn(text)).toBe(version);
  });

  test('and the runtime have one version', () => {
    expect(readKit().templateVersion).toBe(TEMPLATE_VERSION);
  });
});
