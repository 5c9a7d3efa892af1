/** One device: an app as a user of the kit would write it. */
import { useEffect } from 'react';
import { SyncProvider, useDocument, useSyncEngine, useSyncStatus } from '../lib/react';
import { GuestMode, SyncPhase } from '../lib/types';
import type { SyncProblem } from '../lib/types';
import { Notes } from './notes';
import { PreferencesForm, preferencesId } from './preferences';
import type { Settings } from './settings';
import { Share, useDemoCode } from './share';
import { Switch } from './switch';
import { SyncStatusBar } from './sync-status';
import './device.css';

export function Device({ settings: { device, identity, relays } }: { readonly settings: Settings }) {
  const sync = useDemoCode();
  return (
    <SyncProvider
      identity={identity ?? sync.identity}
      guest={GuestMode.Adopted}
      relays={relays}
      fallback={(problem) => <Opening problem={problem ?? sync.problem} />}
    >
      <DeviceApp device={device ?? ''} hasUser={identity !== undefined} />
    </SyncProvider>
  );
}

function Opening({ problem }: { readonly problem: SyncProblem | undefined }) {
  if (!problem) return <p className="opening">Opening…</p>;
  return (
    <div className="opening" role="alert">
      <p>{problem.message}</p>
      <code>{problem.code}</code>
    </div>
  );
}

function DeviceApp({ device, hasUser }: { readonly device: string; readonly hasUser: boolean }) {
  const [preferences] = useDocument('preferences', preferencesId);
  useAppearance(preferences?.theme, preferences?.accent, preferences?.density);
  const name = preferences?.name.trim();
  return (
    <main className="device" data-testid="device" data-device={device}>
      <header className="device-header">
        <h1>{name ? `${name}’s notes` : 'Notes'}</h1>
        <OnlineSwitch />
      </header>
      <SyncStatusBar />
      {!hasUser && <Share />}
      <Notes />
      <PreferencesForm />
    </main>
  );
}

/** What a tunnel does to a phone: no relay is reached, and everything goes on. */
function OnlineSwitch() {
  const engine = useSyncEngine();
  const { phase } = useSyncStatus();
  if (phase === SyncPhase.LocalOnly) return null;
  return (
    <Switch
      label="Online"
      testId="online-switch"
      isOn={phase !== SyncPhase.Paused}
      onChange={(isOn) => (isOn ? engine?.resume() : engine?.pause())}
    />
  );
}

function useAppearance(theme = 'system', accent = 'indigo', density = 'comfortable'): void {
  useEffect(
    () => Object.assign(document.documentElement.dataset, { theme, accent, density }) && undefined,
    [theme, accent, density],
  );
}
