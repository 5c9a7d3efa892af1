/** The list of relays that the file at `relaysUrl` gives: read as config.json is, and put in the place of its `relays`. */
import { invalid, onlyKeys } from './values';
import { MOST_FORMER_RELAYS, readRelays } from './relay-list';
import type { SyncConfig } from './index';

/** What the file gave last. */
export interface ServedList {
  readonly relays: readonly string[];
  /** What it gave before and `relays` does not have, the last ones first. */
  readonly former: readonly string[];
}

/**
 * Checks the contents of the file, `{ "relays": [...] }`. Returns the addresses in the form in which they are compared.
 * @param url names the file in messages
 * @throws SyncError CONFIG_INVALID that says what to write instead
 */
export function readServedList(json: unknown, url: string): readonly string[] {
  const where = `The list of relays at ${url}`;
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw invalid(`${where} is no object. Write { "relays": [...] }, with addresses as in config.json.`);
  onlyKeys(json as Record<string, unknown>, ['relays'], where);
  return readRelays((json as { readonly relays?: unknown }).relays, `"relays" of the list at ${url}`);
}

/** What is known after the file has given `relays`: whoever left counts as former. The same reference if the list is the same, order and all. */
export function listAfter(known: ServedList | undefined, relays: readonly string[]): ServedList {
  if (known && known.relays.length === relays.length && known.relays.every((url, at) => url === relays[at]))
    return known;
  return { relays, former: without(relays, known?.relays ?? [], known?.former ?? []) };
}

/**
 * The configuration with the served list in the place of `relays` of config.json, which a device uses that has never seen the file: so those are
 * former relays then, as are those that left the file.
 */
export function withServedList(config: SyncConfig, served: ServedList | undefined): SyncConfig {
  if (!served || config.relaysUrl === undefined) return config;
  const { relays, former } = served;
  return { ...config, relays, formerRelays: without(relays, config.relays, config.formerRelays, former) };
}

/** As many as are followed. */
const without = (relays: readonly string[], ...lists: readonly (readonly string[])[]): readonly string[] =>
  [...new Set(lists.flat())].filter((url) => !relays.includes(url)).slice(0, MOST_FORMER_RELAYS);
