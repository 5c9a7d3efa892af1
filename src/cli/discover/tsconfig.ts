/** Options of the app's tsconfig.json, those that it inherits included. */
import { parseJson, type Json } from '../edit/json';
import { foldersAbove } from './installed-packages';
import { isObject } from './package-json';
import type { ProjectFiles } from './project-files';

/** An option of tsconfig.json, of those that it extends and, where it only refers to others, of those that `matters` finds first. `null`: not set. */
export function tsconfigOption(
  files: ProjectFiles,
  name: string,
  matters: (value: Json) => boolean = () => true,
): Json | null {
  return optionIn(files, 'tsconfig.json', name, matters);
}

/** The same of another configuration. */
export function optionIn(
  files: ProjectFiles,
  file: string,
  name: string,
  matters: (value: Json) => boolean = () => true,
): Json | null {
  return optionOf(files, file, name, matters, 0);
}

/** The configurations of the projects that tsconfig.json only refers to; none where it has files of its own. */
export function referredProjects(files: ProjectFiles): readonly string[] {
  const config = parseJson('tsconfig.json', files.read('tsconfig.json') ?? '{}');
  if (!isObject(config) || (config.include !== undefined && listOf(config.files).length === 0)) return [];
  return listOf(config.files).length > 0 ? [] : projectsOf('tsconfig.json', config.references);
}

/** Whether something that tsconfig.json extends cannot be read, a package that is not installed: what it sets is then not known. */
export function hasUnreadableBase(files: ProjectFiles, file = 'tsconfig.json', depth = 0): boolean {
  const text = files.read(file);
  if (text === null || depth > 10) return text === null;
  const config = parseJson(file, text);
  if (!isObject(config)) return false;
  return listOf(config.extends).some((base) => hasUnreadableBase(files, basePath(files, file, base), depth + 1));
}

function optionOf(
  files: ProjectFiles,
  file: string,
  name: string,
  matters: (value: Json) => boolean,
  depth: number,
): Json | null {
  const text = files.read(file);
  // A configuration that is not there is TypeScript's to report; ten levels are more than anybody has.
  if (text === null || depth > 10) return null;
  const config = parseJson(file, text);
  if (!isObject(config)) return null;
  const { compilerOptions } = config;
  const own = isObject(compilerOptions) ? compilerOptions[name] : undefined;
  if (own !== undefined) return own;
  const bases = listOf(config.extends).map((base) => basePath(files, file, base));
  const projects = projectsOf(file, config.references);
  // The last of several bases wins; one project for which it matters is enough, because the template is in all of them.
  const inherited = bases
    .map((base) => optionOf(files, base, name, matters, depth + 1))
    .filter((value) => value !== null);
  const ofProjects = projects.map((project) => optionOf(files, project, name, matters, depth + 1));
  return inherited.at(-1) ?? ofProjects.find((value) => value !== null && matters(value)) ?? null;
}

function projectsOf(file: string, references: Json | undefined): readonly string[] {
  return listOf(references).flatMap((reference) =>
    isObject(reference) && typeof reference.path === 'string' ? [projectPath(file, reference.path)] : [],
  );
}

function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
}

/** A package's is looked for as Node does: in the `node_modules` of the folder and of those above it, where a workspace has it. */
function basePath(files: ProjectFiles, file: string, base: Json): string {
  const name = String(base);
  const isWhole = name.endsWith('.json');
  if (name.startsWith('.')) return `${besides(file, name)}${isWhole ? '' : '.json'}`;
  const isPackage = name.split('/').length === (name.startsWith('@') ? 2 : 1);
  const inside = `node_modules/${name}${isWhole ? '' : isPackage ? '/tsconfig.json' : '.json'}`;
  const folder = file.split('/').slice(0, -1).join('/');
  const found = foldersAbove(folder).map((above) => (above === '' ? inside : `${above}/${inside}`));
  return found.find((path) => files.read(path) !== null) ?? inside;
}

function projectPath(file: string, project: string): string {
  const path = besides(file, project);
  return path.endsWith('.json') ? path : `${path}/tsconfig.json`;
}

/** A relative path of a file, seen from the project. */
function besides(file: string, relative: string): string {
  const parts = file.split('/').slice(0, -1);
  for (const part of relative.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
