/** Lists of relays: what config.json, its `relaysUrl` and open() may give. */
import { invalid } from './values';
import { addressOf, isProtected, parseRelayUrl } from '../relay-address';

/** No list of relays is shorter, because public relays fail, lie and vanish. */
export const FEWEST_RELAYS = 3;
/** Followed are so many relays at most, whatever their source (docs/relays.md). */
export const MOST_FORMER_RELAYS = 24;

/**
 * Checks a list of relays, as config.json has it. Returns their addresses in the form in which they are compared.
 * @param where names the list in messages
 * @throws SyncError CONFIG_INVALID
 */
export function readRelays(value: unknown, where: string): readonly string[] {
  if (!Array.isArray(value)) throw invalid(`${where} is not a list. Write at least ${FEWEST_RELAYS} relay addresses.`);
  const relays = readRelayUrls(value, where);
  if (relays.length < FEWEST_RELAYS)
    throw invalid(
      `${where} has ${relays.length} relays. Public relays fail, lie and vanish, so name at least ${FEWEST_RELAYS} (docs/relays.md).`,
    );
  return relays;
}

function readRelayUrls(value: readonly unknown[], where: string): readonly string[] {
  const relays = value.map((entry) => readRelayUrl(entry, where));
  const twice = relays.find((url, at) => relays.indexOf(url) < at);
  if (twice === undefined) return relays;
  throw invalid(`${where} names ${twice} twice, if only in another spelling. Remove one of the two.`);
}

/** Those of the file, without what `relays` given to open() has taken up. */
export function readFormerRelays(
  { formerRelays, relays }: Record<string, unknown>,
  inUse: readonly string[],
): readonly string[] {
  if (formerRelays === undefined) return [];
  const where = '"formerRelays" of config.json';
  if (!Array.isArray(formerRelays) || formerRelays.length > MOST_FORMER_RELAYS)
    throw invalid(`${where} is not a list of at most ${MOST_FORMER_RELAYS} relay addresses. Remove the oldest ones.`);
  const former = readRelayUrls(formerRelays, where);
  const listed = readRelays(relays, '"relays" of config.json');
  const both = former.find((url) => listed.includes(url));
  if (both !== undefined) throw invalid(`${where} names ${both}, which "relays" names as well. Remove it there.`);
  return former.filter((url) => !inUse.includes(url));
}

export function readRelaysUrl(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const isPath = typeof value === 'string' && /^\/(?!\/)[\w./~%-]{1,500}$/.test(value) && value.endsWith('.json');
  if (isPath) return value;
  throw invalid(
    `"relaysUrl" of config.json is ${JSON.stringify(value)}. Write the path of a JSON file of the app's own origin from its root, such as "/relays.json".`,
  );
}

function readRelayUrl(value: unknown, where: string): string {
  const url = parseRelayUrl(value);
  if (!url)
    throw invalid(
      `${JSON.stringify(value)} in ${where} is no relay address. Write wss, a colon, two slashes and a host.`,
    );
  if (!isProtected(url))
    throw invalid(
      `${JSON.stringify(value)} in ${where} is not encrypted. Use its wss address; ws is for loopback and for hidden services (.onion) only.`,
    );
  return addressOf(url);
}
