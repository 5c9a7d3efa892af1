/** A version of ours that a relay has, as far as it has been authenticated. */
import type { SlotVersion } from '../contracts/slot';

export interface Admitted {
  readonly d: string;
  /** Seconds since the epoch. */
  readonly createdAt: number;
  /** Of `version`. */
  readonly nonce: string | undefined;
  /** Absent for a version of the protocol that this build cannot open but whose signature is valid. */
  readonly version: SlotVersion | undefined;
}
