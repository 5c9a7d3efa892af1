import type { Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { VerifyCode, verifyError } from '../failure';

/** Listens on any free port of loopback, and resolves with it. @throws KitError PORT_UNAVAILABLE */
export function listenOnLoopback(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        verifyError(
          VerifyCode.PortUnavailable,
          `No port could be opened on 127.0.0.1 (${error.code ?? error.message}). verify serves the app and its relays there: allow it, or end what holds all ports.`,
        ),
      ),
    );
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
