/** The numbers of the replica, as they come from config.json. */
export interface ReplicaSettings {
  /** Relays that must hold a version before its entries are durable: min(2, relays configured). */
  readonly durableOn: number;
  /** Padded size of a full page, at most 32,768. */
  readonly pageBytes: number;
  /** Maintenance starts when nothing was flushed for so long. */
  readonly idleMs: number;
  readonly manifestIntervalMs: number;
  /** What another device wrote and no relay holds any more is adopted when it is still missing after so long. */
  readonly adoptAfterMs: number;
  readonly auditIntervalMs: number;
  /** Between two audits that something gives rise to. */
  readonly auditGapMs: number;
  readonly shortestFlushMs: number;
}
