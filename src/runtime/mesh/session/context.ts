/** What the relay sessions of a mesh share, and what they report to it. */
import type { SyncConfig } from '../../core/config';
import type { Filter } from '../../core/nostr';
import type { RelayProfile } from '../relay-profile';
import type { Demotion } from '../pool/demotion';
import type { EventIntake } from '../event-intake';
import type { OfferedHead } from './delivery-queue';
import type { Clock, Random } from '../../core/clock';
import type { Head } from '../../contracts/mesh';
import type { SlotVersion } from '../../contracts/slot';
import type { Verdict } from '../../relay/verdict';
import type { ConnectRelay } from '../../relay/link';
import type { AuthClock } from '../../relay/auth/auth-clock';
import type { ReadProof } from '../read-proof';
import type { ReadingOrder } from './reading/reading-order';
import type { WatchedRelay } from '../network-watch';

export interface SessionContext {
  readonly config: SyncConfig;
  readonly pubkey: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly connect: ConnectRelay;
  readonly authClock: AuthClock;
  readonly proof: ReadProof;
  readonly readingOrder: ReadingOrder;
  readonly intake: EventIntake;
  readonly heads: ReadonlyMap<string, OfferedHead>;
  readonly ownAddresses: ReadonlySet<string>;
  stored(relayUrl: string, versions: readonly SlotVersion[]): void;
  readEnded(relayUrl: string, present: ReadonlyMap<string, SlotVersion>, complete: boolean): void;
  /** The relay's connection, readiness or standing has changed. */
  changed(): void;
  opened(profile: RelayProfile): void;
  /** The relay could not be reached for some time. */
  unreachable(profile: RelayProfile): void;
  /** The relay has sent something. */
  heard(relay: WatchedRelay): void;
  demote(profile: RelayProfile, reason: Demotion): void;
  /** The relay has sent what no honest one sends. */
  misbehaved(relayUrl: string): void;
  clockRefused(relayUrl: string, verdict: Verdict, head: Head): void;
  clockAccepted(relayUrl: string): void;
  /** Whether another relay than this one is connected. */
  othersOpen(relayUrl: string): boolean;
  /** Nothing is on its way to or from any relay. */
  isAtRest(): boolean;
}

/** Narrows a filter down to events of the user. */
export function ours({ config, pubkey }: Pick<SessionContext, 'config' | 'pubkey'>, filter: Filter): Filter {
  return { kinds: [config.kind], authors: [pubkey], ...filter };
}
