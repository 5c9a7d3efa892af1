/** The lock file as it was, where nobody but the kit has changed it, and what the package manager may do with it afterwards. */
import { findPackageManager } from '../discover/package-manager';
import { readPackageJson } from '../discover/package-json';
import type { ProjectFiles } from '../discover/project-files';
import { hashOf, type InstallationRecord } from '../installation-record';
import { originalFile } from './originals';
import type { PackageJsonOutcome } from './plan-package-json';

export interface LockOutcome {
  readonly writes: readonly (readonly [path: string, text: string | null])[];
  readonly packages: 'stay' | 'by the lock file' | 'with the lock file';
}

interface LockRequest {
  readonly files: ProjectFiles;
  readonly record: InstallationRecord;
  readonly packageJson: PackageJsonOutcome;
  /** Whether nothing of the installation stays. */
  readonly isComplete: boolean;
}

export function planLock({ files, record, packageJson, isComplete }: LockRequest): LockOutcome {
  if (!isComplete) return { writes: [], packages: 'stay' };
  const writes = packageJson.isWhole ? restoredLocks(files, record) : [];
  const { lockFile } =
    files.read('package.json') === null ? { lockFile: null } : findPackageManager(files, readPackageJson(files));
  const restored = writes.find(([path]) => path === lockFile);
  const text = restored === undefined ? files.read(lockFile ?? '') : restored[1];
  // The package manager has to change a lock file that knows the kit, and only that one.
  return { writes, packages: text?.includes('zero-backend-sync') === true ? 'with the lock file' : 'by the lock file' };
}

function restoredLocks(files: ProjectFiles, record: InstallationRecord): LockOutcome['writes'] {
  return Object.entries(record.files).flatMap(([path, recorded]) => {
    const present = files.read(path);
    if (recorded.role !== 'lock' || present === null || hashOf(present) !== recorded.hash) return [];
    const original = originalFile(files, path, recorded);
    if (original.kind === 'lost') return [];
    return [[path, original.kind === 'text' ? original.text : null] as const];
  });
}
