/** Addresses of relays, in the one form in which they are compared, stored and connected to: one relay under two spellings counts once. */

/** What of a path may stand for itself (RFC 3986, section 2.3), so that its escape says the same. */
const UNRESERVED = /^[\w.~-]$/;

/** The address of a relay, or undefined for what is none: `ws` only where nobody else can read along, neither a user nor a fragment. */
export function relayAddressOf(value: unknown): string | undefined {
  const url = parseRelayUrl(value);
  return url && isProtected(url) ? addressOf(url) : undefined;
}

/** The parts of a relay's address, or undefined for what is no WebSocket address of a relay, encrypted or not. */
export function parseRelayUrl(value: unknown): URL | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const isOfRelay = ['wss:', 'ws:'].includes(url.protocol) && !url.username && !url.password && !url.hash;
  return isOfRelay && withoutRootDot(url.hostname) !== '' ? url : undefined;
}

/** Encrypted, on this machine, or a hidden service, to which Tor encrypts. */
export const isProtected = ({ protocol, hostname }: URL): boolean =>
  protocol === 'wss:' || isLoopback(hostname) || isOnion(hostname);

export const isLoopback = (hostname: string): boolean =>
  withoutRootDot(hostname) === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);

export const isOnion = (hostname: string): boolean => withoutRootDot(hostname).endsWith('.onion');

/** The parser has made the host lower case and left out the port of the protocol. */
export function addressOf({ protocol, hostname, port, pathname, search }: URL): string {
  const path = pathname.replace(/\/{2,}/g, '/').replace(/%([\da-f]{2})/gi, (escape, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return UNRESERVED.test(character) ? character : escape.toUpperCase();
  });
  const host = withoutRootDot(hostname) + (port === '' ? '' : `:${port}`);
  return `${protocol}//${host}${path === '/' && search === '' ? '' : path}${search}`;
}

/** `relay.example.` is `relay.example`, from the root of all names. */
const withoutRootDot = (hostname: string): string => hostname.replace(/\.$/, '');
