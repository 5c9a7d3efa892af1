/** The kinds of configuration files that the kit goes into. */
import { parseSound, type ConfigEdit } from '../edit/config-edit';
import { addPlugin, type PluginList, type PluginSetting } from '../edit/plugin-config';
import type { NeededName } from '../edit/config-names';
import { printString } from '../edit/print';
import { wrapExport } from '../edit/wrap-export';
import { printOptions, type Wiring, type WiringOptions } from './wiring';

const viteWhy = 'the plugin: black box, relays of the dev server, checks of the build';
const webpackWhy = 'the plugin: worker, WASM and AssemblyScript';

/** `{ plugin: require('zero-backend-sync/craco') }` at the end of `plugins`: the last plugin sees the configuration that all others made. */
export const cracoWiring: Wiring = {
  what: 'the CRACO configuration',
  module: 'zero-backend-sync/craco',
  why: 'the preset: WASM, worker and AssemblyScript in an unejected app',
  where: 'to the object that it exports',
  snippet: (options) => `plugins: [${cracoEntry(options, "'")}]`,
  edit: (file, text, options) =>
    addPlugin(file, text, {
      module: 'zero-backend-sync/craco',
      names: [],
      lists: (_, quote) => [{ key: 'plugins', entries: [cracoEntry(options, quote)] }],
      isModule: options.isModule === true,
    }),
  create: (file, options) =>
    ofStatements(file, `module.exports = {\n  plugins: [${cracoEntry(options, "'")}],\n};\n`, 1),
};

function cracoEntry({ lib }: WiringOptions, quote: string): string {
  const options = lib === undefined ? '' : `, options: ${printOptions({ lib }, quote)}`;
  return `{ plugin: require(${quote}zero-backend-sync/craco${quote})${options} }`;
}

export const viteWiring: Wiring = {
  what: 'the configuration of Vite',
  module: 'zero-backend-sync/vite',
  why: viteWhy,
  where: 'to it',
  snippet: (options) => `${importLines(viteNames(options), true)}\n\n${viteLines(options).join('\n')}`,
  edit: (file, text, options) =>
    addPlugin(file, text, {
      module: 'zero-backend-sync/vite',
      names: viteNames(options),
      lists: (locals, quote) => viteLists(typedOnly(file, options), locals, quote),
      settings: (quote) => viteSettings(options, quote),
      isModule: options.isModule === true,
    }),
  create: (file, options) => viteFile(file, options, 'vite'),
};

function viteFile(file: string, options: WiringOptions, from: string): string {
  const isModule = !/\.c[jt]s$/.test(file);
  const names = [{ from, name: 'defineConfig', local: 'defineConfig' }, ...viteNames(options)];
  const lines = viteLines(typedOnly(file, options)).map((line) => `  ${line}\n`);
  const head = isModule ? 'export default' : 'module.exports =';
  return ofStatements(
    file,
    `${importLines(names, isModule)}\n\n${head} defineConfig({\n${lines.join('')}});\n`,
    names.length + 1,
  );
}

/** Vitest reads a configuration of its own instead of Vite's where there is one. */
export const vitestWiring: Wiring = {
  ...viteWiring,
  create: (file, { lib }) => viteFile(file, { lib }, 'vitest/config'),
  what: 'the configuration of Vitest',
  why: 'the plugin, for the tests',
  snippet: ({ lib }) => viteWiring.snippet({ lib }),
  edit: (file, text, { lib, isModule }) =>
    readsViteConfig(file, text)
      ? { kind: 'already-wired' }
      : viteWiring.edit(file, text, { lib, isModule: isModule === true }),
};

function readsViteConfig(file: string, text: string): boolean {
  return parseSound(file, text) !== null && /['"]\.{1,2}\/(?:[\w.-]+\/)*vite\.config(?:\.[cm]?[jt]s)?['"]/.test(text);
}

function viteNames({ wasm, needsTopLevelAwait }: WiringOptions): readonly NeededName[] {
  const plugin = { from: 'zero-backend-sync/vite', name: 'zeroBackendSync', local: 'zeroBackendSync' };
  if (wasm !== 'vite-plugin-wasm') return [plugin];
  const others = [{ from: 'vite-plugin-wasm', name: null, local: 'wasm' }];
  if (needsTopLevelAwait === true)
    others.push({ from: 'vite-plugin-top-level-await', name: null, local: 'topLevelAwait' });
  return [plugin, ...others];
}

/** Vite gives `plugins` to workers in development only, so those that read modules stand in `worker.plugins`, too. */
function viteLists(
  options: WiringOptions,
  [kit = '', ...others]: readonly string[],
  quote: string,
): readonly PluginList[] {
  const calls = others.map((local) =>
    options.isTypedAsNode === true ? `(${local} as unknown as () => { name: string })()` : `${local}()`,
  );
  const entry = `${kit}(${printOptions(options, quote)})`;
  const plugins = { key: 'plugins', entries: [entry, ...calls], isNestable: true };
  if (calls.length === 0) return [plugins];
  return [plugins, { key: 'plugins', within: 'worker', entries: calls, isFunction: true }];
}

/** JavaScript has no types to be wrong. */
function typedOnly(file: string, options: WiringOptions): WiringOptions {
  return { ...options, isTypedAsNode: options.isTypedAsNode === true && /\.[cm]?ts$/.test(file) };
}

function viteSettings({ wasm, buildTarget }: WiringOptions, quote: string): readonly PluginSetting[] {
  if (buildTarget === undefined || wasm !== 'vite-plugin-wasm') return [];
  return [{ within: 'build', key: 'target', value: printString(buildTarget, quote) }];
}

/** The lines of a new configuration, or of a snippet. */
function viteLines(options: WiringOptions): readonly string[] {
  const settings = viteSettings(options, "'");
  return [
    ...viteLists(options, localsOf(viteNames(options)), "'").map(printList),
    ...settings.map(({ within, key, value }) => `${within}: { ${key}: ${value} },`),
  ];
}

export const webpackWiring: Wiring = {
  what: 'the configuration of webpack',
  module: 'zero-backend-sync/webpack',
  why: webpackWhy,
  where: 'to the configuration that it exports',
  snippet: (options) => pluginSnippet(webpackName, `new ${webpackName.local}(${printOptions(lib(options), "'")})`),
  edit: (file, text, options) => entryEdit(file, text, options, webpackName, (local) => `new ${local}`),
  create: (file, options) => pluginFile(file, options, webpackName, `new ${webpackName.local}`),
};

const webpackName = {
  from: 'zero-backend-sync/webpack',
  name: 'ZeroBackendSyncPlugin',
  local: 'ZeroBackendSyncPlugin',
} as const;

export const rsbuildWiring: Wiring = {
  what: 'the configuration of Rsbuild',
  module: 'zero-backend-sync/webpack',
  why: webpackWhy,
  where: 'to the configuration that it exports',
  snippet: (options) => pluginSnippet(rsbuildName, `${rsbuildName.local}(${printOptions(lib(options), "'")})`),
  edit: (file, text, options) => entryEdit(file, text, options, rsbuildName, (local) => local),
  create: (file, options) => pluginFile(file, options, rsbuildName, rsbuildName.local),
};

const rsbuildName = {
  from: 'zero-backend-sync/webpack',
  name: 'pluginZeroBackendSync',
  local: 'pluginZeroBackendSync',
} as const;

function lib(options: WiringOptions): Pick<WiringOptions, 'lib'> {
  return { lib: options.lib };
}

function entryEdit(
  file: string,
  text: string,
  options: WiringOptions,
  name: NeededName,
  callee: (local: string) => string,
): ConfigEdit {
  return addPlugin(file, text, {
    module: name.from,
    names: [name],
    lists: ([local = ''], quote) => [
      { key: 'plugins', entries: [`${callee(local)}(${printOptions(lib(options), quote)})`] },
    ],
    isModule: options.isModule === true,
  });
}

function pluginSnippet(name: NeededName, entry: string): string {
  return `${importLines([name], false)}\n\nplugins: [${entry}],`;
}

function pluginFile(file: string, options: WiringOptions, name: NeededName, callee: string): string {
  const isModule = isModuleName(file, options);
  const entry = `${callee}(${printOptions(lib(options), "'")})`;
  const head = isModule ? 'export default' : 'module.exports =';
  return ofStatements(file, `${importLines([name], isModule)}\n\n${head} {\n  plugins: [${entry}],\n};\n`, 2);
}

/** `module.exports = withVueCli({ ... })` */
function callWiring(
  name: string,
  { isObjectNeeded = false, ...words }: Pick<Wiring, 'what' | 'why'> & { readonly isObjectNeeded?: boolean },
): Wiring {
  const needed = { from: 'zero-backend-sync/webpack', name, local: name };
  const argument = (options: WiringOptions, quote: string) => {
    const printed = printOptions(lib(options), quote);
    return printed === '' ? '' : `, ${printed}`;
  };
  return {
    ...words,
    module: needed.from,
    where: 'around what it exports',
    snippet: (options) =>
      `${importLines([needed], false)}\n\nmodule.exports = ${name}(/* what it exports now */${argument(options, "'")});`,
    edit: (file, text, options) =>
      wrapExport(file, text, {
        name: needed,
        options: argument(options, text.includes('"') && !text.includes("'") ? '"' : "'"),
        isObjectNeeded,
        isModule: options.isModule === true,
      }),
    create(file, options) {
      const isModule = isModuleName(file, options);
      const printed = argument(options, "'");
      const call = `${name}(${printed === '' && !isObjectNeeded ? '' : `{}${printed}`})`;
      return ofStatements(
        file,
        `${importLines([needed], isModule)}\n\n${isModule ? 'export default' : 'module.exports ='} ${call};\n`,
        2,
      );
    },
  };
}

export const overridesWiring: Wiring = callWiring('withZeroBackendSync', {
  what: 'the overrides of react-app-rewired',
  why: 'the preset: WASM, worker, AssemblyScript, tests and the dev server',
});

export const vueCliWiring: Wiring = callWiring('withVueCli', {
  what: 'the configuration of Vue CLI',
  why: 'the preset: WASM, worker, AssemblyScript and the dev server',
});

export const devServerWiring: Wiring = callWiring('withDevServer', {
  what: 'the configuration of the dev server',
  why: 'relays of the dev server, and 404 for a missing .wasm',
});

export const jestWiring: Wiring = callWiring('jestConfig', {
  what: 'the configuration of Jest',
  why: 'worker and WASM in the tests',
  isObjectNeeded: true,
});

function isModuleName(file: string, { isModule }: WiringOptions): boolean {
  return /\.m?ts$|\.mjs$/.test(file) || (isModule === true && !/\.c[jt]s$/.test(file));
}

function localsOf(names: readonly NeededName[]): readonly string[] {
  return names.map(({ local }) => local);
}

function importLines(names: readonly NeededName[], isModule: boolean): string {
  return names
    .map(({ name, from, local }) => {
      const named = name === null ? local : `{ ${local} }`;
      const module = printString(from, "'");
      return isModule ? `import ${named} from ${module};` : `const ${named} = require(${module});`;
    })
    .join('\n');
}

function printList({ key, entries, within, isFunction }: PluginList): string {
  const list = `[${entries.join(', ')}]`;
  if (within === undefined) return `${key}: ${list},`;
  return `${within}: { ${key}: ${isFunction === true ? '() => ' : ''}${list} },`;
}

/** An option that would be code of its own is none that was meant. */
function ofStatements(file: string, text: string, count: number): string {
  if (parseSound(file, text)?.ast.program.body.length !== count)
    throw new Error(`${text} is not the configuration that was meant`);
  return text;
}
