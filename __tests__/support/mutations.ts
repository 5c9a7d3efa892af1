/** Mutations of texts and bytes: what a defective device, or one on purpose, may have written. The same seed gives the same ones. */
import { seededRandom } from './owned-clock';

export interface Mutator {
  /** A whole number below `limit`. */
  below(limit: number): number;
  pick<Item>(items: readonly Item[]): Item;
  /** The text with one to three mutations; mostly no JSON any more. */
  text(json: string): string;
  /** JSON with the value at a random place replaced, or a name of it changed: still JSON. */
  json(json: string): string;
  bytes(bytes: Uint8Array): Uint8Array;
}

const NUMBERS = ['1e999', '-1e999', '-0', '1e-999', '9007199254740993', '-1', '0.5', '4294967296', '1e300'];
const NAMES = ['__proto__', 'constructor', '/__proto__', '', '/', '/~', '/~9', '/a/~', '/a+1', '/a#', 'length', '/a'];
const VALUES = [
  'null',
  '{}',
  '[]',
  '""',
  'true',
  '[[]]',
  '{"__proto__":{}}',
  '[null,1]',
  '"\\ud800"',
  '"\\u0000"',
  ...NUMBERS,
];
const LARGE = 30_000;

interface Token {
  readonly at: number;
  readonly text: string;
}
const token = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|\[\]|\{\}/g;
const knownTokens = new Map<string, readonly Token[]>();

/** The same few texts are mutated again and again. */
function tokensOf(text: string): readonly Token[] {
  let tokens = knownTokens.get(text);
  if (!tokens) {
    token.lastIndex = 0;
    tokens = [...text.matchAll(token)].map((found) => ({ at: found.index, text: found[0] }));
    if (knownTokens.size === 10_000) knownTokens.clear();
    knownTokens.set(text, tokens);
  }
  return tokens;
}

export function createMutator(seed: number): Mutator {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)]!;

  /** What seldom comes, because it takes time: depth and size without end. */
  function huge(): string {
    const count = pick([101, 1_000, LARGE]);
    return pick([
      () => '['.repeat(count) + ']'.repeat(count),
      () => `${'{"a":'.repeat(count)}1${'}'.repeat(count)}`,
      () => `[${'0,'.repeat(count)}0]`,
      () => `"${'x'.repeat(count)}"`,
      () => '['.repeat(count),
      () => '9'.repeat(count),
    ])();
  }

  const value = () => (below(200) === 0 ? huge() : pick(VALUES));
  const name = () => JSON.stringify(below(500) === 0 ? `/${'x'.repeat(LARGE)}` : pick(NAMES));

  function textOnce(text: string): string {
    const at = below(text.length + 1);
    const end = Math.min(text.length, at + below(12));
    switch (below(7)) {
      case 0:
        return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << below(7))) + text.slice(at + 1);
      case 1:
        return text.slice(0, at) + text.slice(end);
      case 2:
        return text.slice(0, end) + text.slice(at, end) + text.slice(end);
      case 3:
        return (
          text.slice(0, at) + pick(['[', ']', '{', '}', ',', ':', '"', '\\', '\u0000', '\ud800', '😀']) + text.slice(at)
        );
      case 4:
        return text.slice(0, at) + value() + text.slice(end);
      case 5:
        return text.slice(0, at);
      default: {
        const [one, other] = [tokenNear(text), tokenNear(text)];
        return one && other ? replaced(text, one, other.text) : text;
      }
    }
  }

  /** A token near a random place; in a text that is no JSON, or from the middle of a string, it may be none. */
  function tokenNear(text: string): Token | undefined {
    token.lastIndex = below(text.length + 1);
    const found = token.exec(text);
    return found ? { at: found.index, text: found[0] } : undefined;
  }

  function replaced(text: string, { at, text: old }: Token, another: string): string {
    const [before, after] = [text.slice(0, at), text.slice(at + old.length)];
    if (/^\s*:/.test(after)) return before + name() + after;
    return before + pick([value, value, name, () => another])() + after;
  }

  function jsonOnce(text: string): string {
    const tokens = tokensOf(text);
    return tokens.length === 0 ? text : replaced(text, pick(tokens), pick(tokens).text);
  }

  return {
    below,
    pick,
    text(json) {
      let text = json;
      for (let times = 1 + below(3); times > 0; times -= 1) text = textOnce(text);
      return text;
    },
    json: jsonOnce,
    bytes(bytes) {
      let mutated = Uint8Array.from(bytes);
      for (let times = 1 + below(3); times > 0; times -= 1) {
        const at = below(mutated.length);
        switch (below(4)) {
          case 0:
            mutated = mutated.slice(0, at);
            break;
          case 1:
            mutated = Uint8Array.of(...mutated.subarray(0, at), below(256), ...mutated.subarray(at));
            break;
          default:
            mutated[at] = (mutated[at] ?? 0) ^ (1 << below(8));
        }
      }
      return mutated;
    },
  };
}

/** What the text is as JSON; undefined if it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
