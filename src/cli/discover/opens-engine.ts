/** Whether an app opens an engine already, by the names that it would need for it. */
import type { ProjectFiles } from './project-files';

/** @param sources the app's own files, without the template's */
export function opensEngine(files: ProjectFiles, sources: readonly string[]): boolean {
  return sources.some((file) => /\b(SyncEngine|SyncProvider|provideSync)\b/.test(files.read(file) ?? ''));
}
