/** What a write builds on, and is never published without (docs/protocol.md, section 4). */
import type { EntryContent } from '../../crdt/entry';
import { isArray } from '../../crdt/json-value';
import { registersOf } from '../../crdt/join';
import { NameKind, parseName } from '../../crdt/register-name';
import type { Register, Registers } from '../../crdt/registers';

/**
 * A write as it is published: with the deletion that it comes after, and with what its shares of counters began at. Were these to stay behind
 * (their slot was refused, and the device is lost), other devices would take the old life for the new one and lose what they counted in it.
 */
export function withPredecessors(write: EntryContent, whole: Registers): EntryContent {
  const { inserted, leaves } = write.registers;
  let deleted = inserted === undefined ? write.registers.deleted : whole.deleted;
  let more: Map<string, Register> | undefined;
  for (const [text, { value }] of leaves) {
    const name = text.includes('#') ? parseName(text) : undefined;
    if (name?.kind !== NameKind.Share || !isArray(value)) continue;
    const since = value[0];
    if (since === whole.deleted) deleted = whole.deleted;
    for (const parent of name.parents) {
      const register = whole.leaves.get(parent);
      if (register && register.stamp === since) (more ??= new Map(leaves)).set(parent, register);
    }
  }
  if (!more && deleted === write.registers.deleted) return write;
  return { ...write, registers: registersOf(inserted, deleted, more ?? leaves) };
}
