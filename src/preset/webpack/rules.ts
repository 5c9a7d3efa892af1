/**
 * The module rules. Those of the kit's own files stand at the end, where their `type` is the last word, run behind all other loaders and read the file
 * themselves: whatever the app does with `.wasm` or `.json` files, it does not reach them. Only workerize-loader, which compiles a module of the app, stands
 * among the app's rules.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Configuration, RuleSetCondition, RuleSetRule } from 'webpack';
import type { AppContext } from '../app';
import type { DevRelays } from '../dev-relays';
import { KitError } from '../kit-error';
import type { ResolvedOptions } from '../options';
import { isTemplateFile } from '../template-files';

/** Loaders are given by path: the app need not have them where it would find them itself. */
const { resolve } = createRequire(__filename);

type Rules = NonNullable<NonNullable<Configuration['module']>['rules']>;

export interface RuleSettings {
  /** The relays of development while webpack watches, if config.json is to name them. */
  readonly relays?: () => DevRelays | undefined;
  /** Rspack lacks what workerize-loader is made of. */
  readonly isRspack: boolean;
}

/**
 * Adds the preset's rules to those of a configuration.
 * @throws KitError OPTIONS_INVALID where workerize-loader is asked for under Rspack
 */
export function addRules(rules: Rules, app: AppContext<ResolvedOptions>, { relays, isRspack }: RuleSettings): void {
  const { options } = app;
  const cra = findCraRules(rules);
  rules.push({
    oneOf: [
      configRule(path.join(app.appPath, options.lib, 'config.json'), relays),
      assemblyScriptImportRule,
      // Create React App has no other use for WebAssembly. Elsewhere a module that somebody else has compiled is the app's own matter.
      ...wasmRules(cra ? /\.wasm$/ : { and: [/\.wasm$/, (file: string) => isCompiledHere(app, file)] }, options.wasm),
    ],
  });
  if (options.worker === 'workerize' && isRspack) throw workerizeUnsupported();
  if (cra && !isRspack) cra.oneOf.unshift(...workerizeRulesOfCra(cra, app));
  else if (options.worker === 'workerize') rules.unshift(...workerizeConditions(app).map(workerizeRule));
  if (options.worker === 'workerize') {
    rules.push({
      include: (file: string) => isTemplateFile(app, 'engine', file),
      enforce: 'pre',
      loader: resolve('../loaders/worker-expression-loader'),
    });
  }
}

const readFile = resolve('../loaders/file-loader');

/** Checks config.json while it is bundled. In development it also puts the development relays in the place of the configured ones. */
function configRule(file: string, relays: RuleSettings['relays']): RuleSetRule {
  const loader = resolve('../loaders/config-loader');
  return { include: file, type: 'json', enforce: 'post', use: [{ loader, options: { relays } }, readFile] };
}

/** Babel cannot read AssemblyScript; what an app imports is the compiled file beside it. */
const assemblyScriptImportRule: RuleSetRule = {
  test: /\.asm\.ts$/,
  type: 'javascript/auto',
  enforce: 'post',
  use: [resolve('../loaders/assembly-script-import-loader'), readFile],
};

function wasmRules(files: RuleSetCondition, wasm: ResolvedOptions['wasm']): RuleSetRule[] {
  const loader = wasm === 'asset' ? resolve('../loaders/wasm-asset-loader') : resolve('../vendor/wasm-loader');
  return [
    { test: files, dependency: 'url', type: 'asset/resource', enforce: 'post', use: [readFile] },
    {
      test: files,
      dependency: { not: ['url'] },
      type: 'javascript/auto',
      enforce: 'post',
      use: [loader, readFile],
    },
  ];
}

function isCompiledHere(app: AppContext, file: string): boolean {
  const blackBox = path.join(app.appPath, app.options.lib, 'worker/crypto.wasm');
  return file === blackBox || existsSync(file.replace(/\.wasm$/, '.asm.ts'));
}

/**
 * workerize-loader collects a worker's exports while it parses the entry. It sees TypeScript unless the app's own loaders stand behind it, and sees
 * nothing at all when webpack restores the entry from its filesystem cache, hence the loader between the two.
 */
function workerizeRule(condition: RuleSetRule): RuleSetRule {
  return {
    ...condition,
    use: [
      {
        loader: resolve('workerize-loader'),
        options: { name: 'static/js/[name].[contenthash:8]' },
      },
      resolve('../loaders/uncached-loader'),
    ],
  };
}

function workerizeConditions({ appPath, options }: AppContext): readonly RuleSetRule[] {
  const worker = path.join(appPath, options.lib, 'worker');
  return [{ test: /\.rpc\.[jt]s$/ }, { include: worker, resourceQuery: /^\?workerize$/ }];
}

interface CraRules {
  readonly oneOf: RuleSetRule[];
  readonly babel: RuleSetRule;
}

function workerizeRulesOfCra({ babel }: CraRules, app: AppContext): readonly RuleSetRule[] {
  const ofWorkers = withoutReactRefresh(babel);
  const { include, loader, options } = ofWorkers;
  const behind = { loader: String(loader), ...(options !== undefined && { options }) };
  const rules = workerizeConditions(app).map((condition) => {
    const rule = workerizeRule(condition);
    return {
      ...(include !== undefined && { include }),
      ...rule,
      type: 'javascript/auto',
      use: [...(rule.use as RuleSetRule[]), behind],
    };
  });
  // Workers of workerize-loader are compiled by a child compiler of this name.
  return [...rules, { ...ofWorkers, compiler: /^worker / }];
}

/** What Create React App's configuration is known by: one list of rules of which the first takes a file, with Babel among them. */
export function findCraRules(rules: Rules): CraRules | undefined {
  for (const rule of rules) {
    if (!rule || typeof rule !== 'object' || !Array.isArray(rule.oneOf)) continue;
    const oneOf = rule.oneOf as RuleSetRule[];
    const babel = oneOf.find(
      ({ loader, include }) =>
        typeof loader === 'string' && /[\\/]babel-loader[\\/]/.test(loader) && include !== undefined,
    );
    if (babel) return { oneOf, babel };
  }
  return undefined;
}

/** react-refresh needs a runtime that only the page's compilation has: in a worker it throws as soon as a function has a capital first letter. */
function withoutReactRefresh(rule: RuleSetRule): RuleSetRule {
  const options = typeof rule.options === 'object' ? rule.options : {};
  const plugins: unknown = options.plugins;
  if (!Array.isArray(plugins)) return rule;
  const isRefresh = (plugin: unknown) => /react-refresh/.test(String(Array.isArray(plugin) ? plugin[0] : plugin));
  return { ...rule, options: { ...options, plugins: plugins.filter((plugin) => !isRefresh(plugin)) } };
}

function workerizeUnsupported(): KitError {
  return new KitError(
    'OPTIONS_INVALID',
    "zero-backend-sync: worker: 'workerize' needs webpack: workerize-loader cannot compile with Rspack. Leave the option out; the worker is then a native one.",
  );
}
