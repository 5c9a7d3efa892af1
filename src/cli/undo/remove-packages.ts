/** Brings node_modules to what package.json says again. A lock file that is as it was before stays that, byte for byte. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { PackageManagerFacts } from '../discover/package-manager';
import { installPackages, type InstallOptions } from '../package-manager';
import type { RunProgram } from '../process';

type Manager = Pick<PackageManagerFacts, 'name' | 'isYarnBerry' | 'lockFile'>;

/** The command that installs what the lock file says, and writes none. */
export function commandByLockFile({
  name,
  isYarnBerry,
  lockFile,
}: Manager): readonly [program: string, ...args: string[]] {
  const hasLock = lockFile !== null;
  switch (name) {
    case 'npm':
      // "npm ci" would remove all of node_modules first.
      return ['npm', 'install', '--no-save', '--no-audit', '--no-fund', ...(hasLock ? [] : ['--no-package-lock'])];
    case 'yarn':
      if (isYarnBerry) return ['yarn', 'install', ...(hasLock ? ['--immutable'] : [])];
      return ['yarn', 'install', '--non-interactive', hasLock ? '--frozen-lockfile' : '--pure-lockfile'];
    case 'pnpm':
      return ['pnpm', 'install', hasLock ? '--frozen-lockfile' : '--no-lockfile'];
  }
}

/** @throws KitError INSTALL_FAILED, PACKAGE_MANAGER_MISSING; Cancelled. The lock file is as it was then, too. */
export async function installByLockFile(run: RunProgram, manager: Manager, options: InstallOptions): Promise<void> {
  const names = manager.lockFile === null ? ['package-lock.json', 'yarn.lock', 'pnpm-lock.yaml'] : [manager.lockFile];
  const before = names.map((name) => {
    const file = path.join(options.cwd, ...name.split('/'));
    return { file, bytes: fs.existsSync(file) ? fs.readFileSync(file) : null };
  });
  try {
    await installPackages(run, manager, { ...options, command: commandByLockFile(manager) });
  } finally {
    // Settings of the user, or another version of the package manager, may make it write one all the same.
    for (const { file, bytes } of before) {
      const isThere = fs.existsSync(file);
      if (bytes === null && isThere) fs.rmSync(file);
      else if (bytes !== null && !(isThere && fs.readFileSync(file).equals(bytes))) fs.writeFileSync(file, bytes);
    }
  }
}
