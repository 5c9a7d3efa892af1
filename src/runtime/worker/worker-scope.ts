/** The scope of a dedicated worker, and of nothing else. */

/** What a message loop is made of. `close` ends everything, where the end of a worker does not. */
export interface MessageLoop<ToWorker> {
  readonly receive: (message: ToWorker) => void;
  readonly close: () => Promise<void>;
}

/** The part of a worker's scope that is used; a page's scope has the same names with another meaning. */
interface WorkerScope {
  onmessage: ((event: { readonly data: never }) => void) | null;
  postMessage(message: unknown): void;
}

/**
 * Runs a message loop on the messages of the page. Outside a worker it does nothing: tests and in-process engines import the worker's entry too.
 * @example
 * listenInWorker((post) => serve(post));
 */
export function listenInWorker<ToWorker, ToPage>(
  serve: (post: (message: ToPage) => void) => MessageLoop<ToWorker>,
): void {
  if (typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope === 'undefined') return;
  const scope = globalThis as unknown as WorkerScope;
  const { receive } = serve((message) => scope.postMessage(message));
  scope.onmessage = ({ data }) => receive(data);
}
