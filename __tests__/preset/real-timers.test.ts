/** What stands in front of the modules of the engine in an app's tests; in real Jests: package/fake-timers.test.ts. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Script } from 'node:vm';
import { TIMERS_KEY } from '../../src/preset/jest/real-timers';
import realTimersTransform, { withRealTimers } from '../../src/preset/jest/real-timers-transform';

const repository = path.resolve(__dirname, '../..');
const real = (names: string) => `var { ${names} } = globalThis[Symbol.for('${TIMERS_KEY}')] || globalThis;`;

test.each([
  ['setTimeout(wake, 1);\n', ` ${real('setTimeout')} setTimeout(wake, 1);\n`],
  ["'use strict';\nDate.now();\n", `'use strict'; ${real('Date')} \nDate.now();\n`],
  [
    '/* a\n licence */\n"use strict";\nDate.now();\n',
    `/* a\n licence */\n"use strict"; ${real('Date')} \nDate.now();\n`,
  ],
  ['const a = 1;\n', 'const a = 1;\n'],
  ['const { performance } = hooks;\nperformance.now();\n', 'const { performance } = hooks;\nperformance.now();\n'],
  ['mySetTimeouts();\n', 'mySetTimeouts();\n'],
])('%j has the real names that it uses', (source, expected) => {
  expect(withRealTimers(source)).toBe(expected);
  expect(withRealTimers(source).split('\n')).toHaveLength(source.split('\n').length);
});

test('a module of ES goes on to the transformer of the app', () => {
  const inner = path.join(__dirname, 'support/echo-transform.js');
  const transformer = realTimersTransform.createTransformer({
    behind: { inner, innerConfig: { prefix: '/* echo */' } },
  });
  const process = (source: string) => transformer.process(source, 'x.js', {});
  expect(process('import a from "a";\nDate.now();')).toEqual({
    code: `/* echo */ ${real('Date')} import a from "a";\nDate.now();`,
  });
  expect(process('exports.a = Date.now();')).toEqual({ code: ` ${real('Date')} exports.a = Date.now();` });
});

test.each([
  'node_modules/rxdb/dist/cjs',
  'node_modules/custom-idle-queue/dist/lib',
  'node_modules/oblivious-set/dist/cjs',
])('every module of %s can still be read', (folder) => {
  const files = readdirSync(path.join(repository, folder), { recursive: true, encoding: 'utf8' });
  const modules = files.filter((file) => file.endsWith('.js'));
  expect(modules.length).toBeGreaterThan(0);
  for (const file of modules) {
    const source = withRealTimers(readFileSync(path.join(repository, folder, file), 'utf8'));
    expect(() => new Script(`(function (exports, require, module) {${source}\n})`, { filename: file })).not.toThrow();
  }
});
