/** The package as the command line reads it: its root, its template in three forms, and what an app does not have to install. */
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import * as path from 'node:path';
import { readKit } from '../../src/cli/kit';
import { packageRoot } from '../../src/cli/package-root';
import { templateNames, templateVersionIn, type TemplateForm } from '../../src/cli/template';
import { TEMPLATE_VERSION } from '../../src/runtime/core/template-version';
import { makeProject, smallTemplate } from './project';

const repository = path.resolve(__dirname, '../..');
const { dependencies, devDependencies } = JSON.parse(
  readFileSync(path.join(repository, 'package.json'), 'utf8'),
) as Record<string, Record<string, string>>;

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

test('an app installs no package that only the command line uses', () => {
  const ofCli = importedBy('src/cli');
  const shared = new Set(['src/preset', 'src/relay', 'src/runtime'].flatMap((folder) => [...importedBy(folder)]));
  const own = [...ofCli].filter((name) => !shared.has(name) && !name.startsWith('@types/')).sort();
  expect(own.length).toBeGreaterThan(5);
  expect(own.filter((name) => dependencies?.[name] !== undefined)).toEqual([]);
  expect(own.filter((name) => devDependencies?.[name] === undefined)).toEqual([]);
});

/** Packages whose modules the sources below a folder import. */
function importedBy(folder: string): ReadonlySet<string> {
  const sources = readdirSync(path.join(repository, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => readFileSync(path.join(repository, folder, file), 'utf8'));
  const specifiers = sources.flatMap((text) =>
    [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '([^'.$][^'$]*)'|\bimport\('([^'.$][^'$]*)'\)/gm)].map(
      ([, from, dynamic]) => from ?? dynamic ?? '',
    ),
  );
  const names = specifiers
    .filter((specifier) => !specifier.startsWith('node:') && !builtinModules.includes(specifier))
    .map((specifier) =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/'),
    );
  return new Set(names);
}
