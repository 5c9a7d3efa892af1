/** What providers fill a React context with, whatever its name is. */
import type { NodePath } from '@babel/traverse';
import type { Node } from '@babel/types';
import type { Modules } from './modules';

/** The values that the providers of a context are given. @param context where it is created */
export function contextValues(modules: Modules): (context: NodePath) => readonly NodePath[] {
  let valuesByContext: Map<Node, NodePath[]> | null = null;
  return (context) => (valuesByContext ??= readProviders(modules)).get(context.node) ?? [];
}

/** `<X.Provider value={...}>`, and `<X value={...}>` of React 19. */
function readProviders(modules: Modules): Map<Node, NodePath[]> {
  const valuesByContext = new Map<Node, NodePath[]>();
  for (const { program } of modules.all) {
    program.traverse({
      JSXOpeningElement(element) {
        const { name } = element.node;
        const root =
          name.type === 'JSXIdentifier'
            ? name.name
            : name.type === 'JSXMemberExpression' &&
                name.object.type === 'JSXIdentifier' &&
                name.property.name === 'Provider'
              ? name.object.name
              : null;
        const value = element
          .get('attributes')
          .find((attribute) => attribute.isJSXAttribute() && attribute.node.name.name === 'value')
          ?.get('value.expression') as NodePath | undefined;
        if (root === null || !value?.node) return;
        const context = modules.definitionOf(element.scope, root);
        if (context === null) return;
        valuesByContext.set(context.path.node, [...(valuesByContext.get(context.path.node) ?? []), value]);
      },
    });
  }
  return valuesByContext;
}
