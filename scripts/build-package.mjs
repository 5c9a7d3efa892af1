/**
 * Makes of the compiler's output what bundlers, Jest 27 and TypeScript 4.9 take, after `tsc -p tsconfig.build.json` (CommonJS, in dist) and
 * `tsc -p tsconfig.esm.json` (ES modules of the runtime, in dist/esm): specifiers with extensions, the functions of nostr-tools and qr in one file of ours
 * each, the types of AssemblyScript and WebAssembly referred to by each entry, and a folder with a package.json for each entry, for tools that do not read `exports`.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transformSync } from 'esbuild';
import ts from 'typescript';
import { writeNotices } from './third-party.mjs';
import packageJson from '../package.json' with { type: 'json' };

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => path.join(root, ...parts);
const { default: tsconfig } = await import('../tsconfig.paths.json', { with: { type: 'json' } });
/** Entries of the runtime, such as `core`. */
const runtimeEntries = Object.keys(tsconfig.compilerOptions.paths).flatMap((name) =>
  name.startsWith('zero-backend-sync/') ? [name.slice('zero-backend-sync/'.length)] : [],
);

const NOSTR_NOTICE =
  '/*! Bundled: nostr-tools (Unlicense), @noble/secp256k1, @noble/hashes, @scure/base (MIT, Paul Miller). */';
const QR_NOTICE = '/*! Bundled: qr (MIT or Apache-2.0, Paul Miller). */';

/**
 * nostr-tools takes its signatures from @noble/curves, which has many curves. @noble/secp256k1 has this one alone: 4.6 kB less in the worker (gzip), and
 * 0.5 ms more for each signature and each check.
 */
const oneCurve = {
  name: 'one-curve',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@noble\/curves\/secp256k1\.js$/ }, ({ path: name }) => ({
      path: name,
      namespace: 'one-curve',
    }));
    onLoad({ filter: /.*/, namespace: 'one-curve' }, () => ({
      resolveDir: root,
      contents: `
        import { hashes, schnorr as bip340, utils } from '@noble/secp256k1';
        import { sha256 } from '@noble/hashes/sha2.js';
        hashes.sha256 = sha256;
        export const schnorr = { ...bip340, utils };`,
    }));
  },
};

const withoutDeadCodeElimination = {
  name: 'without-dead-code-elimination',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^wasm-dce$/ }, ({ path: name }) => ({ path: name, namespace: 'left-out' }));
    onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({
      contents:
        "module.exports = () => { throw new Error('zero-backend-sync/craco does not support ?dce=1 on imports of .wasm. Leave it out.'); };",
    }));
  },
};

copyDeclarations();
for (const file of filesBelow(at('dist/esm'), /\.(js|d\.ts)$/)) rewrite(file, (text) => withExtensions(text, file));
for (const file of filesBelow(at('dist/runtime'), /\.js$/)) rewrite(file, withRequired);
writeJsonAsModule();
writeFileSync(at('dist/esm/package.json'), `${JSON.stringify({ type: 'module', sideEffects: false }, null, 2)}\n`);
writeNotices(at('dist'), [
  ...(await bundleModule('core/nostr', { notice: NOSTR_NOTICE })),
  ...(await bundleModule('page/sync-code/qr-code', { notice: QR_NOTICE })),
  await bundleWasmLoader('dist/preset/vendor'),
]);
for (const entry of runtimeEntries)
  for (const folder of ['dist/esm', 'dist/runtime']) referToTypes(at(folder, entry, 'index.d.ts'));
for (const [subpath, conditions] of Object.entries(packageJson.exports)) writeFolder(subpath, conditions);

/** Those of the ES modules are those of CommonJS, until they name their neighbours by their files. */
function copyDeclarations() {
  for (const file of filesBelow(at('dist/runtime'), /\.d\.ts$/))
    copyFileSync(file, at('dist/esm', path.relative(at('dist/runtime'), file)));
}

function filesBelow(folder, pattern) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => pattern.test(file))
    .map((file) => path.join(folder, file));
}

function rewrite(file, change) {
  const text = readFileSync(file, 'utf8');
  const changed = change(text);
  if (changed !== text) writeFileSync(file, changed);
}

/** An ES module names its neighbours by their files: webpack and Node insist on it where the package says `"type": "module"`. */
function withExtensions(text, file) {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  return importedFiles
    .toSorted((one, other) => other.pos - one.pos)
    .reduce((changed, { fileName, pos }) => {
      // The position is that of the quotation mark.
      const start = changed.indexOf(fileName, pos);
      return changed.slice(0, start) + fileOf(fileName, file) + changed.slice(start + fileName.length);
    }, text);
}

function fileOf(specifier, importer) {
  if (!specifier.startsWith('.') || specifier.endsWith('.js')) return specifier;
  if (specifier.endsWith('.json')) return `${specifier}.js`;
  const found = ['.js', '/index.js'].find((end) => existsSync(path.resolve(path.dirname(importer), specifier + end)));
  if (!found) throw new Error(`${importer} imports ${specifier}, and there is no such file.`);
  return specifier + found;
}

/** Node takes JSON in an ES module only under an import attribute, which older bundlers cannot read. */
function writeJsonAsModule() {
  for (const file of filesBelow(at('dist/esm'), /\.json$/)) {
    if (path.basename(file) === 'package.json') continue;
    const json = JSON.stringify(JSON.parse(readFileSync(file, 'utf8')), null, 2);
    writeFileSync(`${file}.js`, `export default ${json};\n`);
  }
}

/** CommonJS has no lazy imports that Jest takes. Comments stand in the declarations and in the sources of the ES modules' maps. */
function withRequired(text) {
  const required = text.replace(/\bimport\((['"]\.[^'"]+['"])\)/g, 'Promise.resolve().then(() => require($1))');
  return transformSync(required, { target: 'es2022', legalComments: 'inline' }).code;
}

/**
 * A module of the runtime and the libraries below it, as far as they are used, in one file for each format. Without a source map: it would be larger than
 * all else, and nobody steps through it.
 */
function bundleModule(name, { notice }) {
  const formats = { esm: 'dist/esm', cjs: 'dist/runtime' };
  return Promise.all(
    Object.entries(formats).map(async ([format, folder]) => {
      // The compiler's own.
      rmSync(at(folder, `${name}.js.map`), { force: true });
      const { metafile } = await build({
        absWorkingDir: root,
        entryPoints: [at('src/runtime', `${name}.ts`)],
        outfile: at(folder, `${name}.js`),
        bundle: true,
        format,
        platform: 'neutral',
        mainFields: ['module', 'main'],
        target: 'es2022',
        plugins: [oneCurve],
        legalComments: 'inline',
        metafile: true,
        banner: { js: notice },
        logLevel: 'warning',
      });
      return metafile;
    }),
  );
}

/**
 * wasm-loader, without its option `?dce=1`: the package behind that brings 8 MB of an interpreter, under a licence that is not ours to pass on, and the
 * compiler of AssemblyScript leaves no dead code anyway.
 */
async function bundleWasmLoader(folder) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [fileURLToPath(import.meta.resolve('wasm-loader'))],
    outfile: at(folder, 'wasm-loader.js'),
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    plugins: [withoutDeadCodeElimination],
    metafile: true,
    logLevel: 'error',
  });
  // The loader reads it beside itself.
  copyFileSync(fileURLToPath(import.meta.resolve('wasm-loader/output.js')), at(folder, 'output.js'));
  return metafile;
}

function referToTypes(file) {
  rewrite(file, (text) =>
    text.includes('zero-backend-sync/types') ? text : `/// <reference types="zero-backend-sync/types" />\n${text}`,
  );
}

/** Jest 27 and TypeScript's `moduleResolution: node` look for a folder of this name. */
function writeFolder(subpath, conditions) {
  const name = subpath.slice('./'.length);
  if (name.includes('*') || name === 'package.json' || name === 'types') return;
  const up = '../'.repeat(name.split('/').length);
  const relative = (file) => up + file.slice('./'.length);
  const types = conditions.types.default ?? conditions.types;
  const folder = {
    main: relative(conditions.default),
    ...(conditions.import && { module: relative(conditions.import) }),
    types: relative(types),
    sideEffects: false,
  };
  mkdirSync(at(name), { recursive: true });
  writeFileSync(at(name, 'package.json'), `${JSON.stringify(folder, null, 2)}\n`);
}
