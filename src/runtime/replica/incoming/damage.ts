/**
 * Damage: parts of what the devices have written that no build can read, such as a register without a stamp. They were left out where they were
 * read (`readContent`); how many there are is in the status, for as long as the newest version of their slot has them.
 */
import type { SlotVersion } from '../../contracts/slot';
import { isNewer } from '../../contracts/version-order';

export type Damage = ReturnType<typeof createDamage>;

export function createDamage() {
  const slotsByAddress = new Map<string, { readonly version: SlotVersion; readonly parts: number }>();

  return {
    /** Parts, of all slots together. */
    get parts(): number {
      let sum = 0;
      for (const { parts } of slotsByAddress.values()) sum += parts;
      return sum;
    },
    /** This version of a slot was read, or written, and so many parts of it are damaged. */
    note(version: SlotVersion, parts: number): void {
      const known = slotsByAddress.get(version.d);
      if (!known || !isNewer(known.version, version)) slotsByAddress.set(version.d, { version, parts });
    },
  };
}
