/**
 * The page's side of the worker: starts it, notices its death by a heartbeat, starts another and hands it what the first one knew. It decides what is
 * said and when; the messages themselves are the app's (types.ts and engine.ts of the template).
 */
import { ErrorCode, SyncError } from '../core/errors';
import type { SyncProblem } from '../core/errors';
import { Lifecycle } from '../core/lifecycle';
import { checkIdentity } from '../core/open-request';
import type { OpenRequest } from '../core/open-request';
import { TEMPLATE_VERSION } from '../core/versions';
import { watchFrames, watchPage } from './page-events';
import { reportIdentity } from './developer-warnings';
import { checkRequirements } from './requirements';
import { createWorkerStarter } from './worker-start';
import { closedProblem, diedProblem, otherDatabase } from './worker-problems';
import type { StorageLink, WorkerEvents, WorkerLike, WorkerMessages, WorkerTimeouts } from './worker-contract';

// Deriving keys keeps a worker from answering; on the slowest phones this was seen to take five seconds.
const defaultTimeouts: WorkerTimeouts = {
  heartbeat: 4_000,
  missedBeats: 4,
  start: 20_000,
  restart: 250,
  close: 5_000,
};
const LONGEST_PAUSE_MS = 60_000;
/** After so many starts in a row without an answer no write waits any longer; the supervisor itself keeps trying. */
const STARTS_BEFORE_REFUSAL = 3;

/** What `createWorkerSupervisor` takes. */
export interface WorkerSupervisorOptions<ToWorker, ToPage, Link extends StorageLink> {
  /** `TEMPLATE_VERSION` of the app's types.ts. */
  readonly template: number;
  readonly request: OpenRequest;
  /** The worker of a browser; called again whenever one has died. */
  readonly createWorker: () => WorkerLike<ToWorker, ToPage>;
  /** Whether `createWorker` is in the place of a browser's worker, so that the browser need not have what that one needs. */
  readonly isReplaced?: boolean | undefined;
  readonly messages: WorkerMessages<ToWorker>;
  /** @param onBroken is called when the worker has lost its database, as browsers do to pages they had put to sleep. */
  readonly createLink: (onBroken: (reason: string) => void) => Link;
  readonly onMessage: (message: ToPage, worker: WorkerEvents) => void;
  /** The worker has died; `undefined` when another one serves again. */
  readonly onProblem: (problem: SyncProblem | undefined) => void;
  /** Another worker serves the storage: what the page knows of it may be old. */
  readonly onReopened: () => void;
  readonly timeouts?: Partial<WorkerTimeouts> | undefined;
}

/** A worker that is started again when it dies. */
export interface WorkerSupervisor<ToWorker, Link extends StorageLink> {
  readonly link: Link;
  /**
   * Resolves with the name of the local database.
   * @throws SyncError IDENTITY_INVALID, on the console too; what the worker refused; WORKER_DIED when it could not be started, WORKER_BLOCKED when the browser does not let it be; ENVIRONMENT_UNSUPPORTED; TEMPLATE_MISMATCH.
   */
  open(): Promise<string>;
  /** The local database is open: sync may start, in this worker and in each that follows it. */
  markReady(): void;
  /** Tells this worker, and each that follows it. */
  forward(event: Lifecycle): void;
  /** As long as no worker serves the storage the message is lost: only what may be lost, or is sent again at `onReopened`, is sent this way. */
  post(message: ToWorker): void;
  /**
   * Waits for `closeDatabase`, lets the worker publish what it can and close, and ends it; all of it in limited time. What is under way when that
   * is over is refused.
   */
  close(closeDatabase: () => Promise<unknown>): Promise<void>;
}

/**
 * Creates the supervisor of one engine's worker. Nothing is started before `open`.
 * @example
 * const supervisor = createWorkerSupervisor({
 *   template: TEMPLATE_VERSION,
 *   request: { identity: [user.id] },
 *   createWorker: () => new Worker(new URL('./worker/index.ts', import.meta.url)),
 *   messages,
 *   createLink: createStorageChannel,
 *   onMessage: (message, worker) => receive(message, worker),
 *   onProblem: (problem) => status.setWorkerProblem(problem),
 *   onReopened: () => refreshDatabase(db),
 * });
 * const db = await openDatabase(await supervisor.open(), supervisor.link, collections);
 * supervisor.markReady();
 */
export function createWorkerSupervisor<ToWorker, ToPage, Link extends StorageLink>(
  options: WorkerSupervisorOptions<ToWorker, ToPage, Link>,
): WorkerSupervisor<ToWorker, Link> {
  const { messages } = options;
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const link = options.createLink(died);
  const starter = createWorkerStarter(options.createWorker);
  let worker: WorkerLike<ToWorker, ToPage> | undefined;
  let databaseName: string | undefined;
  let settleOpen: { resolve(databaseName: string): void; reject(error: SyncError): void } | undefined;
  let settleClosed: (() => void) | undefined;
  let isServing = false;
  let isReady = false;
  /** What a new worker has to be told, because it cannot see it: whether the page is hidden, offline, paused. */
  const lastEvents = new Map<string, Lifecycle>();
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  let missedBeats = 0;
  let failedStarts = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopWatching = () => {};

  const post = (message: ToWorker): void => worker?.postMessage(message);

  function forward(event: Lifecycle): void {
    lastEvents.set(lifecycleGroup[event], event);
    post(messages.lifecycle(event));
  }

  function watch(): void {
    const stopPage = watchPage(forward);
    const stopChanges = link.onChanged(watchFrames((lagMs) => post(messages.frameLag(lagMs))));
    stopWatching = () => {
      stopPage();
      stopChanges();
    };
  }

  function startWorker(): void {
    let started: WorkerLike<ToWorker, ToPage>;
    try {
      started = starter.start();
    } catch (error) {
      return failed(reasonOf(error));
    }
    const events: WorkerEvents = {
      opened: (name) => void serve(started, name),
      storage: (payload) => link.receive(payload as never),
      refused,
      closed: () => settleClosed?.(),
    };
    started.onmessage = ({ data }) => {
      if (started !== worker) return;
      missedBeats = 0;
      options.onMessage(data, events);
    };
    started.onerror = (event) => {
      event.preventDefault();
      if (started === worker) failed(event.message || 'its script could not be loaded');
    };
    worker = started;
    missedBeats = 0;
    timer = setTimeout(() => died('it did not answer after its start'), timeouts.start);
    try {
      started.postMessage(messages.open(requestOf(options.request)));
    } catch (error) {
      died(reasonOf(error));
    }
  }

  async function serve(opened: WorkerLike<ToWorker, ToPage>, name: string): Promise<void> {
    clearTimeout(timer);
    if (databaseName !== undefined && databaseName !== name) return refused(otherDatabase);
    heartbeat ??= setInterval(beat, timeouts.heartbeat);
    const problem = await link.connect((payload) => opened.postMessage(messages.storage(payload)));
    if (opened !== worker) return;
    if (problem) return died(`it could not open the database again (${problem.name})`);
    failedStarts = 0;
    isServing = true;
    for (const event of lastEvents.values()) post(messages.lifecycle(event));
    if (databaseName === undefined) {
      databaseName = name;
      settleOpen?.resolve(name);
      return;
    }
    if (isReady) post(messages.ready());
    options.onProblem(undefined);
    options.onReopened();
  }

  /** The worker runs but will not open: at first `open` rejects with it; later on another start may find other conditions. */
  function refused(problem: SyncProblem): void {
    if (databaseName !== undefined) return died(problem.message);
    end(problem);
    settleOpen?.reject(new SyncError(problem.code, problem.message));
  }

  function beat(): void {
    if (!worker) return;
    if (missedBeats >= timeouts.missedBeats) return died('it stopped answering');
    missedBeats += 1;
    post(messages.ping());
  }

  /** An error that was not caught does not end a worker that already serves; the heartbeat tells. */
  function failed(reason: string): void {
    if (databaseName !== undefined && failedStarts === 0) return;
    starter.noteFailure(reason);
    died(reason);
  }

  function died(reason: string): void {
    worker?.terminate();
    worker = undefined;
    isServing = false;
    clearTimeout(timer);
    failedStarts += 1;
    // It was asked to close, and that it did.
    if (settleClosed) return settleClosed();
    const problem = (databaseName === undefined && starter.blockedBy(reason)) || diedProblem(reason);
    const isHopeless = starter.isBlocked || failedStarts >= STARTS_BEFORE_REFUSAL;
    if (isHopeless && databaseName === undefined) return refused(problem);
    link.disconnect(problem, isHopeless);
    if (databaseName !== undefined) options.onProblem(problem);
    const pauseMs = Math.min(timeouts.restart * 2 ** (failedStarts - 1), LONGEST_PAUSE_MS);
    timer = setTimeout(startWorker, pauseMs);
  }

  function end(problem: SyncProblem): void {
    clearInterval(heartbeat);
    clearTimeout(timer);
    starter.end();
    worker?.terminate();
    worker = undefined;
    isServing = false;
    link.end(problem);
  }

  return {
    link,
    async open() {
      try {
        checkTemplate(options.template);
        checkIdentity(options.request.identity);
        if (!options.isReplaced) checkRequirements();
        watch();
        return await new Promise<string>((resolve, reject) => {
          settleOpen = { resolve, reject };
          startWorker();
        });
      } catch (error) {
        reportIdentity(error);
        throw error;
      }
    },
    markReady() {
      isReady = true;
      post(messages.ready());
    },
    forward,
    post: (message) => {
      if (isServing) post(message);
    },
    async close(closeDatabase) {
      stopWatching();
      if (!isServing) end(closedProblem);
      const deadline = setTimeout(() => {
        end(closedProblem);
        settleClosed?.();
      }, timeouts.close);
      await closeDatabase();
      if (worker) {
        await new Promise<void>((resolve) => {
          settleClosed = resolve;
          post(messages.close());
        });
      }
      clearTimeout(deadline);
      end(closedProblem);
    },
  };
}

/** Of each group only the last event still holds. */
const lifecycleGroup: { readonly [event in Lifecycle]: string } = {
  [Lifecycle.Online]: 'network',
  [Lifecycle.Offline]: 'network',
  [Lifecycle.Visible]: 'page',
  [Lifecycle.Hidden]: 'page',
  [Lifecycle.Leaving]: 'page',
  [Lifecycle.Resumed]: 'page',
  [Lifecycle.Pause]: 'user',
  [Lifecycle.Resume]: 'user',
};

/** What is said to a worker, and nothing that an app may have given beside it. */
function requestOf({ identity, adoptGuest, secret, existing, relays }: OpenRequest): OpenRequest {
  return {
    identity,
    ...(adoptGuest && { adoptGuest }),
    ...(secret !== undefined && { secret }),
    ...(existing && { existing }),
    ...(relays && { relays }),
  };
}

/** A template without a version is older than versions are. */
function checkTemplate(template: number | undefined = 0): void {
  if (template === TEMPLATE_VERSION) return;
  const remedy =
    template < TEMPLATE_VERSION
      ? 'Bring the files up to date with: npx zero-backend-sync update'
      : 'Bring the package up to date with: npm install zero-backend-sync@latest';
  throw new SyncError(
    ErrorCode.TemplateMismatch,
    `The template's files in this app (engine, types and so on) are of version ${template}, and the installed zero-backend-sync works with version ${TEMPLATE_VERSION}. ${remedy}`,
  );
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
