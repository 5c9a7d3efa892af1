/** The worker's entry: its life and its message loop, nothing else. */
import { ToMain, ToWorker } from '../../runtime/core/messages';
import type { MessageToMain, MessageToWorker } from '../../runtime/core/messages';
import { browserEnvironment } from '../../runtime/worker/browser-environment';
import type { Environment } from '../../runtime/worker/browser-environment';
import { asProblem, openSession } from '../../runtime/worker/session';
import type { Session } from '../../runtime/worker/session';

export interface Served {
  /** To be called with each message of the page. */
  receive(message: MessageToWorker): void;
  /** Ends everything, where the end of a worker does not. */
  end(): Promise<void>;
}

/** Serves one page with one database. */
export function serve(post: (message: MessageToMain) => void, environment: Environment): Served {
  let session: Session | undefined;
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= session?.close().catch(() => {}) ?? Promise.resolve());

  function receive(message: MessageToWorker): void {
    switch (message.type) {
      case ToWorker.Open:
        openSession(message.request, environment, post).then(
          (opened) => {
            session = opened;
            post({ type: ToMain.Opened, databaseName: opened.databaseName });
          },
          (error) => post({ type: ToMain.Failed, problem: asProblem(error) }),
        );
        return;
      case ToWorker.Storage:
        return session?.receiveStorage(message.payload as never);
      case ToWorker.Ready:
        return session?.start();
      case ToWorker.Seed: {
        const { requestId, collection, documents, version } = message;
        session?.seed(collection, documents, version).then(
          () => post({ type: ToMain.Seeded, requestId }),
          (error) => post({ type: ToMain.Seeded, requestId, problem: asProblem(error) }),
        );
        return;
      }
      case ToWorker.Lifecycle:
        return session?.replica.lifecycle(message.event);
      case ToWorker.FrameLag:
        return session?.replica.frameLag(message.lagMs);
      case ToWorker.Ping:
        return post({ type: ToMain.Pong, requestId: message.requestId });
      case ToWorker.Close:
        return void close().then(() => post({ type: ToMain.Closed }));
      default:
        // Of type never, or a message is missing above.
        return message;
    }
  }

  return { receive, end: close };
}

/** The part of a worker's scope that is used; a page's scope has the same names with another meaning. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<MessageToWorker>) => void) | null;
  postMessage(message: MessageToMain): void;
}

// In-process engines and tests import this module too, where there is no worker to set up.
if (typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope !== 'undefined') {
  const scope = globalThis as unknown as WorkerScope;
  const { receive } = serve((message) => scope.postMessage(message), browserEnvironment());
  scope.onmessage = ({ data }) => receive(data);
}
