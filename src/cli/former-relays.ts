/**
 * Relays that have left the app's list. Devices that still run the release before use them, so config.json names them in `formerRelays`; which list that
 * release had is in the record of the installation.
 */
import { MOST_FORMER_RELAYS } from '../runtime/core/config/relay-list';
import { relayAddressOf } from '../runtime/core/relay-address';
import { isObject } from './discover/package-json';
import type { ProjectFiles } from './discover/project-files';
import { addToJsonArray, parseJson, setJson, type Json } from './edit/json';
import { writtenOf, type InstallationRecord } from './installation-record';

/** What config.json says of relays. Entries that are no text are left out. */
export interface ConfiguredLists {
  readonly relays: readonly string[];
  readonly formerRelays: readonly string[];
  readonly relaysUrl: string | undefined;
}

/** @throws KitError JSON_INVALID */
export function listsIn(file: string, text: string | null): ConfiguredLists {
  const config: Json = text === null ? null : parseJson(file, text);
  if (!isObject(config)) return { relays: [], formerRelays: [], relaysUrl: undefined };
  const { relays, formerRelays, relaysUrl } = config;
  return {
    relays: textsIn(relays),
    formerRelays: textsIn(formerRelays),
    relaysUrl: typeof relaysUrl === 'string' ? relaysUrl : undefined,
  };
}

/** The list when `init` or `update` ran last; undefined where nothing tells. */
export function lastListOf(
  files: ProjectFiles,
  { dir, relays }: Pick<InstallationRecord, 'dir' | 'relays'>,
): readonly string[] | undefined {
  if (relays) return relays;
  const written = files.read(writtenOf(`${dir}/config.json`));
  return written === null ? undefined : listsIn('config.json', written).relays;
}

/** The text of config.json with the relays that have left its list as former ones, and without former ones that are in the list again. */
export function withFormerRelays(
  text: string,
  last: readonly string[],
): { readonly text: string; readonly moved: readonly string[] } {
  const file = 'config.json';
  const { relays, formerRelays } = listsIn(file, text);
  const kept = formerRelays.filter((relay) => !includes(relays, relay));
  const moved = last.filter((relay) => !includes(relays, relay) && !includes(kept, relay));
  const tooMany = Math.max(0, kept.length + moved.length - MOST_FORMER_RELAYS);
  // Written as a whole only where something is taken out: what is added goes into the array as the app has it.
  const isShorter = kept.length < formerRelays.length || tooMany > 0;
  const before = isShorter ? setJson(file, text, ['formerRelays'], kept.slice(tooMany)) : text;
  return { text: moved.reduce((json, relay) => addToJsonArray(file, json, ['formerRelays'], relay), before), moved };
}

/** How many relays two lists share, whatever their spelling. */
export const sharedBy = (one: readonly string[], other: readonly string[]): number =>
  one.filter((relay) => includes(other, relay)).length;

export const includes = (relays: readonly string[], relay: string): boolean =>
  relays.some((other) => addressOr(other) === addressOr(relay));

const addressOr = (relay: string): string => relayAddressOf(relay) ?? relay;

const textsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
