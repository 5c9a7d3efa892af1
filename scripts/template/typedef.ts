/** Interfaces and type aliases as `@typedef`. */
import ts from 'typescript';
import { readDocComment } from './doc-comment';
import type { DocComment, Tag } from './doc-comment';
import { writeTypeParameters } from './signature';
import { findDocComment, refuse } from './source';
import type { TypeText } from './type-text';

export function toTypedef(
  node: ts.InterfaceDeclaration | ts.TypeAliasDeclaration,
  { description, tags }: DocComment,
  types: TypeText,
): DocComment {
  const typedef = ts.isInterfaceDeclaration(node) ? describeInterface(node, types) : [describeAlias(node, types)];
  return { description, tags: [...writeTypeParameters(node.typeParameters, types), ...typedef, ...tags] };
}

function describeAlias({ name, type }: ts.TypeAliasDeclaration, types: TypeText): Tag {
  const text = types.ofType(type);
  // A union that has a line for each of its members. Without parentheses TypeScript takes a type that begins on another line for `any`.
  const isTall = text.startsWith('|') && text.includes('\n');
  return { name: 'typedef', text: `{${isTall ? `(\n${indent(text)}\n)` : text}} ${name.text}` };
}

/**
 * As `@property` with its comment each, or in braces what only TypeScript can say: what an interface extends, an index signature, and names that are no
 * identifiers.
 */
function describeInterface(node: ts.InterfaceDeclaration, types: TypeText): readonly Tag[] {
  const bases = node.heritageClauses?.flatMap((clause) => clause.types.map(types.ofType)) ?? [];
  const hasPlainNames = node.members.every(({ name }) => name && /^[\w$]+$/.test(types.ofName(name)));
  if (bases.length > 0 || !hasPlainNames) {
    return [{ name: 'typedef', text: `{${[...bases, types.ofMembers(node)].join(' & ')}} ${node.name.text}` }];
  }
  types.refuseLostComments(node);
  return [
    { name: 'typedef', text: `{object} ${node.name.text}` },
    ...node.members.map((member) => describe(member, types)),
  ];
}

function describe(member: ts.TypeElement, types: TypeText): Tag {
  if (!ts.isPropertySignature(member) && !ts.isMethodSignature(member))
    refuse(member, 'only properties and methods have a form in JSDoc');
  const type = ts.isMethodSignature(member)
    ? types.ofMethod(member)
    : member.type
      ? types.ofType(member.type)
      : 'unknown';
  const name = types.ofName(member.name);
  const { description } = readDocComment(findDocComment(member)?.getText());
  const property = `{${type}} ${member.questionToken ? `[${name}]` : name}`;
  return { name: 'property', text: description ? appendText(property, description) : property };
}

/** On the same line while that is short, or else indented below it. */
function appendText(property: string, description: string): string {
  const isShort = !description.includes('\n') && property.length + description.length <= 100;
  return isShort ? `${property} ${description}` : `${property}\n${indent(description)}`;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
