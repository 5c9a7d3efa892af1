/** Apps with a webpack configuration of their own, made by hand: React in JavaScript with Babel and Jest, Vue in TypeScript with vue-loader. */
import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Framework, HomeApp } from './home-app';
import { installedApp, type AppSource } from './installed-app';

const webpack = {
  'html-webpack-plugin': '5.6.4',
  webpack: '5.113.0',
  'webpack-cli': '6.0.1',
  'webpack-dev-server': '5.2.7',
};

const page = '<!doctype html>\n<html lang="en">\n  <title>app</title>\n  <div id="root"></div>\n</html>\n';
const ignored = 'node_modules\ndist\n.env.local\n';

const react: AppSource = {
  name: 'webpack-react',
  packageJson: {
    scripts: {
      start: 'webpack serve --mode development',
      build: 'webpack --mode production',
      test: 'jest',
    },
    dependencies: { react: '^19.0.0', 'react-dom': '^19.0.0' },
    devDependencies: {
      ...webpack,
      '@babel/core': '^7.26.0',
      '@babel/preset-env': '^7.26.0',
      '@babel/preset-react': '^7.26.0',
      '@testing-library/dom': '^10.4.0',
      '@testing-library/react': '^16.3.0',
      'babel-jest': '^30.0.0',
      'babel-loader': '^9.2.0',
      jest: '^30.0.0',
      'jest-environment-jsdom': '^30.0.0',
    },
    browserslist: ['chrome >= 103', 'firefox >= 113', 'safari >= 16.4'],
  },
  files: {
    '.gitignore': ignored,
    'babel.config.js': `module.exports = {
  presets: ['@babel/preset-env', ['@babel/preset-react', { runtime: 'automatic' }]],
};
`,
    'jest.config.js': "module.exports = {\n  testEnvironment: 'jsdom',\n};\n",
    'public/index.html': page,
    'src/App.jsx': 'export default function App() {\n  return <h1>learn react</h1>;\n}\n',
    'src/index.jsx': `import { createRoot } from 'react-dom/client';
import App from './App';

createRoot(document.getElementById('root')).render(<App />);
`,
    'webpack.config.js': configuration({
      entry: './src/index.jsx',
      extensions: "'.jsx', '.js'",
      rules: "{ test: /\\.jsx?$/, exclude: /node_modules/, use: 'babel-loader' }",
    }),
  },
};

const vue: AppSource = {
  name: 'webpack-vue',
  packageJson: {
    scripts: {
      start: 'webpack serve --mode development',
      build: 'vue-tsc --noEmit && webpack --mode production',
    },
    dependencies: { vue: '^3.5.0' },
    devDependencies: {
      ...webpack,
      'ts-loader': '9.5.4',
      typescript: '5.9.3',
      'vue-loader': '^17.4.0',
      'vue-tsc': '^3.0.0',
    },
  },
  files: {
    '.gitignore': ignored,
    'public/index.html': page,
    'src/App.vue': '<template>\n  <h1>learn vue</h1>\n</template>\n',
    'src/main.ts': "import { createApp } from 'vue';\nimport App from './App.vue';\n\ncreateApp(App).mount('#root');\n",
    'tsconfig.json': `${JSON.stringify(
      {
        compilerOptions: {
          target: 'es2022',
          lib: ['es2022', 'dom', 'dom.iterable'],
          module: 'esnext',
          moduleResolution: 'bundler',
          resolveJsonModule: true,
          strict: true,
          skipLibCheck: true,
          types: [],
        },
        include: ['src'],
      },
      null,
      2,
    )}\n`,
    'webpack.config.js': configuration({
      entry: './src/main.ts',
      extensions: "'.ts', '.js'",
      imports: "const { VueLoaderPlugin } = require('vue-loader');\n",
      rules: `{ test: /\\.vue$/, use: 'vue-loader' },
      {
        test: /\\.ts$/,
        exclude: /node_modules/,
        use: { loader: 'ts-loader', options: { appendTsSuffixTo: [/\\.vue$/], transpileOnly: true } },
      }`,
      plugins: ', new VueLoaderPlugin()',
    }),
  },
};

/** @param framework React with JavaScript, Vue with TypeScript */
export function webpackApp(framework: Framework): HomeApp {
  return {
    installed: () => installedApp({ react, vue }[framework]),
    setBase(app, base) {
      const config = join(app, 'webpack.config.js');
      writeFileSync(config, readFileSync(config, 'utf8').replace("publicPath: '/'", `publicPath: '${base}'`));
    },
    develop: (port) => ({ args: ['start', '--', '--port', String(port), '--host', '127.0.0.1'] }),
    output: 'dist',
    root: { react: 'App.jsx', vue: 'App.vue' }[framework],
  };
}

interface Parts {
  readonly entry: string;
  readonly extensions: string;
  readonly imports?: string;
  readonly rules: string;
  readonly plugins?: string;
}

function configuration({ entry, extensions, imports = '', rules, plugins = '' }: Parts): string {
  return `const path = require('node:path');
const HtmlWebpackPlugin = require('html-webpack-plugin');
${imports}
module.exports = {
  entry: '${entry}',
  output: {
    path: path.join(__dirname, 'dist'),
    filename: 'js/[name].[contenthash:8].js',
    publicPath: '/',
    clean: true,
  },
  resolve: { extensions: [${extensions}] },
  module: {
    rules: [
      ${rules},
    ],
  },
  plugins: [new HtmlWebpackPlugin({ template: 'public/index.html' })${plugins}],
  devServer: { historyApiFallback: { disableDotRule: true } },
  performance: { hints: false },
};
`;
}
