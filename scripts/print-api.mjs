/**
 * `npm run api`: prints docs/api.md from the declarations of the built package: the exported names of each entry of the runtime, with signatures and the
 * first sentence of their documentation.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import packageJson from '../package.json' with { type: 'json' };

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const entries = Object.entries(packageJson.exports).flatMap(([subpath, { types }]) =>
  types?.import ? [{ name: subpath.replace('.', 'zero-backend-sync'), file: path.join(root, types.import) }] : [],
);
const program = ts.createProgram(
  entries.map(({ file }) => file),
  { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, skipLibCheck: true, types: [] },
);
const checker = program.getTypeChecker();

const head = `# The public API

Printed from the declarations of the package by \`npm run api\`. What an app uses day by day is in its own \`src/lib\` ([lib.md](lib.md)) and in the
[guide](guide.md); these are the functions and types that its files are made of. The declarations in the package say more of each: parameters, units, errors.
`;
process.stdout.write([head, ...entries.map(describeEntry)].join('\n'));

function describeEntry({ name, file }) {
  const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)));
  const lines = symbols
    .map((symbol) =>
      describe(symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol, symbol.name),
    )
    .sort((one, other) => one.rank - other.rank || (one.name < other.name ? -1 : 1));
  return `## ${name}\n\n${lines.map(({ text }) => text).join('\n')}\n`;
}

function describe(symbol, name) {
  const declaration = symbol.declarations[0];
  const first = firstSentence(ts.displayPartsToString(symbol.getDocumentationComment(checker)));
  const [rank, signature] = signatureOf(declaration, name);
  return { rank, name, text: `- \`${signature}\`${first && `: ${first}`}` };
}

function signatureOf(declaration, name) {
  if (ts.isFunctionDeclaration(declaration) || ts.isVariableDeclaration(declaration)) {
    const type = checker.getTypeAtLocation(declaration);
    const [call] = type.getCallSignatures();
    if (call) return [0, name + oneLine(checker.signatureToString(call, declaration, ts.TypeFormatFlags.NoTruncation))];
    return [1, `${name}: ${oneLine(checker.typeToString(type, declaration))}`];
  }
  if (ts.isClassDeclaration(declaration)) return [1, `class ${name}`];
  if (ts.isEnumDeclaration(declaration))
    return [1, `enum ${name} { ${declaration.members.map((member) => member.name.getText()).join(', ')} }`];
  return [2, `type ${name}`];
}

function oneLine(text) {
  return text.replace(/\s+/g, ' ');
}

function firstSentence(text) {
  const [paragraph = ''] = text.split(/\n\s*\n/);
  const line = paragraph.replace(/\s+/g, ' ').trim();
  return /^.*?[.:](?=\s|$)/.exec(line)?.[0].replace(/:$/, '.') ?? line;
}
