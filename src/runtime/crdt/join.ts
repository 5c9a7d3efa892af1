/**
 * The join of two states of a document. Each name keeps the greater (stamp, value), so the order, the number
 * and the ways of arrivals do not matter: the join is commutative, associative and idempotent (docs/protocol.md, section 4).
 */
import type { Register, Registers, Stamp } from './registers';
import { laterStamp } from './stamp';
import { compareValues } from './json-value';

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
