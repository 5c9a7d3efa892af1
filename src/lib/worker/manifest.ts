/** The manifest: which slots of a device are live, so that a reader knows what it has not been given (docs/protocol.md, section 2). */
import type { ManifestPayload, SlotName, SlotVersion } from './ports';
import { Tier } from './ports';

/** Run-length codes slots: [tier, first index, seqs of consecutive indices...]. */
export function encodeLive(versions: readonly SlotVersion[]): readonly (readonly number[])[] {
  const sorted = [...versions].sort((a, b) => a.tier - b.tier || a.index - b.index);
  const runs: number[][] = [];
  let previous: SlotVersion | undefined;
  for (const version of sorted) {
    const follows = previous && previous.tier === version.tier && previous.index + 1 === version.index;
    if (follows) runs[runs.length - 1]!.push(version.seq);
    else runs.push([version.tier, version.index, version.seq]);
    previous = version;
  }
  return runs;
}

/** The slots that a manifest names, with the seq each had at least when it was written. */
export function decodeLive(manifest: ManifestPayload): readonly (SlotName & { readonly seq: number })[] {
  return manifest.live.flatMap(([tier, first, ...seqs]) =>
    tier === Tier.Delta || tier === Tier.Page
      ? seqs.map((seq, offset) => ({ deviceId: manifest.dev, tier, index: (first ?? 0) + offset, seq }))
      : [],
  );
}
