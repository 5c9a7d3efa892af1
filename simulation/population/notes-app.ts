/** The app that the population uses: notes of some lines, as most apps' documents are. */
import { fillWithDefaultSettings } from 'rxdb/plugins/core';
import type { RxJsonSchema } from 'rxdb/plugins/core';
import type { SyncDocument } from '../../src/runtime/core/json';
import { compileRules } from '../../src/runtime/crdt/merge-rules';
import type { JsonSchema } from '../../src/runtime/crdt/merge-rules';
import type { App } from '../app/app';
import { schemaOf } from '../collections';
import type { Dice } from '../random';
import { drawLogNormal } from './typical-use';

export const NOTES = 'notes';

const MEDIAN_CHARACTERS = 160;
const MOST_CHARACTERS = 5_000;

const notes = fillWithDefaultSettings(
  schemaOf(
    40,
    {
      title: { type: 'string' },
      body: { type: 'string' },
      tags: { type: 'array', items: { type: 'string' }, 'x-merge': 'set' },
      done: { type: 'boolean' },
      order: { type: 'number' },
    },
    ['title', 'order'],
  ) as unknown as RxJsonSchema<unknown>,
) as object;

export function createNotesApp(): App {
  const schemas = { [NOTES]: notes };
  const rules = { [NOTES]: compileRules(notes as JsonSchema) };
  return {
    schemasOf: { older: schemas, newer: schemas },
    rulesOf: { older: rules, newer: rules },
    ...{ propertiesOf: { older: [], newer: [] }, kinds: new Map(), idLength: 40 },
  };
}

export function drawNote(dice: Dice, id: string, nowMs: number): SyncDocument {
  const characters = Math.min(MOST_CHARACTERS, Math.round(drawLogNormal(dice, MEDIAN_CHARACTERS, 1)));
  return {
    ...{ id, title: drawWords(dice, 30), body: drawWords(dice, characters), order: -nowMs, done: dice.chance(0.3) },
    tags: Array.from({ length: dice.between(0, 2) }, (_, at) => `${dice.pick(WORDS)}-${at}`),
  };
}

/** Some words more, or a mark: what people do most. */
export function changeNote(dice: Dice, note: SyncDocument): SyncDocument {
  if (dice.chance(0.25)) return { ...note, done: note.done !== true };
  return { ...note, body: `${String(note.body)} ${drawWords(dice, 25)}`.slice(-MOST_CHARACTERS) };
}

/** As English words: they deflate to about half, alone. */
const SYLLABLES =
  'a an be con de er ex for in ing ion is ly ment no of on or per pre re st ter the ti to un ver y'.split(' ');
const WORDS = SYLLABLES.flatMap((first) => SYLLABLES.slice(0, 12).map((second) => first + second));

function drawWords(dice: Dice, characters: number): string {
  let text = dice.pick(WORDS);
  while (text.length < characters) text += ` ${dice.pick(WORDS)}`;
  return text;
}
