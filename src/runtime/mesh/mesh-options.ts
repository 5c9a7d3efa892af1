/** What a mesh is made of. */
import type { Clock, Random } from '../core/clock';
import type { SyncConfig } from '../core/config';
import type { MeshListener, RelayMemory } from '../contracts/mesh';
import type { NostrEvent } from '../contracts/slot';
import type { ConnectRelay } from '../relay/link';
import type { RelayInformation } from '../relay/nip11';

export interface MeshOptions {
  readonly config: SyncConfig;
  /** 64 lower-case hex digits. */
  readonly pubkey: string;
  readonly listener: MeshListener;
  readonly memory: RelayMemory;
  readonly clock: Clock;
  readonly random: Random;
  readonly connect: ConnectRelay;
  /** Asks a relay about itself; never rejects. */
  readonly fetchInformation?: (relayUrl: string) => Promise<RelayInformation | undefined>;
  /** The id that an event's contents give; a simulation may trust its own events. */
  readonly idOf?: (event: NostrEvent) => string;
  /** Whether id and signature of an event are right; a simulation may trust its own events. */
  readonly isSigned?: (event: NostrEvent) => boolean;
}
