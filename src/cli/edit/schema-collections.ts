/** Collections of the template's schema, added to its text. */
import type { ObjectExpression, Statement } from '@babel/types';
import { keyName } from '../discover/bindings';
import { parseSource } from '../discover/syntax';
import { appendTo, applySplices } from './splice';

/** The text with one more collection; `null` where it cannot be told where its collections are, or has one of that name. @param file for its syntax */
export function withCollection(file: string, text: string, name: string, definition: string): string | null {
  const source = parseSource(file, text);
  const exported = source && collectionsIn(source.ast.program.body);
  if (!exported || namesIn(exported.object).includes(name)) return null;
  const { start } = exported.statement;
  const comments = exported.statement.leadingComments ?? [];
  const at = comments.reduce((first, comment) => Math.min(first, comment.start ?? first), start ?? 0);
  return applySplices(text, [{ start: at, end: at, text: `${definition}\n\n` }, appendTo(text, exported.object, name)]);
}

export interface CarriedCollections {
  readonly text: string;
  /** Those that could not be added. */
  readonly left: readonly string[];
}

/** Collections of one text of the schema, added to another. @param written as `init` has written it @param names which of them */
export function withCollectionsOf(
  file: string,
  written: string,
  text: string,
  names: readonly string[],
): CarriedCollections {
  const statements = parseSource(file, written)?.ast.program.body ?? [];
  return names.reduce<CarriedCollections>(
    (result, name) => {
      const statement = statements.find(
        ({ type, ...node }) =>
          type === 'VariableDeclaration' &&
          'declarations' in node &&
          node.declarations.some(({ id }) => id.type === 'Identifier' && id.name === name),
      );
      const definition = statement && written.slice(statement.start ?? 0, statement.end ?? 0);
      const carried = definition === undefined ? null : withCollection(file, result.text, name, definition);
      return carried === null ? { ...result, left: [...result.left, name] } : { ...result, text: carried };
    },
    { text, left: [] },
  );
}

/** The names of the collections; none where it cannot be told where they are. @param file for its syntax */
export function collectionNames(file: string, text: string): readonly string[] {
  const exported = collectionsIn(parseSource(file, text)?.ast.program.body ?? []);
  return exported === null ? [] : namesIn(exported.object);
}

/** `export const collections = { ... }` */
function collectionsIn(
  statements: readonly Statement[],
): { readonly statement: Statement; readonly object: ObjectExpression } | null {
  for (const statement of statements) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : null;
    const [variable] = declaration?.type === 'VariableDeclaration' ? declaration.declarations : [];
    if (variable?.id.type !== 'Identifier' || variable.id.name !== 'collections') continue;
    if (variable.init?.type === 'ObjectExpression') return { statement, object: variable.init };
  }
  return null;
}

function namesIn({ properties }: ObjectExpression): readonly string[] {
  return properties.flatMap((property) => (property.type === 'ObjectProperty' ? (keyName(property.key) ?? []) : []));
}
