/** An app that only opens the engine: what `npm run bench` measures and weighs. */
import { SyncEngine } from './lib/engine';

const parameters = new URLSearchParams(window.location.search);
const identity = parameters.has('identity') ? parameters.getAll('identity') : null;
const adoptGuest = parameters.has('adopt-guest');
const relays = parameters.get('relays')?.split(',').filter(Boolean);

// A bench decides when the engine is opened, so that it can watch the opening.
Object.assign(window, {
  openEngine: () => SyncEngine.open({ identity, relays, adoptGuest }),
  measureOptimisticWrites: async (writes: number) =>
    (await import('./optimistic')).measureOptimisticWrites(identity, relays ?? [], writes),
});
