/**
 * Renamed properties. A newer version of the app may call a property by another name; its registers are renamed wherever they come from
 * and keep their stamps, so an edit that an older version makes under the old name still arrives.
 */
import { joinRegisters, registersOf } from './merge';
import type { Register, Registers } from './registers';

/** New JSON pointer of a property by its old one, such as '/titel' to '/title'. The strategy stays the same. */
export interface Renames {
  readonly [oldPath: string]: string;
}

/** Where a document has registers under both names, the greater one of each stays. `registers` itself if nothing is renamed. */
export function renameRegisters(registers: Registers, renames: Renames): Registers {
  const kept = new Map<string, Register>();
  const renamed = new Map<string, Register>();
  for (const [name, register] of registers.leaves) {
    const newName = newNameOf(name, renames);
    (newName === undefined ? kept : renamed).set(newName ?? name, register);
  }
  if (renamed.size === 0) return registers;
  return joinRegisters(registersOf(registers.inserted, registers.deleted, kept), { leaves: renamed });
}

function newNameOf(name: string, renames: Renames): string | undefined {
  for (const [from, to] of Object.entries(renames)) {
    // What follows a property's path in a name: nothing, a property below it, an element of a set or a share of a counter.
    if (name.startsWith(from) && /^([/+#]|$)/.test(name.slice(from.length))) return to + name.slice(from.length);
  }
  return undefined;
}
