/**
 * Which web pages a relay lets in. A browser sends the origin of the page with every handshake, and a page cannot change it; without this check any page that
 * a developer visits could read and write the relays of their machine. Programs send no origin, and are let in.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The answer to a handshake that is not let in. */
export const FORBIDDEN_ORIGIN = 403;

/** Whether what asks is let in. */
export type OriginCheck = (request: IncomingMessage) => boolean;

/**
 * Pages of this machine are let in always, and pages that are served under the same IP address as the relay, as to a telephone in the same network. Not under
 * the same name: a name may be made to lead here.
 * @param allowed further origins, such as `https://app.example`; `*` lets all pages in.
 */
export function createOriginCheck(allowed: readonly string[] = []): OriginCheck {
  return ({ headers: { origin, host } }) => {
    if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return true;
    const hostname = hostnameOf(origin);
    if (hostname === undefined) return false;
    return isLoopback(hostname) || (isAddress(hostname) && hostname === hostnameOf(`http://${host ?? ''}`));
  };
}

/** Ends a request over HTTP that is not let in; the page gets nothing to read. */
export function refuseHttp(response: ServerResponse): void {
  response.writeHead(FORBIDDEN_ORIGIN).end();
}

/** undefined of `null`, the origin of a page in a sandbox or from a file. */
function hostnameOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).hostname : undefined;
}

function isLoopback(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|0\.0\.0\.0|\[::1\])$/.test(hostname);
}

function isAddress(hostname: string): boolean {
  return /^(?:\d+(?:\.\d+){3}|\[[\da-f:.]+\])$/.test(hostname);
}
