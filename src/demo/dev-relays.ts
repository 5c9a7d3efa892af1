/** The switches of the relays that run beside `npm start` and `npx zero-backend-sync demo`; another host has none. */
import { useCallback, useEffect, useState } from 'react';

export interface DevRelay {
  readonly index: number;
  readonly url: string;
  readonly on: boolean;
  readonly events: number;
  /** It was started after the page's server: no device knows it that was not told. */
  readonly added?: true;
  /** It is gone for good, with what it stored. */
  readonly killed?: true;
}

export interface StoredEvent {
  readonly id: string;
  readonly created_at: number;
  readonly content: string;
}

const path = '/__zero-backend-sync/relays';
const pollMs = 1500;

/** The relays, and ways to switch, add and kill one; undefined where there are no switches. */
export function useDevRelays() {
  const [relays, setRelays] = useState<readonly DevRelay[]>();
  const refresh = useCallback(async () => {
    const answer = await fetchJson<readonly DevRelay[]>(path);
    setRelays((known) => answer ?? known);
    return answer !== undefined;
  }, []);
  usePolling(refresh);

  const change = useCallback(
    async (method: 'POST' | 'DELETE', at: string, body?: object) => {
      const headers = { 'Content-Type': 'application/json' };
      const relay = await fetchJson<DevRelay>(at, { method, headers, ...(body && { body: JSON.stringify(body) }) });
      await refresh();
      return relay;
    },
    [refresh],
  );
  return {
    relays,
    switchRelay: (index: number, on: boolean) => change('POST', `${path}/${index}`, { on }),
    /** Resolves with undefined where there are as many as may be. */
    addRelay: () => change('POST', path, {}),
    killRelay: (index: number) => change('DELETE', `${path}/${index}`),
  };
}

/** What a relay stores, newest first. */
export function useStoredEvents(index: number): readonly StoredEvent[] {
  const [stored, setStored] = useState<{ readonly index: number; readonly events: readonly StoredEvent[] }>();
  const refresh = useCallback(async () => {
    const events = await fetchJson<readonly StoredEvent[]>(`${path}/${index}/events`);
    if (events) setStored({ index, events });
    return events !== undefined;
  }, [index]);
  usePolling(refresh);
  return stored?.index === index ? stored.events : [];
}

/** @param refresh resolves with whether it got an answer; nobody is asked again who has never given one. */
function usePolling(refresh: () => Promise<boolean>): void {
  useEffect(() => {
    let timer: ReturnType<typeof setInterval> | undefined;
    let isOver = false;
    const refreshIfVisible = () => {
      if (document.visibilityState === 'visible') void refresh();
    };
    void refresh().then((hasAnswered) => {
      if (hasAnswered && !isOver) timer = setInterval(refreshIfVisible, pollMs);
    });
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [refresh]);
}

/** undefined for whatever is no answer of these switches, such as an app's page under every address. */
async function fetchJson<Body>(url: string, init?: RequestInit): Promise<Body | undefined> {
  try {
    const response = await fetch(url, init);
    const isJson = response.headers.get('Content-Type')?.startsWith('application/json');
    return response.ok && isJson ? ((await response.json()) as Body) : undefined;
  } catch {
    return undefined;
  }
}
