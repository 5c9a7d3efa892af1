/** Takes out of a JSON file what an earlier edit has put into it, and leaves what somebody has written since, and the order of it. */
import { isObject } from '../discover/package-json';
import { parseJson, removeJson, setJson, type Json } from '../edit/json';

export interface EditedTexts {
  /** The file as it is. */
  readonly present: string;
  /** As the edit left it. */
  readonly written: string;
  /** As it was before the edit. */
  readonly original: string;
}

export interface TakenOut {
  readonly text: string;
  /** Entries (`scripts.start`) that somebody has changed since, so that what they were before cannot be told; they stay. */
  readonly left: readonly string[];
}

export interface TakeOutOptions {
  /** True for an entry that stays although the edit has made it. */
  readonly keeps?: (keys: readonly string[]) => boolean;
  /** True for an added entry that goes whatever it says by now. */
  readonly goesAnyway?: (keys: readonly string[]) => boolean;
}

/** @throws KitError JSON_INVALID, JSON_SHAPE */
export function takeOutJson(
  file: string,
  { present, written, original }: EditedTexts,
  { keeps = () => false, goesAnyway = () => false }: TakeOutOptions = {},
): TakenOut {
  const left: string[] = [];
  let text = present;

  const takeOut = (keys: readonly string[], after: Json | undefined, before: Json | undefined): void => {
    if (JSON.stringify(after) === JSON.stringify(before) || keeps(keys)) return;
    const now = valueAt(parseJson(file, text), keys);
    if (now === undefined) {
      if (after === undefined && before !== undefined) text = setJson(file, text, keys, before);
      return;
    }
    if (isObject(after) && isObject(now) && (before === undefined || isObject(before))) {
      const names = new Set([...Object.keys(after), ...Object.keys(before ?? {})]);
      for (const name of names) takeOut([...keys, name], after[name], before?.[name]);
      // An object that the edit has made for its entries goes with the last of them.
      const rest = valueAt(parseJson(file, text), keys);
      if (before === undefined && isObject(rest) && Object.keys(rest).length === 0) text = removeJson(file, text, keys);
      return;
    }
    const isAsWritten = JSON.stringify(now) === JSON.stringify(after);
    if (before === undefined && (isAsWritten || goesAnyway(keys))) text = removeJson(file, text, keys);
    else if (before !== undefined && isAsWritten) text = setJson(file, text, keys, before);
    else if (JSON.stringify(now) !== JSON.stringify(before)) {
      const merged = withoutEdit(after, now, before);
      if (merged === null) left.push(keys.join('.'));
      else text = setJson(file, text, keys, merged);
    }
  };
  takeOut([], parseJson(file, written), parseJson(file, original));
  return { text, left };
}

/** What is left of a value without the edit; `null` where that cannot be told. */
function withoutEdit(after: Json | undefined, now: Json, before: Json | undefined): Json | null {
  if (Array.isArray(after) && Array.isArray(now)) {
    const was = new Set((Array.isArray(before) ? before : []).map((item) => JSON.stringify(item)));
    const added = new Set(after.map((item) => JSON.stringify(item)).filter((item) => !was.has(item)));
    return now.filter((item) => !added.has(JSON.stringify(item)));
  }
  if (typeof after !== 'string' || typeof now !== 'string' || typeof before !== 'string') return null;
  return withoutEditedWords(after.split(' '), now.split(' '), before.split(' '));
}

/** `CI=1 react-scripts build`, where `craco build` was `react-scripts build` and is `CI=1 craco build` now. */
function withoutEditedWords(
  after: readonly string[],
  now: readonly string[],
  before: readonly string[],
): string | null {
  const shortest = Math.min(after.length, before.length);
  const differs = (index: number) => after[index] !== before[index];
  const differsFromEnd = (index: number) => after.at(-1 - index) !== before.at(-1 - index);
  const indexes = [...Array(shortest).keys()];
  const same = indexes.find(differs) ?? shortest;
  const sameAtEnd = Math.min(indexes.find(differsFromEnd) ?? shortest, shortest - same);
  const edited = after.slice(same, after.length - sameAtEnd);
  const places = [...now.keys()].filter((place) => edited.every((word, index) => now[place + index] === word));
  const [place] = places;
  if (edited.length === 0 || place === undefined || places.length > 1) return null;
  const was = before.slice(same, before.length - sameAtEnd);
  return [...now.slice(0, place), ...was, ...now.slice(place + edited.length)].join(' ');
}

function valueAt(value: Json, keys: readonly string[]): Json | undefined {
  return keys.reduce<Json | undefined>(
    (inner, key) => (isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined),
    value,
  );
}
