/**
 * The module rules. They stand at the front of CRA's `oneOf`, where nothing of CRA's can match first, and each has an explicit `type`: appended
 * behind it, or without a type, webpack says "Compiled successfully" and emits JavaScript text under the name of a .wasm file.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Configuration, RuleSetRule } from 'webpack';
import type { AppContext } from '../app';
import type { DevRelays } from '../dev-relays';
import { KitError } from '../kit-error';
import type { ResolvedOptions } from '../options';
import { isTemplateFile } from '../template-files';

/** Loaders are given by path: the app need not have them where it would find them itself. */
const { resolve } = createRequire(__filename);

/**
 * Puts the preset's rules into a configuration made by react-scripts 5.
 * @param relays The relays of development, if config.json is to name them.
 * @throws KitError CONFIG_UNEXPECTED where the configuration has no `oneOf` or no babel-loader rule to build upon.
 */
export function addRules(config: Configuration, app: AppContext<ResolvedOptions>, relays?: DevRelays): void {
  const { appPath, options } = app;
  const oneOf = findOneOf(config);
  const babel = withoutReactRefresh(findBabelRule(oneOf));
  const lib = path.join(appPath, options.lib);

  oneOf.unshift(
    configRule(path.join(lib, 'config.json'), relays),
    assemblyScriptImportRule,
    wasmUrlRule,
    wasmImportRule(options.wasm),
    workerizeRule(babel, { test: /\.rpc\.[jt]s$/ }),
    workerizeRule(babel, { include: path.join(lib, 'worker'), resourceQuery: /^\?workerize$/ }),
    // Workers of workerize-loader are compiled by a child compiler of this name.
    { ...babel, compiler: /^worker / },
  );
  if (options.worker === 'workerize') {
    config.module?.rules?.push({
      include: (file: string) => isTemplateFile(app, 'engine', file),
      enforce: 'pre',
      loader: resolve('../loaders/worker-expression-loader'),
    });
  }
}

/** Checks config.json while it is bundled. In development it also puts the development relays in the place of the configured ones. */
function configRule(file: string, relays: DevRelays | undefined): RuleSetRule {
  const loader = resolve('../loaders/config-loader');
  return { include: file, type: 'json', use: [{ loader, options: { relays } }] };
}

/** Babel cannot read AssemblyScript; what an app imports is the compiled file beside it. */
const assemblyScriptImportRule: RuleSetRule = {
  test: /\.asm\.ts$/,
  type: 'javascript/auto',
  use: [resolve('../loaders/assembly-script-import-loader')],
};

const wasmUrlRule: RuleSetRule = {
  test: /\.wasm$/,
  dependency: 'url',
  type: 'asset/resource',
};

function wasmImportRule(wasm: ResolvedOptions['wasm']): RuleSetRule {
  const loader = wasm === 'asset' ? resolve('../loaders/wasm-asset-loader') : resolve('../vendor/wasm-loader');
  return { test: /\.wasm$/, dependency: { not: ['url'] }, type: 'javascript/auto', use: [loader] };
}

/**
 * workerize-loader collects a worker's exports while it parses the entry. It sees TypeScript unless Babel stands behind it, and sees nothing at
 * all when webpack restores the entry from CRA's filesystem cache, hence the loader between the two.
 */
function workerizeRule(babel: RuleSetRule, condition: RuleSetRule): RuleSetRule {
  const { include, loader, options } = babel;
  return {
    ...(include !== undefined && { include }),
    ...condition,
    type: 'javascript/auto',
    use: [
      {
        loader: resolve('workerize-loader'),
        options: { name: 'static/js/[name].[contenthash:8]' },
      },
      resolve('../loaders/uncached-loader'),
      { loader: String(loader), ...(options !== undefined && { options }) },
    ],
  };
}

function findOneOf(config: Configuration): RuleSetRule[] {
  for (const rule of config.module?.rules ?? []) {
    if (rule && typeof rule === 'object' && Array.isArray(rule.oneOf)) return rule.oneOf as RuleSetRule[];
  }
  throw unexpected("a rule with 'oneOf'");
}

function findBabelRule(oneOf: readonly RuleSetRule[]): RuleSetRule {
  const rule = oneOf.find(
    ({ loader, include }) =>
      typeof loader === 'string' && /[\\/]babel-loader[\\/]/.test(loader) && include !== undefined,
  );
  if (rule) return rule;
  throw unexpected('the babel-loader rule of the app’s own sources');
}

/** react-refresh needs a runtime that only the page's compilation has: in a worker it throws as soon as a function has a capital first letter. */
function withoutReactRefresh(rule: RuleSetRule): RuleSetRule {
  const options = typeof rule.options === 'object' ? rule.options : {};
  const plugins: unknown = options.plugins;
  if (!Array.isArray(plugins)) return rule;
  const isRefresh = (plugin: unknown) => /react-refresh/.test(String(Array.isArray(plugin) ? plugin[0] : plugin));
  return { ...rule, options: { ...options, plugins: plugins.filter((plugin) => !isRefresh(plugin)) } };
}

function unexpected(what: string): KitError {
  return new KitError(
    'CONFIG_UNEXPECTED',
    `zero-backend-sync/craco cannot find ${what} in the webpack configuration. It builds upon the one of react-scripts 5 with babel-loader; ` +
      'another plugin in craco.config.js has probably replaced it. Put that plugin after zero-backend-sync/craco, or remove it.',
  );
}
