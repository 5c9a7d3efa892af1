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

// The compiler has left its own output of every module here.
rmSync(folder, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['src/cli/index.ts'],
  outfile: 'dist/cli/index.js',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
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
  legalComments: 'none',
  metafile: true,
});
chmodSync(path.join(folder, 'index.js'), 0o755);

const packages = writeNotices(folder, [metafile]);
const [{ bytes }] = Object.values(metafile.outputs);
console.log(`dist/cli/index.js: ${bytes} bytes, ${packages.length} packages`);
