/** What a configuration says under a key, where that can be read without running it. */
import type { Node } from '@babel/types';
import type { ProjectFiles } from '../discover/project-files';
import { evidenceAt, type Evidence, type SourceFile } from '../discover/syntax';
import { parseSound } from '../edit/config-edit';
import { findExported, findObjects, keyOf, memberPath } from '../edit/exported-objects';

export interface ConfigValue {
  readonly node: Node;
  readonly source: SourceFile;
  readonly evidence: Evidence;
}

/** The first value at a path of keys, of the objects that a file exports; `null` where there is none, or it is made elsewhere. */
export function configValue(files: ProjectFiles, file: string, keys: readonly string[]): ConfigValue | null {
  const source = parseSound(file, files.read(file) ?? '');
  const exported = source && findExported(source.ast);
  if (source === null || exported === null) return null;
  for (const object of findObjects(source.ast, exported).objects) {
    const node = keys.reduce<Node | null>((inner, key) => propertyOf(inner, key), object);
    if (node !== null) return { node, source, evidence: evidenceAt(source, node) };
  }
  return null;
}

function propertyOf(node: Node | null, key: string): Node | null {
  if (node?.type !== 'ObjectExpression') return null;
  const property = node.properties.find((candidate) => candidate.type === 'ObjectProperty' && keyOf(candidate) === key);
  return property?.type === 'ObjectProperty' ? property.value : null;
}

/** The text of a literal, or the folder that `path.resolve(__dirname, 'a', 'b')` and the like name; `null` for anything else. */
export function textOf(node: Node): string | null {
  if (node.type === 'StringLiteral') return node.value;
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0]?.value.cooked ?? null;
  if (node.type === 'NewExpression' || node.type !== 'CallExpression') return addressOf(node);
  if (!/(^|\.)(resolve|join|fileURLToPath)$/.test(memberPath(node.callee))) return null;
  const parts = node.arguments.map((part) => (isOwnFolder(part) ? '' : textOf(part)));
  return parts.some((part) => part === null) ? null : parts.filter((part) => part !== '').join('/');
}

/** `new URL('./src', import.meta.url)` */
function addressOf(node: Node): string | null {
  if (node.type !== 'NewExpression' || memberPath(node.callee) !== 'URL') return null;
  const [address] = node.arguments;
  return address === undefined ? null : textOf(address);
}

function isOwnFolder(node: Node): boolean {
  if (node.type === 'Identifier') return node.name === '__dirname';
  if (node.type === 'CallExpression') return memberPath(node.callee) === 'process.cwd';
  return node.type === 'MemberExpression' && keyOf(node) === 'dirname';
}
