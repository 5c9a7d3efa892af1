/** The webpack plugin in configurations of an app's own. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DefinePlugin, EnvironmentPlugin, webpack } from 'webpack';
import type { Compiler, Configuration, Stats } from 'webpack';
import { compileEntries, filesToWatch } from '../../../src/preset/assembly-entries';
import { ZeroBackendSyncPlugin } from '../../../src/preset/webpack';
import type { KitError } from '../../../src/preset/webpack';
import { fingerprintOf } from '../../../src/preset/salt';
import { watchEngine } from '../../../src/preset/webpack/engine-reload';

// The compiler is ESM, which Jest cannot import; here the black box is a file that is there.
jest.mock('../../../src/preset/assembly-entries', () => ({ compileEntries: jest.fn(), filesToWatch: jest.fn() }));
jest.setTimeout(120_000);

const repository = path.resolve(__dirname, '../../..');
const salt = Buffer.alloc(32, 7);
const emptyModule = Buffer.from('\0asm\x01\0\0\0');

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'zbs-own-webpack-')));
  jest.mocked(compileEntries).mockResolvedValue({ errors: [], dependencies: [], written: [], unsalted: [] });
  jest.mocked(filesToWatch).mockReturnValue([]);
  const config = JSON.parse(readFileSync(path.join(repository, 'src/lib/config.json'), 'utf8')) as object;
  write('package.json', '{}');
  write(
    'src/lib/config.json',
    JSON.stringify({ ...config, salts: [{ id: '1', env: 'SYNC_SALT', fingerprint: fingerprintOf(salt) }] }),
  );
  write(
    'src/lib/types.js',
    readFileSync(path.join(repository, 'src/lib/types.ts'), 'utf8').match(/^.*TEMPLATE_VERSION.*$/m)![0],
  );
  write('src/lib/worker/crypto.asm.ts', '');
  write('src/lib/worker/crypto.wasm', emptyModule);
  write(
    'src/lib/worker/index.js',
    "import config from '../config.json'; import wasm from './crypto.wasm'; console.log(config.appId, wasm);",
  );
  write(
    'src/lib/engine.js',
    "import { TEMPLATE_VERSION } from './types'; export const open = () => new Worker(new URL('./worker/index.js', import.meta.url)); console.log(TEMPLATE_VERSION);",
  );
  write('src/index.js', "import { open } from './lib/engine'; open();");
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(file: string, content: string | Buffer): void {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), content);
}

function compilerOf(config: Configuration = {}, plugin = new ZeroBackendSyncPlugin()): Compiler {
  return webpack({
    mode: 'production',
    context: folder,
    entry: path.join(folder, 'src/index.js'),
    devtool: false,
    optimization: { minimize: false },
    ...config,
    output: { path: path.join(folder, 'build'), ...config.output },
    plugins: [...(config.plugins ?? []), plugin],
  })!;
}
function build(config?: Configuration, plugin?: ZeroBackendSyncPlugin): Promise<Stats> {
  const compiler = compilerOf(config, plugin);
  return new Promise((done, fail) => {
    compiler.run((error, stats) => compiler.close(() => (error || !stats ? fail(error) : done(stats))));
  });
}
const messagesOf = ({ compilation }: Stats) => compilation.errors.map(({ message }) => message);
const bundleOf = (stats: Stats) =>
  Object.keys(stats.compilation.assets)
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(path.join(folder, 'build', file), 'utf8'))
    .join('\n');
const inlined = /0,\s*97,\s*115,\s*109/;

beforeEach(() => jest.spyOn(console, 'log').mockImplementation(() => undefined));
afterEach(() => jest.restoreAllMocks());

describe('the black box is code, whatever else the configuration does', () => {
  const echo = path.join(__dirname, '../support/echo-loader.js');
  test.each<[what: string, config: Configuration]>([
    ['nothing', {}],
    ['asyncWebAssembly', { experiments: { asyncWebAssembly: true } }],
    ['a rule for files of this kind', { module: { rules: [{ test: /\.(png|wasm)$/, type: 'asset/resource' }] } }],
    ['a loader for files of this kind', { module: { rules: [{ test: /\.wasm$/, use: [echo] }] } }],
    ['a loader before all others', { module: { rules: [{ enforce: 'pre', test: /\.(wasm|json)$/, use: [echo] }] } }],
    [
      'rules of which the first counts',
      { module: { rules: [{ oneOf: [{ test: /\.js$/ }, { type: 'asset/resource' }] }] } },
    ],
    ['a loader for JSON', { module: { rules: [{ test: /\.json$/, type: 'javascript/auto', use: [echo] }] } }],
    ['sources as the context', { context: 'src' }],
    ['a mode of none', { mode: 'none' }],
  ])('%s', async (_what, config) => {
    const stats = await build({ ...config, context: path.join(folder, config.context ?? '') });
    expect(messagesOf(stats)).toEqual([]);
    expect(bundleOf(stats)).toMatch(inlined);
    expect(bundleOf(stats)).not.toContain('echo');
  });

  test('and a file with wasm: asset', async () => {
    const stats = await build({}, new ZeroBackendSyncPlugin({ wasm: 'asset' }));
    expect(messagesOf(stats)).toEqual([]);
    const files = Object.keys(stats.compilation.assets).filter((file) => file.endsWith('.wasm'));
    expect(files).toHaveLength(1);
    expect(readFileSync(path.join(folder, 'build', files[0]!))).toEqual(emptyModule);
  });
});

test('WebAssembly that somebody else has compiled is the app’s own matter', async () => {
  write('src/other.wasm', emptyModule);
  write('src/index.js', "import './lib/engine'; import url from './other.wasm'; console.log(url);");
  const stats = await build({ module: { rules: [{ test: /\.wasm$/, type: 'asset/resource' }] } });
  expect(messagesOf(stats)).toEqual([]);
  expect(Object.keys(stats.compilation.assets).filter((file) => file.endsWith('.wasm'))).toHaveLength(1);
});

test('a mistake in config.json is an error of the build', async () => {
  write('src/lib/config.json', '{ "appId": }');
  expect(messagesOf(await build()).join()).toContain('config.json is not valid JSON in line 1, column 12');
});

test('a list of relays in public that devices will not take is said, and is no warning of webpack, which CRA takes for an error', async () => {
  const config = JSON.parse(readFileSync(path.join(folder, 'src/lib/config.json'), 'utf8')) as object;
  write('src/lib/config.json', JSON.stringify({ ...config, relaysUrl: '/relays.json' }));
  write('public/relays.json', JSON.stringify({ relays: ['wss://a.example'] }));
  const { compilation } = await build();
  expect([compilation.errors, compilation.warnings]).toEqual([[], []]);
  expect(jest.mocked(console.log).mock.calls.join()).toMatch(/devices will not take public\/relays\.json.*at least 3/);
});

test('AssemblyScript that is imported is an error that names the module, also where a loader would take it', async () => {
  write('src/own.asm.ts', 'export function f(): i32 { return <i32>1; }');
  write('src/index.js', "import './own.asm.ts';");
  const stats = await build({
    module: { rules: [{ test: /\.ts$/, use: [path.join(__dirname, '../support/echo-loader.js')] }] },
  });
  expect(messagesOf(stats).join()).toContain("'./own.wasm'");
});

describe('refuses', () => {
  const codeOf = (make: () => unknown): string | undefined => {
    try {
      make();
      return undefined;
    } catch (error) {
      return (error as KitError).code;
    }
  };

  test('the plugin twice, also of another copy of the package', () => {
    expect(codeOf(() => compilerOf({ plugins: [new ZeroBackendSyncPlugin()] }))).toBe('PRESET_TWICE');
    const another = jest.fn();
    const copy = { apply: (compiler: object) => another(Symbol.for('zero-backend-sync.webpack-plugin') in compiler) };
    compilerOf({}, copy as never);
    compilerOf({ plugins: [] }, {
      apply: (compiler: Compiler) => (new ZeroBackendSyncPlugin().apply(compiler), copy.apply(compiler)),
    } as never);
    expect(another.mock.calls).toEqual([[false], [true]]);
  });

  test('nothing where two configurations of one build share an instance', () => {
    const plugin = new ZeroBackendSyncPlugin();
    compilerOf({}, plugin);
    expect(codeOf(() => compilerOf({}, plugin))).toBeUndefined();
  });

  test('webpack 4, which does not know itself', () => {
    const older = { options: { mode: 'production', module: { rules: [] } }, hooks: {}, context: folder };
    expect(codeOf(() => new ZeroBackendSyncPlugin().apply(older))).toBe('WEBPACK_UNSUPPORTED');
  });

  test.each([{ wsam: 'asset' }, { wasm: 'inline' }, { devRelays: 1 }])('the options %j', (options) => {
    expect(codeOf(() => compilerOf({}, new ZeroBackendSyncPlugin(options as never)))).toBe('OPTIONS_INVALID');
  });

  test.each(['/sub', 'https://cdn.example/app', '//cdn.example'])(
    'the public path %s, whose end is missing',
    (publicPath) => {
      expect(codeOf(() => compilerOf({ output: { publicPath } }))).toBe('PUBLIC_PATH_INVALID');
    },
  );

  test.each([
    '/',
    '/sub/',
    'https://cdn.example/',
    '//cdn.example/',
    'https://cdn.example/?file=',
    'auto',
    './',
    'assets',
  ])('not the public path %s', (publicPath) => {
    expect(codeOf(() => compilerOf({ output: { publicPath } }))).toBeUndefined();
  });
});

describe('a salt that the configuration gives to the client', () => {
  const text = salt.toString('base64');
  beforeEach(() => write('.env', `SYNC_SALT=${text}\n`));
  test.each<[what: string, plugin: () => NonNullable<Configuration['plugins']>[number], isRefused: boolean]>([
    ['by name', () => new DefinePlugin({ 'process.env.SYNC_SALT': '"x"' }), true],
    ['by name in a list', () => new DefinePlugin({ 'process.env': { SYNC_SALT: '"x"' } }), true],
    ['with the whole environment', () => new DefinePlugin({ 'process.env': JSON.stringify({ A: text }) }), true],
    ['under another name', () => new DefinePlugin({ 'import.meta.env.PUBLIC_KEY': JSON.stringify(text) }), true],
    ['as a variable', () => new EnvironmentPlugin({ SYNC_SALT: '' }), true],
    ['not at all', () => new DefinePlugin({ 'process.env.PUBLIC_SYNC_SALTED': '1', VERSION: '"1"' }), false],
  ])('%s: refused is %s', async (_what, plugin, isRefused) => {
    const messages = messagesOf(await build({ plugins: [plugin()] }));
    expect(messages.some((message) => message.includes('SALT_EXPOSED'))).toBe(isRefused);
    expect(messages.join()).not.toContain(text);
  });

  test.each([
    ['none of them', '', []],
    ['a source', `console.log('${text}')`, ['main.js']],
  ])('is found in a build where it stands in %s', async (_what, source, files) => {
    write('src/index.js', `import { open } from './lib/engine'; open(); ${source}`);
    const messages = messagesOf(await build());
    expect(messages.filter((message) => message.includes('SALT_IN_BUILD'))).toHaveLength(files.length);
  });
});

test('.env files are read in the order of Create React App, or of the tool', () => {
  const orders: string[] = [];
  const envFiles = (root: string, mode: string) => {
    orders.push(`${root} ${mode}`);
    return [];
  };
  compilerOf({ mode: 'development' }, new ZeroBackendSyncPlugin(undefined, envFiles));
  compilerOf({ mode: undefined as never }, new ZeroBackendSyncPlugin(undefined, envFiles));
  expect(orders).toEqual([`${folder} development`, `${folder} production`]);
});

test('the server that webpack-cli starts gets its middlewares, beside those of the app', () => {
  const other = { name: 'of the app', middleware: () => undefined };
  const config = {
    devServer: { hot: true, setupMiddlewares: (given: object[]) => [...given, other] },
  } as Configuration;
  const { options } = compilerOf({ mode: 'development', ...config });
  const { devServer } = options as unknown as {
    devServer: { hot: boolean; setupMiddlewares(...given: unknown[]): { name: string }[] };
  };
  expect(devServer.hot).toBe(true);
  const compiler = compilerOf();
  expect(devServer.setupMiddlewares([], { compiler }).map(({ name }) => name)).toEqual([
    'zero-backend-sync-relays',
    'of the app',
    'zero-backend-sync-missing-wasm',
  ]);
});

describe('the page is reloaded', () => {
  const app = () => ({ appPath: folder, options: { lib: 'src/lib' } as never });
  test.each<[file: string, isReloaded: boolean]>([
    ['src/lib/engine.js', true],
    ['src/lib/types.js', true],
    ['src/lib/worker/index.js', true],
    ['src/lib/config.json', true],
    ['src/of-schema.js', true],
    ['src/component.js', false],
    // What is asked for later for the first time, as with lazy compilation, is no edit.
    ['src/later.js', false],
  ])('after an edit of %s: %s', async (file, isReloaded) => {
    write('src/component.js', 'export const text = 1;');
    write('src/of-schema.js', 'export const schema = 1;');
    write('src/lib/later.js', 'export const later = 1;');
    write('src/later.js', 'export {};');
    write(
      'src/index.js',
      "import { open } from './lib/engine'; import { text } from './component'; import './later'; open(text);",
    );
    write(
      'src/lib/worker/index.js',
      "import config from '../config.json'; import { schema } from '../../of-schema'; console.log(config, schema);",
    );
    const compiler = compilerOf({ mode: 'development', cache: false }, new ZeroBackendSyncPlugin({ devRelays: 0 }));
    const reload = jest.fn();
    watchEngine(compiler, app(), reload);
    const run = () =>
      new Promise<readonly string[]>((done, fail) =>
        compiler.run((error, stats) => (error || !stats ? fail(error) : done(messagesOf(stats)))),
      );
    expect([await run(), await run()]).toEqual([[], []]);
    expect(reload).not.toHaveBeenCalled();
    const before = readFileSync(path.join(folder, file), 'utf8');
    write(
      file,
      file.endsWith('.json')
        ? before.replace('"activeRelays":4', '"activeRelays":3')
        : `${before}\n${file === 'src/later.js' ? "import './lib/later';" : "console.log('edited');"}`,
    );
    await run();
    expect(reload).toHaveBeenCalledTimes(isReloaded ? 1 : 0);
    await new Promise((done) => compiler.close(done));
  });
});

test('worker: workerize compiles the worker with the app’s own loaders', async () => {
  const stats = await build({}, new ZeroBackendSyncPlugin({ worker: 'workerize' }));
  expect(messagesOf(stats)).toEqual([]);
});
