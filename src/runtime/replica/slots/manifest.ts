/** The manifest: which slots of a device are live, so that a reader knows what it has not been given (docs/protocol.md, section 2). */
import type { ManifestPayload, SlotName } from '../../contracts/slot';
import { Tier } from '../../contracts/slot';

/** A live slot, and the seq of a version of it that relays have stored. */
export interface LiveSlot extends SlotName {
  readonly seq: number;
}

/** Run-length codes slots: [tier, first index, seqs of consecutive indices...]. */
export function encodeLive(slots: readonly LiveSlot[]): readonly (readonly number[])[] {
  const sorted = [...slots].sort((a, b) => a.tier - b.tier || a.index - b.index);
  const runs: number[][] = [];
  let previous: LiveSlot | undefined;
  for (const slot of sorted) {
    const follows = previous && previous.tier === slot.tier && previous.index + 1 === slot.index;
    if (follows) runs[runs.length - 1]!.push(slot.seq);
    else runs.push([slot.tier, slot.index, slot.seq]);
    previous = slot;
  }
  return runs;
}

/** The slots that a manifest names, with the seq each had at least when it was written. */
export function decodeLive(manifest: ManifestPayload): readonly LiveSlot[] {
  return manifest.live.flatMap(([tier, first, ...seqs]) =>
    tier === Tier.Delta || tier === Tier.Page || tier === Tier.Note
      ? seqs.map((seq, offset) => ({ deviceId: manifest.dev, tier, index: (first ?? 0) + offset, seq }))
      : [],
  );
}
