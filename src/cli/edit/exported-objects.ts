/** The objects that a configuration file exports, through functions, variables, types and the calls that configurations are wrapped in. */
import type {
  ArrowFunctionExpression,
  AssignmentExpression,
  CallExpression,
  Expression,
  File,
  FunctionDeclaration,
  FunctionExpression,
  Node,
  ObjectExpression,
  Statement,
} from '@babel/types';
import { visitNodes } from '../discover/syntax';
import type { ConfigForm } from './config-edit';

export interface ExportedObjects {
  /** None where one of them is made elsewhere. */
  readonly objects: readonly ObjectExpression[];
  readonly form: ConfigForm;
  /** The variable that holds the object, which later statements may change. */
  readonly variable: string | null;
  /** What encloses the objects, from the inside: where a name of theirs is declared. */
  readonly scopes: readonly Node[];
}

type Exported = Expression | FunctionDeclaration;

/** `module.exports = X`, `export default X` or TypeScript's `export = X`, written once at the top level; `null` where it is none of these. */
export function findExported(ast: File): Exported | null {
  const found: Exported[] = [];
  for (const statement of ast.program.body) {
    if (statement.type === 'ExportDefaultDeclaration') {
      if (statement.declaration.type === 'ClassDeclaration' || statement.declaration.type === 'TSDeclareFunction')
        return null;
      found.push(statement.declaration);
    }
    if (statement.type === 'TSExportAssignment') found.push(statement.expression);
    if (statement.type !== 'ExpressionStatement') continue;
    const assignment = exportAssignment(statement.expression);
    if (assignment === 'a part') return null;
    if (assignment !== null) found.push(assignment.right);
  }
  const [only] = found;
  return found.length === 1 && only ? only : null;
}

function exportAssignment(expression: Expression): AssignmentExpression | 'a part' | null {
  if (expression.type !== 'AssignmentExpression') return null;
  const target = memberPath(expression.left);
  const { right } = expression;
  if (target === 'module.exports' || target === 'exports')
    return right.type === 'AssignmentExpression' ? exportAssignment(right) : expression;
  return /^(module\.)?exports\./.test(target) ? 'a part' : null;
}

/** Calls that give back what they are given, or merge it into something: `defineConfig({ ... })`, `merge(common, { ... })`. */
const wrappingCalls =
  /^(defineConfig|defineProject|defineViteConfig|mergeConfig|mergeRsbuildConfig|merge|webpackMerge|mergeWithRules)$/;

/** The object literals that an exported expression may evaluate to. */
export function findObjects(ast: File, exported: Exported): ExportedObjects {
  return objectsIn([ast.program], exported);
}

const nothing: ExportedObjects = { objects: [], form: 'unknown', variable: null, scopes: [] };

function objectsIn(scopes: readonly Node[], exported: Exported): ExportedObjects {
  const expression = exported.type === 'FunctionDeclaration' ? exported : unwrap(exported);
  switch (expression.type) {
    case 'ObjectExpression':
      return { objects: [expression], form: 'object', variable: null, scopes };
    case 'Identifier': {
      const declared = findDeclared(scopes, expression.name);
      if (declared === null || declared.type === 'Identifier') return nothing;
      const found = objectsIn(scopes, declared);
      return found.form === 'object' ? { ...found, form: 'variable', variable: expression.name } : found;
    }
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return returnedObjects(scopes, expression);
    case 'CallExpression':
      return wrappedObjects(scopes, expression);
    case 'ArrayExpression':
      return listedObjects(scopes, expression.elements);
    case 'AwaitExpression':
      return objectsIn(scopes, expression.argument);
    default:
      return nothing;
  }
}

/** Of a merge any part will do; the first that is written here is taken. */
function wrappedObjects(scopes: readonly Node[], { callee, arguments: given }: CallExpression): ExportedObjects {
  if (!wrappingCalls.test(memberPath(callee).split('.').at(-1) ?? '')) return nothing;
  const isMerge = /merge/i.test(memberPath(callee));
  const parts = (isMerge ? given : given.slice(0, 1)).flatMap((part) =>
    part.type === 'SpreadElement' || part.type === 'ArgumentPlaceholder' ? [] : [objectsIn(scopes, part)],
  );
  return parts.find(({ objects }) => objects.length > 0) ?? nothing;
}

/** Several configurations, of which those for Node.js are no page's. */
function listedObjects(scopes: readonly Node[], elements: readonly (Node | null)[]): ExportedObjects {
  const found = elements.map((element) => objectsIn(scopes, element as Expression));
  const objects = found.flatMap((each) => each.objects);
  const ofPages = objects.filter((object) => !isForNode(object));
  const isComplete = found.length > 0 && found.every((each) => each.objects.length > 0 && each.variable === null);
  if (!isComplete || ofPages.length === 0) return nothing;
  return { objects: [...new Set(ofPages)], form: 'list', variable: null, scopes };
}

function isForNode({ properties }: ObjectExpression): boolean {
  return properties.some(
    (property) =>
      property.type === 'ObjectProperty' &&
      keyOf(property) === 'target' &&
      property.value.type === 'StringLiteral' &&
      /node|electron-main/.test(property.value.value),
  );
}

function returnedObjects(
  scopes: readonly Node[],
  fn: FunctionDeclaration | FunctionExpression | ArrowFunctionExpression,
): ExportedObjects {
  const form = fn.async ? 'async function' : 'function';
  const results = fn.body.type === 'BlockStatement' ? returnedExpressions(fn.body.body) : [fn.body];
  const inner = [fn.body, ...scopes];
  const found = results.map((expression) => (expression === null ? nothing : objectsIn(inner, expression)));
  const objects = found.flatMap((result) => result.objects);
  const isComplete = found.length > 0 && found.every((result) => result.objects.length > 0);
  const variables = new Set(found.map((result) => result.variable));
  if (!isComplete || new Set(objects).size !== objects.length || variables.size > 1) return nothing;
  return { objects, form, variable: [...variables][0] ?? null, scopes: inner };
}

/** What a function body returns, nested functions left out; `null` for a bare `return`. */
function returnedExpressions(statements: readonly Statement[]): (Expression | null)[] {
  const results: (Expression | null)[] = [];
  visitNodes(statements, (node) => {
    if (isFunction(node)) return false;
    if (node.type === 'ReturnStatement') results.push(node.argument ?? null);
    return true;
  });
  return results;
}

/** What a name is declared as in the innermost scope that has it. */
export function findDeclared(scopes: readonly Node[], name: string): Exported | null {
  const statements = scopes.flatMap((scope) =>
    scope.type === 'Program' || scope.type === 'BlockStatement' ? scope.body : [],
  );
  for (const statement of statements) {
    if (statement.type === 'FunctionDeclaration' && statement.id?.name === name) return statement;
    if (statement.type !== 'VariableDeclaration') continue;
    for (const { id, init } of statement.declarations)
      if (id.type === 'Identifier' && id.name === name) return init ?? null;
  }
  return null;
}

/** True where `name.property = ...` stands anywhere, or the variable itself is assigned again. */
export function isAssigned(ast: File, name: string, property: string): boolean {
  let assigned = false;
  visitNodes([ast.program], (node) => {
    if (node.type === 'AssignmentExpression') {
      const target = memberPath(node.left);
      assigned ||= target === `${name}.${property}` || target === name;
    }
    if (node.type === 'CallExpression' && memberPath(node.callee) === 'Object.assign') {
      const [first] = node.arguments;
      assigned ||= first?.type === 'Identifier' && first.name === name;
    }
    return true;
  });
  return assigned;
}

/** Takes off what TypeScript and parentheses put around an expression. */
export function unwrap(expression: Expression): Expression {
  switch (expression.type) {
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'TSTypeAssertion':
    case 'TypeCastExpression':
    case 'ParenthesizedExpression':
      return unwrap(expression.expression);
    default:
      return expression;
  }
}

export function memberPath(node: Node): string {
  if (node.type === 'Identifier') return node.name;
  if (node.type !== 'MemberExpression') return '?';
  return `${memberPath(node.object)}.${keyOf(node) ?? '?'}`;
}

export function keyOf(node: {
  readonly type: string;
  readonly computed?: boolean;
  readonly key?: Node;
  readonly property?: Node;
}): string | null {
  const key = node.key ?? node.property;
  if (key?.type === 'StringLiteral') return key.value;
  return key?.type === 'Identifier' && node.computed !== true ? key.name : null;
}

function isFunction(node: Node): boolean {
  return /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|ObjectMethod|ClassMethod)$/.test(node.type);
}
