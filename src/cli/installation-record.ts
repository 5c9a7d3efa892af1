/** `.zero-backend-sync.json`: what was written, with its hash, so that `undo` is exact and `update` knows what the app has changed since. */
import { createHash } from 'node:crypto';
import { KitError } from '../preset/kit-error';
import type { Answers } from './answers';
import type { ProjectFiles } from './discover/project-files';
import type { WriteRole } from './plan';

export const manifestFile = '.zero-backend-sync.json';
/** Beside the manifest: `original/` holds each edited file as it was, `written/` as it was written, `template/` the template as it was copied. */
export const stateFolder = '.zero-backend-sync';
export const originalOf = (file: string): string => `${stateFolder}/original/${file}`;
export const writtenOf = (file: string): string => `${stateFolder}/written/${file}`;
export const pristineOf = (file: string): string => `${stateFolder}/template/${file}`;

export interface ManifestFile {
  /** A lock file is the package manager's: taken back where it is as it was left, otherwise not spoken of. */
  readonly role: Exclude<WriteRole, 'secret'> | 'lock';
  /** SHA-256 of what was written, in hex; `null` for a file that was removed. */
  readonly hash: string | null;
}

export interface Manifest {
  readonly manifestVersion: 1;
  readonly kit: string;
  /** The template's folder. */
  readonly dir: string;
  readonly choices: Pick<Answers, 'identity' | 'storage'>;
  readonly files: Readonly<Record<string, ManifestFile>>;
  /** Packages and the ranges that were written for them. */
  readonly packages: Readonly<Record<string, string>>;
}

export function hashOf(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `null` where the kit is not installed. @throws KitError MANIFEST_INVALID */
export function readManifest(files: ProjectFiles): Manifest | null {
  const text = files.read(manifestFile);
  if (text === null) return null;
  try {
    const manifest = JSON.parse(text) as Manifest;
    if (manifest.manifestVersion === 1 && typeof manifest.dir === 'string' && typeof manifest.files === 'object')
      return manifest;
  } catch {
    // Told below, like any other damage.
  }
  throw new KitError(
    'MANIFEST_INVALID',
    `${manifestFile} cannot be read, or was written by a newer version of the kit. Nothing was changed. Restore it from git, or run the newer version: npx zero-backend-sync@latest.`,
  );
}

export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
