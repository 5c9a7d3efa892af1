/**
 * What a test needs beside CRA's Jest 27, or a Jest 30 of one's own, before it can import the engine, RxDB, WebAssembly and worker modules.
 * Everything is added to the settings that are there; nothing of the user's is replaced.
 */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { cacheFolder } from '../app';
import type { AppContext } from '../app';
import { KitError } from '../kit-error';
import { templateExtension } from '../template-files';

const { resolve } = createRequire(__filename);

/** `Config.InitialOptions` of Jest, as far as it is touched. */
export interface JestConfig {
  readonly transform?: { readonly [pattern: string]: string | readonly [string, object] } | undefined;
  readonly transformIgnorePatterns?: readonly string[] | undefined;
  readonly resolver?: string | null | undefined;
  readonly setupFiles?: readonly string[] | undefined;
  readonly coveragePathIgnorePatterns?: readonly string[] | undefined;
  readonly moduleFileExtensions?: readonly string[] | undefined;
}

/** Where the compiled files of tests go. They may have another salt than those of a development server that runs at the same time. */
export function testWasmFolder(appPath: string): string {
  return path.join(cacheFolder(appPath), 'test-wasm');
}

export function extendJestConfig<T extends JestConfig>(config: T, app: AppContext): T {
  process.env[resolverVariable] = JSON.stringify({
    appPath: app.appPath,
    wasmFolder: testWasmFolder(app.appPath),
    next: config.resolver ? resolveAsJest(config.resolver, app) : undefined,
  } satisfies ResolverSettings);
  return {
    ...config,
    transform: addTransforms(config.transform ?? transformsOfJest, app),
    transformIgnorePatterns: (config.transformIgnorePatterns ?? ['/node_modules/']).map(exceptOurs),
    resolver: path.join(__dirname, 'resolver.js'),
    setupFiles: [path.join(__dirname, 'setup.js'), resolve('fake-indexeddb/auto'), ...(config.setupFiles ?? [])],
    coveragePathIgnorePatterns: [...(config.coveragePathIgnorePatterns ?? ['/node_modules/']), ...filesOfKit(app)],
    ...(config.moduleFileExtensions && {
      moduleFileExtensions: withTemplateExtensions(config.moduleFileExtensions, app),
    }),
  };
}

/** The template may be TypeScript in an app that has named the endings of its own files. */
function withTemplateExtensions(extensions: readonly string[], app: AppContext): readonly string[] {
  const missing = ['json', ...templateExtension(app)].filter((extension) => !extensions.includes(extension));
  return [...extensions, ...missing];
}

/**
 * The files of the kit are tested where they are made. In an app's coverage they would count as its own, and break its thresholds; nor are the
 * configurations of its tools what an app tests. Jest looks at these patterns after `collectCoverageFrom`, whatever that says.
 */
function filesOfKit({ appPath, options }: AppContext): readonly string[] {
  const below = (name: string) => `^${`${appPath.replace(/\\/g, '/')}/${name}`.replace(/[.*+?^${}()|[\]]/g, '\\$&')}`;
  return [
    below(`${options.lib}/`),
    `${below('')}(?:(?:craco|webpack|rspack|rsbuild|vue)\\.config|config-overrides)\\.[cm]?[jt]s$`,
  ];
}

/** Jest gives a resolver no options; its worker processes inherit the environment. */
export const resolverVariable = 'ZERO_BACKEND_SYNC_JEST_RESOLVER';
export interface ResolverSettings {
  readonly appPath: string;
  readonly wasmFolder: string;
  /** The user's own resolver: a path or a package. */
  readonly next?: string | undefined;
}

/** What stands behind the replacing of `import.meta`: the transformer that does the rest, and its options. */
export interface ImportMetaTransformOptions {
  readonly inner: string;
  readonly innerConfig: object;
}

/** What stands behind the timers of before a test, for packages that come as ES modules. */
export interface RealTimersOptions {
  readonly behind?: ImportMetaTransformOptions;
}

type Transforms = NonNullable<JestConfig['transform']>;

/** What Jest does where the settings name no transform. */
const transformsOfJest: Transforms = { '\\.[jt]sx?$': 'babel-jest' };

const isOfScripts = (pattern: string): boolean =>
  ['js', 'jsx', 'ts', 'tsx'].some((ending) => new RegExp(pattern).test(`/src/module.${ending}`));

/** The first pattern that matches a file decides. */
function addTransforms(transform: Transforms, app: AppContext): Transforms {
  const wasm = { '\\.wasm$': path.join(__dirname, 'wasm-transform.js') };
  const ofScripts = Object.entries(transform).find(([pattern]) => isOfScripts(pattern));
  const realTimers: RealTimersOptions = { ...(ofScripts && { behind: optionsOf(ofScripts[1], app) }) };
  const timers = { [engineModules]: [path.join(__dirname, 'real-timers-transform.js'), realTimers] as const };
  const scripts = Object.entries(transform).map(([pattern, transformer]) => {
    if (!isOfScripts(pattern)) return [pattern, transformer] as const;
    return [pattern, [path.join(__dirname, 'import-meta-transform.js'), optionsOf(transformer, app)] as const] as const;
  });
  return { ...wasm, ...timers, ...Object.fromEntries(scripts) };
}

function optionsOf(transformer: Transforms[string], app: AppContext): ImportMetaTransformOptions {
  const [inner, innerConfig] = typeof transformer === 'string' ? [transformer, {}] : transformer;
  return { inner: resolveAsJest(inner, app), innerConfig };
}

/** The modules of the engine that use timers: this package, and RxDB with what it counts time by. */
export const engineModules = String.raw`[/\\](?:node_modules[/\\](?:rxdb|custom-idle-queue|oblivious-set)|zero-backend-sync[/\\]dist[/\\](?:esm|runtime))[/\\].*\.[cm]?js$`;

/** Jest looks from the app, not from here. What it would not find is left to fail by its own name. */
function resolveAsJest(module: string, { appPath }: AppContext): string {
  const request = module.replace('<rootDir>', appPath);
  try {
    return createRequire(path.join(appPath, 'package.json')).resolve(request);
  } catch {
    return request;
  }
}

const testWasm = String.raw`[/\\]node_modules[/\\]\.cache[/\\]zero-backend-sync[/\\]`;

/** A file is left untransformed if any pattern matches, so each pattern on node_modules has to leave out what is transformed of it. */
function exceptOurs(pattern: string): string {
  return pattern.includes('node_modules')
    ? String.raw`^(?!.*${testWasm})(?!.*${engineModules}).*(?:${pattern})`
    : pattern;
}

/**
 * Compiles the app's AssemblyScript for its tests: with the salt of the environment or, without one, the published test salt. Synchronously,
 * because a CRACO hook cannot wait.
 * @throws KitError TEST_WASM_FAILED with what the compiler said.
 */
export function compileForTests({ appPath, options }: AppContext): void {
  const compile = path.join(__dirname, 'compile-for-tests.js');
  const input = JSON.stringify({ appPath, options } satisfies AppContext);
  try {
    execFileSync(process.execPath, [compile], { input, env: { ...process.env, NODE_ENV: 'test' }, stdio: 'pipe' });
  } catch (error) {
    const { stderr } = error as { readonly stderr?: Buffer };
    throw new KitError('TEST_WASM_FAILED', `The AssemblyScript for the tests cannot be compiled.\n${String(stderr)}`);
  }
}
