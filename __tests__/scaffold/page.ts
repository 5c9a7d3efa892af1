/** The app's page in the scaffold tests: a field that is synced, as a user of the kit would write it, in JavaScript that is TypeScript, too. */
export const appSource = `import { SyncProvider, useDocument, useSyncStatus } from './lib/react';

const identity = ['user-4b1c7e', 'somebody@example.org'];
// Those of config.json, unless the address names others.
const given = new URLSearchParams(window.location.search).getAll('relay');
const relays = given.length > 0 ? given : undefined;

function Name() {
  const [preferences, patch] = useDocument('preferences', 'ui');
  const status = useSyncStatus();
  return (
    <label>
      Name
      <input value={preferences?.name ?? ''} onChange={(event) => patch({ name: event.target.value })} />
      <output>{status.lastSyncedAt === null ? 'not synced' : String(status.pending)}</output>
    </label>
  );
}

export default function App() {
  return (
    <main>
      <h1>learn react</h1>
      <SyncProvider identity={identity} relays={relays} fallback={<p>Opening</p>}>
        <Name />
      </SyncProvider>
    </main>
  );
}
`;
