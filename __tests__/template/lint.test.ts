/** What linters and formatters of apps say of the template: nothing, with no line switched off. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parse } from '@babel/parser';
import { buildForms, formNames, listCode, root } from './forms';
import type { BuiltForms } from './forms';

jest.setTimeout(600_000);

const reactScripts = path.join(root, 'node_modules/react-scripts');
const eslintOfCra = path.join(reactScripts, 'node_modules/eslint/bin/eslint.js');
const eslint = path.join(root, 'node_modules/eslint/bin/eslint.js');
const prettier = path.join(root, 'node_modules/prettier/bin/prettier.cjs');

const prettierConfig = path.join(root, '.prettierrc.json');

let forms: BuiltForms;
beforeAll(() => {
  forms = buildForms();
  const configOfCra = {
    root: true,
    extends: [createRequire(path.join(reactScripts, 'package.json')).resolve('eslint-config-react-app')],
  };
  writeFileSync(path.join(forms.folder, 'cra.json'), JSON.stringify(configOfCra));
  const typescriptEslint = createRequire(path.join(root, 'package.json')).resolve('typescript-eslint');
  writeFileSync(
    path.join(forms.folder, 'recommended.mjs'),
    `import tseslint from ${JSON.stringify(typescriptEslint)};\nexport default tseslint.configs.recommended;\n`,
  );
});
afterAll(() => forms.remove());

/** Runs a program of Node's on files of a form. Returns what it says when it is not content. */
function run(
  form: string,
  program: string,
  options: readonly string[],
  files = listCode(path.join(forms.folder, form)),
): string {
  const cwd = path.join(forms.folder, form);
  const env: NodeJS.ProcessEnv = { ...process.env, NODE_ENV: 'development' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...options, ...files], {
    cwd,
    env,
    encoding: 'utf8',
  });
  return status === 0 ? '' : stdout + stderr;
}

const lintAsCra = (form: string, files?: readonly string[]): string =>
  run(
    form,
    eslintOfCra,
    ['--no-eslintrc', '--config', '../cra.json', '--resolve-plugins-relative-to', reactScripts, '--max-warnings', '0'],
    files,
  );
const lintAsRecommended = (form: string, files?: readonly string[]): string =>
  run(form, eslint, ['--no-config-lookup', '--config', '../recommended.mjs', '--max-warnings', '0'], files);

describe.each(formNames)('the %s form', (form) => {
  test('passes the rules of Create React App', () => {
    expect(lintAsCra(form)).toBe('');
  });

  test('passes the recommended rules of typescript-eslint', () => {
    expect(lintAsRecommended(form)).toBe('');
  });

  test('is formatted', () => {
    expect(
      run(
        form,
        prettier,
        ['--check', '--config', prettierConfig],
        [...listCode(path.join(forms.folder, form)), 'config.json'],
      ),
    ).toBe('');
  });

  test('switches no rule off', () => {
    const found = listCode(path.join(forms.folder, form)).filter((file) =>
      /eslint-disable|@ts-(nocheck|ignore|expect-error)|prettier-ignore/.test(
        readFileSync(path.join(forms.folder, form, file), 'utf8'),
      ),
    );
    expect(found).toEqual([]);
  });
});

test('JavaScript has no syntax of TypeScript left', () => {
  const folder = path.join(forms.folder, 'javascript');
  const javaScript = listCode(folder).filter((file) => file.endsWith('.js'));
  for (const file of javaScript) parse(readFileSync(path.join(folder, file), 'utf8'), { sourceType: 'module' });
});

test('a violation is found', () => {
  mkdirSync(path.join(forms.folder, 'bad'));
  writeFileSync(path.join(forms.folder, 'bad/a.js'), 'export  const a = 1\nconst b = 2;\nfunction f() { a == b; }\n');
  expect(lintAsCra('bad')).toContain('no-unused-vars');
  expect(lintAsRecommended('bad')).toContain('no-unused-vars');
  expect(run('bad', prettier, ['--check', '--config', prettierConfig])).toContain('a.js');
});
