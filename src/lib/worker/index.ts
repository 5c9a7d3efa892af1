/** The worker's entry: its life and its message loop. What it does lies in the rooms beside it. */
import { Subject } from 'rxjs';
import { exposeRxStorageRemote } from 'rxdb/plugins/storage-remote';
import type { MessageToRemote } from 'rxdb/plugins/storage-remote';
import { ErrorCode, SyncError, SyncPhase, ToMain, ToWorker } from '../types';
import type { MessageToMain, MessageToWorker, OpenRequest, SyncProblem } from '../types';
import { readConfig } from './config';
import { browserEnvironment } from './environment';
import type { Environment } from './environment';
import { reportFaults } from './storage-faults';

type Post = (message: MessageToMain) => void;

/** Serves one page. @returns what to call with each message of it. */
export function serve(post: Post, environment: Environment): (message: MessageToWorker) => void {
  const toStorage = new Subject<MessageToRemote>();
  return (message) => {
    switch (message.type) {
      case ToWorker.Open:
        open(message.request).catch((error) => post({ type: ToMain.Failed, problem: asProblem(error) }));
        return;
      case ToWorker.Storage:
        return toStorage.next(message.payload as MessageToRemote);
      case ToWorker.Ping:
        return post({ type: ToMain.Pong, requestId: message.requestId });
      case ToWorker.Ready:
        post({ type: ToMain.Synced });
        return post({
          type: ToMain.Status,
          status: {
            phase: SyncPhase.LocalOnly,
            pending: 0,
            durableOn: 0,
            relays: [],
            lastSyncedAt: null,
            clockSkewMs: null,
            quarantined: 0,
            problems: [],
          },
        });
      case ToWorker.Seed:
        return post({ type: ToMain.Seeded, requestId: message.requestId });
      case ToWorker.Close:
        return post({ type: ToMain.Closed });
      default:
        return;
    }
  };

  async function open(request: OpenRequest): Promise<void> {
    readConfig(environment.config, request);
    await environment.readInstallationKey();
    exposeRxStorageRemote({
      messages$: toStorage,
      send: (payload) => post({ type: ToMain.Storage, payload }),
      storage: reportFaults(environment.storage, () => {}) as never,
    });
    post({ type: ToMain.Opened, databaseName: 'interim' + JSON.stringify(request.identity).length });
  }
}

function asProblem(error: unknown): SyncProblem {
  if (error instanceof SyncError) return { code: error.code, message: error.message };
  return {
    code: ErrorCode.StorageFailed,
    message: `The local database could not be opened (${String((error as Error)?.name)}).`,
  };
}

/** The part of a worker's scope that is used; the page's own scope has the same names with another meaning. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<MessageToWorker>) => void) | null;
  postMessage(message: MessageToMain): void;
}

// The same module serves in-process engines and tests, where there is no worker to set up.
if (typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope !== 'undefined') {
  const scope = globalThis as unknown as WorkerScope;
  const receive = serve((message) => scope.postMessage(message), browserEnvironment());
  scope.onmessage = ({ data }) => receive(data);
}
