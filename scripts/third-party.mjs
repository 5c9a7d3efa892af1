/** Licences of the packages that are bundled into ours. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Writes THIRD-PARTY-LICENSES.txt into a folder.
 * @param {string} folder
 * @param {readonly { readonly inputs: object }[]} metafiles of esbuild, with paths relative to the root
 * @returns {readonly string[]} the folders of the packages
 */
export function writeNotices(folder, metafiles) {
  const packages = bundledPackages(metafiles.flatMap(({ inputs }) => Object.keys(inputs)));
  writeFileSync(path.join(folder, 'THIRD-PARTY-LICENSES.txt'), noticesOf(packages));
  return packages;
}

/** The folders of the packages that modules of the bundle are from. @param {readonly string[]} modules paths relative to the root */
function bundledPackages(modules) {
  const folders = modules.flatMap((module) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module)?.[1] ?? []);
  return [...new Set(folders)].sort();
}

/** Every package with its licence, as their licences ask for. @param {readonly string[]} folders */
function noticesOf(folders) {
  const notices = folders.map((packageFolder) => {
    const manifest = readJson(path.join(root, packageFolder, 'package.json'));
    const { name, version, license } = manifest;
    return `${name} ${version} (${license})\n\n${licenceText(packageFolder, manifest).trim()}\n`;
  });
  const head = 'What is beside and below this file contains the following packages.\n';
  return [head, ...notices].join(`\n${'-'.repeat(80)}\n\n`);
}

/** @param {string} packageFolder @param {{ name: string, license?: string, author?: string, repository?: string }} manifest */
function licenceText(packageFolder, { name, license, author, repository }) {
  const file = readdirSync(path.join(root, packageFolder)).find((entry) => /^licen[cs]e/i.test(entry));
  if (file !== undefined) return readFileSync(path.join(root, packageFolder, file), 'utf8');
  // The text of the MIT licence is the same everywhere, and its author is named.
  if (license === 'MIT' && typeof author === 'string') return `Copyright (c) ${author}, ${repository}\n\n${mitTerms}`;
  throw new Error(`${name} ships no licence, so it cannot be bundled.`);
}

const mitTerms = readFileSync(path.join(root, 'LICENSE'), 'utf8').replace(/^[^]*?(?=Permission is hereby granted)/, '');

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
