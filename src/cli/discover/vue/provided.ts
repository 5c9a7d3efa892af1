/** What an app of Vue provides, by the key under which its components inject it. */
import type { NodePath } from '@babel/traverse';
import type { Modules } from '../modules';
import { writtenPath } from '../bindings';
import { givenBy, membersIn } from './objects';

/** The values of a key: a text, or a constant that files share. */
export function providedValues(modules: Modules): (key: NodePath) => readonly NodePath[] {
  let values: Map<unknown, NodePath[]> | null = null;
  return (key) => (values ??= readProvided(modules)).get(identityOf(modules, key)) ?? [];
}

function identityOf(modules: Modules, key: NodePath): unknown {
  if (key.isStringLiteral()) return key.node.value;
  return key.isIdentifier() ? (modules.definitionOf(key.scope, key.node.name)?.path.node ?? null) : null;
}

/** `provide(key, value)`, `app.provide(key, value)` and `provide: { key: value }`. */
function readProvided(modules: Modules): Map<unknown, NodePath[]> {
  const values = new Map<unknown, NodePath[]>();
  const add = (key: unknown, value: NodePath) => {
    if (key != null) values.set(key, [...(values.get(key) ?? []), value]);
  };
  for (const { program } of modules.all) {
    program.traverse({
      CallExpression(call) {
        const [key, value] = call.get('arguments') as NodePath[];
        if (/(^|\.)provide$/.test(writtenPath(call.node.callee)) && key && value) add(identityOf(modules, key), value);
      },
      'ObjectProperty|ObjectMethod'(member: NodePath) {
        if (!member.isObjectProperty() && !member.isObjectMethod()) return;
        const { key } = member.node;
        if (key.type !== 'Identifier' || key.name !== 'provide') return;
        const given = member.isObjectMethod() ? member : (member.get('value') as NodePath);
        for (const object of given.isObjectExpression() ? [given] : givenBy(given))
          for (const { name, value } of membersIn(object)) add(name, value);
      },
    });
  }
  return values;
}
