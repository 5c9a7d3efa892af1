/**
 * Names, ids and texts that software tends to break on, and that documents may have all the same. What a write refuses is in `refusals.ts`.
 * A lone surrogate and a zero byte are allowed in all of them (docs/protocol.md, section 4).
 */
import type { Dice } from '../random';

/** Of properties that a schema names, at any depth: those that the local database takes (`checkDefinitions`). */
export const PROPERTY_NAMES: readonly string[] = [
  ...['constructor', 'toString', 'hasOwnProperty', 'then', 'length', 'default', 'properties', 'type', 'required'],
  ...[
    '1',
    '-1',
    '007',
    '1e3',
    'null',
    'a/b',
    '/',
    '~',
    '~1',
    '~2',
    'a+b',
    '+',
    '#',
    'visits#0123456789abcdef',
    'tags+"a"',
  ],
  ...[
    ' ',
    'two words',
    'größe',
    'é',
    'e\u0301',
    '名前',
    '\u{1f600}',
    '\u202eright to left',
    'quote"',
    "it's",
    'back\\slash',
  ],
  ...['a\u0000b', '\ud800', '\u2028', '<b>', '[0]', '{}', 'a__b', 'long '.repeat(20) + 'name'],
];

/** Of properties that only documents know: also what a schema may not name. */
export const KEYS: readonly string[] = [
  ...[
    'a',
    'b',
    'theme',
    'font/size',
    'constructor',
    'valueOf',
    'toJSON',
    '0',
    '1',
    '',
    ' ',
    '.',
    'a.b',
    '$set',
    'x_',
    'x$',
    '_id',
  ],
  ...[
    '~',
    '~0',
    '/',
    '//',
    '+',
    '#',
    '"',
    '\\',
    '\u0000',
    '\udc00',
    '\ufeff',
    'e\u0301',
    'é',
    '\u{1f469}\u200d\u{1f680}',
    'عربي',
  ],
  ...['k'.repeat(80)],
];

/** Parts of texts. */
const TEXTS: readonly string[] = [
  ...[
    '',
    ' ',
    '0',
    '-0',
    'null',
    'undefined',
    'NaN',
    'true',
    '[]',
    '{}',
    '{"a":[1,"b"]}',
    '"',
    "'",
    '\\',
    '\\u0000',
    '__proto__',
  ],
  ...[
    '\u0000',
    'a\u0000b',
    '\ud800',
    '\udfff\ud800',
    '\ufeff',
    '\uffff',
    '\u2028\u2029',
    '\r\n\t',
    '%s %d',
    '${x}',
    '<!--',
    '&amp;',
  ],
  ...[
    'עברית',
    '\u202eright to left',
    'Z\u0351\u036b\u0343a\u0300\u0301',
    'e\u0301',
    'é',
    'ﬁ',
    'İi',
    'ß',
    '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  ],
  ...['\u{10ffff}', '\ue000', '\u{1f600}\u{1f600}', '1e999', "'; DROP TABLE things; --"],
];

/** The smallest `maxLength` of an id, in code points. */
export const SHORT_ID = 40;

const IDS: readonly string[] = [
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'null',
    'undefined',
    'NaN',
    'true',
    '0',
    '1',
    '01',
    '-0',
    '1e3',
    '1.0',
  ],
  ...[
    'a/b',
    '../..',
    '/',
    ' ',
    '  ',
    '\t',
    '\n',
    '#',
    '+',
    '~',
    '~0',
    '%00',
    '?',
    '"',
    "'",
    '\\',
    '.',
    '$',
    '_local',
    '_design/x',
    '|',
  ],
  ...[
    '{}',
    '[]',
    '["things","d1"]',
    '<b>',
    'é',
    'e\u0301',
    'É',
    'ß',
    'İ',
    '日本',
    'עברית',
    '\u202eabc',
    '\u{1f600}',
    '\u{1f469}\u200d\u{1f680}',
  ],
  ...['\u0000', 'a\u0000b', 'things\u0000d1', '\ud800', '\udc00\ud800', '\ufeff', '\uffff', '\u{10ffff}', '\ue000'],
  ...['x'.repeat(SHORT_ID), '\u{1f600}'.repeat(SHORT_ID), '\u0000'.repeat(SHORT_ID)],
];

/** The longest id that an entry may have, in bytes (docs/protocol.md, section 4). */
const ID_BYTES = 1_024;

/**
 * Different ones, about half of them such as an app would make.
 * @param length the longest, in code points.
 */
export function drawIds(dice: Dice, count: number, length: number): readonly string[] {
  const longest = 'l'.repeat(Math.min(length, ID_BYTES));
  const ids = new Set<string>();
  while (ids.size < count)
    ids.add(dice.chance(0.5) ? `d${dice.between(1, 99)}` : dice.chance(0.04) ? longest : dice.pick(IDS));
  return [...ids];
}

/** Different names of a pool. */
export function drawNames(dice: Dice, names: readonly string[], count: number): readonly string[] {
  const drawn = new Set<string>();
  while (drawn.size < Math.min(count, names.length)) drawn.add(dice.pick(names));
  return [...drawn];
}

/** @param mostBytes about as many as its JSON may take. */
export function drawText(dice: Dice, mostBytes: number): string {
  const x = dice.next();
  if (x < 0.5) return dice.hex(dice.between(1, Math.min(40, mostBytes)));
  // A character of a text takes up to six bytes of JSON.
  const units = Math.floor(mostBytes / 6);
  const part = dice.pick(TEXTS);
  if (x > 0.98) return part.repeat(units / Math.max(1, part.length));
  return cut(part + (dice.chance(0.5) ? dice.pick(TEXTS) : dice.hex(2)), Math.max(1, units));
}

/** To so many code points. */
export const cut = (text: string, length: number): string =>
  text.length <= length ? text : [...text].slice(0, length).join('');
