/** What is true of the sync, in words: how many relays answer, what has not reached them, when it last did. */
import { useEffect, useState } from 'react';
import { useSyncStatus } from '../lib/react';
import { RelayOrigin, RelayState, SyncPhase } from '../lib/types';
import type { SyncStatus } from '../lib/types';

export function SyncStatusBar() {
  const status = useSyncStatus();
  const now = useNow(1000);
  const { mood, words } = summarise(status);
  const connected = status.relays.filter(isConnected).length;
  const inUse = status.relays.filter(({ state }) => state !== RelayState.Spare).length;
  return (
    <section className="status" aria-label="Sync" data-testid="status" data-phase={status.phase}>
      <p className="status-summary" role="status">
        <span className="dot" data-mood={mood} />
        <strong data-testid="status-words">{words}</strong>
      </p>
      <dl>
        {inUse > 0 && (
          <div>
            <dt>Relays</dt>
            <dd data-testid="status-relays">
              {connected}/{inUse}
            </dd>
          </div>
        )}
        <div>
          <dt>Pending</dt>
          <dd data-testid="status-pending">{status.pending}</dd>
        </div>
        <div>
          <dt>Last synced</dt>
          <dd data-testid="status-last-synced">{describeAge(status.lastSyncedAt, now)}</dd>
        </div>
        {status.quarantined > 0 && (
          <div>
            <dt>Set aside</dt>
            <dd data-testid="status-quarantined">{status.quarantined}</dd>
          </div>
        )}
        {status.damaged > 0 && (
          <div>
            <dt>Damaged</dt>
            <dd data-testid="status-damaged">{status.damaged}</dd>
          </div>
        )}
        {status.undecryptable > 0 && (
          <div>
            <dt>Undecryptable</dt>
            <dd data-testid="status-undecryptable">
              {status.undecryptable}
              {status.undecryptableFrom.map(({ relay, reason, count }) => ` · ${relay}: ${count} (${reason})`)}
            </dd>
          </div>
        )}
      </dl>
      {status.problems.map(({ code, message }) => (
        <p key={code} className="problem" data-testid="status-problem" data-code={code}>
          {message}
        </p>
      ))}
      <RelayStates relays={status.relays} />
    </section>
  );
}

/** What this device says of each relay: where its name came from, and how it is. */
function RelayStates({ relays }: Pick<SyncStatus, 'relays'>) {
  if (relays.length === 0) return null;
  return (
    <details className="relay-states" data-testid="relay-states">
      <summary>Each relay, as this device sees it</summary>
      <ul>
        {relays.map(({ url, origin, state, words }) => (
          <li key={url} data-testid="relay-state" data-url={url} data-state={state} data-origin={origin}>
            <span className="dot" data-mood={moodOf(state)} />
            <span>
              <strong>{new URL(url).host}</strong> <small>{describeOrigin(origin)}</small>
              <small className="words">{words}</small>
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

export function describeOrigin(origin: RelayOrigin): string {
  switch (origin) {
    case RelayOrigin.List:
      return 'on the list';
    case RelayOrigin.Former:
      return 'on the former list';
    case RelayOrigin.Device:
      return 'another device uses it';
  }
}

function moodOf(state: RelayState): Mood {
  if (state === RelayState.Live) return Mood.Good;
  if (state === RelayState.Demoted) return Mood.Bad;
  return state === RelayState.Spare ? Mood.Quiet : Mood.Busy;
}

enum Mood {
  Good = 'good',
  Busy = 'busy',
  Quiet = 'quiet',
  Bad = 'bad',
}

function summarise({ phase, pending, durableOn }: SyncStatus): { readonly mood: Mood; readonly words: string } {
  switch (phase) {
    case SyncPhase.Starting:
      return { mood: Mood.Busy, words: 'Connecting' };
    case SyncPhase.LocalOnly:
      return { mood: Mood.Quiet, words: 'On this device only' };
    case SyncPhase.Online:
      if (pending === 0) return { mood: Mood.Good, words: 'Everything is synced' };
      return { mood: Mood.Busy, words: `Storing on ${durableOn} relays` };
    case SyncPhase.Partial:
      return { mood: Mood.Busy, words: 'Only some relays can be read' };
    case SyncPhase.Offline:
      return { mood: Mood.Quiet, words: pending > 0 ? 'No relay answers, changes wait' : 'No relay answers' };
    case SyncPhase.Paused:
      return { mood: Mood.Quiet, words: pending > 0 ? 'Offline, changes wait' : 'Offline' };
    case SyncPhase.Stopped:
      return { mood: Mood.Bad, words: 'Sync has stopped' };
    case SyncPhase.Closed:
      return { mood: Mood.Quiet, words: 'Closed' };
  }
}

function isConnected({ state }: SyncStatus['relays'][number]): boolean {
  return state === RelayState.Live || state === RelayState.Reading;
}

export function describeAge(at: number | null, now: number): string {
  if (at === null) return 'Never';
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 3) return 'Just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
