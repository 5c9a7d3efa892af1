/** Puts what a configuration exports into a call: `module.exports = withVueCli({ ... })`. */
import { visitNodes } from '../discover/syntax';
import { bindNames, usesModule, type NeededName } from './config-names';
import { byHand, editedOf, parseSound, type ConfigEdit } from './config-edit';
import { findExported, findObjects } from './exported-objects';
import { applySplices } from './splice';

export interface WrapEdit {
  readonly name: NeededName;
  /** What stands behind the configuration in the call, such as `, { lib: 'src/sync' }`. */
  readonly options: string;
  /** Whether the call takes an object only, so that it has to be certain that it is given one. */
  readonly isObjectNeeded: boolean;
  /** Whether package.json says that its `.js` files are modules. */
  readonly isModule: boolean;
}

export function wrapExport(
  file: string,
  text: string,
  { name, options, isObjectNeeded, isModule }: WrapEdit,
): ConfigEdit {
  const source = parseSound(file, text);
  if (source === null) return byHand('its syntax cannot be read');
  if (usesModule(source, name.from)) return { kind: 'already-wired' };
  const exported = findExported(source.ast);
  if (exported === null) return byHand('its export could not be found');
  const { form } = findObjects(source.ast, exported);
  if (isObjectNeeded && form !== 'object' && form !== 'variable')
    return byHand('it cannot be told that it exports an object');
  if (exported.type === 'FunctionDeclaration') {
    const { id } = exported;
    let uses = 0;
    visitNodes([source.ast.program], (node) => {
      uses += node.type === 'Identifier' && node.name === id?.name ? 1 : 0;
      return true;
    });
    if (uses > 1) return byHand('the function that it exports is used in the file, too');
  }
  const { locals, splices, imports } = bindNames(source, [name], isModule);
  const { start, end } = exported;
  const isStatement = exported.type === 'FunctionDeclaration';
  const edited = applySplices(text, [
    ...splices,
    { start: start ?? 0, end: start ?? 0, text: `${locals[0]}(` },
    { start: end ?? 0, end: end ?? 0, text: `${options})${isStatement ? ';' : ''}` },
  ]);
  return editedOf(source, edited, form, imports);
}
