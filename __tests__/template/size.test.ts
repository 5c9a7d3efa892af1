/** The template is what a user judges the kit by: eight files that are read in minutes, in every form. The ninth is another framework's. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildForms, frameworks, isFor, readForm, root } from './forms';
import type { BuiltForms } from './forms';

const limits: ReadonlyMap<string, number> = new Map([
  ['config.json', 25],
  ['engine.ts', 200],
  ['react.ts', 30],
  ['schema.ts', Infinity],
  ['storage.ts', 90],
  ['types.ts', 120],
  ['vue.ts', 30],
  ['worker/crypto.asm.ts', 110],
  ['worker/index.ts', 110],
]);
/** What types take as comments. */
const FACTOR_OF_JSDOC = 1.25;

const files = execFileSync('git', ['ls-files', 'src/lib'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .map((file) => path.posix.relative('src/lib', file));
const sources = new Map(files.map((file) => [file, readFileSync(path.join(root, 'src/lib', file), 'utf8')]));
let forms: BuiltForms;
beforeAll(() => (forms = buildForms()));
afterAll(() => forms.remove());

const countLines = (text: string): number => text.split('\n').length - 1;

/** The files that are longer than they may be, as `file: lines > limit`. */
function findTooLong(form: ReadonlyMap<string, string>, factor: number): readonly string[] {
  return [...form].flatMap(([file, text]) => {
    const limit = (limits.get(file.replace(/\.js$/, '.ts')) ?? 0) * factor;
    return countLines(text) > limit ? [`${file}: ${countLines(text)} > ${limit}`] : [];
  });
}

test.each(frameworks)('the template is eight files of at most 900 lines in an app of %s', (framework) => {
  const ofApp = files.filter((file) => isFor(framework, file));
  expect(ofApp).toHaveLength(8);
  expect(ofApp.reduce((sum, file) => sum + countLines(sources.get(file)!), 0)).toBeLessThanOrEqual(900);
});

test('no file of it is longer than its limit', () => {
  expect([...files].sort()).toEqual([...limits.keys()]);
  expect(findTooLong(sources, 1)).toEqual([]);
});

test('a file that is too long is found', () => {
  expect(findTooLong(new Map([['react.js', '\n'.repeat(38)]]), FACTOR_OF_JSDOC)).toEqual(['react.js: 38 > 37.5']);
});

test('the TypeScript form is the template itself', () => {
  expect(readForm(path.join(forms.folder, 'typescript'))).toEqual(sources);
});

test('without enums no file is longer either', () => {
  const form = readForm(path.join(forms.folder, 'erasable'));
  expect([...form.keys()].sort()).toEqual([...limits.keys()]);
  expect(findTooLong(form, 1)).toEqual([]);
});

test('JavaScript is longer by its comments only', () => {
  const form = readForm(path.join(forms.folder, 'javascript'));
  const names = [...limits.keys()].map((file) => (file.endsWith('.asm.ts') ? file : file.replace(/\.ts$/, '.js')));
  expect([...form.keys()].sort()).toEqual(names);
  expect(findTooLong(form, FACTOR_OF_JSDOC)).toEqual([]);
});
