/** The package as the command line reads it: its root, and its template in three forms. */
import * as path from 'node:path';
import { readKit } from '../../src/cli/kit';
import { packageRoot } from '../../src/cli/package-root';
import { templateForms, templateFrameworks, templateNames, templateVersionIn } from '../../src/cli/template';
import { TEMPLATE_VERSION } from '../../src/runtime/core/versions';
import { makeProject, smallTemplate } from './project';

const repository = path.resolve(__dirname, '../..');

test('the root of the package is found from its sources', () => {
  expect(packageRoot()).toBe(repository);
});

describe('the template', () => {
  const kinds = templateForms.flatMap((form) => templateFrameworks.map((framework) => [form, framework] as const));

  test.each(kinds)('in the form %s for %s is eight files', (form, framework) => {
    const texts = templateFrameworks.flatMap((one) => Object.entries(smallTemplate(form, one)));
    const folder = makeProject(Object.fromEntries(texts.map(([name, text]) => [`${form}/${name}`, text])));
    const template = readKit({ templates: folder.root }).template(form, framework);
    expect(template).toEqual(smallTemplate(form, framework));
    expect(Object.keys(template)).toHaveLength(8);
    folder.remove();
  });

  test.each(kinds)('in the form %s for %s is in the package', (form, framework) => {
    const names = Object.keys(readKit().template(form, framework));
    expect(names).toContain(`${framework}.${form === 'javascript' ? 'js' : 'ts'}`);
    expect(names.filter((name) => /^(react|vue)\./.test(name))).toHaveLength(1);
  });

  test('is that of React where nothing else is said', () => {
    expect(templateNames('typescript')).toEqual(templateNames('typescript', 'react'));
    expect(readKit().template('typescript')).toEqual(readKit().template('typescript', 'react'));
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
