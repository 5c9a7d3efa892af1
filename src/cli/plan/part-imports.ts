/** What a file has to import where the parts of an identity are to stand in it. */
import type { ChosenPart } from '../discover/identity-choice';
import type { NeededImport } from '../edit/add-imports';
import { importPath } from '../edit/import-path';

/** Each once. @param importer the file */
export function partImports(importer: string, parts: readonly Pick<ChosenPart, 'imports'>[]): readonly NeededImport[] {
  const all = parts.flatMap(({ imports }) => imports.flatMap((text) => importOf(text, importer)));
  return all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index);
}

/** `useSelector of react-redux`, as a candidate names what it needs; of a file of the app by its path. */
function importOf(text: string, importer: string): readonly NeededImport[] {
  const [, name, byDefault, home] = /^(\w+)(, the default)? of (\S+)$/.exec(text) ?? [];
  if (name === undefined || home === undefined) return [];
  const file = home.replace(/(\/index)?\.[cm]?[jt]sx?$/, '');
  const from = home.startsWith('src/') ? importPath(folderOf(importer), file) : home;
  return [{ name, from, isDefault: byDefault !== undefined }];
}

export function folderOf(file: string): string {
  return file.split('/').slice(0, -1).join('/');
}
