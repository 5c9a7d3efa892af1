/** Create React App 5 with react-app-rewired. */
import { tsconfigOfCra } from '../support/tsconfig-of-cra';
import { describeHome } from './webpack-home';

const config = (overrides: string) => `const { withZeroBackendSync } = require('zero-backend-sync/webpack');

const own = (config, env) => {
  config.resolve.alias = { ...config.resolve.alias, 'of-the-app': require.resolve('./src/component.ts') };
  return config;
};
module.exports = ${overrides};
`;

describe('an app with react-app-rewired', () =>
  describeHome({
    name: 'rewired',
    packages: {
      '@types/react': '19.3.0',
      '@types/react-dom': '19.3.0',
      react: '19.3.1',
      'react-app-rewired': '2.2.1',
      'react-dom': '19.3.1',
      'react-scripts': '5.0.1',
      typescript: '4.9.5',
    },
    files: {
      'config-overrides.js': config('withZeroBackendSync(own)'),
      'tsconfig.json': JSON.stringify(tsconfigOfCra),
      'public/index.html': '<!doctype html><html lang="en"><title>app</title><div id="root"></div></html>\n',
      'src/react-app-env.d.ts':
        '/// <reference types="react-scripts" />\ndeclare module \'of-the-app\' { export const text: () => string; }\n',
      'src/App.tsx': `import { text } from 'of-the-app';

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
    output: 'build',
    build: (path) => ({
      script: 'react-app-rewired/bin/index.js',
      args: ['build'],
      environment: { CI: 'true', PUBLIC_URL: { '/': '', '/sub/': '/sub', './': '.' }[path]! },
    }),
    start: (port) => ({
      script: 'react-app-rewired/bin/index.js',
      args: ['start'],
      environment: { PORT: String(port) },
    }),
    twice: { 'config-overrides.js': config('withZeroBackendSync(withZeroBackendSync(own))') },
  }));
