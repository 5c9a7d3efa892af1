/**
 * Reads a note, as tolerantly as a manifest: what is missing or bad is empty, alone. A note whose type this version does not know is a slot as any other,
 * to be kept and repaired for those who know it.
 */
import type { Note } from '../contracts/slot';
import { isCount, readObject } from './json-fields';
import type { Fields } from './json-fields';

const MAX_DATA_BYTES = 4_096;

export function readNote({ type, at, data }: Fields): Note {
  return {
    type: typeof type === 'string' && /^[a-z-]{1,32}$/.test(type) ? type : '',
    at: isCount(at) ? at : 0,
    data: readObject(data, MAX_DATA_BYTES),
  };
}
