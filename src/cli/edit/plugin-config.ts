/** Adds entries to lists of the objects that a configuration exports, with the imports that they need. */
import type { Node, ObjectExpression } from '@babel/types';
import { bindNames, usesModule, type NeededName } from './config-names';
import { byHand, editedOf, parseSound, quoteOf, type ConfigEdit } from './config-edit';
import { findExported, findObjects, isAssigned } from './exported-objects';
import { addEntries, newList, propertyNamed, type ListEdit } from './plugin-list';
import { appendTo, applySplices, type Splice } from './splice';

/** A list of the object itself, or of the object under one of its keys. */
export interface PluginList extends ListEdit {
  readonly within?: string;
}

/** A value that an app may have set itself, which stays then. */
export interface PluginSetting {
  readonly within: string;
  readonly key: string;
  readonly value: string;
}

export interface PluginEdit {
  /** The module of the kit: a file that uses it is wired already. */
  readonly module: string;
  readonly names: readonly NeededName[];
  /** Lists of each object. @param locals what the names are called in the file, in their order @param quote of the file */
  lists(locals: readonly string[], quote: string): readonly PluginList[];
  /** @param quote of the file */
  settings?(quote: string): readonly PluginSetting[];
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
  const changes = [
    ...edit.lists(locals, quoteOf(text)).map((list) => ({ key: list.within ?? list.key, change: listChange(list) })),
    ...(edit.settings?.(quoteOf(text)) ?? []).map((setting) => ({
      key: setting.within,
      change: settingChange(setting),
    })),
  ];
  for (const { key, change } of changes) {
    const next = withChange(file, edited, key, change);
    if (next === null || 'reason' in next) return byHand(next?.reason ?? 'the result could not be read back');
    edited = next.text;
  }
  return editedOf(source, edited, form, imports);
}

/** What becomes of the text of an object: a splice, none, or a reason to leave it alone. */
type Change = (text: string, object: ObjectExpression, scopes: readonly Node[]) => Splice | string | null;

/** One after the other: the position of one is that of the text that has those before it. */
function withChange(
  file: string,
  text: string,
  key: string,
  change: Change,
): { readonly text: string } | { readonly reason: string } | null {
  const source = parseSound(file, text);
  const exported = source && findExported(source.ast);
  if (source === null || exported === null) return null;
  const { objects, variable, scopes } = findObjects(source.ast, exported);
  if (variable !== null && isAssigned(source.ast, variable, key))
    return { reason: `"${variable}.${key}" is assigned after the object is made` };
  const splices: Splice[] = [];
  for (const object of objects) {
    const splice = change(text, object, scopes);
    if (typeof splice === 'string') return { reason: splice };
    if (splice !== null) splices.push(splice);
  }
  return { text: applySplices(text, splices) };
}

function listChange(list: PluginList): Change {
  const { within } = list;
  if (within === undefined) return (text, object, scopes) => addEntries(text, object, scopes, list);
  return inProperty(within, newList(list), (text, inner) => addEntries(text, inner, [], list));
}

function settingChange({ within, key, value }: PluginSetting): Change {
  const setting = `${key}: ${value}`;
  return inProperty(within, setting, (text, inner) => {
    const present = propertyNamed(inner, key);
    return present === null ? appendTo(text, inner, setting) : typeof present === 'string' ? present : null;
  });
}

/** `worker: { plugins: () => [...] }`, `build: { target: 'es2022' }` */
function inProperty(
  within: string,
  entry: string,
  change: (text: string, inner: ObjectExpression) => Splice | string | null,
): Change {
  return (text, object) => {
    const property = propertyNamed(object, within);
    if (typeof property === 'string') return property;
    if (property === null) return appendTo(text, object, `${within}: { ${entry} }`);
    return property.value.type === 'ObjectExpression'
      ? change(text, property.value)
      : `its "${within}" is made elsewhere`;
  };
}
