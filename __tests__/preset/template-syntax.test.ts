/** Lock files from the first years of react-scripts 5 hold a Babel 7.16 that knows nothing of what came into TypeScript with 4.9. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const lib = path.resolve(__dirname, '../../src/lib');
const files = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter(
  (file) => /\.tsx?$/.test(file) && !file.endsWith('.asm.ts'),
);
const tooNew = new Set([ts.SyntaxKind.SatisfiesExpression, ts.SyntaxKind.AccessorKeyword, ts.SyntaxKind.UsingKeyword]);

test('the template is read by the Babel of an old lock file', () => {
  const found = files.flatMap((file) => {
    const text = readFileSync(path.join(lib, file), 'utf8');
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
