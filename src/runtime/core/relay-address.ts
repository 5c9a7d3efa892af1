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

/**
 * Whether a relay may be followed that only a manifest names: a public name, so that nobody can send this device into the network that it is in. An address in
 * digits is none, and neither is a name without a dot or of a zone that is local by definition.
 */
export function isFollowable(address: string, isDevelopment: boolean): boolean {
  if (relayAddressOf(address) !== address) return false;
  const { protocol, hostname } = new URL(address);
  if (isLoopback(hostname)) return isDevelopment;
  if (isOnion(hostname)) return true;
  return protocol === 'wss:' && isPublicName(hostname);
}

/** RFC 6761, 6762 and 9476, and what networks use without asking. */
const LOCAL_ZONES = ['localhost', 'local', 'internal', 'intranet', 'private', 'corp', 'home', 'lan'];
const LOCAL_NAMES = /(^|\.)(home\.arpa|in-addr\.arpa|ip6\.arpa)$/;

function isPublicName(hostname: string): boolean {
  const labels = withoutRootDot(hostname).split('.');
  const zone = labels.at(-1) ?? '';
  const isAddress = hostname.startsWith('[') || /^\d+$/.test(zone);
  return labels.length > 1 && !isAddress && !LOCAL_ZONES.includes(zone) && !LOCAL_NAMES.test(hostname);
}
