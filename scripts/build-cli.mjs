/**
 * Bundles the command line into `dist/cli`: one program with the libraries that only it uses, so that an app which installs the kit does not install
 * them. `npm run build` has checked the types before. Packages that the kit depends on anyway stay outside.
 */
import { chmodSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = path.join(root, 'dist/cli');
const { dependencies } = readJson(path.join(root, 'package.json'));

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
  // Names stay: they are what a report of an error shows.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  metafile: true,
});
chmodSync(path.join(folder, 'index.js'), 0o755);

const packages = bundledPackages(Object.keys(metafile.inputs));
writeFileSync(path.join(folder, 'THIRD-PARTY-LICENSES.txt'), noticesOf(packages));
const [{ bytes }] = Object.values(metafile.outputs);
console.log(`dist/cli/index.js: ${bytes} bytes, ${packages.length} packages`);

/** The folders of the packages that modules of the bundle are from. @param {readonly string[]} modules paths relative to the root */
function bundledPackages(modules) {
  const folders = modules.flatMap((module) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module)?.[1] ?? []);
  return [...new Set(folders)].sort();
}

/** Every package with its licence, as their licences ask for. @param {readonly string[]} folders */
function noticesOf(folders) {
  const notices = folders.map((packageFolder) => {
    const { name, version, license } = readJson(path.join(root, packageFolder, 'package.json'));
    return `${name} ${version} (${license})\n\n${licenceText(packageFolder, name).trim()}\n`;
  });
  const head = 'The program beside this file contains the following packages.\n';
  return [head, ...notices].join(`\n${'-'.repeat(80)}\n\n`);
}

/** @param {string} packageFolder @param {string} name */
function licenceText(packageFolder, name) {
  const file = readdirSync(path.join(root, packageFolder)).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} ships no licence, so it cannot be bundled.`);
  return readFileSync(path.join(root, packageFolder, file), 'utf8');
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
