/**
 * Bundles the demo into `dist/demo`, which `npx zero-backend-sync demo` serves: the same sources that `npm start` compiles. `npm run build` has compiled
 * the black box, with the salt that is published for it.
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writeNotices } from './third-party.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = path.join(root, 'dist/demo');

/** What webpack makes of `new Worker(new URL('./worker/index.ts', import.meta.url))` and of the import of a WebAssembly module by itself. */
const workerBesideThePage = {
  name: 'worker-beside-the-page',
  setup({ onLoad }) {
    onLoad({ filter: /src[\\/]lib[\\/]engine\.ts$/ }, ({ path: file }) => {
      const text = readFileSync(file, 'utf8');
      const changed = text.replace("new URL('./worker/index.ts', import.meta.url)", "'worker.js'");
      if (changed === text)
        throw new Error('The template starts its worker in another way: correct scripts/build-demo.mjs.');
      return { contents: changed, loader: 'ts' };
    });
  },
};

const options = {
  absWorkingDir: root,
  outdir: folder,
  bundle: true,
  minify: true,
  target: 'es2022',
  define: { 'process.env.NODE_ENV': '"production"' },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};
const page = await build({
  ...options,
  entryPoints: { demo: 'src/index.tsx' },
  format: 'esm',
  splitting: true,
  jsx: 'automatic',
  plugins: [workerBesideThePage],
});
const worker = await build({
  ...options,
  entryPoints: { worker: 'src/lib/worker/index.ts' },
  format: 'iife',
  loader: { '.wasm': 'file' },
});

const html = readFileSync(path.join(root, 'public/index.html'), 'utf8')
  .replaceAll('%PUBLIC_URL%/', '')
  .replace(
    '</head>',
    '  <link rel="stylesheet" href="demo.css" />\n    <script type="module" src="demo.js"></script>\n  </head>',
  );
writeFileSync(path.join(folder, 'index.html'), html);
copyFileSync(path.join(root, 'public/favicon.svg'), path.join(folder, 'favicon.svg'));
writeNotices(folder, [page.metafile, worker.metafile]);
const bytes = [page, worker].flatMap(({ metafile }) => Object.values(metafile.outputs)).map((output) => output.bytes);
console.log(`dist/demo: ${bytes.reduce((sum, each) => sum + each, 0)} bytes`);
