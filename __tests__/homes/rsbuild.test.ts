/** React apps of Rsbuild 2 and 1. */
import { describeHome } from './webpack-home';

const config = (plugins: string, define = '{}') => `import { defineConfig, loadEnv } from '@rsbuild/core';
import { pluginReact } from '@rsbuild/plugin-react';
import { pluginZeroBackendSync } from 'zero-backend-sync/webpack';

export default defineConfig({
  plugins: [pluginReact(), ${plugins}],
  source: { entry: { index: './src/index.tsx' }, define: ${define} },
  output: { assetPrefix: process.env.ASSET_PREFIX },
});
`;

describe.each([
  ['2.3.2', '2.1.1'],
  ['1.7.6', '1.4.2'],
])('an app of Rsbuild %s', (rsbuild, pluginReact) =>
  describeHome({
    name: `rsbuild-${rsbuild}`,
    packages: {
      '@rsbuild/core': rsbuild,
      '@rsbuild/plugin-react': pluginReact,
      react: '19.3.1',
      'react-dom': '19.3.1',
      typescript: '5.9.3',
    },
    files: {
      'rsbuild.config.ts': config('pluginZeroBackendSync()'),
      'src/App.tsx': `import { text } from './component';

export default function App() {
  return <p>{text()}</p>;
}
`,
      'src/index.tsx': `import './probe';
import { createRoot } from 'react-dom/client';
import App from './App';

createRoot(document.getElementById('root')!).render(<App />);
`,
    },
    output: 'dist',
    build: (path) => ({
      script: '@rsbuild/core/bin/rsbuild.js',
      args: ['build'],
      environment: { ASSET_PREFIX: path === './' ? 'auto' : path },
    }),
    start: (port) => ({ script: '@rsbuild/core/bin/rsbuild.js', args: ['dev', '--port', String(port)] }),
    exposing: { 'rsbuild.config.ts': config('pluginZeroBackendSync()', "loadEnv({ prefixes: ['SYNC_'] }).publicVars") },
    twice: { 'rsbuild.config.ts': config('pluginZeroBackendSync(), { ...pluginZeroBackendSync(), name: "again" }') },
  }),
);
