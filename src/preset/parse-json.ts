/** JSON with the place of a mistake. Node tells the place of some mistakes only, and as a number of characters. */

export interface Place {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a text that should be JSON, and where. */
export class JsonMistake extends Error {
  constructor(
    reason: string,
    readonly place: Place,
  ) {
    super(reason);
    this.name = 'JsonMistake';
  }
}

/** @throws JsonMistake */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new JsonMistake((error as Error).message, placeAt(text, offsetOfMistake(text)));
  }
}

export function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

const scalar =
  /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const key = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y;
const space = /[ \t\r\n]*/y;

/** How far a text is JSON (RFC 8259). */
function offsetOfMistake(text: string): number {
  let at = 0;
  const accept = (pattern: RegExp | string): boolean => {
    space.lastIndex = at;
    space.exec(text);
    at = space.lastIndex;
    if (typeof pattern === 'string') {
      const isHere = text.startsWith(pattern, at);
      if (isHere) at += pattern.length;
      return isHere;
    }
    pattern.lastIndex = at;
    const isHere = pattern.test(text);
    if (isHere) at = pattern.lastIndex;
    return isHere;
  };
  // Each returns whether all was well up to its end.
  const readValue = (): boolean => {
    if (accept('{')) return readList(readMember, '}');
    if (accept('[')) return readList(readValue, ']');
    return accept(scalar);
  };
  const readMember = (): boolean => accept(key) && accept(':') && readValue();
  const readList = (readItem: () => boolean, end: string): boolean => {
    if (accept(end)) return true;
    do {
      if (!readItem()) return false;
    } while (accept(','));
    return accept(end);
  };
  readValue();
  accept('');
  return at;
}
