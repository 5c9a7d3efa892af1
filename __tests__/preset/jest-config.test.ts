import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createJestConfig } from '@craco/craco';
import { extendJestConfig, resolverVariable, testWasmFolder } from '../../src/preset/jest/config';
import type { JestConfig } from '../../src/preset/jest/config';
import importMetaTransform from '../../src/preset/jest/import-meta-transform';
import wasmTransform from '../../src/preset/jest/wasm-transform';
import { readOptions } from '../../src/preset/options';

const repository = path.resolve(__dirname, '../..');
const app = { appPath: '/app', options: readOptions() };
const craConfig = createJestConfig({ jest: { configure: {} } } as never) as JestConfig;

describe('the settings of Jest', () => {
  test('put modules of WebAssembly before CRA’s transformer of files, which would take them', () => {
    const { transform } = extendJestConfig(craConfig, app);
    const [first] = Object.keys(transform ?? {}).filter((pattern) => new RegExp(pattern).test('/app/src/x.wasm'));
    expect(transform?.[first!]).toMatch(/wasm-transform\.js$/);
  });

  test('leave a transformer of the user for modules of WebAssembly in place', () => {
    const given = { transform: { '\\.wasm$': 'of-the-user' } };
    expect(extendJestConfig(given, app).transform).toMatchObject(given.transform);
  });

  test('put import.meta in front of the transformer that is there', () => {
    const { transform } = extendJestConfig(craConfig, app);
    const scripts = Object.entries(transform ?? {}).filter(([pattern]) => new RegExp(pattern).test('/app/src/x.ts'));
    const [inner] = Object.values(craConfig.transform ?? {}).filter((file) => String(file).includes('babelTransform'));
    expect(scripts.map(([, transformer]) => transformer)).toEqual([
      [expect.stringMatching(/import-meta-transform\.js$/), { inner, innerConfig: {} }],
    ]);
  });

  test.each(['<rootDir>/my-transform.js', './my-transform.js', 'my-transform'])(
    'find a transformer of the user called %s',
    (name) => {
      const appPath = mkdtempSync(path.join(tmpdir(), 'zbs-transform-'));
      const isPackage = name === 'my-transform';
      const file = path.join(appPath, isPackage ? 'node_modules/my-transform/index.js' : 'my-transform.js');
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, '');
      const { transform } = extendJestConfig({ transform: { '\\.ts$': [name, { own: 1 }] } }, { ...app, appPath });
      rmSync(appPath, { recursive: true });
      expect(transform?.['\\.ts$']).toEqual([expect.any(String), { inner: file, innerConfig: { own: 1 } }]);
    },
  );

  test.each([
    ['/app/node_modules/.cache/zero-backend-sync/test-wasm/src/lib/worker/crypto.wasm', true],
    ['/app/node_modules/react/index.js', false],
    ['/app/node_modules/rxdb/dist/cjs/index.js', true],
    ['/app/node_modules/zero-backend-sync/node_modules/rxdb/dist/cjs/index.js', true],
    ['/app/node_modules/.pnpm/oblivious-set@2.0.0/node_modules/oblivious-set/dist/cjs/src/index.js', true],
    ['/app/node_modules/zero-backend-sync/dist/runtime/page/index.js', true],
    ['/app/node_modules/zero-backend-sync/dist/preset/jest/setup.js', false],
    ['/app/node_modules/rxdb-hooks/dist/index.js', false],
    ['/app/src/App.js', true],
    ['/app/src/App.module.css', false],
  ])('transform %s: %s', (file, isTransformed) => {
    const { transformIgnorePatterns = [] } = extendJestConfig(craConfig, app);
    expect(transformIgnorePatterns.some((pattern) => new RegExp(pattern).test(file))).toBe(!isTransformed);
  });

  test.each([
    ['node_modules/(?!(axios)/)', '/app/node_modules/axios/index.js', true],
    ['node_modules/(?!(axios)/)', '/app/node_modules/.cache/zero-backend-sync/test-wasm/src/a.wasm', true],
    ['node_modules/(?!(axios)/)', '/app/node_modules/react/index.js', false],
    ['node_modules/(?!(axios)/)', '/app/node_modules/rxdb/dist/cjs/index.js', true],
    ['^/app/node_modules/', '/app/node_modules/react/index.js', false],
    ['^/app/node_modules/', '/app/node_modules/.cache/zero-backend-sync/test-wasm/src/a.wasm', true],
  ])('with %s of the user, transform %s: %s', (pattern, file, isTransformed) => {
    const { transformIgnorePatterns = [] } = extendJestConfig({ transformIgnorePatterns: [pattern] }, app);
    expect(transformIgnorePatterns.some((made) => new RegExp(made).test(file))).toBe(!isTransformed);
  });

  test('keep the set-up files of the user, behind the globals and IndexedDB', () => {
    const { setupFiles } = extendJestConfig({ setupFiles: ['of-the-user'] }, app);
    expect(setupFiles).toEqual([
      expect.stringMatching(/setup\.js$/),
      expect.stringMatching(/fake-indexeddb/),
      'of-the-user',
    ]);
  });

  test.each([
    ['/app/src/lib/engine.ts', undefined, true],
    ['/app/src/lib/worker/index.ts', undefined, true],
    ['/app/src/library/index.ts', undefined, false],
    ['/app/src/App.tsx', undefined, false],
    ['/app/node_modules/a/index.js', undefined, true],
    ['/app/src/stories/a.tsx', ['/stories/'], true],
    ['/app/src/lib/engine.ts', ['/stories/'], true],
  ])('leave %s out of the coverage with %j of the user: %s', (file, coveragePathIgnorePatterns, isLeftOut) => {
    const { coveragePathIgnorePatterns: patterns } = extendJestConfig({ coveragePathIgnorePatterns }, app);
    expect(patterns?.some((pattern) => new RegExp(pattern).test(file))).toBe(isLeftOut);
  });

  test('know the ending of the template where the app has named its own', () => {
    const make = (moduleFileExtensions?: readonly string[]) =>
      extendJestConfig({ moduleFileExtensions }, { ...app, appPath: path.resolve(__dirname, '../..') });
    expect(make(['js']).moduleFileExtensions).toEqual(['js', 'json', 'ts']);
    expect(make(['ts', 'js', 'json']).moduleFileExtensions).toEqual(['ts', 'js', 'json']);
    expect(make().moduleFileExtensions).toBeUndefined();
  });

  test('keep everything else', () => {
    expect(extendJestConfig({ ...craConfig, resetMocks: false, displayName: 'mine' } as never, app)).toMatchObject({
      displayName: 'mine',
      resetMocks: false,
      moduleNameMapper: expect.anything(),
    });
  });
});

describe('import.meta in tests', () => {
  const inner = path.join(__dirname, 'support/echo-transform.js');
  const transformer = importMetaTransform.createTransformer({ inner, innerConfig: { prefix: '// echo\n' } });

  test('is the address of the file, and the transformer behind gets its own options', () => {
    const { code } = transformer.process('exports.url = new URL("./x", import.meta.url).href;', '/app/a.js', {}) as {
      code: string;
    };
    expect(code).toMatch(/^\/\/ echo\n/);
    const exports: { url?: string } = {};
    new Function('exports', 'require', '__filename', code)(exports, createRequire(__filename), '/app/a.js');
    expect(exports.url).toBe('file:///app/x');
  });

  test('changes nothing where it is not used', () => {
    expect(transformer.process('important.metadata;', '/app/a.js', {})).toEqual({
      code: '// echo\nimportant.metadata;',
    });
  });

  test('lets a changed file miss the cache', () => {
    const keys = ['a', 'b'].map((source) => transformer.getCacheKey?.(source, '/app/a.js', {}));
    expect(new Set(keys).size).toBe(2);
  });
});

describe('modules of WebAssembly in tests', () => {
  const file = path.join(repository, 'node_modules/wasm-loader/factorial.wasm');

  test('have the contract of wasm-loader', async () => {
    const { code } = wasmTransform.process('', file);
    const module: { exports?: (imports?: object) => Promise<WebAssembly.WebAssemblyInstantiatedSource> } = {};
    new Function('module', code)(module);
    const { instance } = await module.exports!();
    expect(instance).toBeInstanceOf(WebAssembly.Instance);
  });

  test('are transformed again when their bytes change', () => {
    expect(wasmTransform.getCacheKey('', file)).toBe(wasmTransform.getCacheKey('other text', file));
    expect(wasmTransform.getCacheKey('', file)).not.toBe(wasmTransform.getCacheKey('', __filename));
  });
});

describe('the resolver of tests', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'zbs-resolver-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  };
  const options = () => ({
    basedir: path.join(folder, 'src'),
    extensions: ['.js'],
    defaultResolver: (request: string) => {
      if (request === './known') return '/known.js';
      throw new Error(`Cannot find module '${request}'`);
    },
  });
  const resolver = (next?: string) => {
    extendJestConfig({ resolver: next }, { ...app, appPath: folder });
    expect(process.env[resolverVariable]).toContain(folder);
    jest.resetModules();
    return jest.requireActual<(request: string, settings: object) => string>('../../src/preset/jest/resolver');
  };

  test('takes what Jest finds', () => {
    expect(resolver()('./known', options())).toBe('/known.js');
  });

  test('finds packages by their exports, for CommonJS', () => {
    write(
      'node_modules/both/package.json',
      JSON.stringify({ exports: { './part': { import: './i.mjs', require: './r.js' } } }),
    );
    write('node_modules/both/i.mjs', '');
    write('node_modules/both/r.js', '');
    write('src/a.js', '');
    expect(resolver()('both/part', options())).toMatch(/r\.js$/);
  });

  test('says what Jest says about a module that is nowhere', () => {
    expect(() => resolver()('./missing', options())).toThrow("Cannot find module './missing'");
    expect(() => resolver()('missing', options())).toThrow("Cannot find module 'missing'");
  });

  test('prefers the module that was compiled for tests', () => {
    write('src/lib/worker/crypto.wasm', 'of the development server');
    const compiled = path.join(testWasmFolder(folder), 'src/lib/worker/crypto.wasm');
    mkdirSync(path.dirname(compiled), { recursive: true });
    writeFileSync(compiled, 'of tests');
    const basedir = path.join(folder, 'src/lib/worker');
    expect(resolver()('./crypto.wasm', { ...options(), basedir })).toBe(compiled);
    expect(() => resolver()('./other.wasm', { ...options(), basedir })).toThrow('Cannot find module');
  });

  test('asks the resolver of the user first', () => {
    const own = path.join(folder, 'own.js');
    writeFileSync(
      own,
      "module.exports = (request) => { if (request === './a') return '/own.js'; throw new Error('not mine'); };",
    );
    expect(existsSync(own)).toBe(true);
    expect(resolver(own)('./a', options())).toBe('/own.js');
    expect(() => resolver(own)('./b', options())).toThrow('not mine');
  });
});
