import type { ProjectFiles } from './project-files';

/** The same project with other texts in some of its files; `null` takes one out. */
export function overlaid(files: ProjectFiles, texts: Readonly<Record<string, string | null>>): ProjectFiles {
  return {
    ...files,
    read: (file) => (Object.hasOwn(texts, file) ? (texts[file] ?? null) : files.read(file)),
  };
}
