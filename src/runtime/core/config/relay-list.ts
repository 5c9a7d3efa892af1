/** Lists of relays, as config.json and open() give them. */
import { invalid } from './values';
import { addressOf, isProtected, parseRelayUrl } from '../relay-address';

/** Public relays fail, lie and vanish: no list is shorter. */
export const FEWEST_RELAYS = 3;

/**
 * Checks a list of relays, as config.json has it. Returns their addresses in the form in which they are compared.
 * @param where names the list in messages
 * @throws SyncError CONFIG_INVALID
 */
export function readRelays(value: unknown, where: string): readonly string[] {
  if (!Array.isArray(value)) throw invalid(`${where} is not a list. Write at least ${FEWEST_RELAYS} relay addresses.`);
  const relays = value.map((entry) => readRelayUrl(entry, where));
  const twice = relays.find((url, at) => relays.indexOf(url) < at);
  if (twice !== undefined)
    throw invalid(`${where} names ${twice} twice, if only in another spelling. Remove one of the two.`);
  if (relays.length < FEWEST_RELAYS)
    throw invalid(
      `${where} has ${relays.length} relays. Public relays fail, lie and vanish, so name at least ${FEWEST_RELAYS} (docs/relays.md).`,
    );
  return relays;
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
