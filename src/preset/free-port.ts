/** Ports of this machine that nobody listens on. */
import { createServer } from 'node:net';
import { KitError } from './kit-error';

const portsTried = 100;

/** The first free port from `first` on. @throws KitError PORTS_TAKEN */
export async function findFreePort(first: number): Promise<number> {
  for (let candidate = first; candidate < first + portsTried && candidate < 65_536; candidate += 1) {
    if (await isFree(candidate)) return candidate;
  }
  throw new KitError(
    'PORTS_TAKEN',
    `No port from ${first} to ${Math.min(first + portsTried, 65_536) - 1} is free. Name another one to begin with.`,
  );
}

/** Free under both names: a browser may try `::1` for localhost before 127.0.0.1. One after the other, as some systems let them clash. */
async function isFree(candidate: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '::1', '0.0.0.0']) {
    if (!(await canListen(candidate, host))) return false;
  }
  return true;
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    // A machine without IPv6 has nobody on ::1 either.
    probe.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'EADDRINUSE' && code !== 'EACCES'));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
