/** The worker's entry: puts the app's parts and the browser's together, and runs the message loop. Keys, encryption, sockets and storage stay here. */
import {
  createBrowserEnvironment,
  createWorkerSession,
  listenInWorker,
  loadBlackBox,
  toProblem,
} from 'zero-backend-sync/worker';
import type { Environment, MessageLoop } from 'zero-backend-sync/worker';
import config from '../config.json';
import { collections } from '../schema';
import { CallName, ToPage, ToWorker } from '../types';
import type { Call, Calls, MessageToPage, MessageToWorker, OpenRequest } from '../types';

/**
 * Not a static import: some tools wait for the module where it is imported, and a worker that waits before it listens misses the page's first message.
 * The comment keeps webpack from making a file of its own for it.
 */
const loadWasm = () => import(/* webpackMode: "eager" */ './crypto.wasm');

/**
 * Serves one page with one database.
 * @param replaced what tests put in the place of the browser's, such as storage in memory.
 */
export function serve(
  post: (message: MessageToPage) => void,
  replaced: Partial<Environment> = {},
): MessageLoop<MessageToWorker> {
  const browser = createBrowserEnvironment({ config, collections, loadBlackBox: () => loadBlackBox(loadWasm) });
  const session = createWorkerSession(
    { ...browser, ...replaced },
    {
      onStorage: (payload) => post({ type: ToPage.Storage, payload }),
      onStatus: (status) => post({ type: ToPage.Status, status }),
      onSynced: () => post({ type: ToPage.Synced }),
      onWarning: (problem) => post({ type: ToPage.Warning, problem }),
    },
  );

  const calls: Calls = {
    [CallName.Seed]: session.seed,
  };

  async function open(request: OpenRequest): Promise<void> {
    try {
      post({ type: ToPage.Opened, databaseName: await session.open(request) });
    } catch (error) {
      post({ type: ToPage.Failed, problem: toProblem(error) });
    }
  }

  async function answer({ id, name, parameters }: Call): Promise<void> {
    try {
      // The page's calls are typed by the same `Calls`.
      const call = calls[name] as (...given: readonly unknown[]) => Promise<unknown>;
      post({ type: ToPage.Answer, id, result: await call(...parameters) });
    } catch (error) {
      post({ type: ToPage.Answer, id, problem: toProblem(error) });
    }
  }

  async function close(): Promise<void> {
    await session.close();
    post({ type: ToPage.Closed });
  }

  function receive(message: MessageToWorker): void {
    switch (message.type) {
      case ToWorker.Open:
        open(message.request);
        return undefined;
      case ToWorker.Storage:
        return session.receiveStorage(message.payload);
      case ToWorker.Ready:
        return session.start();
      case ToWorker.Call:
        answer(message);
        return undefined;
      case ToWorker.Lifecycle:
        return session.lifecycle(message.event);
      case ToWorker.FrameLag:
        return session.frameLag(message.lagMs);
      case ToWorker.Ping:
        return post({ type: ToPage.Pong });
      case ToWorker.Close:
        close();
        return undefined;
      default:
        // Of type never, or a message is missing above.
        return message;
    }
  }

  return { receive, close: session.close };
}

// Tests import this module too; where there is no worker this does nothing.
listenInWorker(serve);
