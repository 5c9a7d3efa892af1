/** The numbers of the replica: those of config.json, and what follows from its relays. */
import type { ReplicaConfig, SyncConfig } from './config';

export interface ReplicaSettings extends ReplicaConfig {
  /** Relays that must hold a version before its entries are durable: min(2, relays configured). */
  readonly durableOn: number;
}

export function replicaSettings({ relays, replica }: Pick<SyncConfig, 'relays' | 'replica'>): ReplicaSettings {
  return { ...replica, durableOn: Math.min(2, relays.length) };
}
