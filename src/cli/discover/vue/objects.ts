/** Objects that are written out, such as the options of a component or of a store: their members, as properties or as methods. */
import type { NodePath } from '@babel/traverse';
import type { Function as FunctionNode } from '@babel/types';
import { keyName, propertyName, returnedBy } from '../bindings';

/** The value of a member; for a method the method. */
export function memberOf(object: NodePath | null | undefined, name: string): NodePath | null {
  return membersIn(object).find((member) => member.name === name)?.value ?? null;
}

export function membersIn(
  object: NodePath | null | undefined,
): readonly { readonly name: string; readonly value: NodePath }[] {
  if (!object?.isObjectExpression()) return [];
  return object.get('properties').flatMap((property) => {
    if (property.isSpreadElement()) return [];
    const { node } = property;
    const name = 'key' in node && !('computed' in node && node.computed) ? keyName(node.key) : null;
    if (name === null) return [];
    return [{ name, value: property.isObjectMethod() ? property : (property.get('value') as NodePath) }];
  });
}

export function spreadsIn(object: NodePath | null | undefined): readonly NodePath[] {
  if (!object?.isObjectExpression()) return [];
  return object.get('properties').flatMap((each) => (each.isSpreadElement() ? [each.get('argument')] : []));
}

/** What a function, or an object's `get`, gives back. */
export function givenBy(path: NodePath | null): readonly NodePath[] {
  if (path?.isFunction()) return returnedBy(path as NodePath<FunctionNode>);
  const getter = memberOf(path, 'get');
  return getter?.isFunction() ? returnedBy(getter) : [];
}

/** The state that a value of a getter is a part of: `state.user?.id`, `this.user`, and what stands for it where it is missing. */
export function waysIntoState(value: NodePath, getter: NodePath): readonly (readonly string[])[] {
  const { node } = value;
  if (node === null) return [];
  switch (node.type) {
    case 'LogicalExpression':
      return waysIntoState(value.get('left') as NodePath, getter).concat(
        waysIntoState(value.get('right') as NodePath, getter),
      );
    case 'ConditionalExpression':
      return waysIntoState(value.get('consequent') as NodePath, getter);
    case 'TSNonNullExpression':
    case 'TSAsExpression':
      return waysIntoState(value.get('expression') as NodePath, getter);
    case 'MemberExpression':
    case 'OptionalMemberExpression': {
      const property = propertyName(node);
      const object = value.get('object') as NodePath;
      if (property === null) return [];
      return isState(object, getter) ? [[property]] : waysIntoState(object, getter).map((way) => [...way, property]);
    }
    default:
      return [];
  }
}

function isState({ node }: NodePath, getter: NodePath): boolean {
  if (node.type === 'ThisExpression') return true;
  const [first] = getter.isFunction() ? getter.node.params : [];
  return node.type === 'Identifier' && first?.type === 'Identifier' && first.name === node.name;
}
