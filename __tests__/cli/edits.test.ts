import { cracoWiring } from '../../src/cli/homes/wirings';
import { addToJsonArray, setJson } from '../../src/cli/edit/json';

const editCracoConfig = (file: string, text: string, lib?: string) => cracoWiring.edit(file, text, { lib });

describe('a CRACO configuration gets the plugin and keeps every other character', () => {
  test.each<[name: string, form: string, before: string, after: string]>([
    [
      'an object without plugins',
      'object',
      `// ours\nmodule.exports = {\n  webpack: {\n    alias: { a: 'b' }, // keep\n  },\n};\n`,
      `// ours\nmodule.exports = {\n  webpack: {\n    alias: { a: 'b' }, // keep\n  },\n  plugins: [{ plugin: require('zero-backend-sync/craco') }],\n};\n`,
    ],
    [
      'an object with plugins on one line',
      'object',
      `module.exports = { plugins: [{ plugin: require('craco-less') }] };\n`,
      `module.exports = { plugins: [{ plugin: require('craco-less') }, { plugin: require('zero-backend-sync/craco') }] };\n`,
    ],
    [
      'an object with plugins over several lines, a trailing comma and comments',
      'object',
      `module.exports = {\n  plugins: [\n    { plugin: require('craco-less') }, // first\n    // nothing else\n  ],\n}\n`,
      `module.exports = {\n  plugins: [\n    { plugin: require('craco-less') }, // first\n    { plugin: require('zero-backend-sync/craco') },\n    // nothing else\n  ],\n}\n`,
    ],
    [
      'plugins whose only element spans lines',
      'object',
      `module.exports = {\n  plugins: [{\n    plugin: CracoLess,\n  }],\n};\n`,
      `module.exports = {\n  plugins: [{\n    plugin: CracoLess,\n  }, { plugin: require('zero-backend-sync/craco') }],\n};\n`,
    ],
    [
      'an empty object',
      'object',
      `module.exports = {};\n`,
      `module.exports = { plugins: [{ plugin: require('zero-backend-sync/craco') }] };\n`,
    ],
    [
      'empty plugins',
      'object',
      `module.exports = { plugins: [] };`,
      `module.exports = { plugins: [{ plugin: require('zero-backend-sync/craco') }] };`,
    ],
    [
      'double quotes',
      'object',
      `module.exports = { style: { a: "b" } };`,
      `module.exports = { style: { a: "b" }, plugins: [{ plugin: require("zero-backend-sync/craco") }] };`,
    ],
    [
      'tabs and Windows line ends',
      'object',
      `module.exports = {\r\n\teslint: { enable: false },\r\n};\r\n`,
      `module.exports = {\r\n\teslint: { enable: false },\r\n\tplugins: [{ plugin: require('zero-backend-sync/craco') }],\r\n};\r\n`,
    ],
    [
      'a function',
      'function',
      `module.exports = function ({ env }) {\n  const isTest = env === 'test';\n  return { eslint: { enable: !isTest } };\n};\n`,
      `module.exports = function ({ env }) {\n  const isTest = env === 'test';\n  return { eslint: { enable: !isTest }, plugins: [{ plugin: require('zero-backend-sync/craco') }] };\n};\n`,
    ],
    [
      'an arrow function',
      'function',
      `module.exports = () => ({ a: 1 });`,
      `module.exports = () => ({ a: 1, plugins: [{ plugin: require('zero-backend-sync/craco') }] });`,
    ],
    [
      'an async function declared before',
      'async function',
      `async function config() {\n  await 1;\n  return { a: 1 };\n}\nmodule.exports = config;\n`,
      `async function config() {\n  await 1;\n  return { a: 1, plugins: [{ plugin: require('zero-backend-sync/craco') }] };\n}\nmodule.exports = config;\n`,
    ],
    [
      'a function with two returns',
      'function',
      `module.exports = (x) => {\n  if (x) return { a: 1 };\n  return { b: 2 };\n};`,
      `module.exports = (x) => {\n  if (x) return { a: 1, plugins: [{ plugin: require('zero-backend-sync/craco') }] };\n  return { b: 2, plugins: [{ plugin: require('zero-backend-sync/craco') }] };\n};`,
    ],
    [
      'a variable that is changed before it is exported',
      'variable',
      `const config = { a: 1 };\nif (process.env.CI) config.eslint = { enable: false };\nmodule.exports = config;\n`,
      `const config = { a: 1, plugins: [{ plugin: require('zero-backend-sync/craco') }] };\nif (process.env.CI) config.eslint = { enable: false };\nmodule.exports = config;\n`,
    ],
    [
      'a variable that a function returns',
      'function',
      `const config = { a: 1 };\nmodule.exports = () => config;\n`,
      `const config = { a: 1, plugins: [{ plugin: require('zero-backend-sync/craco') }] };\nmodule.exports = () => config;\n`,
    ],
    [
      'plugins in a variable',
      'object',
      `const plugins = [{ plugin: A }];\nmodule.exports = { plugins };\n`,
      `const plugins = [{ plugin: A }];\nmodule.exports = { plugins: [...plugins, { plugin: require('zero-backend-sync/craco') }] };\n`,
    ],
    [
      'plugins that are filtered',
      'object',
      `module.exports = { plugins: [a && { plugin: a }].filter(Boolean) };`,
      `module.exports = { plugins: [a && { plugin: a }, { plugin: require('zero-backend-sync/craco') }].filter(Boolean) };`,
    ],
    [
      'TypeScript',
      'object',
      `import type { CracoConfig } from '@craco/types';\nexport default { a: 1 } satisfies CracoConfig;\n`,
      `import type { CracoConfig } from '@craco/types';\nexport default { a: 1, plugins: [{ plugin: require('zero-backend-sync/craco') }] } satisfies CracoConfig;\n`,
    ],
  ])('%s', (_name, form, before, after) => {
    expect(editCracoConfig(/import type/.test(before) ? 'craco.config.ts' : 'craco.config.js', before)).toEqual({
      kind: 'edited',
      form,
      text: after,
    });
  });

  test('names the folder of the template where it is not the usual one', () => {
    expect(editCracoConfig('craco.config.js', 'module.exports = {};', 'src/sync')).toMatchObject({
      text: `module.exports = { plugins: [{ plugin: require('zero-backend-sync/craco'), options: { lib: 'src/sync' } }] };`,
    });
  });

  test('an edited configuration is not edited again', () => {
    const edited = editCracoConfig('craco.config.js', 'module.exports = {};');
    expect(edited.kind === 'edited' && editCracoConfig('craco.config.js', edited.text)).toEqual({
      kind: 'already-wired',
    });
  });
});

describe('a CRACO configuration is left alone where an edit could be wrong', () => {
  test.each<[name: string, code: string]>([
    ['its plugins may come from a spread', `module.exports = { ...base };`],
    ['its plugins may not be an array', `module.exports = { plugins: makePlugins() };`],
    ['its plugins may be false', `module.exports = { plugins: isCi && [a] };`],
    [
      'plugins are assigned later',
      `const config = { plugins: [] };\nconfig.plugins = other;\nmodule.exports = config;`,
    ],
    ['the variable is assigned again', `let config = { a: 1 };\nconfig = wrap(config);\nmodule.exports = config;`],
    ['the object is wrapped', `module.exports = withTheme({ a: 1 });`],
    ['the object is imported', `module.exports = require('./base');`],
    ['one of its returns is made elsewhere', `module.exports = (x) => { if (x) return base(); return { a: 1 }; };`],
    ['it exports in parts', `exports.plugins = [];\n`],
    ['it exports twice', `module.exports = {};\nmodule.exports = { a: 1 };`],
    ['it exports a choice', `module.exports = ci ? { a: 1 } : { b: 1 };`],
    ['its syntax is broken', `module.exports = {`],
    ['it is empty', ``],
  ])('%s', (_name, code) => {
    expect(editCracoConfig('craco.config.js', code)).toEqual({ kind: 'by-hand', reason: expect.any(String) });
  });
});

describe('JSON keeps its style', () => {
  test.each<[name: string, before: string, after: string]>([
    ['two spaces', `{\n  "a": {\n    "b": 1\n  }\n}\n`, `{\n  "a": {\n    "b": 1,\n    "c": "x"\n  }\n}\n`],
    [
      'four spaces',
      `{\n    "a": {\n        "b": 1\n    }\n}`,
      `{\n    "a": {\n        "b": 1,\n        "c": "x"\n    }\n}`,
    ],
    [
      'tabs and Windows line ends',
      `{\r\n\t"a": {\r\n\t\t"b": 1\r\n\t}\r\n}\r\n`,
      `{\r\n\t"a": {\r\n\t\t"b": 1,\r\n\t\t"c": "x"\r\n\t}\r\n}\r\n`,
    ],
    ['one line', `{"a": {"b": 1}}`, `{"a": {"b": 1, "c": "x"}}`],
    [
      'comments and trailing commas',
      `{\n  // why\n  "a": {\n    "b": 1, /* one */\n  },\n}\n`,
      `{\n  // why\n  "a": {\n    "b": 1, /* one */\n    "c": "x",\n  },\n}\n`,
    ],
    ['a missing parent', `{\n  "z": 1\n}\n`, `{\n  "z": 1,\n  "a": {\n    "c": "x"\n  }\n}\n`],
    ['a value that differs', `{ "a": { "c": 1 } }`, `{ "a": { "c": "x" } }`],
    ['a value that is there', `{ "a": { "c": "x" } }`, `{ "a": { "c": "x" } }`],
    ['a byte order mark', `\uFEFF{\n  "a": {}\n}`, `\uFEFF{\n  "a": { "c": "x" }\n}`],
  ])('%s', (_name, before, after) => {
    expect(setJson('f.json', before, ['a', 'c'], 'x')).toBe(after);
  });

  test('dependencies stay in alphabetical order', () => {
    expect(
      setJson(
        'package.json',
        `{\n  "dependencies": {\n    "a": "1",\n    "c": "1"\n  }\n}`,
        ['dependencies', 'b'],
        '1',
      ),
    ).toBe(`{\n  "dependencies": {\n    "a": "1",\n    "b": "1",\n    "c": "1"\n  }\n}`);
  });

  test('an item is added to an array once', () => {
    const once = addToJsonArray('t.json', `{ "exclude": ["a"] }`, ['exclude'], 'b');
    expect(once).toBe(`{ "exclude": ["a", "b"] }`);
    expect(addToJsonArray('t.json', once, ['exclude'], 'b')).toBe(once);
  });

  test.each([['{ "a": '], ['{ a: 1 }'], ['alert(1)'], ['{ "a": [1, } }'], ['']])(
    '%j is refused with a code',
    (text) => {
      expect(() => setJson('package.json', text, ['a'], 1)).toThrow(expect.objectContaining({ code: 'JSON_INVALID' }));
    },
  );
});
