/** The template: eight files in one of three forms. What every part of the command line has to know about them. */

/** The language of the template's files: TypeScript, TypeScript without `enum` (`erasableSyntaxOnly`), or JavaScript with JSDoc types. */
export const templateForms = ['typescript', 'erasable', 'javascript'] as const;
export type TemplateForm = (typeof templateForms)[number];

/** Texts by path below the template's folder. */
export type TemplateFiles = Readonly<Record<string, string>>;

/** Modules of the template without their extension. */
const modules = ['types', 'schema', 'engine', 'storage', 'react', 'worker/index'] as const;

/** The eight paths, relative to the template's folder. AssemblyScript keeps its name in every form. */
export function templateNames(form: TemplateForm): readonly string[] {
  return [...modules.map((name) => templateModule(form, name)), 'config.json', blackBoxSource];
}

export function templateModule(form: TemplateForm, name: (typeof modules)[number]): string {
  return `${name}.${form === 'javascript' ? 'js' : 'ts'}`;
}

export const blackBoxSource = 'worker/crypto.asm.ts';

/** The value of `TEMPLATE_VERSION` in the text of types.ts or types.js; `null` where there is none. */
export function templateVersionIn(text: string | null): number | null {
  const digits = /^export const TEMPLATE_VERSION\b[^=\n]*=\s*(\d+)/m.exec(text ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
}
