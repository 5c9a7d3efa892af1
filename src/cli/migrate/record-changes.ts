/** What a migration changes beside the files that it edits, and the record that fits to it. */
import { hashOf, originalOf, writtenOf, type InstallationRecord, type RecordedFile } from '../installation-record';
import type { ProjectFiles } from '../discover/project-files';
import type { OtherChange } from '../plan/plan';

export interface RecordDraft {
  /** The app's own files, each with why; texts are null where a file goes. */
  change(path: string, after: string | null, why: string): void;
  /** Copies of a file as it is without the kit and with it, from now on. */
  rebase(path: string, withoutKit: string, written: string): void;
  /** The copy of a file of the kit as it was written. */
  keepWritten(path: string, written: string): void;
  /** The file is no longer one of the installation. */
  forget(path: string): void;
  forgetPackages(names: readonly string[]): void;
  readonly others: readonly OtherChange[];
  readonly record: InstallationRecord;
}

export function draftRecord(files: ProjectFiles, before: InstallationRecord): RecordDraft {
  const others: OtherChange[] = [];
  const recorded: Record<string, RecordedFile> = { ...before.files };
  let packages = before.packages;
  const put = (path: string, after: string | null, why: string | null) => {
    const present = files.read(path);
    if (present !== after) others.push({ path, before: present, after, why });
  };
  return {
    change: put,
    rebase(path, withoutKit, written) {
      put(originalOf(path), withoutKit, null);
      put(writtenOf(path), written, null);
      recorded[path] = { role: 'edited', hash: hashOf(written), original: hashOf(withoutKit) };
    },
    keepWritten(path, written) {
      put(writtenOf(path), written, null);
      recorded[path] = { role: 'template', hash: hashOf(written) };
    },
    forget(path) {
      put(originalOf(path), null, null);
      put(writtenOf(path), null, null);
      delete recorded[path];
    },
    forgetPackages(names) {
      packages = Object.fromEntries(Object.entries(packages).filter(([name]) => !names.includes(name)));
    },
    get others() {
      return others;
    },
    get record() {
      return { ...before, files: recorded, packages };
    },
  };
}
