/** Lock files from the first years of react-scripts 5 hold a Babel 7.16 that knows nothing of what came into TypeScript with 4.9. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { buildForms, formNames, listCode } from '../template/forms';
import type { BuiltForms } from '../template/forms';

const tooNew = new Set([
  ts.SyntaxKind.SatisfiesExpression,
  ts.SyntaxKind.AccessorKeyword,
  ts.SyntaxKind.UsingKeyword,
  ts.SyntaxKind.ImportAttributes,
]);
let forms: BuiltForms;
beforeAll(() => (forms = buildForms()));
afterAll(() => forms.remove());

test.each(formNames)('the %s form of the template is read by the Babel of an old lock file', (form) => {
  const folder = path.join(forms.folder, form);
  const found = listCode(folder).flatMap((file) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    return findTooNew(ts.createSourceFile(file, text, ts.ScriptTarget.ESNext)).map((code) => `${file}: ${code}`);
  });
  expect(found).toEqual([]);
});

test('what is too new is found', () => {
  const source = ts.createSourceFile('a.ts', 'const a = 1 satisfies number;', ts.ScriptTarget.ESNext);
  expect(findTooNew(source)).toEqual(['1 satisfies number']);
});

function findTooNew(source: ts.SourceFile): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (tooNew.has(node.kind)) found.push(node.getText(source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
