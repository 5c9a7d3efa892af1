/**
 * The list of relays that the devices of the demo are opened with. An engine keeps its list for a run, so a change is in the address of the page
 * and takes effect when the devices are reloaded with it.
 */
import { useState } from 'react';
import type { DevRelay } from './dev-relays';
import { readSettings } from './settings';
import type { Served } from './settings';

/** The list that the devices have at present: the address of the page names it, or what serves the page, or it is that of the relays beside the page. */
export function listInUse(search: string, served: Served, relays: readonly DevRelay[]): readonly string[] {
  return readSettings({ search }, served).relays ?? relays.filter(({ added }) => !added).map(({ url }) => url);
}

/** The address's parameters with another list. */
export function searchWith(search: string, list: readonly string[]): string {
  const parameters = new URLSearchParams(search);
  parameters.set('relays', list.join());
  // Commas and colons stay legible.
  return `?${parameters.toString().replace(/%2C/g, ',').replace(/%3A/g, ':').replace(/%2F/g, '/')}`;
}

export interface RelayList {
  /** What the devices use until they are reloaded. */
  readonly used: readonly string[];
  /** What they will use. */
  readonly next: readonly string[];
  readonly isChanged: boolean;
  /** Adds an address to the next list, or takes it out. */
  toggle(url: string, isListed: boolean): void;
}

export function useRelayList(search: string, served: Served, relays: readonly DevRelay[]): RelayList {
  const [changes, setChanges] = useState<ReadonlyMap<string, boolean>>(new Map());
  const used = listInUse(search, served, relays);
  const next = changed(used, changes);
  return {
    ...{ used, next, isChanged: next.join() !== used.join() },
    toggle: (url, isListed) => setChanges((known) => new Map(known).set(url, isListed)),
  };
}

/** Without what is taken out, with what is added at the end. */
export function changed(list: readonly string[], changes: ReadonlyMap<string, boolean>): readonly string[] {
  const kept = list.filter((url) => changes.get(url) !== false);
  const added = [...changes].filter(([url, isListed]) => isListed && !list.includes(url)).map(([url]) => url);
  return [...kept, ...added];
}
