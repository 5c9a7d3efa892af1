/** What the status says of when the device was last in step with the relays. */
import { SyncPhase } from '../../../src/runtime/core/status';
import { createPlace, openReplica } from '../../support/replica-scene';

test('the time of the last sync stays as it was while no relay can be reached', async () => {
  const place = createPlace();
  const session = openReplica(place);
  await place.clock.until(() => session.status.phase === SyncPhase.Online, 30_000);
  await place.clock.advance(60_000);
  for (const relay of place.relays) {
    relay.faults = { refuse: true };
    relay.drop();
  }
  const unreachableSince = place.clock.now();
  await place.clock.advance(60_000);
  expect(session.status.phase).toBe(SyncPhase.Offline);
  expect(session.status.lastSyncedAt).toBeLessThanOrEqual(unreachableSince);
});
