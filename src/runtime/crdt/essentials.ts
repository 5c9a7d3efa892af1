/**
 * What travels with `inserted` (docs/protocol.md, section 4): of each property that the schema requires and that has no default, a register that shows it. So a
 * document is complete wherever it is alive, in whatever order its entries arrive.
 */
import { isAlive, registersAfterDeletion } from './join';
import type { MergeRules } from './merge-rules';
import { leafName, NameKind, parseName } from './register-name';
import type { Registers } from './registers';

/** The names of those registers, as far as the document has them; none for a document, or a part of one, that is not alive. */
export function essentialsOf(registers: Registers, { required }: MergeRules): readonly string[] {
  if (!isAlive(registers)) return [];
  const { leaves } = registersAfterDeletion(registers);
  return required.flatMap((property) => {
    const name = leafName('', property);
    if (leaves.get(name)?.value !== undefined) return [name];
    // Whatever is written below an object makes it one, but for a share of a counter, which may be of an earlier life; the latest is the one that nothing has removed.
    let latest: string | undefined;
    for (const [below, { stamp }] of leaves) {
      if (!below.startsWith(`${name}/`)) continue;
      const parts = parseName(below);
      if (parts?.path[0] !== property || parts.kind === NameKind.Share) continue;
      if (latest === undefined || stamp > leaves.get(latest)!.stamp) latest = below;
    }
    return latest ?? [];
  });
}
