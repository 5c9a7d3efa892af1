/** Which folder of src/runtime may import which (import-zones.json; docs/lib.md says what each is for), file by file, types and values alike. */
import path from 'node:path';
import ts from 'typescript';
import zonesJson from '../../import-zones.json';
import { parse, sourcesIn } from '../support/sources';
import type { Source } from '../support/sources';

interface Import {
  readonly from: string;
  /** As it is written. */
  readonly specifier: string;
  /** The file or folder that a relative one leads to; undefined for a package. */
  readonly to: string | undefined;
}

const RUNTIME = 'src/runtime/';
const MOST_FILES = 15;
const zones: { readonly [zone: string]: readonly string[] } = zonesJson.zones;
const runtime = sourcesIn('src/runtime');
const apps = [...sourcesIn('src/demo'), ...sourcesIn('src/lib')];

describe('every import of the runtime', () => {
  test('follows the zones', () => {
    expect(breachesIn(runtime, isBreachOfZones)).toEqual([]);
  });

  test.each([
    ['core/planted.ts', "import type { Stamp } from '../crdt/registers';"],
    ['crdt/planted.ts', "export * from '../contracts/slot';"],
    ['replica/incoming/planted.ts', "import { createMesh } from '../../mesh/mesh';"],
    ['replica/planted.ts', "import type { Vault } from '../crypto/vault';"],
    ['guest/planted.ts', "type Locks = import('../replica/tab-election').Locks;"],
    ['page/planted.ts', "const storage = () => import('../storage/record-codec');"],
    ['worker/planted.ts', "import { createMemoryPlatform } from '../testing/in-process';"],
    ['worker/planted.ts', "import configJson from '../../lib/config.json';"],
    ['worker/planted.ts', "import { createRelay } from '../../relay/index';"],
    ['react/planted.ts', "import { open } from 'zero-backend-sync/page';"],
    ['guest/planted.ts', "import type { RxStorage } from 'rxdb/plugins/core';"],
    ['storage/planted.ts', "import { Dexie } from 'dexie';"],
    ['unknown/planted.ts', "import { fromHex } from '../core/bytes';"],
  ])('is told apart from a breach: %s: %s', (file, text) => {
    expect(breachesIn([{ file: RUNTIME + file, text }], isBreachOfZones)).toHaveLength(1);
  });

  test.each([
    ['mesh/session/planted.ts', "import { Verdict } from '../../relay/verdict';"],
    ['mesh/session/planted.ts', "import { Holdings } from './holdings';"],
    ['storage/rxdb/planted.ts', "import type { RxStorage } from 'rxdb/plugins/core';"],
    ['testing/planted.ts', "import { createMesh } from '../mesh/mesh';"],
    ['relay/planted.ts', "import { matchFilter } from 'nostr-tools/filter';"],
  ])('may be one of these: %s: %s', (file, text) => {
    expect(breachesIn([{ file: RUNTIME + file, text }], isBreachOfZones)).toEqual([]);
  });
});

describe('the template and the demo', () => {
  test('import the public entries of the package only', () => {
    expect(breachesIn(apps, isBreachOfApps)).toEqual([]);
  });

  test('an import of the runtime would be found', () => {
    const planted = { file: 'src/demo/planted.tsx', text: "import { toHex } from '../runtime/core/bytes';" };
    expect(breachesIn([planted], isBreachOfApps)).toHaveLength(1);
  });
});

describe('imports of the runtime', () => {
  test('go in no circle', () => {
    expect(circlesIn(runtime)).toEqual([]);
  });

  test('that do are found, be they of types', () => {
    const circle = [
      ['core/one.ts', "import type { Three } from '../crdt/three';"],
      ['core/two.ts', "export { one } from './one';"],
      ['crdt/three.ts', "type Two = import('../core/two').Two;"],
      ['core/four.ts', "import { one } from './one';"],
    ].map(([file, text]) => ({ file: RUNTIME + file, text: text! }));
    const files = circle.slice(0, 3).map(({ file }) => file);
    expect(circlesIn([...runtime, ...circle])).toEqual([files]);
  });
});

describe('folders of the runtime', () => {
  const filesByFolder = countFiles(runtime);

  test('have a zone each', () => {
    const folders = [...new Set(runtime.map(({ file }) => zoneOf(file)))];
    expect(folders.filter((folder) => folder === undefined || !(folder in zones))).toEqual([]);
  });

  test(`hold at most ${MOST_FILES} files`, () => {
    expect([...filesByFolder].filter(([, count]) => count > MOST_FILES)).toEqual([]);
  });

  test('that hold more are found', () => {
    const planted = Array.from({ length: MOST_FILES + 1 }, (_, index) => ({
      file: `${RUNTIME}core/planted/${index}.ts`,
      text: '',
    }));
    expect(countFiles([...runtime, ...planted]).get('src/runtime/core/planted')).toBe(MOST_FILES + 1);
  });
});

interface Breach {
  readonly file: string;
  readonly imports: string;
}

function breachesIn(sources: readonly Source[], isBreach: (found: Import) => boolean): readonly Breach[] {
  const breaches = sources.flatMap(importsOf).filter(isBreach);
  return breaches.map(({ from, specifier }) => ({ file: from, imports: specifier }));
}

function isBreachOfZones({ from, specifier, to }: Import): boolean {
  const zone = zoneOf(from) ?? '';
  if (to === undefined)
    return (
      /^zero-backend-sync(\/|$)/.test(specifier) ||
      (/^(rxdb|dexie)(\/|$)/.test(specifier) &&
        !zonesJson.namesRxdb.some((place) => from.startsWith(`${RUNTIME}${place}/`)))
    );
  const other = zoneOf(to);
  return other === undefined || !(other === zone || zones[zone]?.includes(other));
}

function isBreachOfApps({ to }: Import): boolean {
  return to !== undefined && to.startsWith(RUNTIME);
}

/** The folder of src/runtime that a file is in. */
function zoneOf(file: string): string | undefined {
  return file.startsWith(RUNTIME) ? /^([^/]+)\//.exec(file.slice(RUNTIME.length))?.[1] : undefined;
}

function importsOf(source: Source): readonly Import[] {
  const specifiers: string[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier && ts.isStringLiteralLike(specifier)) specifiers.push(specifier.text);
    ts.forEachChild(node, visit);
  };
  visit(parse(source));
  return specifiers.map((specifier) => ({
    from: source.file,
    specifier,
    to: specifier.startsWith('.') ? path.posix.join(path.posix.dirname(source.file), specifier) : undefined,
  }));
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  const isImportCall =
    ts.isCallExpression(node) &&
    (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require');
  return isImportCall ? node.arguments[0] : undefined;
}

/** Files that reach each other, as one sorted list a circle (Tarjan's strongly connected components). */
function circlesIn(sources: readonly Source[]): readonly (readonly string[])[] {
  const files = new Set(sources.map(({ file }) => file));
  const imported = new Map(
    sources.map((source) => [source.file, importsOf(source).flatMap(({ to }) => fileAt(to, files) ?? [])]),
  );
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    lowest.set(file, order.get(file)!);
    stack.push(file);
    for (const other of imported.get(file) ?? []) {
      if (!order.has(other)) visit(other);
      if (stack.includes(other)) lowest.set(file, Math.min(lowest.get(file)!, lowest.get(other)!));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const component = stack.splice(stack.indexOf(file));
    if (component.length > 1 || imported.get(file)?.includes(file)) circles.push(component.sort());
  };
  for (const file of files) if (!order.has(file)) visit(file);
  return circles;
}

function fileAt(to: string | undefined, files: ReadonlySet<string>): string | undefined {
  if (to === undefined) return undefined;
  return [to, `${to}.ts`, `${to}.tsx`, `${to}/index.ts`, `${to}/index.tsx`].find((file) => files.has(file));
}

function countFiles(sources: readonly Source[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { file } of sources) {
    const folder = path.posix.dirname(file);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return counts;
}
