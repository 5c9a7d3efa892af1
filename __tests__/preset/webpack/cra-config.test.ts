/** On the configurations that CRACO makes of react-scripts' own factories, with the preset as one of its plugins. */
import path from 'node:path';
import { createWebpackDevConfig, createWebpackProdConfig } from '@craco/craco';
import { webpack } from 'webpack';
import type { Compiler, Configuration, RuleSetRule } from 'webpack';
import * as preset from '../../../src/preset';
import type { PresetOptions } from '../../../src/preset';

// The linter of CRA is switched off in this repository's .env, which is read when a configuration is made.
process.env.DISABLE_ESLINT_PLUGIN = 'false';

const appPath = path.resolve(__dirname, '../../..');
const lib = path.join(appPath, 'src/lib');

/** What webpack reads of a configuration, with what the plugins in it have changed. */
function compilerOf(config: Configuration): Compiler {
  // The type checker would start processes that outlive the test.
  const checker = config.plugins?.find((plugin) => plugin?.constructor.name === 'ForkTsCheckerWebpackPlugin');
  if (checker) Object.assign(checker, { apply: () => undefined });
  return webpack({ ...config, context: appPath, target: 'web' })!;
}
function devConfig(options?: PresetOptions, more: object = {}): Compiler {
  return compilerOf(
    createWebpackDevConfig(
      { ...more, plugins: [{ plugin: preset, options }] } as never,
      {
        env: 'development',
      } as never,
    ) as Configuration,
  );
}
function prodConfig(options?: PresetOptions, more: object = {}): Compiler {
  return compilerOf(
    createWebpackProdConfig(
      { ...more, plugins: [{ plugin: preset, options }] } as never,
      {
        env: 'production',
      } as never,
    ) as Configuration,
  );
}

interface Asked {
  readonly resource: string;
  readonly resourceQuery?: string;
  readonly dependency?: string;
  readonly compiler?: string;
}

/** What webpack would do with a module: its type and its loaders by the name of their package or file, in the order in which they stand. */
function treatmentOf(compiler: Compiler, asked: Asked): { type?: string; loaders: string[] } {
  const factory = compiler.createNormalModuleFactory() as unknown as {
    ruleSet: { exec(data: object): readonly { readonly type: string; readonly value: unknown }[] };
  };
  const effects = factory.ruleSet.exec({
    realResource: asked.resource,
    resourceQuery: '',
    resourceFragment: '',
    dependency: 'esm',
    issuer: path.join(appPath, 'src/index.tsx'),
    compiler: '',
    ...asked,
  });
  const loaders = effects.flatMap(({ type, value }) =>
    type.startsWith('use') ? [nameOf((value as { loader: string }).loader)] : [],
  );
  // The last one wins, as in webpack.
  const type = effects.filter((effect) => effect.type === 'type').at(-1)?.value as string | undefined;
  return {
    ...(type !== undefined && { type }),
    loaders: loaders.filter((loader) => loader !== loaderOfCraForEverything && loader !== readsTheFile),
  };
}

function nameOf(loader: string): string {
  const [, packageName] = /node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)(?!.*node_modules)/.exec(loader) ?? [];
  return packageName ?? path.basename(loader).replace(/\.[jt]s$/, '');
}

const loaderOfCraForEverything = 'source-map-loader';
const readsTheFile = 'file-loader';
const wasm = path.join(lib, 'worker/crypto.wasm');

describe.each([
  ['development', devConfig],
  ['production', prodConfig],
] as const)('in %s', (_environment, configOf) => {
  test.each([
    ['wasm-loader', ['wasm-loader']],
    ['asset', ['wasm-asset-loader']],
  ] as const)('with wasm: %s an import of a module is code', (option, loaders) => {
    expect(treatmentOf(configOf({ wasm: option }), { resource: wasm })).toEqual({ type: 'javascript/auto', loaders });
  });

  test.each(['wasm-loader', 'asset'] as const)('with wasm: %s the address of a module is a file', (option) => {
    const treatment = treatmentOf(configOf({ wasm: option }), { resource: wasm, dependency: 'url' });
    expect(treatment).toEqual({ type: 'asset/resource', loaders: [] });
  });

  test('a remote module is Babel’s before it is workerize-loader’s, and is never restored from a cache', () => {
    const resource = path.join(appPath, 'src/any.rpc.ts');
    expect(treatmentOf(configOf(), { resource })).toEqual({
      type: 'javascript/auto',
      loaders: ['workerize-loader', 'uncached-loader', 'babel-loader'],
    });
  });

  test('the worker of the engine is an ordinary module, and one of workerize-loader where that asks for it', () => {
    const resource = path.join(lib, 'worker/index.ts');
    const native = treatmentOf(configOf(), { resource, dependency: 'url' });
    expect(native.loaders).toContain('babel-loader');
    expect(native.loaders).not.toContain('workerize-loader');
    const workerized = treatmentOf(configOf({ worker: 'workerize' }), { resource, resourceQuery: '?workerize' });
    expect(workerized.loaders).toEqual(['workerize-loader', 'uncached-loader', 'babel-loader']);
  });

  test('the expression of the engine is rewritten for workerize-loader only', () => {
    const resource = path.join(lib, 'engine.ts');
    expect(treatmentOf(configOf(), { resource }).loaders).not.toContain('worker-expression-loader');
    const workerize = configOf({ worker: 'workerize' });
    expect(treatmentOf(workerize, { resource }).loaders).toContain('worker-expression-loader');
    for (const [file, isEngine] of [
      ['engine.js', true],
      ['engine.jsx', true],
      ['my-engine.js', false],
    ] as const) {
      const { loaders } = treatmentOf(workerize, { resource: path.join(lib, file) });
      expect(loaders.includes('worker-expression-loader')).toBe(isEngine);
    }
  });

  test('config.json is checked, wherever the template lives', () => {
    const checked = { type: 'json', loaders: ['config-loader'] };
    expect(treatmentOf(configOf(), { resource: path.join(lib, 'config.json') })).toEqual(checked);
    const elsewhere = path.join(appPath, 'src/sync/config.json');
    expect(treatmentOf(configOf({ lib: 'src/sync' }), { resource: elsewhere })).toEqual(checked);
    expect(treatmentOf(configOf(), { resource: elsewhere }).loaders).toEqual([]);
  });

  test('an import of AssemblyScript source is an error that names the module to import', () => {
    const resource = path.join(lib, 'worker/crypto.asm.ts');
    expect(treatmentOf(configOf(), { resource }).loaders).toContain('assembly-script-import-loader');
  });

  test('everything else is as CRA has it', () => {
    const resource = path.join(appPath, 'src/index.tsx');
    expect(treatmentOf(configOf(), { resource }).loaders).toContain('babel-loader');
    expect(treatmentOf(configOf(), { resource: path.join(appPath, 'src/logo.png') }).type).toBe('asset');
    expect(treatmentOf(configOf(), { resource: path.join(appPath, 'src/font.woff2') }).type).toBe('asset/resource');
    expect(treatmentOf(configOf(), { resource: path.join(appPath, 'src/data.json') }).loaders).toEqual([]);
  });

  test('workers are compiled without react-refresh, whose runtime only the page has', () => {
    const rules = oneOfRules(configOf().options as Configuration);
    const forWorkers = rules.find(({ compiler }) => compiler instanceof RegExp && compiler.test('worker any'));
    expect(JSON.stringify(forWorkers?.options)).not.toContain('react-refresh');
    expect(JSON.stringify(forWorkers?.options)).toContain('babel-preset-react-app');
  });

  test('the type checker leaves an app’s own AssemblyScript to another compiler, and nothing else', () => {
    const compiler = configOf();
    const checker = pluginOf(compiler, 'ForkTsCheckerWebpackPlugin')!.constructor as unknown as {
      getCompilerHooks(of: Compiler): { issues: { call(issues: readonly object[]): readonly object[] } };
    };
    const issues = ['src/own.asm.ts', 'src/own.ts', 'src/lib/worker/crypto.asm.ts', 'src/lib/worker/index.ts'].map(
      (file) => ({ file: path.join(appPath, file) }),
    );
    const left = checker.getCompilerHooks(compiler).issues.call([...issues, { message: 'of no file' }]);
    expect(left).toEqual([...issues.slice(1), { message: 'of no file' }]);
  });

  test('the type checker and the linter are otherwise as CRA has them', () => {
    const checker = optionsOf(configOf(), 'ForkTsCheckerWebpackPlugin') as { typescript: object };
    expect(JSON.stringify(checker.typescript)).not.toContain('es2022');
    const linter = optionsOf(configOf(), 'ESLintWebpackPlugin') as { overrideConfig?: object };
    expect(JSON.stringify(linter.overrideConfig ?? {})).not.toContain('no-restricted-globals');
  });

  test('another version of the kit, or other options, never take what is in the filesystem cache', () => {
    const versions = [configOf(), configOf({ wasm: 'asset' }), configOf({ worker: 'workerize' })].map(
      ({ options: { cache } }) =>
        typeof cache === 'object' && cache.type === 'filesystem' ? cache.version : undefined,
    );
    expect(new Set(versions).size).toBe(3);
    expect(versions[0]).toContain('zero-backend-sync|0.');
  });
});

test('only a server of development knows the development relays', () => {
  const relaysOf = (compiler: Compiler, watchMode: boolean) => {
    compiler.watchMode = watchMode;
    const rule = rulesOf(compiler, path.join(lib, 'config.json'));
    const [{ options }] = rule.use as [{ options: { relays(): object | undefined } }];
    return options.relays();
  };
  expect(relaysOf(devConfig(), true)).toBeDefined();
  expect(relaysOf(devConfig(), false)).toBeUndefined();
  expect(relaysOf(devConfig({ devRelays: 0 }), true)).toBeUndefined();
  expect(relaysOf(prodConfig(), true)).toBeUndefined();
});

test.each([
  ['./', 'auto'],
  ['', 'auto'],
  ['../', 'auto'],
  ['assets/', 'auto'],
  ['auto', 'auto'],
  ['/', '/'],
  ['/sub/', '/sub/'],
  ['https://cdn.example.org/', 'https://cdn.example.org/'],
])('a public path of %j becomes %j', (given, expected) => {
  const config = prodConfig(undefined, {
    webpack: { configure: (made: Configuration) => ({ ...made, output: { ...made.output, publicPath: given } }) },
  });
  expect(config.options.output.publicPath).toBe(expected);
});

describe('beside other changes of the configuration', () => {
  test('rules of webpack.configure stay, behind those of the preset', () => {
    const configure = (config: Configuration) => {
      oneOfRules(config).unshift({ test: /\.wasm$/, type: 'asset/inline' }, { test: /\.yaml$/, type: 'json' });
      return config;
    };
    const config = prodConfig(undefined, { webpack: { configure } });
    expect(treatmentOf(config, { resource: wasm }).loaders).toEqual(['wasm-loader']);
    expect(treatmentOf(config, { resource: path.join(appPath, 'src/a.yaml') }).type).toBe('json');
  });

  test('Babel plugins of the user reach the workers, too', () => {
    const config = prodConfig(undefined, { babel: { plugins: ['babel-plugin-of-the-user'] } });
    const rule = oneOfRules(config.options as Configuration).find(({ test: condition }) =>
      String(condition).includes('rpc'),
    );
    expect(JSON.stringify(rule?.use)).toContain('babel-plugin-of-the-user');
  });

  test('a configuration whose babel-loader was replaced is refused with what is needed', () => {
    const configure = (config: Configuration) => {
      for (const rule of oneOfRules(config))
        if (String(rule.loader).includes('babel-loader')) rule.loader = 'swc-loader';
      return config;
    };
    expect(() => prodConfig(undefined, { webpack: { configure } })).toThrow(
      expect.objectContaining({ code: 'CONFIG_UNEXPECTED', message: expect.stringContaining('babel-loader') }),
    );
  });

  test('the preset twice is refused', () => {
    const twice = { plugins: [{ plugin: preset }, { plugin: { ...preset }, options: { wasm: 'asset' } }] };
    expect(() => createWebpackDevConfig(twice as never, { env: 'development' } as never)).toThrow(
      expect.objectContaining({ code: 'PRESET_TWICE' }),
    );
  });

  test('a wrong option is refused before anything is configured', () => {
    expect(() => prodConfig({ wasm: 'inline' } as never)).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
  });
});

function oneOfRules({ module }: Pick<Configuration, 'module'>): RuleSetRule[] {
  for (const rule of module?.rules ?? []) {
    if (rule && typeof rule === 'object' && Array.isArray(rule.oneOf)) return rule.oneOf as RuleSetRule[];
  }
  throw new Error('There is no oneOf.');
}

/** The rule that is for one file alone. */
function rulesOf({ options }: Compiler, file: string): RuleSetRule {
  const all = (options.module.rules as RuleSetRule[]).flatMap((rule) => (rule.oneOf ?? []) as RuleSetRule[]);
  return all.find(({ include }) => include === file)!;
}

function pluginOf({ options }: Compiler, name: string): { readonly options?: unknown } | undefined {
  return options.plugins.find((candidate) => candidate?.constructor.name === name) as { readonly options?: unknown };
}

function optionsOf(compiler: Compiler, name: string): unknown {
  return pluginOf(compiler, name)?.options;
}

test.each([
  ['that leave the template out', ['.js', '.jsx'], ['.js', '.jsx', '.ts']],
  ['that have it', ['.ts', '.js'], ['.ts', '.js']],
])('endings of modules %s', (_name, extensions, expected) => {
  const configure = (config: Configuration) => ({ ...config, resolve: { ...config.resolve, extensions } });
  expect(prodConfig(undefined, { webpack: { configure } }).options.resolve.extensions).toEqual(expected);
});
