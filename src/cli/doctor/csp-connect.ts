/** Which of an app's relays, and whether the file that lists them, a content security policy lets the app connect to. */

/** The relays among them that no source of `connect-src` lets through. */
export function relaysLeftOut(sources: readonly string[], relays: readonly string[]): readonly string[] {
  return relays.filter((relay) => URL.canParse(relay) && !sources.some((source) => allows(source, new URL(relay))));
}

/** Whether the app may fetch a file of its own origin. */
export const allowsOwnOrigin = (sources: readonly string[]): boolean =>
  sources.some((source) => /^(\*|'self'|https:\/{0,2}.*)$/i.test(source));

/** A source of the page's host, or of a host without a scheme, means `wss` too where the page is on https (CSP 3, section 6.7.2.8). */
function allows(source: string, { protocol, hostname, port }: URL): boolean {
  if (source === '*' || source.toLowerCase() === protocol) return true;
  const [, scheme, host = '', givenPort] = /^(?:([a-z+.-]+):\/\/)?([^/:]+)(?::(\d+|\*))?(?:\/.*)?$/i.exec(source) ?? [];
  if (scheme !== undefined && `${scheme.toLowerCase()}:` !== protocol) return false;
  if (givenPort !== undefined && givenPort !== '*' && givenPort !== (port || '443')) return false;
  if (givenPort === undefined && port !== '') return false;
  const name = host.toLowerCase();
  return name.startsWith('*.') ? hostname.endsWith(name.slice(1)) : hostname === name;
}
