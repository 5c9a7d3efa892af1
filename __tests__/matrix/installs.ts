/** Apps with the kit as its users get it: the kit itself, CRACO, and the override that `init` writes. Kept for every run that asks for the same packages. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedBase, packKit, repository } from '../support/cra-apps';
import { kept, linkApp } from '../support/kept';
import { run, say } from '../support/processes';

export type Template = 'cra-template-typescript' | 'cra-template';

export interface Manifest {
  dependencies?: { [name: string]: string };
  devDependencies?: { [name: string]: string };
  bin?: unknown;
  [key: string]: unknown;
}

/** An app of the template beside an older state of the kit, whose own files are still to be put in. Only to be read. */
export async function installedApp(template: Template): Promise<string> {
  const base = await installedBase(template, 'npm');
  return kept(`installed-${template}-${identityOf(base)}`, async (folder) => {
    say(`npm install of the kit into ${template}`);
    linkApp(base, folder);
    await installKit(folder);
  });
}

/** Installed packages serve every checkout that asks for the same ones. */
function identityOf(base: string): string {
  const { dependencies, devDependencies, bin } = readJson(join(repository, 'package.json'));
  const parts = [base, dependencies, devDependencies?.['@craco/craco'], bin, readFileSync(__filename, 'utf8')];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}

async function installKit(folder: string): Promise<void> {
  await packKit(folder);
  const manifest = readJson(join(folder, 'package.json'));
  const craco = readJson(join(repository, 'package.json')).devDependencies!['@craco/craco']!;
  writeJson(join(folder, 'package.json'), {
    ...manifest,
    dependencies: { ...manifest.dependencies, 'zero-backend-sync': 'file:kit.tgz' },
    devDependencies: { ...manifest.devDependencies, '@craco/craco': craco },
    // Or npm installs a second TypeScript for RxDB's nostr-tools. An app without one has that of react-scripts.
    overrides: { 'nostr-tools': { typescript: manifest.dependencies?.typescript ? '$typescript' : '4.9.5' } },
    scripts: { start: 'craco start', build: 'craco build', test: 'craco test' },
  });
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], folder);
}

export function readJson(file: string): Manifest {
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}

export function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
