/** What of a document's registers still has to stand where it stands, given what stands elsewhere (docs/protocol.md, I2). Pure. */
import { compareRegisters, registersOf } from './join';
import type { Register, Registers, Stamp } from './registers';

/**
 * What of `registers` is not superseded by `elsewhere`: by a greater register of the same name or by the deletion that hides it. An equal
 * one counts only where `copies` says so: of two devices' copies of a register at most one may yield.
 */
export function remaining(registers: Registers, elsewhere: Registers, copies: boolean): Registers {
  const { inserted, deleted } = registers;
  const isGone = (own: Stamp | undefined, other: Stamp | undefined) =>
    own === undefined || (other !== undefined && (other > own || (copies && other === own)));
  const leaves = new Map<string, Register>();
  for (const [name, register] of registers.leaves) {
    if (elsewhere.deleted !== undefined && elsewhere.deleted >= register.stamp) continue;
    const other = elsewhere.leaves.get(name);
    const order = other ? compareRegisters(other, register) : -1;
    if (order > 0 || (copies && order === 0)) continue;
    leaves.set(name, register);
  }
  return registersOf(
    isGone(inserted, elsewhere.inserted) ? undefined : inserted,
    isGone(deleted, elsewhere.deleted) ? undefined : deleted,
    leaves,
  );
}

/** The registers that both have, the very same. */
export function intersect(registers: Registers, current: Registers): Registers {
  const leaves = new Map<string, Register>();
  for (const [name, register] of registers.leaves) {
    const winner = current.leaves.get(name);
    if (winner && compareRegisters(winner, register) === 0) leaves.set(name, register);
  }
  return registersOf(
    registers.inserted === current.inserted ? current.inserted : undefined,
    registers.deleted === current.deleted ? current.deleted : undefined,
    leaves,
  );
}
