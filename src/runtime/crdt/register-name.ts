/**
 * Names of registers: the path of a property as a JSON pointer, then what its strategy adds (docs/protocol.md, section 4).
 *
 *     /settings/theme      a leaf                       /tags+"red"                  an element of a set
 *     /settings/~          an empty object              /visits#0123456789abcdef     a device's share of a counter
 *
 * Beyond RFC 6901, `+` and `#` in the name of a property are written ~2 and ~3, so that those two signs always begin the strategy's part.
 */
import { canonicalJson, MAX_DEPTH } from './json-value';
import type { SyncValue } from '../core/json';

export enum NameKind {
  Leaf = 'leaf',
  EmptyObject = 'empty-object',
  Element = 'element',
  Share = 'share',
}

export type Scalar = string | number | boolean | null;

export interface Name {
  readonly kind: NameKind;
  /** The property's path, its own key last; for an empty object the path of the object. */
  readonly path: readonly string[];
  /** Only for `Element`. */
  readonly element?: Scalar;
  /** The names of leaves at the parents of `path`: what is written there replaces or removes this register's property. */
  readonly parents: readonly string[];
}

/** The name of the leaf `key` of the object at `parent`; the document itself is at ''. */
export const leafName = (parent: string, key: string): string => `${parent}/${escapeKey(key)}`;
export const emptyObjectName = (object: string): string => `${object}/~`;
/** @param author the first 16 hex digits of a device id, or '' for a share that is held apart (see `local-write.ts`). */
export const shareName = (counter: string, author: string): string => `${counter}#${author}`;

function escapeKey(key: string): string {
  if (!/[~/+#]/.test(key)) return key;
  return key.replace(/~/g, '~0').replace(/\//g, '~1').replace(/\+/g, '~2').replace(/#/g, '~3');
}

function unescapeKey(segment: string): string {
  if (!segment.includes('~')) return segment;
  return segment.replace(/~3/g, '#').replace(/~2/g, '+').replace(/~1/g, '/').replace(/~0/g, '~');
}

/** Names repeat from document to document, so each is parsed once. */
const parsed = new Map<string, Name | undefined>();
/** Of the names and their parents that are kept, in characters: names come from anywhere. */
const MAX_KEPT = 4_000_000;
const MAX_KEPT_NAME = 512;
let kept = 0;

/** The parts of a name; undefined for what is not the name of a register. */
export function parseName(name: string): Name | undefined {
  const known = parsed.get(name);
  if (known || parsed.has(name)) return known;
  const parts = partsOf(name);
  if (name.length > MAX_KEPT_NAME) return parts;
  // Each parent is as long as the name, or nearly; the rest of an entry takes as much as 200 characters.
  kept += 200 + name.length * (2 + (parts?.parents.length ?? 0));
  if (kept > MAX_KEPT) {
    parsed.clear();
    kept = 0;
  }
  parsed.set(name, parts);
  return parts;
}

function partsOf(name: string): Name | undefined {
  const mark = name.search(/[+#]/);
  const pointer = mark < 0 ? name : name.slice(0, mark);
  if (!pointer.startsWith('/')) return undefined;
  const segments = pointer.slice(1).split('/');
  const isEmptyObject = mark < 0 && segments.length > 1 && segments.at(-1) === '~';
  if (isEmptyObject) segments.pop();
  if (segments.length > MAX_DEPTH || segments.some((segment) => /~(?![0-3])/.test(segment))) return undefined;

  const path = segments.map(unescapeKey);
  const parents = segments.slice(1).map((_, depth) => `/${segments.slice(0, depth + 1).join('/')}`);
  if (isEmptyObject) return { kind: NameKind.EmptyObject, path, parents };
  if (mark < 0) return { kind: NameKind.Leaf, path, parents };
  const suffix = name.slice(mark + 1);
  if (name[mark] === '#') return /^([0-9a-f]{16})?$/.test(suffix) ? { kind: NameKind.Share, path, parents } : undefined;
  const element = parseElement(suffix);
  return element === undefined ? undefined : { kind: NameKind.Element, path, parents, element };
}

/** The element of a set, if the text is its canonical JSON: an element has one name only. */
function parseElement(text: string): Scalar | undefined {
  try {
    const element = JSON.parse(text) as SyncValue;
    const isScalar = typeof element !== 'object' || element === null;
    return isScalar && canonicalJson(element) === text ? (element as Scalar) : undefined;
  } catch {
    return undefined;
  }
}
