/** A rule stands once: the sources are searched for a second implementation of each of these. */
import ts from 'typescript';
import { hasNode, parse, sourcesIn } from '../support/sources';

interface Rule {
  readonly rule: string;
  /** The file that implements it. */
  readonly home?: string;
  /** Whether a node is an implementation, or the telling part of one. */
  readonly implementedBy: (node: ts.Node) => boolean;
  /** Implementations as somebody might write them elsewhere. */
  readonly planted: readonly string[];
}

const rules: readonly Rule[] = [
  {
    rule: 'which version of a slot is newer',
    home: 'src/runtime/contracts/version-order.ts',
    implementedBy: (node) => isOrder(node) && [/createdAt|created_at/, /nonce/i].some((name) => isOfBoth(node, name)),
    planted: [
      'const newer = (a: V, b: V) => a.createdAt > b.createdAt;',
      'if (known.version.createdAt <= version.createdAt) replace();',
      'versions.sort((a, b) => b.createdAt - a.createdAt);',
      'if (event.created_at >= known.event.created_at) keep(event);',
      'return version.nonce < than.nonce;',
    ],
  },
  {
    rule: 'on how many relays a version is durable',
    home: 'src/runtime/core/durability.ts',
    implementedBy: (node) =>
      (ts.isCallExpression(node) && /^Math\.min\((2,|.*, 2\))/s.test(node.getText())) ||
      (ts.isVariableDeclaration(node) && /^\w*durable\w* = \d/i.test(node.getText())),
    planted: ['const needed = Math.min(2, relays.length);', 'f(Math.min(relays.length, 2));', 'const durableOn = 2;'],
  },
  {
    rule: 'which verdicts of a relay are final',
    home: 'src/runtime/relay/verdict.ts',
    implementedBy: (node) =>
      ts.isArrayLiteralExpression(node) &&
      node.elements.length > 1 &&
      node.elements.every((element) => /^Verdict\.\w+$/.test(element.getText())),
    planted: ['const refusals = new Set([Verdict.Restricted, Verdict.Unsupported]);'],
  },
  {
    rule: 'how few relays an app may configure',
    implementedBy: (node) => ts.isVariableDeclaration(node) && /^fewest_?relays\b/i.test(node.getText()),
    planted: ['const fewestRelays = 3;'],
  },
  {
    rule: 'where the salt of a build is read',
    implementedBy: (node) => ts.isFunctionDeclaration(node) && node.name?.text === 'readSalt',
    planted: ['export function readSalt(): Uint8Array { return read(); }'],
  },
];

/** A relay orders events by NIP-01, which knows no nonce. */
const sources = sourcesIn('src').filter(({ file }) => !file.startsWith('src/relay/'));

describe.each(rules)('$rule', ({ home, implementedBy, planted }) => {
  test('is said in one file', () => {
    const files = sources.filter((source) => hasNode(parse(source), implementedBy)).map(({ file }) => file);
    expect(files).toEqual([home ?? expect.any(String)]);
  });

  test.each(planted)('would be found elsewhere: %s', (text) => {
    expect(hasNode(parse({ file: 'src/runtime/planted.ts', text }), implementedBy)).toBe(true);
  });
});

const ORDERS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.LessThanEqualsToken,
  ts.SyntaxKind.GreaterThanToken,
  ts.SyntaxKind.GreaterThanEqualsToken,
  ts.SyntaxKind.MinusToken,
]);

function isOrder(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && ORDERS.has(node.operatorToken.kind);
}

function isOfBoth(node: ts.Node, name: RegExp): boolean {
  return isOrder(node) && name.test(node.left.getText()) && name.test(node.right.getText());
}
