/** Sign-in libraries that an app uses through their components only: which hook of theirs gives the user, and how to write it. */
import { isBelow } from './bindings';
import { withFields } from './identity-expression';
import { providerCalls, providerKits } from './identity-sources';
import type { Modules } from './modules';
import { anyComponent, Rank, type SessionField } from './session-field';
import { evidenceAt } from './syntax';

/** Once for each provider whose package is imported for something that can only be there for signing in. */
export function providersByComponent(modules: Modules): readonly SessionField[] {
  const found = new Map<string, SessionField>();
  for (const { source } of modules.all) {
    for (const statement of source.ast.program.body) {
      if (statement.type !== 'ImportDeclaration' || statement.importKind === 'type') continue;
      const module = statement.source.value;
      const names = statement.specifiers.map((each) =>
        each.type === 'ImportSpecifier'
          ? each.imported.type === 'Identifier'
            ? each.imported.name
            : each.imported.value
          : each.local.name,
      );
      for (const field of fieldsFor(module, names, evidenceAt(source, statement)))
        if (!found.has(field.key)) found.set(field.key, field);
    }
  }
  return [...found.values()];
}

function fieldsFor(
  module: string,
  names: readonly string[],
  evidence: SessionField['evidence'],
): readonly SessionField[] {
  const kit = providerKits.find(
    ({ modules, components }) =>
      modules.some((each) => isBelow(module, each)) && names.some((name) => components.test(name)),
  );
  const own = providerCalls.find((call) => call.hook === true && call.modules.some((each) => isBelow(module, each)));
  const isComponent = names.some((name) => /^([A-Z]|with[A-Z])/.test(name));
  const known =
    kit ?? (own !== undefined && isComponent ? { ...own, call: `${own.name}()`, from: own.modules[0] } : undefined);
  if (known === undefined) return [];
  return known.fields.map(({ path, kind }) => ({
    expression: withFields(known.call, path.split('.').filter(Boolean)),
    kind,
    source: `${known.provider}: its components`,
    evidence,
    place: anyComponent,
    isReactive: /^use[A-Z]/.test(known.call),
    imports:
      known.from === undefined
        ? []
        : [`${/^\w+/.exec(known.call)?.[0]} of ${module.startsWith('@clerk') ? module : known.from}`],
    access: null,
    key: `${known.provider} ${path}`,
    rank: Rank.Known,
  }));
}
