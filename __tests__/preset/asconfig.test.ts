import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findAsconfig, settingsText } from '../../src/preset/asconfig';

const repository = path.resolve(__dirname, '../..');

describe('the settings of AssemblyScript', () => {
  let app: string;
  const write = (text: string) => writeFileSync(path.join(app, 'asconfig.json'), text);
  beforeEach(() => {
    app = mkdtempSync(path.join(tmpdir(), 'zbs-asconfig-'));
  });
  afterEach(() => rmSync(app, { recursive: true }));

  test('are those of this package in an app that has none', () => {
    expect(findAsconfig(app)).toBe(path.join(repository, 'asconfig.json'));
  });

  test('are those of the app, with those of this package below them', () => {
    const targets = { debug: { sourceMap: true, textFile: 'build/debug.wat', debug: true }, release: {} };
    const own = { entries: ['assembly/index.ts'], options: { initialMemory: 9 }, targets };
    write(JSON.stringify(own));
    const file = findAsconfig(app);
    expect(file).toBe(path.join(app, 'asconfig.json'));
    expect(JSON.parse(settingsText(file))).toEqual({
      extends: path.join(repository, 'asconfig.json'),
      options: { initialMemory: 9 },
      targets: { debug: { debug: true }, release: {} },
    });
  });

  test('may extend others', () => {
    write('{ "extends": "./base.json" }');
    expect(JSON.parse(settingsText(findAsconfig(app)))).toMatchObject({ extends: './base.json' });
  });

  test.each([
    ['is not JSON', '{\n  "targets": { "debug": {} "release": {} }\n}', '2:28', "Expected ',' or '}'"],
    ['has a comment', '{\n  // for tests\n}', '2:3', 'JSON'],
    ['is a list', '[]', '1:1', 'it is not an object'],
    ['has no targets', '{ "options": {} }', '1:1', 'no target "debug"'],
    ['has no target for production', '{\n  "targets": { "debug": {} }\n}', '2:3', 'no target "release"'],
    ['has a target that is no object', '{ "targets": { "debug": true, "release": {} } }', '1:3', 'no target "debug"'],
    [
      'has options that are no object',
      '{ "options": [], "targets": { "debug": {}, "release": {} } }',
      '1:3',
      '"options"',
    ],
  ])('are an error where the file %s', (_what, text, place, reason) => {
    write(text);
    expect(() => findAsconfig(app)).toThrow(expect.objectContaining({ code: 'ASCONFIG_INVALID' }));
    expect(() => findAsconfig(app)).toThrow(`asconfig.json:${place} `);
    expect(() => findAsconfig(app)).toThrow(reason);
    expect(() => findAsconfig(app)).toThrow('"targets": { "debug": {}, "release": {} }');
  });
});

test('the settings of this package keep its modules closed, in both targets', () => {
  const { options, targets } = JSON.parse(readFileSync(path.join(repository, 'asconfig.json'), 'utf8'));
  expect(options).toMatchObject({
    use: ['abort='],
    noExportMemory: true,
    initialMemory: 1,
    maximumMemory: 1,
    optimizeLevel: 3,
    runtime: 'stub',
  });
  const outFile = 'src/lib/worker/crypto.wasm';
  expect(targets).toEqual({ release: { outFile }, debug: { outFile, debug: true } });
});
