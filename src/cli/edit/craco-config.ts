/** Adds the kit's plugin to a CRACO configuration that somebody wrote, or says that it cannot be done safely. */
import type {
  ArrowFunctionExpression,
  AssignmentExpression,
  Expression,
  File,
  FunctionDeclaration,
  FunctionExpression,
  Node,
  ObjectExpression,
  ObjectProperty,
  Program,
  Statement,
} from '@babel/types';
import { parseSource, visitNodes } from '../discover/syntax';
import { printString } from './print';
import { applySplices, appendTo, replaceNode, type Splice } from './splice';

export const pluginModule = 'zero-backend-sync/craco';

/** How a configuration is written. */
export type CracoConfigForm = 'object' | 'function' | 'async function' | 'variable' | 'unknown';

export type CracoConfigEdit =
  | { readonly kind: 'already-wired' }
  | { readonly kind: 'edited'; readonly text: string; readonly form: CracoConfigForm }
  /** The file is left alone; `reason` completes "it cannot be edited safely because ...". */
  | { readonly kind: 'by-hand'; readonly reason: string };

/** The text of a new configuration. `lib` is given where the template does not live in `src/lib`. */
export function newCracoConfig(lib?: string): string {
  const text = `module.exports = {\n  plugins: [${pluginEntry("'", lib)}],\n};\n`;
  if (!isOneStatement(text)) throw new Error(`${text} is not the configuration that was meant`);
  return text;
}

function isOneStatement(text: string): boolean {
  return canBeParsed('craco.config.js', text) && statementsOf('craco.config.js', text) === 1;
}

/** What a person pastes into `plugins`. */
export function pluginEntry(quote: string, lib?: string): string {
  const options = lib === undefined ? '' : `, options: { lib: ${printString(lib, quote)} }`;
  return `{ plugin: require(${quote}${pluginModule}${quote})${options} }`;
}

/** Adds the plugin to the end of `plugins`: the last plugin sees the configuration that all others made. */
export function editCracoConfig(file: string, text: string, lib?: string): CracoConfigEdit {
  const source = parseSource(file, text);
  if (source === null || (source.ast.errors?.length ?? 0) > 0) return byHand('its syntax cannot be read');
  if (mentionsPlugin(source.ast)) return { kind: 'already-wired' };

  const exported = findExported(source.ast);
  if (exported === null) return byHand('its export could not be found');
  const { objects, form, variable } = findObjects([source.ast.program], exported);
  if (objects.length === 0) return byHand('the object that it exports is made elsewhere');
  if (variable !== null && isAssigned(source.ast, variable, 'plugins')) {
    return byHand(`"${variable}.plugins" is assigned after the object is made`);
  }

  const entry = pluginEntry(quoteOf(text), lib);
  const splices: Splice[] = [];
  for (const object of objects) {
    const splice = addPlugin(source.ast.program, text, object, entry);
    if (typeof splice === 'string') return byHand(splice);
    splices.push(splice);
  }
  const edited = applySplices(text, splices);
  // An entry adds no statement to a file.
  const isSound = canBeParsed(file, edited) && statementsOf(file, edited) === source.ast.program.body.length;
  return isSound ? { kind: 'edited', text: edited, form } : byHand('the result could not be read back');
}

function addPlugin(program: Program, text: string, object: ObjectExpression, entry: string): Splice | string {
  const plugins = object.properties.filter(
    (property): property is ObjectProperty => property.type === 'ObjectProperty' && keyOf(property) === 'plugins',
  );
  const hasSpread = object.properties.some((property) => property.type === 'SpreadElement');
  if (plugins.length === 0) {
    if (hasSpread) return 'its "plugins" may come from an object that is spread into it';
    if (object.properties.some((property) => property.type === 'ObjectMethod' && keyOf(property) === 'plugins')) {
      return '"plugins" is a method';
    }
    return appendTo(text, object, `plugins: [${entry}]`);
  }
  const [property] = plugins;
  if (plugins.length > 1 || property === undefined) return '"plugins" stands in it twice';
  const value = unwrap(property.value as Expression);
  if (value.type === 'ArrayExpression') return appendTo(text, value, entry);
  if (!isSurelyAnArray(program, value)) return 'its "plugins" may not be an array';
  const written = text.slice(value.start ?? 0, value.end ?? 0);
  const needsParentheses = value.type === 'ConditionalExpression';
  const spread = `[...${needsParentheses ? `(${written})` : written}, ${entry}]`;
  return replaceNode(property.value, property.shorthand ? `plugins: ${spread}` : spread);
}

interface Exported {
  readonly expression: Expression | FunctionDeclaration;
}

/** `module.exports = X`, `export default X` or TypeScript's `export = X`, written once at the top level. */
function findExported(ast: File): Exported | null {
  const found: Exported[] = [];
  for (const statement of ast.program.body) {
    if (statement.type === 'ExportDefaultDeclaration') {
      if (statement.declaration.type === 'ClassDeclaration' || statement.declaration.type === 'TSDeclareFunction')
        return null;
      found.push({ expression: statement.declaration });
    }
    if (statement.type === 'TSExportAssignment') found.push({ expression: statement.expression });
    if (statement.type !== 'ExpressionStatement') continue;
    const assignment = exportAssignment(statement.expression);
    if (assignment === 'a part') return null;
    if (assignment !== null) found.push({ expression: assignment.right });
  }
  const [only] = found;
  return found.length === 1 && only ? only : null;
}

function exportAssignment(expression: Expression): AssignmentExpression | 'a part' | null {
  if (expression.type !== 'AssignmentExpression') return null;
  const target = memberPath(expression.left);
  if (target === 'module.exports' || target === 'exports') return expression;
  return /^(module\.)?exports\./.test(target) ? 'a part' : null;
}

interface Found {
  readonly objects: readonly ObjectExpression[];
  readonly form: CracoConfigForm;
  /** The variable that holds the object, which later statements may change. */
  readonly variable: string | null;
}

/** The object literals that an exported expression may evaluate to; none where one of them cannot be found. */
function findObjects(scopes: readonly Node[], exported: Exported): Found {
  const nothing: Found = { objects: [], form: 'unknown', variable: null };
  const expression =
    exported.expression.type === 'FunctionDeclaration' ? exported.expression : unwrap(exported.expression);
  switch (expression.type) {
    case 'ObjectExpression':
      return { objects: [expression], form: 'object', variable: null };
    case 'Identifier': {
      const declared = findDeclared(scopes, expression.name);
      if (declared === null || declared.type === 'Identifier') return nothing;
      const found = findObjects(scopes, { expression: declared });
      return found.form === 'object' ? { ...found, form: 'variable', variable: expression.name } : found;
    }
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return findReturned(scopes, expression);
    default:
      return nothing;
  }
}

function findReturned(
  scopes: readonly Node[],
  fn: FunctionDeclaration | FunctionExpression | ArrowFunctionExpression,
): Found {
  const form = fn.async ? 'async function' : 'function';
  const results = fn.body.type === 'BlockStatement' ? returnedExpressions(fn.body.body) : [fn.body];
  const found = results.map((expression) =>
    expression === null ? null : findObjects([fn.body, ...scopes], { expression }),
  );
  const objects = found.flatMap((result) => (result === null ? [] : result.objects));
  const isComplete = found.length > 0 && found.every((result) => result !== null && result.objects.length === 1);
  const variables = new Set(found.map((result) => result?.variable ?? null));
  if (!isComplete || new Set(objects).size !== objects.length || variables.size > 1) {
    return { objects: [], form: 'unknown', variable: null };
  }
  return { objects, form, variable: [...variables][0] ?? null };
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
function findDeclared(scopes: readonly Node[], name: string): Expression | FunctionDeclaration | null {
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

function isSurelyAnArray(program: Program, value: Expression): boolean {
  const plain = unwrap(value);
  if (plain.type === 'ArrayExpression') return true;
  if (plain.type === 'ConditionalExpression') {
    return isSurelyAnArray(program, plain.consequent) && isSurelyAnArray(program, plain.alternate);
  }
  if (plain.type === 'Identifier') {
    const declared = findDeclared([program], plain.name);
    return declared !== null && declared.type !== 'FunctionDeclaration' && unwrap(declared).type === 'ArrayExpression';
  }
  if (plain.type !== 'CallExpression' || plain.callee.type !== 'MemberExpression') return false;
  const method = keyOf(plain.callee);
  return (
    ['filter', 'map', 'concat', 'flat', 'slice'].includes(method ?? '') &&
    isSurelyAnArray(program, plain.callee.object as Expression)
  );
}

/** True where `name.property = ...` stands anywhere, or the variable itself is assigned again. */
function isAssigned(ast: File, name: string, property: string): boolean {
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

function mentionsPlugin(ast: File): boolean {
  let mentioned = false;
  visitNodes([ast.program], (node) => {
    mentioned ||= node.type === 'StringLiteral' && node.value === pluginModule;
    return true;
  });
  return mentioned;
}

/** Takes off what TypeScript and parentheses put around an expression. */
function unwrap(expression: Expression): Expression {
  switch (expression.type) {
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'TypeCastExpression':
    case 'ParenthesizedExpression':
      return unwrap(expression.expression);
    default:
      return expression;
  }
}

function memberPath(node: Node): string {
  if (node.type === 'Identifier') return node.name;
  if (node.type !== 'MemberExpression') return '?';
  return `${memberPath(node.object)}.${keyOf(node) ?? '?'}`;
}

function keyOf(node: {
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

function quoteOf(text: string): string {
  return text.split('"').length > text.split("'").length ? '"' : "'";
}

function canBeParsed(file: string, text: string): boolean {
  return (parseSource(file, text)?.ast.errors?.length ?? 1) === 0;
}

function statementsOf(file: string, text: string): number | undefined {
  return parseSource(file, text)?.ast.program.body.length;
}

function byHand(reason: string): CracoConfigEdit {
  return { kind: 'by-hand', reason };
}
