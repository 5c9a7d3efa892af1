/** The signature of a function as tags of its doc comment. */
import ts from 'typescript';
import type { DocComment, Tag } from './doc-comment';
import { hasModifier, refuse } from './source';
import type { Edit } from './source';
import type { TypeText } from './type-text';

export interface Signature {
  /** `@template`, `@param` and `@returns`, with what the comment said of them, and then its other tags. */
  readonly comment: DocComment;
  /** Take the types out of the code. */
  readonly edits: readonly Edit[];
}

export function readSignature(node: ts.FunctionLikeDeclaration, comment: DocComment, types: TypeText): Signature {
  const textByParameter = new Map(comment.tags.flatMap(readParameterTag));
  const parameters = node.parameters.flatMap((parameter) => {
    const name = nameParameter(parameter);
    const text = textByParameter.get(name);
    textByParameter.delete(name);
    return parameter.type ? [writeParameter(parameter, parameter.type, name, text, types)] : [];
  });
  for (const name of textByParameter.keys())
    refuse(node, `its comment describes "${name}", which is no parameter of it`);

  const returned = comment.tags.find(({ name }) => name === 'returns')?.text;
  const result = node.type && !isPlainlyVoid(node) ? [`{${types.ofType(node.type)}}`] : [];
  const returns = [...result, ...(returned ? [returned] : [])].join(' ');
  return {
    comment: {
      description: comment.description,
      tags: [
        ...writeTypeParameters(node.typeParameters, types),
        ...parameters,
        ...(returns ? [{ name: 'returns', text: returns }] : []),
        ...comment.tags.filter(({ name }) => name !== 'param' && name !== 'returns'),
      ],
    },
    edits: [...eraseTypes(node)].map(({ start, end }) => ({ start, end, text: '' })),
  };
}

/** The type parameters of a function, an interface or a type. */
export function writeTypeParameters(
  parameters: ts.NodeArray<ts.TypeParameterDeclaration> | undefined,
  types: TypeText,
): readonly Tag[] {
  return (parameters ?? []).map(({ name, constraint, default: given }) => {
    const bound = constraint ? `{${types.ofType(constraint)}} ` : '';
    return { name: 'template', text: bound + (given ? `[${name.text}=${types.ofType(given)}]` : name.text) };
  });
}

function readParameterTag({ name, text }: Tag): readonly (readonly [string, string])[] {
  const [, parameter, rest] = /^([\w$]+)\s*(.*)$/s.exec(text) ?? [];
  return name === 'param' && parameter !== undefined && rest !== undefined ? [[parameter, rest]] : [];
}

/** One that is taken apart at once is called by the last word of its type: `options` for OpenOptions. */
function nameParameter({ name, type }: ts.ParameterDeclaration): string {
  if (ts.isIdentifier(name)) return name.text;
  const typeName = type && ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) ? type.typeName.text : '';
  return /[A-Z][a-z0-9]*$/.exec(typeName)?.[0].toLowerCase() ?? 'options';
}

function writeParameter(
  parameter: ts.ParameterDeclaration,
  type: ts.TypeNode,
  name: string,
  text: string | undefined,
  types: TypeText,
): Tag {
  const written = parameter.dotDotDotToken ? `...${types.ofType(elementOf(type))}` : types.ofType(type);
  // TypeScript 4.9 takes no brackets for a parameter that is taken apart; its default value says that it is optional.
  const isOptional =
    parameter.questionToken !== undefined || (parameter.initializer !== undefined && ts.isIdentifier(parameter.name));
  const described = text ? ` ${text}` : '';
  return { name: 'param', text: `{${written}} ${isOptional ? `[${name}]` : name}${described}` };
}

function elementOf(type: ts.TypeNode): ts.TypeNode {
  const array = ts.isTypeOperatorNode(type) ? type.type : type;
  return ts.isArrayTypeNode(array)
    ? array.elementType
    : refuse(type, 'write the type of the remaining parameters as an array');
}

/** `void`, and `Promise<void>` of an async function, are what is inferred in any case. */
function isPlainlyVoid(node: ts.FunctionLikeDeclaration): boolean {
  const type = node.type?.getText();
  return type === 'void' || (type === 'Promise<void>' && hasModifier(node, ts.SyntaxKind.AsyncKeyword));
}

function* eraseTypes(node: ts.FunctionLikeDeclaration): Generator<{ readonly start: number; readonly end: number }> {
  const { typeParameters, type } = node;
  if (typeParameters)
    yield { start: typeParameters.pos - 1, end: node.getSourceFile().text.indexOf('>', typeParameters.end) + 1 };
  for (const parameter of node.parameters) {
    const end = parameter.type?.end ?? parameter.questionToken?.end;
    if (end !== undefined) yield { start: parameter.name.end, end };
  }
  if (!type) return;
  const close = node.getChildren().find(({ kind }) => kind === ts.SyntaxKind.CloseParenToken);
  yield { start: close!.end, end: type.end };
}
