/** Apps compile the template as it is, and it has real types in each form. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { buildForms, listCode, root } from './forms';
import type { BuiltForms } from './forms';
import { checkUse, cra, vite, vueCli, writeApp } from './homes';

jest.setTimeout(600_000);

const { compilerOptions } = JSON.parse(readFileSync(path.join(root, 'tsconfig.paths.json'), 'utf8')) as {
  readonly compilerOptions: { readonly paths: Readonly<Record<string, readonly [string]>> };
};
/** The sources of the runtime in the place of the package. */
const settings = {
  paths: Object.fromEntries(
    Object.entries({ ...compilerOptions.paths, vue: ['node_modules/vue/dist/vue.d.ts'] as const }).map(
      ([name, [file]]) => [name, [path.join(root, file)]],
    ),
  ),
  typesOfPackage: path.join(root, 'types/index.d.ts'),
};
const typescript = path.join(root, 'node_modules/typescript');

let forms: BuiltForms;
const apps: string[] = [];
beforeAll(() => (forms = buildForms()));
afterAll(() => {
  forms.remove();
  for (const app of apps) rmSync(app, { recursive: true });
});

function newApp(): string {
  const app = mkdtempSync(path.join(tmpdir(), 'zbs-app-'));
  apps.push(app);
  return app;
}

test.each([cra, vueCli, ...vite].map((home) => [home.name, home] as const))(
  '%s compiles the template and its use, and each wrong use is an error',
  (_name, home) => {
    const { found, expected } = checkUse({ typescript, app: newApp(), home, forms: forms.folder, ...settings });
    expect(found).toEqual(expected);
  },
);

test.each([
  ['react', cra],
  ['vue', vueCli],
] as const)('nothing in the JavaScript form for %s has the type any', (_framework, home) => {
  const app = newApp();
  writeApp(app, { ...home, forms: ['javascript'] }, forms.folder, settings);
  const lib = path.join(app, 'src/javascript/lib');
  expect(
    findAny(
      app,
      listCode(lib).map((file) => path.join(lib, file)),
    ),
  ).toEqual([]);
});

test('a type that is any is found', () => {
  const app = newApp();
  writeApp(app, { ...cra, forms: ['javascript'] }, forms.folder, {
    ...settings,
    files: {
      'any.js':
        '/**\n * @typedef {\n *   | 1\n *   | 2\n * } A\n */\n\n/** @param {A} a */\nexport const b = (a) => [a];\n',
    },
  });
  expect(findAny(app, [path.join(app, 'src/javascript/any.js')])).toContain('any.js: a');
});

/** What the compiler takes for `any` in files of an app: expressions, parameters, variables, and types in comments. */
function findAny(app: string, files: readonly string[]): readonly string[] {
  const config = ts.readConfigFile(path.join(app, 'tsconfig.json'), ts.sys.readFile).config as object;
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, app);
  const program = ts.createProgram(fileNames, options);
  const checker = program.getTypeChecker();
  return files.flatMap((file) => {
    const source = program.getSourceFile(file)!;
    const found: string[] = [];
    const visit = (node: ts.Node): void => {
      const isDeclaration = ts.isParameter(node) || ts.isVariableDeclaration(node) || ts.isBindingElement(node);
      const hasType = ts.isTypeNode(node) || ts.isExpression(node) || (isDeclaration && ts.isIdentifier(node.name));
      if (hasType && !isName(node) && (checker.getTypeAtLocation(node).flags & ts.TypeFlags.Any) !== 0) {
        found.push(`${path.basename(file)}: ${node.getText(source)}`);
      }
      for (const comment of (node as { readonly jsDoc?: readonly ts.Node[] }).jsDoc ?? []) visit(comment);
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

/** What has no type: names of modules, of imports and exports, and of tags, and the word `import`. */
function isName(node: ts.Node): boolean {
  // The latter of `import('module')`.
  if (ts.isStringLiteral(node) || node.kind === ts.SyntaxKind.ImportKeyword) return true;
  const { kind } = node.parent;
  const isInTag = kind >= ts.SyntaxKind.FirstJSDocTagNode && kind <= ts.SyntaxKind.LastJSDocTagNode;
  return ts.isIdentifier(node) && (isInTag || ts.isImportOrExportSpecifier(node.parent));
}
