/** What counts as only formatted: every pair is one that a formatter makes, and every difference one that a person makes. */
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import * as babel from 'prettier/plugins/babel';
import * as estree from 'prettier/plugins/estree';
import * as typescript from 'prettier/plugins/typescript';
import type { Options } from 'prettier';
import { format } from 'prettier/standalone';
import { readKit } from '../../../src/cli/kit';
import { templateForms } from '../../../src/cli/template';
import { isSameContent } from '../../../src/cli/undo/same-content';

const same: readonly [file: string, a: string, b: string][] = [
  ['a.ts', `const a = 'x';\n`, `const a = "x"\n`],
  ['a.ts', `f(a, b);`, `f(\n  a,\n  b,\n);`],
  ['a.ts', `const f = a => a;`, `const f = (a) => a;`],
  ['a.ts', `const o = { 'a': 1, "b-c": 2 };`, `const o = {\n\ta: 1,\n\t'b-c': 2,\n};`],
  ['a.ts', `interface A { a: string, 'b': number }`, `interface A {\n  a: string;\n  b: number;\n}`],
  ['a.ts', `type A = (string) | (number);`, `type A =\n  | string\n  | number;`],
  ['a.ts', `if (a) { b(); };`, `if (a) {\n  b();\n}\n`],
  ['a.ts', `const a = 0XAB + 1E3;`, `const a = 0xab + 1e3;`],
  ['a.ts', `/** One\n * two. */\nf();`, `  /**\n   * One two.\n   */\nf();`],
  ['a.ts', `f(); // why\n`, `// why\nf();\n`],
  ['a.ts', `f();\r\ng();\r\n`, `f();\ng();\n`],
  ['a.ts', `\ufefff();\n`, `f();\n`],
  ['a.ts', `(a + b);`, `a + b;`],
  ['a.js', `'use strict'\nf()`, `"use strict";\nf();`],
  ['a.tsx', `const a = <p>a b{' '}<b>c</b></p>;`, `const a = (\n  <p>\n    a b{' '}\n    <b>c</b>\n  </p>\n);`],
  ['a.tsx', `const a = <A b={"c"} d='e' />;`, `const a = <A b="c" d="e" />;`],
  ['a.json', `{"a":[1,2],"b":{"c":null}}`, `{\n\t"a": [\n\t\t1,\n\t\t2\n\t],\n\t"b": { "c": null }\n}\n`],
  ['package.json', `{"b":1,"a":2}`, `\ufeff{\r\n  "a": 2,\r\n  "b": 1\r\n}`],
  ['tsconfig.json', `{ // ours\n "a": 1 }`, `{\n  // ours\n  "a": 1,\n}`],
  ['a.yaml', `a:\n    b:   1\n`, `a:\n  b: 1\n`],
  ['.gitignore', `a\r\nb\r\n`, `a\n\n  b`],
  ['a.ts', `this is no (code`, `this is\nno (code\n`],
];

test.each(same)('%s: %j is %j', (file, a, b) => {
  expect([isSameContent(file, a, b), isSameContent(file, b, a)]).toEqual([true, true]);
});

const different: readonly [file: string, a: string, b: string][] = [
  ['a.ts', `const a = 'a b';`, `const a = 'ab';`],
  ['a.ts', `const a = 1;`, `let a = 1;`],
  ['a.ts', `const a = 1;`, `const a = 2;`],
  ['a.ts', `const a = 1;`, `const a = '1';`],
  ['a.ts', `f();`, `f(); // mine`],
  ['a.ts', `f(); // why`, `f(); // because`],
  ['a.ts', `f();\ng();`, `g();\nf();`],
  ['a.ts', `const o = { a: 1 };`, `const o = { [a]: 1 };`],
  ['a.ts', `(a + b) * c;`, `a + b * c;`],
  ['a.ts', `const a = \`a\n  b\`;`, `const a = \`a\nb\`;`],
  ['a.ts', `type A = string;`, `type A = string | number;`],
  ['a.ts', `f(a);`, `f(a as B);`],
  ['a.ts', `const { a } = b;`, `const { a: c } = b;`],
  ['a.ts', `import { a } from 'b';`, `import type { a } from 'b';`],
  ['a.tsx', `const a = <p>a b</p>;`, `const a = <p>ab</p>;`],
  ['a.tsx', `const a = <p>a{' '}</p>;`, `const a = <p>a</p>;`],
  ['a.tsx', `const a = <A b />;`, `const a = <A b="" />;`],
  ['a.json', `{"a":[1,2]}`, `{"a":[2,1]}`],
  ['a.json', `{"a":"b c"}`, `{"a":"bc"}`],
  ['a.json', `{ "a": 1 }`, `{ "a": 1, "b": 2 }`],
  ['tsconfig.json', `{ "a": 1 }`, `{ "a": 1 // mine\n }`],
  ['.gitignore', `a\nb\n`, `ab\n`],
  ['.gitignore', `a\n!b\n`, `!b\na\n`],
  ['a.ts', `this is no (code`, `this is no ((code`],
];

test.each(different)('%s: %j is not %j', (file, a, b) => {
  expect([isSameContent(file, a, b), isSameContent(file, b, a)]).toEqual([false, false]);
});

const styles: readonly Options[] = [
  { semi: false, singleQuote: true, trailingComma: 'all', printWidth: 40 },
  { useTabs: true, quoteProps: 'consistent', arrowParens: 'avoid', trailingComma: 'none', printWidth: 160 },
  {
    bracketSpacing: false,
    jsxSingleQuote: true,
    endOfLine: 'crlf',
    objectWrap: 'collapse',
    experimentalTernaries: true,
  },
  { experimentalOperatorPosition: 'start', bracketSameLine: true, singleAttributePerLine: true, tabWidth: 8 },
];

const texts = templateForms.flatMap((form) =>
  Object.entries(readKit().template(form)).map(([name, text]) => [`${form}/${name}`, text] as const),
);
// Code of another hand than the template's.
const others = [
  'src/cli/edit/exported-objects.ts',
  'src/demo/device.tsx',
  '__tests__/cli/init.test.ts',
  'package.json',
].map((file) => [file, readFileSync(path.resolve(__dirname, '../../..', file), 'utf8')] as const);

function parserFor(file: string): string {
  if (file.endsWith('package.json')) return 'json-stringify';
  if (file.endsWith('.json')) return 'json';
  return /\.tsx?$/.test(file) ? 'typescript' : 'babel';
}

test.each([...texts, ...others])(
  '%s is the same in four styles of Prettier, and is not without one of its words',
  async (file, text) => {
    for (const style of styles) {
      const formatted = await format(text, { ...style, plugins: [babel, estree, typescript], parser: parserFor(file) });
      expect({ style, isSame: isSameContent(file, text, formatted) }).toEqual({ style, isSame: true });
      const words = [...formatted.matchAll(/\b[a-z]\w{3,}\b/gi)];
      const { 0: word, index } = words[Math.floor(words.length / 2)] as RegExpExecArray;
      const changed = `${formatted.slice(0, index)}${word}X${formatted.slice(index + word.length)}`;
      expect({ word, isSame: isSameContent(file, text, changed) }).toEqual({ word, isSame: false });
    }
  },
);
