/**
 * The join of two states of a document, and its form on the wire. Each name keeps the greater (stamp, value), so the order, the number
 * and the ways of arrivals do not matter: the join is commutative, associative and idempotent (docs/protocol.md, section 4).
 */
import { NameKind, parseName } from './register-name';
import type { Entry, Register, Registers, Stamp } from './registers';
import { isStamp, laterStamp } from './stamp';
import { compareValues, isArray, isPlainObject, MAX_DEPTH } from './json-value';
import type { SyncValue } from '../core/json';

export { authorOf, greatestStamp, msOf } from './stamp';

export const NO_REGISTERS: Registers = { leaves: new Map() };

/** Order of two registers of one name: by stamp, then by value, a tombstone below all values. */
export function compareRegisters(a: Register, b: Register): number {
  if (a.stamp !== b.stamp) return a.stamp < b.stamp ? -1 : 1;
  return compareValues(a.value, b.value);
}

/** The least state that holds both. It is `a` itself (the same reference) if `b` adds nothing to it. */
export function joinRegisters(a: Registers, b: Registers): Registers {
  if (a === b) return a;
  if (isEmpty(a) && !isEmpty(b)) return b;
  let leaves: Map<string, Register> | undefined;
  for (const [name, register] of b.leaves) {
    const known = a.leaves.get(name);
    if (known && compareRegisters(known, register) >= 0) continue;
    leaves ??= new Map(a.leaves);
    leaves.set(name, register);
  }
  const inserted = laterStamp(a.inserted, b.inserted);
  const deleted = laterStamp(a.deleted, b.deleted);
  if (!leaves && inserted === a.inserted && deleted === a.deleted) return a;
  return registersOf(inserted, deleted, leaves ?? a.leaves);
}

/** Builds registers without keys for absent stamps. */
export function registersOf(
  inserted: Stamp | undefined,
  deleted: Stamp | undefined,
  leaves: ReadonlyMap<string, Register>,
): Registers {
  if (inserted === undefined) return deleted === undefined ? { leaves } : { deleted, leaves };
  return deleted === undefined ? { inserted, leaves } : { inserted, deleted, leaves };
}

/** A document is alive if its last insert is above its last deletion. */
export function isAlive({ inserted, deleted }: Registers): boolean {
  return inserted !== undefined && (deleted === undefined || inserted > deleted);
}

/**
 * Whether `over` makes `under` superfluous: each of its registers is there, or a greater one of its name, or a deletion that hides it.
 * What is superfluous may be dropped from a slot under docs/protocol.md, I2.
 */
export function dominates(over: Registers, under: Registers): boolean {
  if (laterStamp(over.inserted, under.inserted) !== over.inserted) return false;
  if (laterStamp(over.deleted, under.deleted) !== over.deleted) return false;
  for (const [name, register] of under.leaves) {
    if (over.deleted !== undefined && over.deleted >= register.stamp) continue;
    const known = over.leaves.get(name);
    if (!known || compareRegisters(known, register) < 0) return false;
  }
  return true;
}

/** The part of a document whose stamps satisfy `keep`, such as what one device wrote. The same reference if that is all. */
export function registersWhere(registers: Registers, keep: (stamp: Stamp) => boolean): Registers {
  const { inserted, deleted, leaves } = registers;
  const keptLeaves = new Map<string, Register>();
  for (const [name, register] of leaves) if (keep(register.stamp)) keptLeaves.set(name, register);
  const keptInserted = inserted !== undefined && keep(inserted) ? inserted : undefined;
  const keptDeleted = deleted !== undefined && keep(deleted) ? deleted : undefined;
  const isAll = keptLeaves.size === leaves.size && keptInserted === inserted && keptDeleted === deleted;
  return isAll ? registers : registersOf(keptInserted, keptDeleted, keptLeaves);
}

/**
 * Without the leaves that the deletion hides for ever, on every device. They may be dropped at any time; they are kept for 30 days
 * (`msOf(registers.deleted)`) so that a deletion can be undone. The two life stamps are kept for ever.
 */
export function registersAfterDeletion(registers: Registers): Registers {
  const { inserted, deleted, leaves } = registers;
  if (deleted === undefined) return registers;
  const kept = new Map<string, Register>();
  for (const [name, register] of leaves) if (register.stamp > deleted) kept.set(name, register);
  return kept.size === leaves.size ? registers : registersOf(inserted, deleted, kept);
}

/** Whether there is nothing in it, as in a part that `registersWhere` has taken. */
export function isEmpty({ inserted, deleted, leaves }: Registers): boolean {
  return leaves.size === 0 && inserted === undefined && deleted === undefined;
}

/** A document, or a part of it, as it stands in a slot. */
export function entryOf(collection: string, id: string, { inserted, deleted, leaves }: Registers): Entry {
  const written: { [name: string]: readonly [Stamp] | readonly [Stamp, SyncValue] } = {};
  // A name begins with '/', so it is never `__proto__`.
  for (const [name, { stamp, value }] of leaves) written[name] = value === undefined ? [stamp] : [stamp, value];
  if (deleted !== undefined) return [collection, id, written, inserted ?? null, deleted];
  return inserted !== undefined ? [collection, id, written, inserted] : [collection, id, written];
}

/**
 * Reads an entry from anywhere. Never throws; undefined means that this is no entry of this version of the protocol.
 * Every register in it is checked: its name, its stamp, and that its value is JSON and of the kind that its name says.
 */
export function readEntry(
  entry: unknown,
): { readonly collection: string; readonly id: string; readonly registers: Registers } | undefined {
  if (!isArray(entry) || entry.length < 3 || entry.length > 5) return undefined;
  const [collection, id, written, inserted, deleted] = entry;
  if (typeof collection !== 'string' || collection === '' || typeof id !== 'string' || id === '') return undefined;
  if (!isPlainObject(written) || !isOptionalStamp(inserted) || !isOptionalStamp(deleted)) return undefined;
  const leaves = new Map<string, Register>();
  for (const name of Object.keys(written)) {
    const register = readRegister(name, written[name]!);
    if (!register) return undefined;
    leaves.set(name, register);
  }
  return { collection, id, registers: registersOf(inserted ?? undefined, deleted ?? undefined, leaves) };
}

const isOptionalStamp = (value: SyncValue | undefined): value is Stamp | null | undefined =>
  value == null || isStamp(value);

function readRegister(name: string, written: SyncValue): Register | undefined {
  if (!isArray(written) || written.length < 1 || written.length > 2 || !isStamp(written[0])) return undefined;
  const stamp = written[0];
  const value = written[1];
  const kind = parseName(name)?.kind;
  if (kind === undefined) return undefined;
  if (written.length === 1) return kind === NameKind.Share ? undefined : { stamp };
  return fits(kind, value) ? { stamp, value: value as SyncValue } : undefined;
}

function fits(kind: NameKind, value: SyncValue | undefined): boolean {
  switch (kind) {
    case NameKind.Leaf:
      return isJson(value, 0);
    case NameKind.EmptyObject:
      return false;
    case NameKind.Element:
      return value === true;
    case NameKind.Share:
      return (
        isArray(value) && value.length === 2 && (value[0] === null || isStamp(value[0])) && Number.isFinite(value[1])
      );
    default: {
      const never: never = kind;
      return never;
    }
  }
}

/** JSON.parse makes no other objects, but it makes an infinity of 1e999, and any depth. */
function isJson(value: unknown, depth: number): value is SyncValue {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (depth >= MAX_DEPTH) return false;
  if (isArray(value)) return value.every((item) => isJson(item, depth + 1));
  return isPlainObject(value) && Object.keys(value).every((key) => isJson(value[key], depth + 1));
}
