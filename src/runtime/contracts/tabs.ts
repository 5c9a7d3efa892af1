/** The messages between the tabs of one database, and the parts of the browser's APIs by which they are sent and locks are taken. */
import type { Lifecycle } from '../core/lifecycle';
import type { SyncStatus } from '../core/status';

export enum TabMessageType {
  /** Does any tab sync? */
  Ping = 'ping',
  /** The syncing worker answers. */
  Pong = 'pong',
  /** A tab that does not sync tells its id, so that its end is noticed, and is told the status. */
  Hello = 'hello',
  /** A new holder asks every tab for its `Hello`. */
  RollCall = 'roll-call',
  Status = 'status',
  Synced = 'synced',
  /** The relays have shown that there is no clone of this device. */
  Proven = 'proven',
  /** What a tab's main thread saw, such as that the network may be back, or wants: to pause. */
  Lifecycle = 'lifecycle',
  /** The installation has a new device id, or writes of a guest count as its own and are in the documents. */
  DeviceChanged = 'device-changed',
}

export type TabMessage =
  | { readonly type: TabMessageType.Ping | TabMessageType.Pong | TabMessageType.RollCall }
  | { readonly type: TabMessageType.Synced | TabMessageType.Proven | TabMessageType.DeviceChanged }
  | { readonly type: TabMessageType.Hello; readonly tabId: string }
  | { readonly type: TabMessageType.Status; readonly status: SyncStatus }
  | { readonly type: TabMessageType.Lifecycle; readonly event: Lifecycle };

/** The part of BroadcastChannel that is used. */
export interface TabChannel {
  post(message: TabMessage): void;
  onMessage(listener: (message: TabMessage) => void): void;
  close(): void;
}

/** The part of the Web Locks API that is used. The callback's promise holds the lock. */
export interface Locks {
  /** Exclusive unless its mode says `shared`. Rejects with an AbortError when the lock is stolen or the signal aborts. */
  request(
    name: string,
    options: { readonly mode?: LockMode; readonly steal?: boolean; readonly signal?: AbortSignal },
    hold: () => Promise<void>,
  ): Promise<void>;
}
