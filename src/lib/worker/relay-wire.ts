/** What the rooms of one connection share: the way out to the socket, time, and the limits of config.json. */
import type { ConnectionConfig } from './config';
import type { Clock, Random } from './ports';

export interface RelayWire {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: ConnectionConfig;
  isOpen(): boolean;
  send(frame: readonly unknown[]): void;
  /** Something went unanswered: find out whether the relay still lives. */
  probe(): void;
  measured(roundTripMs: number): void;
}
