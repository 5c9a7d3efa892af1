/** An app in a temporary folder in which the kit is installed as its tarball brings it, beside its dependencies and nothing else of this repository. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const root = path.resolve(__dirname, '../..');

export interface InstalledApp {
  readonly folder: string;
  /** The unpacked package. */
  readonly kit: string;
  remove(): void;
}

/** @param beside packages that an app has by itself, such as React. */
export function installKit(beside: readonly string[] = []): InstalledApp {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'zbs-package-')));
  const modules = path.join(folder, 'node_modules');
  const kit = path.join(modules, 'zero-backend-sync');
  mkdirSync(kit, { recursive: true });
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: root });
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'))!;
  execFileSync('tar', ['-xzf', path.join(folder, tarball), '--strip-components=1', '-C', kit]);
  const { dependencies } = JSON.parse(readFileSync(path.join(kit, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  for (const name of [...Object.keys(dependencies), ...beside]) link(name, modules);
  return { folder, kit, remove: () => rmSync(folder, { recursive: true }) };
}

function link(name: string, modules: string): void {
  const target = path.join(root, 'node_modules', name);
  if (!existsSync(target)) throw new Error(`${name} is not installed.`);
  mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
  symlinkSync(target, path.join(modules, name), 'dir');
}
