/** Small apps of every home, as their tools make them. */
import type { ServedTool } from '../../../src/cli/homes';

type Files = Readonly<Record<string, string>>;

function packageJson(fields: object): string {
  return `${JSON.stringify({ name: 'my-app', private: true, version: '0.0.0', ...fields }, null, 2)}\n`;
}

const session = `import { useAuth } from './auth';\nexport default function App() {\n  const { user } = useAuth();\n  return <p>{user.id}</p>;\n}\n`;
const react: Files = {
  '.gitignore': 'node_modules\ndist\n*.local\n',
  'index.html': '<!doctype html>\n<div id="root"></div>\n',
  'src/App.jsx': session,
};
const vue: Files = {
  '.gitignore': 'node_modules\ndist\n*.local\n',
  'index.html': '<!doctype html>\n<div id="app"></div>\n',
  'src/App.vue': '<script setup>\nconst name = 1;\n</script>\n\n<template>{{ name }}</template>\n',
  'src/main.js': `import { createApp } from 'vue';\nimport App from './App.vue';\ncreateApp(App).mount('#app');\n`,
};
const viteScripts = { dev: 'vite', build: 'vite build', lint: 'eslint .', preview: 'vite preview' };
const reactDependencies = { react: '^19.2.0', 'react-dom': '^19.2.0' };

export interface HomeSample {
  readonly name: string;
  readonly tool: ServedTool;
  readonly files: Files;
  /** Files that have the kit afterwards. */
  readonly wired: readonly string[];
}

export const homeSamples: readonly HomeSample[] = [
  {
    name: 'create-vite react-ts',
    tool: 'vite',
    files: {
      ...react,
      'package.json': packageJson({
        type: 'module',
        scripts: { ...viteScripts, build: 'tsc -b && vite build' },
        dependencies: reactDependencies,
        devDependencies: { '@vitejs/plugin-react': '^6.0.0', typescript: '~7.0.0', vite: '^8.3.0' },
      }),
      'tsconfig.json': `{\n  "files": [],\n  "references": [\n    { "path": "./tsconfig.app.json" },\n    { "path": "./tsconfig.node.json" }\n  ]\n}\n`,
      'tsconfig.app.json': `{\n  "compilerOptions": {\n    "target": "es2023",\n    "moduleResolution": "bundler",\n    /* Linting */\n    "erasableSyntaxOnly": true,\n  },\n  "include": ["src"]\n}\n`,
      'tsconfig.node.json': `{ "compilerOptions": { "moduleResolution": "bundler", "erasableSyntaxOnly": true }, "include": ["vite.config.ts"] }\n`,
      'vite.config.ts': `import { defineConfig } from 'vite'\nimport react from '@vitejs/plugin-react'\n\n// https://vite.dev/config/\nexport default defineConfig({\n  plugins: [react()],\n})\n`,
    },
    wired: ['vite.config.ts'],
  },
  {
    name: 'Vite 5, React in JavaScript, without a configuration',
    tool: 'vite',
    files: {
      ...react,
      'package.json': packageJson({
        scripts: viteScripts,
        dependencies: reactDependencies,
        devDependencies: { vite: '^5.4.0', vitest: '^2.0.0' },
      }),
    },
    wired: ['vite.config.mjs'],
  },
  {
    name: 'create-vite vue with Vitest',
    tool: 'vite',
    files: {
      ...vue,
      'package.json': packageJson({
        type: 'module',
        scripts: { ...viteScripts, test: 'vitest' },
        dependencies: { vue: '^3.5.0' },
        devDependencies: { '@vitejs/plugin-vue': '^6.0.0', vite: '^7.3.0', vitest: '^4.1.0' },
      }),
      'vite.config.js': `import { defineConfig } from 'vite'\nimport vue from '@vitejs/plugin-vue'\n\nexport default defineConfig(({ mode }) => ({\n  plugins: [vue()],\n  base: mode === 'x' ? '/x/' : '/',\n}))\n`,
      'vitest.config.js': `import { defineConfig } from 'vitest/config'\n\nexport default defineConfig({\n  test: { environment: 'jsdom' },\n})\n`,
    },
    wired: ['vite.config.js', 'vitest.config.js'],
  },
  {
    name: 'webpack 5 with merged configurations and Jest',
    tool: 'webpack',
    files: {
      ...react,
      'package.json': packageJson({
        scripts: {
          start: 'webpack serve --config build/webpack.dev.js',
          build: 'webpack --config build/webpack.prod.js',
          test: 'jest',
        },
        dependencies: reactDependencies,
        devDependencies: { webpack: '^5.113.0', 'webpack-cli': '^6.0.0', 'webpack-merge': '^6.0.0', jest: '^30.0.0' },
      }),
      'build/webpack.common.js': `module.exports = {\n  entry: './src/index.js',\n  plugins: [],\n};\n`,
      'build/webpack.dev.js': `const { merge } = require('webpack-merge');\nconst common = require('./webpack.common.js');\n\nmodule.exports = merge(common, { mode: 'development' });\n`,
      'build/webpack.prod.js': `const { merge } = require('webpack-merge');\nconst common = require('./webpack.common');\n\nmodule.exports = merge(common, { mode: 'production' });\n`,
      'jest.config.js': `module.exports = { testEnvironment: 'jsdom' };\n`,
    },
    wired: ['build/webpack.common.js', 'jest.config.js'],
  },
  {
    name: 'webpack 5 with Vue',
    tool: 'webpack',
    files: {
      ...vue,
      'package.json': packageJson({
        scripts: { build: 'webpack' },
        dependencies: { vue: '^3.5.0' },
        devDependencies: { webpack: '^5.113.0', 'vue-loader': '^17.0.0' },
      }),
      'webpack.config.js': `const { VueLoaderPlugin } = require('vue-loader');\n\nmodule.exports = {\n  plugins: [new VueLoaderPlugin()],\n};\n`,
    },
    wired: ['webpack.config.js'],
  },
  {
    name: 'Rsbuild',
    tool: 'rsbuild',
    files: {
      ...react,
      'package.json': packageJson({
        type: 'module',
        scripts: { dev: 'rsbuild dev --open', build: 'rsbuild build' },
        dependencies: reactDependencies,
        devDependencies: { '@rsbuild/core': '^2.3.0', '@rsbuild/plugin-react': '^2.0.0' },
      }),
      'rsbuild.config.mjs': `import { defineConfig } from '@rsbuild/core';\nimport { pluginReact } from '@rsbuild/plugin-react';\n\nexport default defineConfig({\n  plugins: [pluginReact()],\n});\n`,
    },
    wired: ['rsbuild.config.mjs'],
  },
  {
    name: 'react-app-rewired',
    tool: 'cra-rewired',
    files: {
      ...react,
      'package.json': packageJson({
        scripts: {
          start: 'react-app-rewired start --config-overrides config/overrides.js',
          test: 'react-app-rewired test',
        },
        dependencies: { ...reactDependencies, 'react-scripts': '5.0.1' },
        devDependencies: { 'react-app-rewired': '^2.2.1' },
      }),
      'config/overrides.js': `module.exports = (config) => config;\n`,
      'config-overrides.js': `module.exports = { jest: (config) => config };\n`,
    },
    wired: ['config-overrides.js', 'config/overrides.js'],
  },
  {
    name: 'an ejected app',
    tool: 'cra-ejected',
    files: {
      ...react,
      'package.json': packageJson({
        scripts: { start: 'node scripts/start.js', build: 'node scripts/build.js', test: 'node scripts/test.js' },
        dependencies: { ...reactDependencies, webpack: '^5.64.4', jest: '^27.4.3' },
        jest: { roots: ['<rootDir>/src'], testEnvironment: 'jsdom' },
        babel: { presets: ['react-app'] },
      }),
      'config/webpack.config.js': `'use strict';\n\nconst fs = require('fs');\n\nmodule.exports = function (webpackEnv) {\n  return {\n    plugins: [\n      fs && new A(),\n    ].filter(Boolean),\n  };\n};\n`,
      'config/webpackDevServer.config.js': `'use strict';\n\nmodule.exports = function (proxy, allowedHost) {\n  return { proxy, allowedHost };\n};\n`,
      'scripts/build.js': '// builds\n',
    },
    wired: ['config/webpack.config.js', 'config/webpackDevServer.config.js', 'jest.config.js'],
  },
  {
    name: 'Vue CLI',
    tool: 'vue-cli',
    files: {
      ...vue,
      'package.json': packageJson({
        scripts: { serve: 'vue-cli-service serve', build: 'vue-cli-service build' },
        dependencies: { vue: '^3.2.13' },
        devDependencies: { '@vue/cli-service': '~5.0.0' },
      }),
      'vue.config.js': `const { defineConfig } = require('@vue/cli-service')\nmodule.exports = defineConfig({\n  transpileDependencies: true\n})\n`,
    },
    wired: ['vue.config.js'],
  },
];
