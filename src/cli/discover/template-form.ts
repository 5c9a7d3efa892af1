/** The form in which an app can take the template: what its compiler reads without any change of its settings. */
import { parseJson, type Json } from '../edit/json';
import type { TemplateForm } from '../template';
import { isObject } from './package-json';
import type { ProjectFiles } from './project-files';

export function templateFormFor(files: ProjectFiles, language: 'typescript' | 'javascript'): TemplateForm {
  if (language === 'javascript') return 'javascript';
  return refusesEnums(files, 'tsconfig.json') === true ? 'erasable' : 'typescript';
}

/** `erasableSyntaxOnly` of a tsconfig.json, of those that it extends and, where it only refers to others, of those. `null`: not set. */
function refusesEnums(files: ProjectFiles, file: string, depth = 0): boolean | null {
  const text = files.read(file);
  // A configuration that is not there is TypeScript's to report; ten levels are more than anybody has.
  if (text === null || depth > 10) return null;
  const config = parseJson(file, text);
  if (!isObject(config)) return null;
  const { compilerOptions } = config;
  if (isObject(compilerOptions) && typeof compilerOptions.erasableSyntaxOnly === 'boolean')
    return compilerOptions.erasableSyntaxOnly;
  const bases = listOf(config.extends).map((base) => basePath(file, base));
  const projects = listOf(config.references).flatMap((reference) =>
    isObject(reference) && typeof reference.path === 'string' ? [projectPath(file, reference.path)] : [],
  );
  // The last of several bases wins; one project that refuses enums is enough, because the template is in all of them.
  const inherited = bases.map((base) => refusesEnums(files, base, depth + 1)).filter((value) => value !== null);
  return inherited.at(-1) ?? (projects.some((project) => refusesEnums(files, project, depth + 1)) ? true : null);
}

function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
}

function basePath(file: string, base: Json): string {
  const name = String(base);
  const path = name.startsWith('.') ? besides(file, name) : `node_modules/${name}`;
  if (path.endsWith('.json')) return path;
  return name.startsWith('.') || name.split('/').length > (name.startsWith('@') ? 2 : 1)
    ? `${path}.json`
    : `${path}/tsconfig.json`;
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
