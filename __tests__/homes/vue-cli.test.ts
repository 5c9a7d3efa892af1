/** A Vue 3 app of Vue CLI 5, with its TypeScript plugin: thread-loader, ts-loader and fork-ts-checker. */
import { describeHome } from './webpack-home';

const config = (exported: string) => `const { withVueCli } = require('zero-backend-sync/webpack');

const own = {
  publicPath: process.env.PUBLIC_PATH,
  parallel: true,
  configureWebpack: (config) => {
    return { performance: { hints: false } };
  },
  devServer: { headers: { 'X-Of-The-App': '1' } },
};
module.exports = ${exported};
`;

describe('an app of Vue CLI', () =>
  describeHome({
    name: 'vue-cli',
    packages: {
      '@vue/cli-plugin-babel': '5.0.9',
      '@vue/cli-plugin-typescript': '5.0.9',
      '@vue/cli-service': '5.0.9',
      'core-js': '3.47.0',
      typescript: '4.9.5',
      vue: '3.5.45',
    },
    files: {
      'vue.config.js': config('withVueCli(own)'),
      'babel.config.js': "module.exports = { presets: ['@vue/cli-plugin-babel/preset'] };\n",
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          target: 'esnext',
          module: 'esnext',
          moduleResolution: 'node',
          strict: true,
          jsx: 'preserve',
          skipLibCheck: true,
          esModuleInterop: true,
          resolveJsonModule: true,
          isolatedModules: true,
          lib: ['esnext', 'dom', 'dom.iterable'],
          // As Vue CLI's template has it: the newest types of Node are not for this TypeScript.
          types: [],
        },
        include: ['src/**/*.ts', 'src/**/*.vue'],
      }),
      'public/index.html': '<!DOCTYPE html><html lang="en"><title>app</title><div id="app"></div></html>\n',
      'src/shims-vue.d.ts':
        "declare module '*.vue' {\n  import type { DefineComponent } from 'vue';\n  const component: DefineComponent;\n  export default component;\n}\n",
      'src/App.vue': `<script setup lang="ts">
import { text } from './component';
const shown = text();
</script>

<template>
  <p>{{ shown }}</p>
</template>
`,
      'src/main.ts': `import './probe';
import { createApp } from 'vue';
import App from './App.vue';

createApp(App).mount('#app');
`,
    },
    output: 'dist',
    build: (path) => ({
      script: '@vue/cli-service/bin/vue-cli-service.js',
      args: ['build'],
      environment: { PUBLIC_PATH: path },
    }),
    start: (port) => ({
      script: '@vue/cli-service/bin/vue-cli-service.js',
      args: ['serve', '--port', String(port)],
      environment: { PUBLIC_PATH: '/' },
    }),
    twice: { 'vue.config.js': config('withVueCli(withVueCli(own))') },
  }));
