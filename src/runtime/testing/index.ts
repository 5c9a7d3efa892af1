/** `zero-backend-sync/testing`: engines without a worker and without IndexedDB, for an app's tests. Nothing of it belongs into an app. */
export { createInProcessWorkers, createMemoryPlatform } from './in-process';
export type { Serve } from './in-process';
