/** The black box is AssemblyScript and TypeScript at once, so that no app has to keep it from its type checker or linter. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { tsconfigOfCra } from '../support/tsconfig-of-cra';
import { projectRoot, withFolder } from './compile';

const source = 'src/lib/worker/crypto.asm.ts';
const text = readFileSync(join(projectRoot, source), 'utf8');

/** What create-vite 9 writes for React and Vue, as far as it is stricter than CRA. */
const createVite = {
  target: 'es2023',
  lib: ['ES2023', 'DOM'],
  module: 'esnext',
  moduleResolution: 'bundler',
  allowImportingTsExtensions: true,
  verbatimModuleSyntax: true,
  moduleDetection: 'force',
  types: [],
  strict: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  erasableSyntaxOnly: true,
  noFallthroughCasesInSwitch: true,
  noUncheckedSideEffectImports: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
};

describe.each([
  ['create-react-app', tsconfigOfCra.compilerOptions],
  ['create-vite', createVite],
])('with the tsconfig of %s', (_tool, compilerOptions) => {
  test('the black box passes, and what it imports is not checked with it', () =>
    withFolder(async (folder) => {
      const { errors, files } = check(folder, text, compilerOptions);
      expect(errors).toEqual([]);
      expect(files).toContain(source);
      expect(files.filter((file) => file.includes('zero-backend-sync/assembly/'))).toEqual([]);
    }));

  test('a mistake in it is an error', () =>
    withFolder(async (folder) => {
      const { errors } = check(folder, text.replace('hashWipe();', 'hashWipe(1);'), compilerOptions);
      expect(errors).toEqual([expect.stringContaining('Expected 0 arguments')]);
    }));
});

test('it has at most 110 lines', () => {
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(110);
});

test('every function of the primitives is declared for the type checker, with the same parameters', () => {
  const declared = new Map(
    [...readFileSync(join(projectRoot, 'types/assembly-script.d.ts'), 'utf8').matchAll(moduleDeclaration)].map(
      ([, name, body]) => [name!, signatures(body!)] as const,
    ),
  );
  const written = readdirSync(join(projectRoot, 'assembly'))
    .filter((file) => file !== 'salt.generated.ts')
    .map((file) => [file.replace('.ts', ''), signatures(readFileSync(join(projectRoot, 'assembly', file), 'utf8'))] as const);
  expect(declared.get('salt.generated')).toEqual(['unmaskSalt(target: usize): void']);
  declared.delete('salt.generated');
  expect(Object.fromEntries(declared)).toEqual(Object.fromEntries(written));
});

const moduleDeclaration = /declare module 'zero-backend-sync\/assembly\/([^']+)' \{([^}]*)\}/g;

function signatures(code: string): readonly string[] {
  return [...code.matchAll(/export function (\w+\([^)]*\): \w+)/g)].map(([, signature]) => signature!).sort();
}

/** Type-checks a text as the black box of an app that has this package as npm would put it there. */
function check(app: string, blackBox: string, compilerOptions: object): { readonly errors: readonly string[]; readonly files: readonly string[] } {
  const kit = join(app, 'node_modules/zero-backend-sync');
  mkdirSync(kit, { recursive: true });
  for (const name of ['types', 'assembly', 'package.json']) cpSync(join(projectRoot, name), join(kit, name), { recursive: true });
  mkdirSync(join(app, 'src/lib/worker'), { recursive: true });
  writeFileSync(join(app, source), blackBox);
  writeFileSync(join(app, 'src/types.d.ts'), '/// <reference types="zero-backend-sync/types" />\n');
  const json = { compilerOptions: { ...compilerOptions, skipLibCheck: false }, include: ['src'] };
  const { fileNames, options, errors } = ts.parseJsonConfigFileContent(json, ts.sys, app, {}, join(app, 'tsconfig.json'));
  const program = ts.createProgram(fileNames, options);
  // Not the libraries of TypeScript, which take seconds.
  const own = program.getSourceFiles().filter((file) => !program.isSourceFileDefaultLibrary(file));
  const found = own.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]);
  const diagnostics = [...errors, ...program.getOptionsDiagnostics(), ...found];
  return {
    errors: diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    files: program.getSourceFiles().map(({ fileName }) => fileName.replace(`${ts.sys.resolvePath(app)}/`, '')),
  };
}
