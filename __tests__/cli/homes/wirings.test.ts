/** Configuration files of every kind: the text before, the text after, and that taking the kit out again gives the text before. */
import { secondUse } from '../../../src/cli/edit/config-names';
import { parseSound } from '../../../src/cli/edit/config-edit';
import * as wirings from '../../../src/cli/homes/wirings';
import type { Wiring, WiringOptions } from '../../../src/cli/homes/wiring';
import { isEmptyConfig, takeOutKit } from '../../../src/cli/undo/take-out-kit';

const inline: WiringOptions = { wasm: 'inline' };
const plugins: WiringOptions = { wasm: 'vite-plugin-wasm', needsTopLevelAwait: true };
const packages = ['zero-backend-sync', 'vite-plugin-wasm', 'vite-plugin-top-level-await'];

type Row = readonly [
  name: string,
  wiring: Wiring,
  file: string,
  before: string,
  after: string,
  options?: WiringOptions,
];

const rows: readonly Row[] = [
  [
    'create-vite vue-ts 9, whose configuration TypeScript reads as Node does',
    wirings.viteWiring,
    'vite.config.ts',
    `import { defineConfig } from 'vite'\nexport default defineConfig({\n  plugins: [],\n})\n`,
    `import { defineConfig } from 'vite'\nimport { zeroBackendSync } from 'zero-backend-sync/vite'\nimport wasm from 'vite-plugin-wasm'\nexport default defineConfig({\n  plugins: [zeroBackendSync({ wasm: 'vite-plugin-wasm' }), (wasm as unknown as () => { name: string })()],\n  worker: { plugins: () => [(wasm as unknown as () => { name: string })()] },\n})\n`,
    { wasm: 'vite-plugin-wasm', isTypedAsNode: true },
  ],
  [
    'the same in JavaScript',
    wirings.viteWiring,
    'vite.config.js',
    `export default {\n  plugins: [],\n};\n`,
    `import { zeroBackendSync } from 'zero-backend-sync/vite';\nimport wasm from 'vite-plugin-wasm';\n\nexport default {\n  plugins: [zeroBackendSync({ wasm: 'vite-plugin-wasm' }), wasm()],\n  worker: { plugins: () => [wasm()] },\n};\n`,
    { wasm: 'vite-plugin-wasm', isTypedAsNode: true },
  ],
  [
    'create-vite react-ts',
    wirings.viteWiring,
    'vite.config.ts',
    `import { defineConfig } from 'vite'\nimport react from '@vitejs/plugin-react'\n\n// https://vite.dev/config/\nexport default defineConfig({\n  plugins: [react()],\n})\n`,
    `import { defineConfig } from 'vite'\nimport react from '@vitejs/plugin-react'\nimport { zeroBackendSync } from 'zero-backend-sync/vite'\n\n// https://vite.dev/config/\nexport default defineConfig({\n  plugins: [react(), zeroBackendSync()],\n})\n`,
  ],
  [
    'create-vite vue, with both plugins',
    wirings.viteWiring,
    'vite.config.js',
    `import { defineConfig } from 'vite'\nimport vue from '@vitejs/plugin-vue'\n\nexport default defineConfig({\n  plugins: [vue()],\n})\n`,
    `import { defineConfig } from 'vite'\nimport vue from '@vitejs/plugin-vue'\nimport { zeroBackendSync } from 'zero-backend-sync/vite'\nimport wasm from 'vite-plugin-wasm'\nimport topLevelAwait from 'vite-plugin-top-level-await'\n\nexport default defineConfig({\n  plugins: [vue(), zeroBackendSync({ wasm: 'vite-plugin-wasm' }), wasm(), topLevelAwait()],\n  worker: { plugins: () => [wasm(), topLevelAwait()] },\n})\n`,
    plugins,
  ],
  [
    'Vite 7, which needs a target besides',
    wirings.viteWiring,
    'vite.config.ts',
    `export default { build: { outDir: 'x' } };\n`,
    `import { zeroBackendSync } from 'zero-backend-sync/vite';\nimport wasm from 'vite-plugin-wasm';\n\nexport default { build: { outDir: 'x', target: 'es2022' }, plugins: [zeroBackendSync({ wasm: 'vite-plugin-wasm' }), wasm()], worker: { plugins: () => [wasm()] } };\n`,
    { wasm: 'vite-plugin-wasm', buildTarget: 'es2022' },
  ],
  [
    'a target of the app',
    wirings.viteWiring,
    'vite.config.ts',
    `export default { build: { target: 'esnext' }, plugins: [] };\n`,
    `import { zeroBackendSync } from 'zero-backend-sync/vite';\nimport wasm from 'vite-plugin-wasm';\n\nexport default { build: { target: 'esnext' }, plugins: [zeroBackendSync({ wasm: 'vite-plugin-wasm' }), wasm()], worker: { plugins: () => [wasm()] } };\n`,
    { wasm: 'vite-plugin-wasm', buildTarget: 'es2022' },
  ],
  [
    'plugins of workers',
    wirings.viteWiring,
    'vite.config.ts',
    `import a from 'a';\nexport default {\n  plugins: [a()],\n  worker: {\n    format: 'es',\n    plugins: () => [a()],\n  },\n};\n`,
    `import a from 'a';\nimport { zeroBackendSync } from 'zero-backend-sync/vite';\nimport wasm from 'vite-plugin-wasm';\nimport topLevelAwait from 'vite-plugin-top-level-await';\nexport default {\n  plugins: [a(), zeroBackendSync({ wasm: 'vite-plugin-wasm' }), wasm(), topLevelAwait()],\n  worker: {\n    format: 'es',\n    plugins: () => [a(), wasm(), topLevelAwait()],\n  },\n};\n`,
    plugins,
  ],
  [
    'an app that has the plugin for its own WASM',
    wirings.viteWiring,
    'vite.config.ts',
    `import wasmPlugin from 'vite-plugin-wasm';\nexport default {\n  plugins: [wasmPlugin()],\n};\n`,
    `import wasmPlugin from 'vite-plugin-wasm';\nimport { zeroBackendSync } from 'zero-backend-sync/vite';\nexport default {\n  plugins: [wasmPlugin(), zeroBackendSync({ wasm: 'vite-plugin-wasm' })],\n  worker: { plugins: () => [wasmPlugin()] },\n};\n`,
    { wasm: 'vite-plugin-wasm' },
  ],
  [
    'a function of the mode',
    wirings.viteWiring,
    'vite.config.mts',
    `import { defineConfig, loadEnv } from "vite";\nexport default defineConfig(({ mode }) => {\n  const env = loadEnv(mode, process.cwd());\n  return { define: { x: env.VITE_X }, plugins: [] };\n});\n`,
    `import { defineConfig, loadEnv } from "vite";\nimport { zeroBackendSync } from "zero-backend-sync/vite";\nexport default defineConfig(({ mode }) => {\n  const env = loadEnv(mode, process.cwd());\n  return { define: { x: env.VITE_X }, plugins: [zeroBackendSync()] };\n});\n`,
  ],
  [
    'an async function with a plugin that is not surely a list',
    wirings.viteWiring,
    'vite.config.js',
    `export default async () => {\n  const { plugins } = await import('./base.js');\n  return {\n    plugins: [plugins],\n    server: { port: 3000 },\n  };\n};\n`,
    `import { zeroBackendSync } from 'zero-backend-sync/vite';\n\nexport default async () => {\n  const { plugins } = await import('./base.js');\n  return {\n    plugins: [plugins, zeroBackendSync()],\n    server: { port: 3000 },\n  };\n};\n`,
  ],
  [
    'a variable with a type',
    wirings.viteWiring,
    'vite.config.ts',
    `import type { UserConfig } from 'vite';\n\nconst config: UserConfig = {\n  base: '/app/',\n};\n\nexport default config;\n`,
    `import type { UserConfig } from 'vite';\nimport { zeroBackendSync } from 'zero-backend-sync/vite';\n\nconst config: UserConfig = {\n  base: '/app/',\n  plugins: [zeroBackendSync()],\n};\n\nexport default config;\n`,
  ],
  [
    'satisfies',
    wirings.viteWiring,
    'vite.config.ts',
    `import type { UserConfig } from 'vite';\nexport default { base: '/' } satisfies UserConfig;\n`,
    `import type { UserConfig } from 'vite';\nimport { zeroBackendSync } from 'zero-backend-sync/vite';\nexport default { base: '/', plugins: [zeroBackendSync()] } satisfies UserConfig;\n`,
  ],
  [
    'mergeConfig',
    wirings.viteWiring,
    'vite.config.js',
    `import { mergeConfig } from 'vite';\nimport base from './base.js';\nexport default mergeConfig(base, { plugins: [] });\n`,
    `import { mergeConfig } from 'vite';\nimport base from './base.js';\nimport { zeroBackendSync } from 'zero-backend-sync/vite';\nexport default mergeConfig(base, { plugins: [zeroBackendSync()] });\n`,
  ],
  [
    'CommonJS',
    wirings.viteWiring,
    'vite.config.cjs',
    `// @ts-check\nconst react = require('@vitejs/plugin-react');\n\nmodule.exports = { plugins: [react()] };\n`,
    `// @ts-check\nconst react = require('@vitejs/plugin-react');\nconst { zeroBackendSync } = require('zero-backend-sync/vite');\n\nmodule.exports = { plugins: [react(), zeroBackendSync()] };\n`,
  ],
  [
    'a name that is taken',
    wirings.viteWiring,
    'vite.config.js',
    `const wasm = (x) => x;\nexport default { plugins: [wasm({})] };\n`,
    `import { zeroBackendSync } from 'zero-backend-sync/vite';\nimport wasmPlugin from 'vite-plugin-wasm';\n\nconst wasm = (x) => x;\nexport default { plugins: [wasm({}), zeroBackendSync({ wasm: 'vite-plugin-wasm' }), wasmPlugin()], worker: { plugins: () => [wasmPlugin()] } };\n`,
    { wasm: 'vite-plugin-wasm' },
  ],
  [
    'plugins that a function makes',
    wirings.viteWiring,
    'vite.config.js',
    `import { list } from './list.js';\nexport default { plugins: list() };\n`,
    `import { list } from './list.js';\nimport { zeroBackendSync } from 'zero-backend-sync/vite';\nexport default { plugins: [list(), zeroBackendSync()] };\n`,
  ],
  [
    'an import that is there and not used',
    wirings.viteWiring,
    'vite.config.js',
    `import { zeroBackendSync } from 'zero-backend-sync/vite';\nexport default { plugins: [] };\n`,
    `import { zeroBackendSync } from 'zero-backend-sync/vite';\nexport default { plugins: [zeroBackendSync()] };\n`,
  ],
  [
    'Vitest',
    wirings.vitestWiring,
    'vitest.config.ts',
    `import { defineConfig } from 'vitest/config';\n\nexport default defineConfig({\n  test: { environment: 'jsdom' },\n});\n`,
    `import { defineConfig } from 'vitest/config';\nimport { zeroBackendSync } from 'zero-backend-sync/vite';\n\nexport default defineConfig({\n  test: { environment: 'jsdom' },\n  plugins: [zeroBackendSync()],\n});\n`,
    plugins,
  ],
  [
    'webpack, an object',
    wirings.webpackWiring,
    'webpack.config.js',
    `const path = require('path');\nconst HtmlWebpackPlugin = require('html-webpack-plugin');\n\nmodule.exports = {\n  entry: './src/index.js',\n  plugins: [new HtmlWebpackPlugin()],\n};\n`,
    `const path = require('path');\nconst HtmlWebpackPlugin = require('html-webpack-plugin');\nconst { ZeroBackendSyncPlugin } = require('zero-backend-sync/webpack');\n\nmodule.exports = {\n  entry: './src/index.js',\n  plugins: [new HtmlWebpackPlugin(), new ZeroBackendSyncPlugin()],\n};\n`,
  ],
  [
    'webpack, a function with plugins that are filtered, as in an ejected app',
    wirings.webpackWiring,
    'config/webpack.config.js',
    `'use strict';\n\nconst fs = require('fs');\n\nmodule.exports = function (webpackEnv) {\n  const isProd = webpackEnv === 'production';\n  return {\n    bail: isProd,\n    plugins: [\n      new A(),\n      // in development\n      isProd && new B(),\n    ].filter(Boolean),\n  };\n};\n`,
    `'use strict';\n\nconst fs = require('fs');\nconst { ZeroBackendSyncPlugin } = require('zero-backend-sync/webpack');\n\nmodule.exports = function (webpackEnv) {\n  const isProd = webpackEnv === 'production';\n  return {\n    bail: isProd,\n    plugins: [\n      new A(),\n      // in development\n      isProd && new B(),\n      new ZeroBackendSyncPlugin(),\n    ].filter(Boolean),\n  };\n};\n`,
  ],
  [
    'webpack, several configurations of which one is for a server',
    wirings.webpackWiring,
    'webpack.config.mjs',
    `export default [\n  { target: 'node', entry: './server.js' },\n  { entry: './src/index.js', plugins: [] },\n];\n`,
    `import { ZeroBackendSyncPlugin } from 'zero-backend-sync/webpack';\n\nexport default [\n  { target: 'node', entry: './server.js' },\n  { entry: './src/index.js', plugins: [new ZeroBackendSyncPlugin()] },\n];\n`,
  ],
  [
    'webpack-merge',
    wirings.webpackWiring,
    'webpack.prod.js',
    `'use strict';\nconst { merge } = require('webpack-merge');\nmodule.exports = (env) => merge(base(env), { mode: 'production' });\n`,
    `'use strict';\nconst { merge } = require('webpack-merge');\nconst { ZeroBackendSyncPlugin } = require('zero-backend-sync/webpack');\nmodule.exports = (env) => merge(base(env), { mode: 'production', plugins: [new ZeroBackendSyncPlugin()] });\n`,
  ],
  [
    "webpack, nothing but 'use strict' before it",
    wirings.webpackWiring,
    'webpack.config.js',
    `'use strict';\nmodule.exports = { plugins: [] };\n`,
    `'use strict';\nconst { ZeroBackendSyncPlugin } = require('zero-backend-sync/webpack');\nmodule.exports = { plugins: [new ZeroBackendSyncPlugin()] };\n`,
  ],
  [
    'webpack, a comment with a type',
    wirings.webpackWiring,
    'webpack.config.js',
    `/** @type {import('webpack').Configuration} */\nmodule.exports = { plugins: [] };\n`,
    `const { ZeroBackendSyncPlugin } = require('zero-backend-sync/webpack');\n\n/** @type {import('webpack').Configuration} */\nmodule.exports = { plugins: [new ZeroBackendSyncPlugin()] };\n`,
  ],
  [
    'Rsbuild, in another folder than the usual one',
    wirings.rsbuildWiring,
    'rsbuild.config.ts',
    `import { defineConfig } from '@rsbuild/core';\nimport { pluginReact } from '@rsbuild/plugin-react';\n\nexport default defineConfig({\n  plugins: [pluginReact()],\n});\n`,
    `import { defineConfig } from '@rsbuild/core';\nimport { pluginReact } from '@rsbuild/plugin-react';\nimport { pluginZeroBackendSync } from 'zero-backend-sync/webpack';\n\nexport default defineConfig({\n  plugins: [pluginReact(), pluginZeroBackendSync({ lib: 'src/sync' })],\n});\n`,
    { lib: 'src/sync' },
  ],
  [
    'overrides, a function',
    wirings.overridesWiring,
    'config-overrides.js',
    `module.exports = function override(config, env) {\n  return config;\n};\n`,
    `const { withZeroBackendSync } = require('zero-backend-sync/webpack');\n\nmodule.exports = withZeroBackendSync(function override(config, env) {\n  return config;\n});\n`,
  ],
  [
    'overrides, customize-cra',
    wirings.overridesWiring,
    'config-overrides.js',
    `const { override, addBabelPlugin } = require('customize-cra');\n\nmodule.exports = override(addBabelPlugin('x'));\n`,
    `const { override, addBabelPlugin } = require('customize-cra');\nconst { withZeroBackendSync } = require('zero-backend-sync/webpack');\n\nmodule.exports = withZeroBackendSync(override(addBabelPlugin('x')));\n`,
  ],
  [
    'overrides, an object with several',
    wirings.overridesWiring,
    'config-overrides.js',
    `module.exports = {\r\n\twebpack: (config) => config,\r\n\tjest: (config) => config,\r\n};\r\n`,
    `const { withZeroBackendSync } = require('zero-backend-sync/webpack');\r\n\r\nmodule.exports = withZeroBackendSync({\r\n\twebpack: (config) => config,\r\n\tjest: (config) => config,\r\n});\r\n`,
  ],
  [
    'Vue CLI',
    wirings.vueCliWiring,
    'vue.config.js',
    `const { defineConfig } = require('@vue/cli-service')\nmodule.exports = defineConfig({\n  transpileDependencies: true\n})\n`,
    `const { defineConfig } = require('@vue/cli-service')\nconst { withVueCli } = require('zero-backend-sync/webpack')\nmodule.exports = withVueCli(defineConfig({\n  transpileDependencies: true\n}))\n`,
  ],
  [
    'the dev server of an ejected app',
    wirings.devServerWiring,
    'config/webpackDevServer.config.js',
    `'use strict';\n\nconst fs = require('fs');\n\nmodule.exports = function (proxy, allowedHost) {\n  return { proxy };\n};\n`,
    `'use strict';\n\nconst fs = require('fs');\nconst { withDevServer } = require('zero-backend-sync/webpack');\n\nmodule.exports = withDevServer(function (proxy, allowedHost) {\n  return { proxy };\n});\n`,
  ],
  [
    'Jest, typed',
    wirings.jestWiring,
    'jest.config.ts',
    `import type { Config } from 'jest';\n\nconst config: Config = { testEnvironment: 'jsdom' };\n\nexport default config;\n`,
    `import type { Config } from 'jest';\nimport { jestConfig } from 'zero-backend-sync/webpack';\n\nconst config: Config = { testEnvironment: 'jsdom' };\n\nexport default jestConfig(config);\n`,
  ],
];

const edits = rows.map(([name, wiring, file, before, after, options = inline]) => ({
  name,
  wiring,
  file,
  before,
  after,
  options,
}));

test.each(edits)('$name', ({ wiring, file, before, after, options }) => {
  expect(wiring.edit(file, before, options)).toMatchObject({ kind: 'edited', text: after });
  expect(wiring.edit(file, after, options)).toEqual({ kind: 'already-wired' });
});

test.each(edits.filter(({ before }) => !before.includes('zero-backend-sync')))(
  '$name: is taken out again, also where somebody has changed the file since',
  ({ file, before, after }) => {
    const rest = takeOutKit(file, after, { packages, original: before });
    // A list within the list stays one, and so does what the app's own plugin is in: both mean the same without the kit.
    const isSame = !/list\(\)|wasmPlugin\(\)\]/.test(before);
    if (isSame) expect(rest).toBe(before);
    else expect(rest).not.toContain('zero-backend-sync');
    const theirs = takeOutKit(file, `${after}\n// theirs\n`, { packages, original: before });
    expect(theirs).toMatch(/\/\/ theirs\n$/);
  },
);

test.each(Object.entries(wirings))(
  '%s: a new file is whole, is wired, and says nothing without the kit',
  (name, wiring) => {
    for (const file of ['config.js', 'config.cjs', 'config.mjs', 'config.ts', 'config.mts']) {
      if (name === 'cracoWiring' && /m[jt]s|\.ts/.test(file)) continue;
      for (const options of [inline, plugins, { ...plugins, buildTarget: 'es2022' }, { lib: 'src/sync' }]) {
        const text = wiring.create(file, options);
        expect(wiring.edit(file, text, options)).toEqual({ kind: 'already-wired' });
        const rest = takeOutKit(file, text, { packages, original: '' });
        expect([file, rest !== null && isEmptyConfig(file, rest)]).toEqual([file, true]);
      }
    }
  },
);

test.each<[name: string, wiring: Wiring, file: string, text: string]>([
  ['a spread that may have plugins', wirings.viteWiring, 'vite.config.js', `export default { ...base };`],
  ['a call that is not known', wirings.viteWiring, 'vite.config.js', `export default withX({ plugins: [] });`],
  ['a worker made elsewhere', wirings.viteWiring, 'vite.config.js', `export default { plugins: [], worker };`],
  [
    'plugins of workers in a list',
    wirings.viteWiring,
    'vite.config.js',
    `export default { plugins: [], worker: { plugins: [a()] } };`,
  ],
  ['a choice', wirings.webpackWiring, 'webpack.config.js', `module.exports = prod ? { plugins: [] } : {};`],
  ['plugins that may be none', wirings.webpackWiring, 'webpack.config.js', `module.exports = { plugins: list() };`],
  ['only servers', wirings.webpackWiring, 'webpack.config.js', `module.exports = [{ target: 'node' }];`],
  ['parts of an export', wirings.overridesWiring, 'config-overrides.js', `module.exports.webpack = (c) => c;`],
  ['a function that is used besides', wirings.vueCliWiring, 'vue.config.mjs', `export default function a() {}\na();`],
  ['Jest by a function', wirings.jestWiring, 'jest.config.js', `module.exports = async () => ({});`],
  ['Jest by a call', wirings.jestWiring, 'jest.config.js', `module.exports = createJestConfig({});`],
  ['JSON', wirings.jestWiring, 'jest.config.json', `{ "a": 1 }`],
])('%s is left to a person, with a reason', (_name, wiring, file, text) => {
  expect(wiring.edit(file, text, plugins)).toEqual({ kind: 'by-hand', reason: expect.stringMatching(/\S/) });
});

test.each<[text: string, line: number | null]>([
  [`import { zeroBackendSync } from 'zero-backend-sync/vite';\nexport default { plugins: [zeroBackendSync()] };`, null],
  [
    `import { zeroBackendSync as z } from 'zero-backend-sync/vite';\nexport default {\n  plugins: [z(),\n    z()] };`,
    4,
  ],
  [
    `import { zeroBackendSync as z } from 'zero-backend-sync/vite';\nexport default (e) => e ? { plugins: [z()] } : { plugins: [z()] };`,
    null,
  ],
])('the plugin twice in one list is seen (%#)', (text, line) => {
  const source = parseSound('vite.config.js', text);
  expect(source && secondUse(source, 'zero-backend-sync/vite')).toBe(line);
});

test('Vitest that takes over the configuration of Vite needs nothing', () => {
  const text = `import { mergeConfig } from 'vitest/config';\nimport vite from './vite.config';\nexport default mergeConfig(vite, { test: {} });`;
  expect(wirings.vitestWiring.edit('vitest.config.ts', text, inline)).toEqual({ kind: 'already-wired' });
});
