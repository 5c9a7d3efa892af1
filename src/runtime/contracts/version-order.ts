/**
 * Which of two versions of one slot is newer: they compare by (created_at, then nonce), as docs/protocol.md, section 2, says.
 *
 * The nonce only decides between two versions of one second. A device never makes two of those for one address, but two clones of an
 * installation may, and every device must then pick the same one. It is not the rule by which relays choose: of two events of one second NIP-01
 * keeps the one with the lower id, and what a relay holds is what a read of it shows, whatever this order says.
 */
export interface OrderedVersion {
  /** Seconds since the epoch. */
  readonly createdAt: number;
  /**
   * 24 lower-case hex digits. Undefined for an event whose signature is valid but which this build cannot open: it counts as the newest of its
   * second, because such an event is kept and never overwritten.
   */
  readonly nonce: string | undefined;
}

/** Above every nonce, since no hex digit is. */
const UNKNOWN_NONCE = '~';

/** Negative if `a` is the older one, positive if it is the newer one, 0 if they are the same. Both must be of one address. */
export function compareVersions(a: OrderedVersion, b: OrderedVersion): number {
  if (a.createdAt !== b.createdAt) return a.createdAt - b.createdAt;
  const [ofA, ofB] = [a.nonce ?? UNKNOWN_NONCE, b.nonce ?? UNKNOWN_NONCE];
  if (ofA === ofB) return 0;
  return ofA < ofB ? -1 : 1;
}

export function isNewer(version: OrderedVersion, than: OrderedVersion): boolean {
  return compareVersions(version, than) > 0;
}

/** Whether both are the same version; not, if there is none to compare with. */
export function isSame(a: OrderedVersion | undefined, b: OrderedVersion): boolean {
  return a !== undefined && compareVersions(a, b) === 0;
}
