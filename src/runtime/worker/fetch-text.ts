/**
 * Asks relays over HTTP. A content security policy may forbid that, as one with `connect-src wss:` and without `https:` does; the browser then reports every
 * try to the console and to the site, so an address is not tried again.
 */
import type { FetchText } from '../relay/nip11';

/** The scope of a worker or of a page, as far as it is used. */
export interface PolicyScope {
  readonly fetch: FetchText;
  addEventListener?(
    type: 'securitypolicyviolation',
    listener: (event: { readonly effectiveDirective: string; readonly blockedURI: string }) => void,
  ): void;
}

/** The text itself where it is no address, such as `inline`. */
function originOf(blockedURI: string): string {
  try {
    return new URL(blockedURI).origin;
  } catch {
    return blockedURI;
  }
}

/** @returns a `fetch` that rejects at once for what the policy has been seen to forbid. */
export function createFetchText(scope: PolicyScope = globalThis as unknown as PolicyScope): FetchText {
  const forbidden = new Set<string>();
  scope.addEventListener?.('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
    if (effectiveDirective === 'connect-src') forbidden.add(originOf(blockedURI));
  });
  return async (url, init) => {
    if (forbidden.has(new URL(url).origin)) throw new TypeError('The policy of this page forbids the address.');
    return scope.fetch(url, init);
  };
}
