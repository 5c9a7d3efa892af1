import type { Node } from '@babel/types';
import { evidenceAt, visitNodes } from '../discover/syntax';
import { templateModule } from '../template';
import { appSources, calleeText, isTemplate, keyText, literalText, schemaCollections } from './app-sources';
import type { Check, Finding } from './finding';

/** NON_PREMIUM_COLLECTION_LIMIT of RxDB 17: one more and `addCollections` throws COL23. */
const mostCollections = 13;

/** What RxDB limits: the number of collections, and indexes in descending order. */
export const queries: Check = {
  id: 'queries',
  title: 'collections and queries',
  check(context) {
    const collections = schemaCollections(context);
    const sources = appSources(context);
    const findings: Finding[] = [];

    const added = sources.flatMap((source) => {
      if (isTemplate(context, source.path)) return [];
      const found: { readonly names: readonly string[]; readonly evidence: ReturnType<typeof evidenceAt> }[] = [];
      visitNodes([source.ast.program], (node) => {
        const [first] =
          node.type === 'CallExpression' && /\.addCollections$/.test(calleeText(node.callee)) ? node.arguments : [];
        if (first?.type === 'ObjectExpression')
          found.push({
            names: first.properties.flatMap((property) =>
              property.type === 'ObjectProperty' ? (keyText(property.key) ?? []) : [],
            ),
            evidence: evidenceAt(source, node),
          });
        return true;
      });
      return found;
    });
    const names = new Set([...collections.map(({ name }) => name), ...added.flatMap((call) => call.names)]);
    if (names.size > mostCollections) {
      const evidence = added[0]?.evidence ?? {
        file: `${context.dir}/${templateModule(context.form, 'schema')}`,
        line: 1,
        text: 'collections',
      };
      findings.push({
        check: 'queries',
        code: 'COLLECTIONS_TOO_MANY',
        severity: 'error',
        what: `There are ${names.size} collections.`,
        why: `RxDB without its premium plugins opens at most ${mostCollections}; one more is an error (COL23) at the user's.`,
        how: 'Join collections that belong together, with a property that says what a document is.',
        evidence,
      });
    }

    const indexed = new Set(collections.flatMap((collection) => collection.indexed));
    for (const source of sources) {
      visitNodes([source.ast.program], (node) => {
        for (const field of descendingFields(node)) {
          if (!indexed.has(field)) continue;
          findings.push({
            check: 'queries',
            code: 'SORT_DESCENDING',
            severity: 'warning',
            what: `A query sorts "${field}" in descending order.`,
            why: 'RxDB reads an index in ascending order only, so this query loads everything and sorts it.',
            how: 'Keep a field that ascends in the wanted order (a negated number), or turn the result round.',
            evidence: evidenceAt(source, node),
          });
        }
        return true;
      });
    }
    return findings;
  },
};

/** `sort: [{ field: 'desc' }]` in a query, `.sort({ field: 'desc' })` and `.sort('-field')` on one. */
function descendingFields(node: Node): readonly string[] {
  if (node.type === 'ObjectProperty' && keyText(node.key) === 'sort') return fieldsIn(node.value);
  if (node.type !== 'CallExpression' || !/\.?sort$/.test(calleeText(node.callee) || memberName(node.callee))) return [];
  const [first] = node.arguments;
  const text = literalText(first);
  if (text !== null) return text.startsWith('-') ? [text.slice(1)] : [];
  return first === undefined ? [] : fieldsIn(first);
}

function fieldsIn(value: Node): readonly string[] {
  if (value.type === 'ArrayExpression')
    return value.elements.flatMap((element) => (element === null ? [] : fieldsIn(element)));
  if (value.type !== 'ObjectExpression') return [];
  return value.properties.flatMap((property) =>
    property.type === 'ObjectProperty' && literalText(property.value) === 'desc' ? (keyText(property.key) ?? []) : [],
  );
}

function memberName(node: Node): string {
  return node.type === 'MemberExpression' || node.type === 'OptionalMemberExpression'
    ? (keyText(node.property) ?? '')
    : '';
}
