/** An app that only opens the engine: what `npm run bench` measures and weighs. */
import { SyncEngine } from './lib/engine';

const parameters = new URLSearchParams(window.location.search);

// A bench decides when the engine is opened, so that it can watch the opening.
Object.assign(window, {
  openEngine: () =>
    SyncEngine.open({
      identity: parameters.getAll('identity'),
      relays: parameters.get('relays')?.split(',').filter(Boolean),
    }),
});
