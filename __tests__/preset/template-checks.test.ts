import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { webpack } from 'webpack';
import type { Compiler } from 'webpack';
import { readOptions } from '../../src/preset/options';
import { checkTemplate } from '../../src/preset/template-checks';
import { TemplateChecksPlugin } from '../../src/preset/webpack/template-checks-plugin';
import { TEMPLATE_VERSION } from '../../src/runtime/core/versions';

const { resolve } = createRequire(__filename);
// The first use of webpack loads it.
jest.setTimeout(120_000);
let appPath: string;
const write = (file: string, text: string) => {
  mkdirSync(path.dirname(path.join(appPath, file)), { recursive: true });
  writeFileSync(path.join(appPath, file), text);
};
const app = (options: object = {}) => ({ appPath, options: readOptions(options) });
beforeEach(() => {
  appPath = realpathSync(mkdtempSync(path.join(tmpdir(), 'zbs-template-')));
});
afterEach(() => rmSync(appPath, { recursive: true }));

const codesOf = (options?: object) => checkTemplate(app(options)).map(({ code }) => code);

describe('the template of an app', () => {
  beforeEach(() => {
    write('src/lib/config.json', '{}');
    write('src/lib/types.ts', `export const TEMPLATE_VERSION = ${TEMPLATE_VERSION};\n`);
    write('src/lib/worker/index.ts', "import wasm from './crypto.wasm';\n");
    write('src/lib/worker/crypto.asm.ts', '');
  });

  test('that fits the package is no error', () => {
    expect(codesOf()).toEqual([]);
  });

  test.each([
    ['of an older version', `export const TEMPLATE_VERSION = ${TEMPLATE_VERSION - 1};`, 'npx zero-backend-sync update'],
    [
      'of a newer version',
      `export const TEMPLATE_VERSION = ${TEMPLATE_VERSION + 1};`,
      'npm install zero-backend-sync@latest',
    ],
    ['without a version', 'export enum ToWorker {}', 'npx zero-backend-sync update'],
  ])('%s is an error with what to do', (_what, text, remedy) => {
    write('src/lib/types.ts', `/** Types. */\n${text}\n`);
    const [error] = checkTemplate(app());
    expect(error?.code).toBe('TEMPLATE_MISMATCH');
    expect(error?.message).toContain('src/lib/types.ts');
    expect(error?.message).toContain(`Run "${remedy}"`);
  });

  test.each(['js', 'jsx', 'tsx'])('may be written in .%s', (extension) => {
    for (const name of ['types', 'worker/index']) rmSync(path.join(appPath, `src/lib/${name}.ts`));
    write(`src/lib/types.${extension}`, 'export const TEMPLATE_VERSION = 0;\n');
    write(`src/lib/worker/index.${extension}`, 'import wasm from "./crypto.wasm";\n');
    rmSync(path.join(appPath, 'src/lib/worker/crypto.asm.ts'));
    expect(codesOf()).toEqual(['TEMPLATE_MISMATCH', 'BLACK_BOX_MISSING']);
  });

  test('may be in another folder', () => {
    write('src/sync/config.json', '{}');
    write('src/sync/types.ts', 'export const TEMPLATE_VERSION = 0;\n');
    expect(codesOf({ lib: 'src/sync' })).toEqual(['TEMPLATE_MISMATCH']);
  });

  test('without the source of its black box is an error, even if an old module is left', () => {
    rmSync(path.join(appPath, 'src/lib/worker/crypto.asm.ts'));
    write('src/lib/worker/crypto.wasm', 'old');
    const [error] = checkTemplate(app());
    expect(error?.code).toBe('BLACK_BOX_MISSING');
    expect(error?.message).toContain('src/lib/worker/crypto.asm.ts');
    expect(error?.message).toContain('npx zero-backend-sync update');
  });

  test('may bring a compiled black box where the app compiles AssemblyScript by itself', () => {
    rmSync(path.join(appPath, 'src/lib/worker/crypto.asm.ts'));
    expect(codesOf({ assemblyScript: false })).toEqual(['BLACK_BOX_MISSING']);
    write('src/lib/worker/crypto.wasm', 'own');
    expect(codesOf({ assemblyScript: false })).toEqual([]);
  });

  test('is not looked for in a folder that only has the same name', () => {
    rmSync(path.join(appPath, 'src/lib/config.json'));
    write('src/lib/types.ts', 'export type Mine = string;\n');
    expect(codesOf()).toEqual([]);
  });
});

describe('a compilation', () => {
  const install = (folder: string, name: string, version: string) => {
    write(`${folder}/package.json`, JSON.stringify({ name, version, main: './dist/index.js' }));
    write(`${folder}/dist/package.json`, JSON.stringify({ sideEffects: false }));
    write(`${folder}/dist/index.js`, `export const version = '${version}';`);
  };
  beforeEach(() => {
    install('node_modules/rxdb', 'rxdb', '17.6.0');
    install('node_modules/zero-backend-sync', 'zero-backend-sync', '0.1.0');
    write('src/index.js', "import { version } from 'rxdb'; import 'zero-backend-sync'; console.log(version);");
  });

  const compile = (
    symlinks = true,
    plugins: readonly ((compiler: Compiler) => void)[] = [],
  ): Promise<readonly string[]> => {
    const compiler = webpack({
      mode: 'production',
      context: appPath,
      entry: './src/index.js',
      output: { path: path.join(appPath, 'build') },
      resolve: { symlinks },
      module: { rules: [{ test: /work\.js$/, use: [resolve('workerize-loader')] }] },
      plugins: [new TemplateChecksPlugin(app()), ...plugins],
    });
    return new Promise((done, fail) => {
      compiler.run((error, stats) => {
        if (error || !stats) return fail(error);
        const { errors = [] } = stats.toJson({ all: false, errors: true });
        compiler.close(() => done(errors.map(({ message }) => message)));
      });
    });
  };

  test('with one copy of each package is no error', async () => {
    expect(await compile()).toEqual([]);
  });

  test('with modules that a tool makes up, of which Rspack says undefined and webpack null, is no error', async () => {
    const madeUp = [null, undefined];
    const makeUp = (compiler: Compiler) =>
      compiler.hooks.compilation.tap('MadeUp', ({ hooks }) => {
        hooks.finishModules.tap({ name: 'MadeUp', stage: -1 }, (modules) => {
          for (const module of modules) module.nameForCondition = () => madeUp.pop() as never;
        });
      });
    expect(await compile(true, [makeUp])).toEqual([]);
  });

  test.each(['rxdb', 'zero-backend-sync'])('with two copies of %s names both folders and what to do', async (name) => {
    write('node_modules/other/package.json', JSON.stringify({ name: 'other', main: './index.js' }));
    write('node_modules/other/index.js', `export { version } from '${name}';`);
    install(`node_modules/other/node_modules/${name}`, name, '16.0.0');
    write('src/index.js', `import { version } from 'other'; import '${name}'; console.log(version);`);
    const [error, ...more] = await compile();
    expect(more).toEqual([]);
    for (const folder of [`node_modules/${name}`, `node_modules/other/node_modules/${name}`]) {
      expect(error).toContain(`${path.join(appPath, folder)} (`);
    }
    for (const words of ['16.0.0', `npm ls ${name}`, 'npm dedupe', '(PACKAGE_TWICE)']) expect(error).toContain(words);
  });

  test('with another copy in a worker that a compiler of its own compiles is an error, too', async () => {
    install('src/node_modules/rxdb', 'rxdb', '17.6.0');
    write('worker/work.js', "import { version } from 'rxdb'; export function work() { return version; }");
    write('src/index.js', "import start from '../worker/work.js'; import { version } from 'rxdb'; start(version);");
    const [error, ...more] = await compile();
    expect(more).toEqual([]);
    expect(error).toContain('(PACKAGE_TWICE)');
  });

  test.each([true, false])('with links to one copy is no error, resolved by webpack or not: %s', async (symlinks) => {
    install('store/rxdb', 'rxdb', '17.6.0');
    rmSync(path.join(appPath, 'node_modules/rxdb'), { recursive: true });
    write('node_modules/other/package.json', JSON.stringify({ name: 'other', main: './index.js' }));
    write('node_modules/other/index.js', "export { version } from 'rxdb';");
    mkdirSync(path.join(appPath, 'node_modules/other/node_modules'));
    for (const folder of ['node_modules/rxdb', 'node_modules/other/node_modules/rxdb']) {
      symlinkSync(path.join(appPath, 'store/rxdb'), path.join(appPath, folder), 'junction');
    }
    write('src/index.js', "import { version } from 'other'; import * as rxdb from 'rxdb'; console.log(version, rxdb);");
    expect(await compile(symlinks)).toEqual([]);
  });

  test('with a template that does not fit says so with its code', async () => {
    write('src/lib/config.json', '{}');
    write('src/lib/types.ts', 'export const TEMPLATE_VERSION = 0;\n');
    expect(await compile()).toEqual([expect.stringContaining('(TEMPLATE_MISMATCH)')]);
  });
});
