/**
 * `zero-backend-sync/worker`: the worker's side, with RxDB over IndexedDB as the storage layer. Keys, encryption, sockets, merging and storage are here;
 * the template's worker/index.ts puts it together and runs the message loop.
 */
import { createRxdbLayer } from '../storage/rxdb/rxdb-layer';
import { browserPlatform } from './browser-environment';
import type { AppParts, Environment } from './environment';

export { loadBlackBox } from '../crypto/black-box';
export type { WasmModule, WasmSource } from '../crypto/black-box';
export type { AppParts, Environment, Platform } from './environment';
export type { SessionListener } from './session';
export { toProblem } from './problem';
export { listenInWorker } from './worker-scope';
export type { MessageLoop } from './worker-scope';
export { createWorkerSession } from './worker-session';
export type { WorkerSession } from './worker-session';

/**
 * The environment of a dedicated worker in a browser.
 * @example
 * createBrowserEnvironment({ config, collections, loadBlackBox: () => loadBlackBox(() => import('./crypto.wasm')) })
 */
export function createBrowserEnvironment(app: AppParts): Environment {
  return { ...browserPlatform(createRxdbLayer()), ...app };
}
