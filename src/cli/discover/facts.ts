/** All that discovery has to say about a project. */
import { discoverIdentity, type IdentityFacts } from './identity';
import { discoverPlatform, type PlatformFacts } from './platform';
import type { ProjectFiles } from './project-files';
import { skippedSources, type SkippedFile } from './skipped-files';
import { discoverStorage, type StorageFacts } from './storage';
import { templateFormFor } from './template-form';
import type { TemplateForm } from '../template';

export interface Facts {
  readonly platform: PlatformFacts;
  readonly identity: IdentityFacts;
  readonly storage: StorageFacts;
  /** Where the template goes, and what is in the way of its usual place. */
  readonly dir: {
    readonly proposed: string;
    readonly taken: string | null;
    /** Why its usual place would be in no commit, in words; absent where it would. */
    readonly ignored?: string;
  };
  /** Sources that were not read. */
  readonly skipped: readonly SkippedFile[];
  /** The form of the template that the app's compiler takes. */
  readonly form: TemplateForm;
}

export const usualDir = 'src/lib';

/** @param installedDir the template's folder where a record says that it is installed. */
export function discover(files: ProjectFiles, installedDir: string | null): Facts {
  const platform = discoverPlatform(files);
  const ignore = { ignore: installedDir ?? usualDir };
  const isTaken = installedDir === null && files.list(usualDir).length > 0;
  const scope = installedDir === null && isTaken ? {} : ignore;
  return {
    platform,
    identity: discoverIdentity(files, scope),
    storage: discoverStorage(files, scope),
    dir: installedDir !== null ? { proposed: installedDir, taken: null } : proposeDir(files, isTaken),
    skipped: skippedSources(files),
    form: templateFormFor(files, platform.language),
  };
}

function proposeDir(files: ProjectFiles, isTaken: boolean): Facts['dir'] {
  if (!isTaken) return { proposed: usualDir, taken: null };
  return { proposed: freeFolders(files)[0] ?? 'src/zero-backend-sync', taken: usualDir };
}

/** Where the template can go instead. */
export function freeFolders(files: ProjectFiles): readonly string[] {
  return ['src/sync', 'src/zero-backend-sync'].filter((dir) => files.list(dir).length === 0);
}
