/** Which package manager keeps the app's dependencies, by its lock file. */
import { isObject, type PackageJson } from './package-json';
import type { ProjectFiles } from './project-files';
import { evidenceAtLine, findLine, type Evidence } from './syntax';

export type PackageManagerName = 'npm' | 'yarn' | 'pnpm';

export interface PackageManagerFacts {
  readonly name: PackageManagerName;
  /** As package.json pins it; `null` where it does not. */
  readonly version: string | null;
  /** Yarn 2 and later keep their lock file and settings in another form. */
  readonly isYarnBerry: boolean;
  /** Relative to the app; in a workspace it may be above it. `null` where there is none. */
  readonly lockFile: string | null;
  /** Lock files of other package managers beside it. */
  readonly otherLockFiles: readonly string[];
  readonly plugAndPlay: Evidence | null;
  readonly evidence: Evidence | null;
}

const managerByLockFile: Readonly<Record<string, PackageManagerName>> = {
  'package-lock.json': 'npm',
  'npm-shrinkwrap.json': 'npm',
  'yarn.lock': 'yarn',
  'pnpm-lock.yaml': 'pnpm',
};

export function findPackageManager(files: ProjectFiles, packageJson: PackageJson): PackageManagerFacts {
  const lockFiles = findLockFiles(files);
  const declared = declaredManager(packageJson);
  const chosen =
    lockFiles.find((file) => declared === null || managerOf(file) === declared) ??
    (declared === null ? lockFiles[0] : undefined);
  const name = declared ?? (chosen === undefined ? 'npm' : managerOf(chosen));
  const lockText = chosen === undefined ? null : files.read(chosen);
  const isYarnBerry =
    name === 'yarn' &&
    (/^__metadata:/m.test(lockText ?? '') ||
      /"yarn@[2-9]/.test(JSON.stringify(packageJson.fields.packageManager ?? '')));
  return {
    name,
    version: declaredVersion(packageJson),
    isYarnBerry,
    lockFile: chosen ?? null,
    otherLockFiles: lockFiles.filter((file) => file !== chosen),
    plugAndPlay: findPlugAndPlay(files, packageJson, name, isYarnBerry, chosen),
    evidence:
      declared !== null
        ? findLine('package.json', packageJson.text, /"packageManager"/)
        : chosen === undefined
          ? null
          : evidenceAtLine(chosen, lockText ?? '', 1),
  };
}

/** The lock files of the nearest folder that has any: the app's own, otherwise those of the workspace above it. */
function findLockFiles(files: ProjectFiles): readonly string[] {
  for (const folder of ['', '../', '../../', '../../../']) {
    const found = Object.keys(managerByLockFile)
      .map((file) => folder + file)
      .filter((file) => files.read(file) !== null);
    // A lock file above a folder that is no workspace belongs to something else.
    if (found.length > 0 && (folder === '' || isWorkspaceRoot(files, folder))) return found;
  }
  return [];
}

function isWorkspaceRoot(files: ProjectFiles, folder: string): boolean {
  return (
    /"workspaces"\s*:/.test(files.read(`${folder}package.json`) ?? '') ||
    files.read(`${folder}pnpm-workspace.yaml`) !== null
  );
}

function managerOf(lockFile: string): PackageManagerName {
  return managerByLockFile[lockFile.split('/').at(-1) ?? ''] ?? 'npm';
}

function declaredManager(packageJson: PackageJson): PackageManagerName | null {
  const { packageManager } = packageJson.fields;
  const name = typeof packageManager === 'string' ? packageManager.split('@')[0] : undefined;
  return name === 'npm' || name === 'yarn' || name === 'pnpm' ? name : null;
}

function declaredVersion(packageJson: PackageJson): string | null {
  const { packageManager } = packageJson.fields;
  return typeof packageManager === 'string' ? (/@(\d[^+]*)/.exec(packageManager)?.[1] ?? null) : null;
}

function findPlugAndPlay(
  files: ProjectFiles,
  packageJson: PackageJson,
  name: PackageManagerName,
  isYarnBerry: boolean,
  lockFile: string | undefined,
): Evidence | null {
  const folder = lockFile?.slice(0, lockFile.lastIndexOf('/') + 1) ?? '';
  for (const file of ['.pnp.cjs', '.pnp.js']) {
    if (files.read(folder + file) !== null) return { file: folder + file, line: 1, text: '' };
  }
  if (name === 'npm') return null;
  if (name === 'pnpm')
    return findLine(`${folder}.npmrc`, files.read(`${folder}.npmrc`) ?? '', /^\s*node-linker\s*=\s*pnp\b/);
  const settings = files.read(`${folder}.yarnrc.yml`);
  if (isYarnBerry) {
    if (/^\s*nodeLinker\s*:\s*["']?(node-modules|pnpm)\b/m.test(settings ?? '')) return null;
    return (
      findLine(`${folder}.yarnrc.yml`, settings ?? '', /nodeLinker/) ?? {
        file: lockFile ?? 'package.json',
        line: 1,
        text: 'Yarn 2 and later use it unless told otherwise',
      }
    );
  }
  const { installConfig } = packageJson.fields;
  return isObject(installConfig) && installConfig.pnp === true
    ? findLine('package.json', packageJson.text, /"pnp"/)
    : null;
}
