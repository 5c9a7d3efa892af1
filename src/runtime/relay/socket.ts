/** The part of a WebSocket that is used; browsers' and `ws`'s both fit. */
export interface SocketLike {
  /** Where it is connected to, as a browser writes addresses. */
  readonly url?: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  send(data: string): void;
  close(): void;
  /** `ws` only: ends a dead connection without the closing handshake. */
  terminate?(): void;
}
