/** Engines of this repository's template in this process. */
import config from '../../src/lib/config.json';
import { collections } from '../../src/lib/schema';
import type { MessageToPage, MessageToWorker } from '../../src/lib/types';
import { serve } from '../../src/lib/worker';
import wasm from '../../src/lib/worker/crypto.wasm';
import { loadBlackBox } from '../../src/runtime/crypto/black-box';
import type { WorkerLike } from '../../src/runtime/page/worker-contract';
import { createInProcessWorkers, createMemoryPlatform } from '../../src/runtime/testing/in-process';
import type { Environment } from '../../src/runtime/worker/environment';

export type WorkerOfTest = WorkerLike<MessageToWorker, MessageToPage>;

/** A device of its own, in memory: engines on the same environment are one device, whose worker was started again or whose user has changed. */
export function inProcessEnvironment(): Environment {
  return { ...createMemoryPlatform(), config, collections, loadBlackBox: () => loadBlackBox(wasm) };
}

export const inProcessWorkers = (environment?: Partial<Environment>): (() => WorkerOfTest) =>
  createInProcessWorkers(serve, environment);
