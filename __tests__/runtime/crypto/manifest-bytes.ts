/** Manifests and notes at random, and what becomes of their bytes. */
import type { Dice } from '../../../simulation/random';
import type { ManifestFields, Note } from '../../../src/runtime/contracts/slot';
import type { SyncObject, SyncValue } from '../../../src/runtime/core/json';

/** A whole number below `end`. */
const below = (dice: Dice, end: number): number => dice.between(0, end - 1);
const times = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, i) => make(i));

const CHARACTERS = ['a', 'Z', '0', ' ', 'ü', '界', '\u{1f4bb}', '"', '\\', '/', '~'];
const textOf = (dice: Dice, most: number): string => times(below(dice, most), () => dice.pick(CHARACTERS)).join('');

function jsonOf(dice: Dice, depth: number): SyncValue {
  const kind = below(dice, depth > 0 ? 6 : 4);
  if (kind === 0) return null;
  if (kind === 1) return below(dice, 2) === 0;
  if (kind === 2) return below(dice, 1_000) / 8;
  if (kind === 3) return textOf(dice, 12);
  return kind === 4 ? times(below(dice, 4), () => jsonOf(dice, depth - 1)) : objectOf(dice, depth - 1);
}

const objectOf = (dice: Dice, depth: number): SyncObject =>
  Object.fromEntries(
    times(below(dice, 4), (i) => [dice.pick(['__proto__', 'constructor', `k${i}`, '']), jsonOf(dice, depth)]),
  );

export function randomManifest(dice: Dice): ManifestFields {
  return {
    live: times(below(dice, 5), () => [
      ...[dice.pick([0, 1, 3]), dice.pick([0, 7, 4_000_000_000])],
      ...times(1 + below(dice, 6), () => dice.pick([0, 1, 300, Number.MAX_SAFE_INTEGER])),
    ]),
    seen: Object.fromEntries(times(below(dice, 5), () => [dice.hex(32), below(dice, 1_000)])),
    relays: times(below(dice, 9), (i) => `wss://relay-${i}.example${dice.pick(['', '/nostr', ':7777', '/?a=b'])}`),
    day: dice.pick([undefined, 0, 20_759, 100_000_000]),
    label: textOf(dice, 41).trim(),
    kit: dice.pick(['', '0.1.0', '10.20.30-beta.1+build']),
    schema: dice.pick(['', dice.hex(16)]),
    ext: objectOf(dice, 3),
  };
}

export const randomNote = (dice: Dice): Note => ({
  type: dice.pick(['moved', 'deleted', 'a-later-type', '']),
  at: dice.pick([0, 1_793_600_000_123, Number.MAX_SAFE_INTEGER]),
  data: objectOf(dice, 3),
});

/** Texts that parse to what no field expects. */
const STRANGE = [
  '1e999',
  '-1',
  '0.5',
  'null',
  '[]',
  '{}',
  '"x"',
  '[[[]]]',
  '9007199254740993',
  '{"__proto__":1}',
  '"\\ud800"',
];

/** JSON with a few of its bytes, or a token of it, replaced. */
export function mutate(text: string, dice: Dice): Buffer {
  if (below(dice, 2) === 0) {
    const token = dice.pick([...text.matchAll(/"(?:[^"\\]|\\.)*"|\d+/g)]);
    return Buffer.from(text.slice(0, token.index) + dice.pick(STRANGE) + text.slice(token.index! + token[0].length));
  }
  const bytes = Buffer.from(text);
  for (let count = 1 + below(dice, 3); count > 0; count--) bytes[below(dice, bytes.length)] = below(dice, 256);
  return bytes;
}

/** As `inflatePayload` parses, which refuses what is no JSON. */
export function parseOrNothing(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}
