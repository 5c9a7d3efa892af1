/** Which of an app's relays, and whether the file that lists them, a content security policy lets the app connect to. */
import { isLoopback, parseRelayUrl } from '../../runtime/core/relay-address';

/** The relays among them that no source of `connect-src` lets through. Those of this computer are for a while only. */
export function relaysLeftOut(sources: readonly string[], relays: readonly string[]): readonly string[] {
  return relays.filter((relay) => {
    const url = parseRelayUrl(relay);
    return url !== undefined && !isLoopback(url.hostname) && !sources.some((source) => allows(source, url));
  });
}

/** Whether the app may fetch a file of its own origin. */
export const allowsOwnOrigin = (sources: readonly string[]): boolean =>
  sources.some((source) => /^(\*|'self'|https:\/{0,2}.*)$/i.test(source));

/** A host without a scheme is no reason for a warning: browsers differ in whether it means `wss` where the page is on https. */
function allows(source: string, { protocol, hostname, port }: URL): boolean {
  if (source === '*' || source.toLowerCase() === protocol) return true;
  const [, scheme, host = '', givenPort] = /^(?:([a-z+.-]+):\/\/)?([^/:]+)(?::(\d+|\*))?(?:\/.*)?$/i.exec(source) ?? [];
  if (scheme !== undefined && `${scheme.toLowerCase()}:` !== protocol) return false;
  if (givenPort !== undefined && givenPort !== '*' && givenPort !== (port || '443')) return false;
  if (givenPort === undefined && port !== '') return false;
  const name = host.toLowerCase();
  return name.startsWith('*.') ? hostname.endsWith(name.slice(1)) : hostname === name;
}
