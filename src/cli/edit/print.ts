/**
 * What the command line writes into code and did not make itself: an expression that somebody typed, the name of a folder. Neither is pasted. Both are
 * printed from a syntax tree, so that they stay the one expression or the one string that they are.
 */
import generate from '@babel/generator';
import { parseExpression } from '@babel/parser';
import { stringLiteral, type Expression, type Node } from '@babel/types';
import { visitNodes } from '../discover/syntax';

/** One expression that reads values, as the printer writes it; `null` where the text is something else, or more than one. */
export function printExpression(text: string): string | null {
  let expression: Expression;
  try {
    // The elements of arrays are named by words too: `user.identities.0.id`.
    expression = parseExpression(text.replace(/\.(\d+)(?=[.?]|$)/g, '[$1]'), { plugins: ['typescript'] });
  } catch {
    return null;
  }
  return readsOnly(expression) ? generate(expression, { comments: false }).code : null;
}

/** The text as a string literal in quotes of that kind. */
export function printString(text: string, quote: string): string {
  const quotes = quote === '"' ? 'double' : 'single';
  return generate(stringLiteral(text), { jsescOption: { quotes, wrap: true } }).code;
}

/**
 * Calls are in it (`String(user.id)`), and selectors that are given to one (`useSelector((state) => state.user.id)`); other functions, assignments and several
 * expressions in a row have no place where a value is named.
 */
function readsOnly(expression: Expression): boolean {
  let isReading = expression.type !== 'ArrowFunctionExpression';
  visitNodes([expression], (node: Node) => {
    isReading &&= readingNodes.has(node.type);
    return isReading;
  });
  return isReading;
}

const readingNodes: ReadonlySet<string> = new Set<Node['type']>([
  'Identifier',
  'ThisExpression',
  'MemberExpression',
  'OptionalMemberExpression',
  'CallExpression',
  'OptionalCallExpression',
  'StringLiteral',
  'NumericLiteral',
  'BooleanLiteral',
  'NullLiteral',
  'TemplateLiteral',
  'TemplateElement',
  'LogicalExpression',
  'ConditionalExpression',
  'BinaryExpression',
  'UnaryExpression',
  'ParenthesizedExpression',
  'TSNonNullExpression',
  'ArrowFunctionExpression',
  'TSTypeAnnotation',
  'TSTypeReference',
  'TSAnyKeyword',
]);
