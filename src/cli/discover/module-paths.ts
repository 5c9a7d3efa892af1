/** Where an import of the app leads: beside the file, below `baseUrl`, or by the `paths` of tsconfig.json or jsconfig.json. */
import { parseJson, type Json } from '../edit/json';
import { isObject } from './package-json';
import type { ProjectFiles } from './project-files';

/** The file that an import means; `null` where it is a package, or nothing of the app. */
export type ResolveModule = (from: string, specifier: string) => string | null;

const extensions = ['.ts', '.tsx', '.js', '.jsx', '.vue'];
const endings = ['', ...extensions, ...extensions.map((extension) => `/index${extension}`)];
/** A configuration may extend another one, and that one a third. */
const mostExtends = 4;

/** @param sources the files that can be meant */
export function moduleResolver(files: ProjectFiles, sources: ReadonlySet<string>): ResolveModule {
  const { baseUrl, paths } = readPaths(files);
  const existing = (path: string) => endings.map((ending) => path + ending).find((file) => sources.has(file)) ?? null;
  return (from, specifier) => {
    if (specifier.startsWith('.')) return existing(joined(folderOf(from), specifier));
    for (const { prefix, suffix, targets } of paths) {
      if (!specifier.startsWith(prefix) || !specifier.endsWith(suffix)) continue;
      const star = specifier.slice(prefix.length, specifier.length - suffix.length);
      const file = targets.map((target) => existing(target.replace('*', star))).find((found) => found !== null);
      if (file != null) return file;
    }
    // CRACO and bundlers know these without a configuration that could be read.
    const alias = /^(@|~)\//.test(specifier) ? existing(joined('src', specifier.slice(2))) : null;
    return (baseUrl === null ? null : existing(joined(baseUrl, specifier))) ?? alias ?? existing(specifier);
  };
}

interface PathPattern {
  readonly prefix: string;
  readonly suffix: string;
  readonly targets: readonly string[];
}

function readPaths(files: ProjectFiles): { readonly baseUrl: string | null; readonly paths: readonly PathPattern[] } {
  const options = ['tsconfig.json', 'jsconfig.json'].map((file) => compilerOptions(files, file, mostExtends));
  const { baseUrl, paths } = options.find((found) => found !== null) ?? {};
  const base = typeof baseUrl === 'string' ? joined('', baseUrl) : null;
  const patterns = Object.entries(isObject(paths) ? paths : {}).map(([pattern, targets]) => {
    const [prefix = '', suffix = ''] = pattern.split('*');
    const texts = Array.isArray(targets)
      ? targets.filter((target): target is string => typeof target === 'string')
      : [];
    return { prefix, suffix, targets: texts.map((target) => joined(base ?? '', target)) };
  });
  return { baseUrl: base, paths: patterns };
}

/** `null` where there is no such file or it cannot be read, which others complain about. */
function compilerOptions(files: ProjectFiles, file: string, left: number): Readonly<Record<string, Json>> | null {
  const text = left === 0 ? null : files.read(file);
  if (text === null) return null;
  try {
    const config = parseJson(file, text);
    if (!isObject(config)) return null;
    const own = isObject(config.compilerOptions) ? config.compilerOptions : {};
    const base = typeof config.extends === 'string' && config.extends.startsWith('.') ? config.extends : null;
    if (base === null) return own;
    const extended = joined(folderOf(file), base.endsWith('.json') ? base : `${base}.json`);
    return { ...compilerOptions(files, extended, left - 1), ...own };
  } catch {
    return null;
  }
}

function folderOf(file: string): string {
  return file.split('/').slice(0, -1).join('/');
}

/** `src/a` and `../b` -> `src/b`. */
function joined(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}
