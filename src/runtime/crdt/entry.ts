/**
 * A document, or a part of it, as it stands in a slot (docs/protocol.md, sections 2 and 5). Whoever holds the keys may have written anything, by
 * mistake or on purpose, so each part of an entry is judged alone: what is bad is left out and counted, and what stands beside it is kept.
 */
import { isArray, isJson, isPlainObject } from '../core/json';
import type { SyncValue } from '../core/json';
import { isCollectionName, isDocumentId } from './document-key';
import { registersOf } from './join';
import { isHeldApart } from './local-write';
import { NameKind, parseName } from './register-name';
import { isTooLarge, MAX_REGISTER_BYTES } from './register-size';
import type { Entry, Register, Registers, Stamp } from './registers';
import { isStamp } from './stamp';

export interface EntryContent {
  readonly collection: string;
  readonly id: string;
  readonly registers: Registers;
}

export interface ReadEntry {
  /** Undefined if it does not say which document it is of. */
  readonly content: EntryContent | undefined;
  /** Parts that were left out: registers, life stamps, the list of registers, or the entry as a whole. */
  readonly damaged: number;
}

const NO_ENTRY: ReadEntry = { content: undefined, damaged: 1 };

export function entryOf(collection: string, id: string, { inserted, deleted, leaves }: Registers): Entry {
  const written: { [name: string]: readonly [Stamp] | readonly [Stamp, SyncValue] } = {};
  // A name begins with '/', so it is never `__proto__`.
  for (const [name, { stamp, value }] of leaves) written[name] = value === undefined ? [stamp] : [stamp, value];
  if (deleted !== undefined) return [collection, id, written, inserted ?? null, deleted];
  return inserted !== undefined ? [collection, id, written, inserted] : [collection, id, written];
}

/** Reads an entry that `JSON.parse` has made of anything. Never throws. */
export function readEntry(entry: unknown): ReadEntry {
  if (!isArray(entry)) return NO_ENTRY;
  const [collection, id, written, inserted, deleted, ...more] = entry;
  if (!isCollectionName(collection) || !isDocumentId(id)) return NO_ENTRY;
  const leaves = new Map<string, Register>();
  let damaged = more.length > 0 ? 1 : 0;
  if (!isPlainObject(written)) damaged += 1;
  else
    for (const name of Object.keys(written)) {
      // What is held apart never leaves its device.
      const register = isHeldApart(name) ? undefined : readRegister(name, written[name]!);
      if (register) leaves.set(name, register);
      else damaged += 1;
    }
  const readStamp = (stamp: SyncValue | undefined): Stamp | undefined => {
    if (isStamp(stamp)) return stamp;
    if (stamp != null) damaged += 1;
    return undefined;
  };
  const registers = registersOf(readStamp(inserted), readStamp(deleted), leaves);
  return { content: { collection, id, registers }, damaged };
}

/** @param written [stamp] or [stamp, value], or anything else, which is none. */
export function readRegister(name: string, written: SyncValue): Register | undefined {
  if (!isArray(written) || written.length < 1 || written.length > 2 || !isStamp(written[0])) return undefined;
  // Before the name is parsed: it may be as long as the payload.
  if (name.length > MAX_REGISTER_BYTES) return undefined;
  const kind = parseName(name)?.kind;
  const [stamp, value] = written;
  if (kind === undefined || !fits(kind, value) || isTooLarge(name, value)) return undefined;
  return value === undefined ? { stamp } : { stamp, value };
}

/** @param value undefined in a tombstone */
function fits(kind: NameKind, value: SyncValue | undefined): boolean {
  switch (kind) {
    case NameKind.Leaf:
      return value === undefined || isJson(value);
    case NameKind.EmptyObject:
      return value === undefined;
    case NameKind.Element:
      return value === undefined || value === true;
    case NameKind.Share:
      return isShare(value);
    default: {
      const never: never = kind;
      return never;
    }
  }
}

/** [since, sum]; a sum beyond these bounds could not be added to. */
function isShare(value: SyncValue | undefined): boolean {
  if (!isArray(value) || value.length !== 2) return false;
  const [since, sum] = value;
  return (since === null || isStamp(since)) && typeof sum === 'number' && Math.abs(sum) <= Number.MAX_SAFE_INTEGER;
}
