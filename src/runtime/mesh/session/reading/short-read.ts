/**
 * What a new device asks a relay for when another one has been read in full (docs/protocol.md, section 5): what devices may have written and not named in
 * their manifests yet, and what manifests name and no relay has shown.
 */
import type { ReadingConfig } from '../../../core/config';
import type { Manifest } from '../../event-intake';

/** Seconds since the epoch, both included. */
export interface Span {
  readonly since?: number;
  readonly until?: number;
}

/** A relay is asked for so many spans at most; what an older manifest does not name is left to the comparison at rest. */
const MAX_SPANS = 8;

/**
 * When the devices of these manifests may have written what they do not name, the latest first. The latest span has no end: it has also what devices have
 * written that are not known yet. None without a manifest.
 */
export function unnamedSpans(
  manifests: Iterable<Manifest>,
  { unnamedBeforeMs, unnamedAfterMs }: Pick<ReadingConfig, 'unnamedBeforeMs' | 'unnamedAfterMs'>,
): readonly Span[] {
  const written = [...manifests].map(({ version }) => version.createdAt).sort((a, b) => b - a);
  const spans: { since: number; until?: number }[] = [];
  for (const createdAt of written) {
    const since = Math.max(0, createdAt - Math.ceil(unnamedBeforeMs / 1000));
    const until = createdAt + Math.ceil(unnamedAfterMs / 1000);
    const later = spans.at(-1);
    if (!later) spans.push({ since });
    else if (until >= later.since) later.since = since;
    else if (spans.push({ since, until }) === MAX_SPANS) break;
  }
  return spans;
}
