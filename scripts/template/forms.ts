/** The forms in which an app gets the template: each file by its name. */
import { findEnums, toErasable } from './erasable';
import type { EnumValues } from './erasable';
import { toJavaScript } from './javascript';

export type Files = ReadonlyMap<string, string>;

export interface Forms {
  /** As it is. */
  readonly typescript: Files;
  /** TypeScript without `enum`. */
  readonly erasable: Files;
  /** JavaScript with JSDoc types. */
  readonly javascript: Files;
}

/**
 * @param sources the files of src/lib.
 * @param format lays a file's text out; it is called before types are taken as text, and once more at the end.
 * @throws TemplateSourceError where a file has no other form, with its place.
 */
export async function generateForms(
  sources: Files,
  format: (file: string, text: string) => Promise<string>,
): Promise<Forms> {
  const enums: EnumValues = new Map(
    [...sources].flatMap(([file, text]) => (isRewritten(file) ? [...findEnums(file, text)] : [])),
  );
  const erasable = new Map<string, string>();
  const javascript = new Map<string, string>();
  for (const [file, text] of sources) {
    if (!isRewritten(file)) {
      erasable.set(file, text);
      javascript.set(file, text);
      continue;
    }
    const erased = await format(file, toErasable(file, text, enums));
    const name = file.replace(/\.ts$/, '.js');
    erasable.set(file, erased);
    javascript.set(name, await format(name, toJavaScript(file, erased, enums)));
  }
  return { typescript: sources, erasable, javascript };
}

/** AssemblyScript is the same in every app, and so is what is no code. */
function isRewritten(file: string): boolean {
  return file.endsWith('.ts') && !file.endsWith('.asm.ts');
}
