/** Read-only access to a project, so that discovery and plan are functions of files and tests can hand them a project that exists in memory only. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { KitError } from '../../preset/kit-error';

export interface ProjectFiles {
  /** The project's folder, for messages. */
  readonly root: string;
  /**
   * The text of a file, `null` where there is none. Paths are relative to the root with `/` on every system, and may climb (`../package.json`).
   * Reading a package that is installed in `node_modules` is allowed.
   */
  read(file: string): string | null;
  /** Where a file or folder is when links are followed, relative to the root; the same path where there is nothing. */
  realPath(file: string): string;
  /** All files below a folder (`''` is the project), sorted. Dependencies, build outputs and hidden folders are left out. */
  list(folder: string): readonly string[];
}

const ignoredFolders = new Set(['node_modules', 'build', 'dist', 'coverage', 'out', 'bower_components']);
/** A project with more files than this is read in part; nothing that is looked for hides that deep. */
const mostFiles = 20_000;

/** The project in a folder on disk. */
export function diskFiles(root: string): ProjectFiles {
  const absolute = path.resolve(root);
  return {
    root: absolute,
    read: (file) => readText(path.join(absolute, ...file.split('/'))),
    realPath(file) {
      const target = path.join(absolute, ...file.split('/'));
      if (!fs.existsSync(target)) return file;
      return path.relative(fs.realpathSync(absolute), fs.realpathSync(target)).split(path.sep).join('/');
    },
    list(folder) {
      const found: string[] = [];
      walk(path.join(absolute, ...folder.split('/').filter(Boolean)), folder, found);
      return found.sort();
    },
  };
}

/** The same project, of which somebody watches what is read. */
export function reporting(files: ProjectFiles, onRead: (file: string) => void): ProjectFiles {
  return {
    ...files,
    read(file) {
      onRead(file);
      return files.read(file);
    },
  };
}

/** A project in memory: text by path. */
export function memoryFiles(textByPath: Readonly<Record<string, string>>, root = '/project'): ProjectFiles {
  return {
    root,
    read: (file) => (Object.hasOwn(textByPath, file) ? (textByPath[file] ?? null) : null),
    realPath: (file) => file,
    list: (folder) =>
      Object.keys(textByPath)
        .filter((file) => (folder === '' ? !file.startsWith('../') : file.startsWith(`${folder}/`)))
        .filter((file) => !file.split('/').slice(0, -1).some(isIgnored))
        .sort(),
  };
}

function walk(absolute: string, relative: string, found: string[]): void {
  for (const entry of readFolder(absolute)) {
    if (found.length >= mostFiles) return;
    const file = relative === '' ? entry.name : `${relative}/${entry.name}`;
    if (entry.isFile()) found.push(file);
    else if (entry.isDirectory() && !isIgnored(entry.name)) walk(path.join(absolute, entry.name), file, found);
  }
}

function isIgnored(folder: string): boolean {
  return folder.startsWith('.') || ignoredFolders.has(folder);
}

function readFolder(absolute: string): fs.Dirent[] {
  try {
    return fs.readdirSync(absolute, { withFileTypes: true });
  } catch {
    return [];
  }
}

function readText(absolute: string): string | null {
  try {
    // Whoever reads a pipe waits for somebody who writes.
    if (fs.statSync(absolute, { throwIfNoEntry: false })?.isFile() !== true) return null;
    return fs.readFileSync(absolute, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return null;
    throw new KitError(
      'UNREADABLE',
      `${absolute} cannot be read (${code}). Nothing was changed. Give yourself the right to read it and run the command again.`,
    );
  }
}
