/** Adds entries to lists of the objects that a configuration exports, with the imports that they need. */
import type { ObjectExpression } from '@babel/types';
import { bindNames, usesModule, type NeededName } from './config-names';
import { byHand, editedOf, parseSound, quoteOf, type ConfigEdit } from './config-edit';
import { findExported, findObjects, isAssigned } from './exported-objects';
import { addEntries, newList, propertyNamed, type ListEdit } from './plugin-list';
import { appendTo, applySplices, type Splice } from './splice';

/** A list of the object itself, or of the object under one of its keys. */
export interface PluginList extends ListEdit {
  readonly within?: string;
}

export interface PluginEdit {
  /** The module of the kit: a file that uses it is wired already. */
  readonly module: string;
  readonly names: readonly NeededName[];
  /** Lists of each object. @param locals what the names are called in the file, in their order @param quote of the file */
  lists(locals: readonly string[], quote: string): readonly PluginList[];
  /** Whether package.json says that its `.js` files are modules. */
  readonly isModule: boolean;
}

export function addPlugin(file: string, text: string, edit: PluginEdit): ConfigEdit {
  const source = parseSound(file, text);
  if (source === null) return byHand('its syntax cannot be read');
  if (usesModule(source, edit.module)) return { kind: 'already-wired' };
  const exported = findExported(source.ast);
  if (exported === null) return byHand('its export could not be found');
  const { objects, form } = findObjects(source.ast, exported);
  if (objects.length === 0) return byHand('the object that it exports is made elsewhere');

  const { locals, splices, imports } = bindNames(source, edit.names, edit.isModule);
  let edited = applySplices(text, splices);
  for (const list of edit.lists(locals, quoteOf(text))) {
    const next = withEntries(file, edited, list);
    if (next === null || 'reason' in next) return byHand(next?.reason ?? 'the result could not be read back');
    edited = next.text;
  }
  return editedOf(source, edited, form, imports);
}

/** One list after the other: the position of one is that of the text that has those before it. */
function withEntries(
  file: string,
  text: string,
  list: PluginList,
): { readonly text: string } | { readonly reason: string } | null {
  const source = parseSound(file, text);
  const exported = source && findExported(source.ast);
  if (source === null || exported === null) return null;
  const { objects, variable, scopes } = findObjects(source.ast, exported);
  const key = list.within ?? list.key;
  if (variable !== null && isAssigned(source.ast, variable, key))
    return { reason: `"${variable}.${key}" is assigned after the object is made` };
  const splices: Splice[] = [];
  for (const object of objects) {
    const splice =
      list.within === undefined ? addEntries(text, object, scopes, list) : addWithin(text, object, list, list.within);
    if (typeof splice === 'string') return { reason: splice };
    splices.push(splice);
  }
  return { text: applySplices(text, splices) };
}

/** `worker: { plugins: () => [...] }` */
function addWithin(text: string, object: ObjectExpression, list: PluginList, within: string): Splice | string {
  const property = propertyNamed(object, within);
  if (typeof property === 'string') return property;
  if (property === null) return appendTo(text, object, `${within}: { ${newList(list)} }`);
  return property.value.type === 'ObjectExpression'
    ? addEntries(text, property.value, [], list)
    : `its "${within}" is made elsewhere`;
}
