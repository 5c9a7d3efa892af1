/** Takes the kit's plugin out of a CRACO configuration that somebody has changed since. */
import type { ArrayExpression, Node, ObjectExpression } from '@babel/types';
import { parseSource, visitNodes } from '../discover/syntax';
import { pluginModule } from '../edit/craco-config';
import { removeEntry } from '../edit/remove';
import { applySplices } from '../edit/splice';

/**
 * The text without the plugin, and without the `plugins` that it leaves empty; `null` where it cannot be told where the plugin stands.
 * @param hadPlugins whether the configuration had `plugins` before
 */
export function takeOutPlugin(file: string, text: string, hadPlugins: boolean): string | null {
  let rest = text;
  // One after the other: an entry's position is that of the text that still has it.
  for (let round = 0; round < 20 && rest.includes(pluginModule); round++) {
    const next = withoutFirst(file, rest, hadPlugins);
    if (next === null) return null;
    rest = next;
  }
  return isReadable(file, rest) && !rest.includes(pluginModule) ? rest : null;
}

/** Whether a configuration says nothing: an empty object is exported, and nothing else stands in the file. */
export function isEmptyConfig(file: string, text: string): boolean {
  return /^(module\.exports=|exportdefault)\{\};?$/.test(text.replace(/\s+/g, '')) && isReadable(file, text);
}

function withoutFirst(file: string, text: string, hadPlugins: boolean): string | null {
  const source = parseSource(file, text);
  if (source === null) return null;
  const found: { list: ArrayExpression; entry: Node; owner: ObjectExpression | null; property: Node | null }[] = [];
  const visit = (node: Node, owner: ObjectExpression | null, property: Node | null): void =>
    visitNodes([node], (child) => {
      if (child !== node && child.type === 'ObjectExpression') {
        for (const inner of child.properties) visit(inner, child, inner);
        return false;
      }
      if (child.type !== 'ArrayExpression') return true;
      const entry = child.elements.find((element) => element !== null && isPlugin(element));
      if (entry == null) return true;
      found.push({ list: child, entry, owner, property });
      return false;
    });
  visit(source.ast.program, null, null);
  const [first] = found;
  if (first === undefined) return null;
  const { list, entry, owner, property } = first;
  if (
    list.elements.length === 1 &&
    !hadPlugins &&
    owner !== null &&
    property?.type === 'ObjectProperty' &&
    property.value === list
  )
    return removeEntry(text, owner, property);
  const [spread] = list.elements;
  const other = list.elements.length === 2 && spread?.type === 'SpreadElement' ? spread.argument : null;
  if (other !== null && list.elements[1] === entry)
    return applySplices(text, [
      { start: list.start ?? 0, end: list.end ?? 0, text: text.slice(other.start ?? 0, other.end ?? 0) },
    ]);
  return removeEntry(text, list, entry);
}

/** `{ plugin: require('zero-backend-sync/craco') }`, and nothing that only contains one. */
function isPlugin(element: Node): boolean {
  if (element.type !== 'ObjectExpression') return false;
  return element.properties.some(
    (property) =>
      property.type === 'ObjectProperty' &&
      property.key.type === 'Identifier' &&
      property.key.name === 'plugin' &&
      property.value.type === 'CallExpression' &&
      property.value.arguments.some((argument) => argument.type === 'StringLiteral' && argument.value === pluginModule),
  );
}

function isReadable(file: string, text: string): boolean {
  return (parseSource(file, text)?.ast.errors?.length ?? 1) === 0;
}
