/** The template: eight files in one of three forms, for the app's framework. What every part of the command line has to know about them. */

/** The language of the template's files: TypeScript, TypeScript without `enum` (`erasableSyntaxOnly`), or JavaScript with JSDoc types. */
export const templateForms = ['typescript', 'erasable', 'javascript'] as const;
export type TemplateForm = (typeof templateForms)[number];

/** What the app is made with. One file of the template is for it alone; the others know nothing of it. */
export const templateFrameworks = ['react', 'vue'] as const;
export type TemplateFramework = (typeof templateFrameworks)[number];

/** Of an app that discovery has found: everything but Vue is React's, or was refused. */
export const templateFrameworkOf = (framework: string): TemplateFramework => (framework === 'vue' ? 'vue' : 'react');

/** Texts by path below the template's folder. */
export type TemplateFiles = Readonly<Record<string, string>>;

/** Modules that every app has, without their extension. */
const modules = ['types', 'schema', 'engine', 'storage', 'worker/index'] as const;

/**
 * The eight paths of an app, relative to the template's folder. AssemblyScript keeps its name in every form.
 * @param framework React, unless said otherwise.
 */
export function templateNames(form: TemplateForm, framework: TemplateFramework = 'react'): readonly string[] {
  const names = [...modules, framework].map((name) => templateModule(form, name));
  return [...names, 'config.json', blackBoxSource];
}

export function templateModule(form: TemplateForm, name: (typeof modules)[number] | TemplateFramework): string {
  return `${name}.${form === 'javascript' ? 'js' : 'ts'}`;
}

export const blackBoxSource = 'worker/crypto.asm.ts';

/** The value of `TEMPLATE_VERSION` in the text of types.ts or types.js; `null` where there is none. */
export function templateVersionIn(text: string | null): number | null {
  const digits = /^export const TEMPLATE_VERSION\b[^=\n]*=\s*(\d+)/m.exec(text ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
}
