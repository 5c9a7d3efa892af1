/**
 * Bundles the command line into `dist/cli`: one program with the libraries that only it uses, so that an app which installs the kit does not install
 * them. `npm run build` has checked the types before. Packages that the kit depends on anyway stay outside.
 */
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writeNotices } from './third-party.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = path.join(root, 'dist/cli');
const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  legalComments: 'none',
  metafile: true,
};

/** Babel, half of the program, with short names: 300 kB less in every app. Ours stay long: see below. */
const BABEL = ['generator', 'parser', 'traverse', 'types'];
const babel = await build({
  ...common,
  stdin: { resolveDir: root, contents: BABEL.map((name) => `exports.${name} = require('@babel/${name}');`).join('\n') },
  minify: true,
  write: false,
});
const shortenedBabel = {
  name: 'shortened-babel',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@babel\/[a-z]+$/ }, ({ path: name }) => ({ path: name, namespace: 'babel' }));
    onLoad({ filter: /^@babel\//, namespace: 'babel' }, ({ path: name }) => ({
      contents: `module.exports = require('shortened').${name.slice('@babel/'.length)};`,
    }));
    onResolve({ filter: /^shortened$/, namespace: 'babel' }, ({ path: name }) => ({ path: name, namespace: 'babel' }));
    onLoad({ filter: /^shortened$/, namespace: 'babel' }, () => ({ contents: babel.outputFiles[0].text }));
  },
};

// The compiler has left its own output of every module here.
rmSync(folder, { recursive: true, force: true });
const program = await build({
  ...common,
  entryPoints: ['src/cli/index.ts'],
  outfile: 'dist/cli/index.js',
  plugins: [shortenedBabel],
  external: Object.keys(dependencies),
  // As modules, of which only the parser is bundled: 66 kB. What Node would take is whole, and twice, for development and production: 450 kB.
  alias: Object.fromEntries(
    ['compiler-dom', 'compiler-core', 'shared'].map((name) => [
      `@vue/${name}`,
      `@vue/${name}/dist/${name}.esm-bundler.js`,
    ]),
  ),
  // Names stay: they are what a report of an error shows. (What esbuild adds to keep them beside short ones breaks functions that verify sends to a page.)
  minifyWhitespace: true,
  minifySyntax: true,
});
chmodSync(path.join(folder, 'index.js'), 0o755);

const packages = writeNotices(folder, [program.metafile, babel.metafile]);
const [{ bytes }] = Object.values(program.metafile.outputs);
console.log(`dist/cli/index.js: ${bytes} bytes, ${packages.length} packages`);
