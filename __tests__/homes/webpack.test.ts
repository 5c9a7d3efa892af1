/** A webpack 5 configuration of an app's own, with ts-loader and webpack-cli. */
import { describeHome } from './webpack-home';

const config = (plugins: string) => `const path = require('node:path');
const HtmlPlugin = require('html-webpack-plugin');
const { ZeroBackendSyncPlugin } = require('zero-backend-sync/webpack');

module.exports = {
  entry: './src/index.ts',
  output: {
    path: path.join(__dirname, 'build'),
    filename: 'js/[name].[contenthash:8].js',
    publicPath: process.env.PUBLIC_PATH,
    clean: true,
  },
  resolve: { extensions: ['.ts', '.js'] },
  module: { rules: [{ test: /\\.ts$/, include: path.join(__dirname, 'src'), loader: 'ts-loader', options: { transpileOnly: true } }] },
  plugins: [new HtmlPlugin(), ${plugins}],
  devServer: { historyApiFallback: { disableDotRule: true, htmlAcceptHeaders: ['*/*'] } },
};
`;

describe('an app with its own webpack.config.js', () =>
  describeHome({
    name: 'webpack',
    packages: {
      'html-webpack-plugin': '5.6.4',
      'ts-loader': '9.5.4',
      typescript: '5.9.3',
      webpack: '5.113.0',
      'webpack-cli': '6.0.1',
      'webpack-dev-server': '5.2.7',
    },
    files: {
      'webpack.config.js': config('new ZeroBackendSyncPlugin()'),
      'tsconfig.json': JSON.stringify({
        compilerOptions: { target: 'es2022', module: 'esnext', moduleResolution: 'bundler', resolveJsonModule: true },
      }),
      'src/index.ts': `import './probe';
import { text } from './component';

const show = () => (document.body.textContent = text());
show();
declare const module: { hot?: { accept(path: string, then: () => void): void } };
module.hot?.accept('./component', show);
`,
    },
    output: 'build',
    build: (path) => ({
      script: 'webpack-cli/bin/cli.js',
      args: ['build', '--mode', 'production'],
      environment: { PUBLIC_PATH: path },
    }),
    start: (port) => ({
      script: 'webpack-cli/bin/cli.js',
      args: ['serve', '--mode', 'development', '--port', String(port)],
      environment: { PUBLIC_PATH: '/' },
    }),
    twice: { 'webpack.config.js': config('new ZeroBackendSyncPlugin(), new ZeroBackendSyncPlugin()') },
  }));
