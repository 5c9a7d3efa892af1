/**
 * The page's end of the worker: starts it, notices its death by a heartbeat, starts another and hands it what the first one knew.
 */
import { ErrorCode, SyncError } from '../core/errors';
import { Lifecycle } from '../core/lifecycle';
import { ToMain, ToWorker } from '../core/messages';
import type { MessageToMain, MessageToWorker } from '../core/messages';
import type { OpenRequest } from '../core/open-request';
import type { SyncProblem } from '../core/errors';
import { StorageChannel } from './rxdb/storage-channel';

/** A running worker, seen from the page. */
export interface WorkerEnd {
  post(message: MessageToWorker): void;
  terminate(): void;
}

export interface WorkerEvents {
  message(message: MessageToMain): void;
  /** An error that nothing in the worker caught; before its first message this means that it could not start. */
  failed(reason: string): void;
}

export type StartWorker = (events: WorkerEvents) => WorkerEnd;

/** All in milliseconds. */
export interface Patience {
  /** How often the page asks for a sign of life. */
  readonly heartbeat: number;
  /** Unanswered heartbeats after which a worker counts as dead. Counted, not timed: a page that slept has missed none. */
  readonly missedBeats: number;
  /** How long a new worker may take to answer for the first time. */
  readonly start: number;
  /** The first pause before a worker is started again; it doubles up to a minute. */
  readonly restart: number;
  /** How long closing may take in all. */
  readonly close: number;
}

// Deriving keys keeps a worker from answering; on the slowest phones this was seen to take five seconds.
const defaultPatience: Patience = { heartbeat: 4_000, missedBeats: 4, start: 20_000, restart: 250, close: 5_000 };
const longestPauseMs = 60_000;
/** After so many starts in a row without an answer no write waits any longer; the connection itself keeps trying. */
const startsBeforeRefusal = 3;

export interface ConnectionListener {
  message(message: MessageToMain): void;
  /** The worker died; `undefined` when another one serves again. */
  problem(problem: SyncProblem | undefined): void;
  /** Another worker serves the storage: what the page knows of it may be old. */
  reopened(): void;
}

export class WorkerConnection {
  readonly channel = new StorageChannel((reason) => this.died(reason));
  private worker: WorkerEnd | undefined;
  private databaseName: string | undefined;
  private settleOpen: { resolve(databaseName: string): void; reject(error: SyncError): void } | undefined;
  private settleClosed: (() => void) | undefined;
  private isServing = false;
  private ready = false;
  /** What a new worker has to be told, because it cannot see it: whether the page is hidden, offline, paused. */
  private readonly lifecycle = new Map<string, Lifecycle>();
  private beats: ReturnType<typeof setInterval> | undefined;
  private missedBeats = 0;
  private failedStarts = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private requestId = 0;

  constructor(
    private readonly start: StartWorker,
    private readonly request: OpenRequest,
    private readonly listener: ConnectionListener,
    private readonly patience: Patience = defaultPatience,
  ) {}

  /**
   * Resolves with the name of the local database.
   * @throws SyncError what the worker refused, or WORKER_DIED when it could not be started.
   */
  open(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.settleOpen = { resolve, reject };
      this.startWorker();
    });
  }

  /** Every collection exists: the replica may start, in this worker and in each that follows it. */
  markReady(): void {
    this.ready = true;
    this.worker?.post({ type: ToWorker.Ready });
  }

  forward(event: Lifecycle): void {
    this.lifecycle.set(lifecycleGroup[event], event);
    this.worker?.post({ type: ToWorker.Lifecycle, event });
  }

  /** Without a worker the message is lost; only what may be lost is sent this way. */
  post(message: MessageToWorker): void {
    this.worker?.post(message);
  }

  /**
   * Waits for `closeDatabase`, lets the worker publish what it can and close, and ends it; all of it in limited time. What is under way when that
   * is over is refused.
   */
  async close(closeDatabase: () => Promise<unknown>): Promise<void> {
    if (!this.isServing) this.end(closedProblem);
    const deadline = setTimeout(() => {
      this.end(closedProblem);
      this.settleClosed?.();
    }, this.patience.close);
    await closeDatabase();
    if (this.worker) {
      await new Promise<void>((resolve) => {
        this.settleClosed = resolve;
        this.worker?.post({ type: ToWorker.Close });
      });
    }
    clearTimeout(deadline);
    this.end(closedProblem);
  }

  private startWorker(): void {
    const worker = this.start({
      message: (message) => worker === this.worker && this.receive(message),
      failed: (reason) => worker === this.worker && this.failed(reason),
    });
    this.worker = worker;
    this.missedBeats = 0;
    this.timer = setTimeout(() => this.died('it did not answer after its start'), this.patience.start);
    worker.post({ type: ToWorker.Open, request: this.request });
  }

  private receive(message: MessageToMain): void {
    this.missedBeats = 0;
    switch (message.type) {
      case ToMain.Storage:
        return this.channel.receive(message.payload as never);
      case ToMain.Opened:
        return void this.serve(message.databaseName);
      case ToMain.Failed:
        return this.refused(message.problem);
      case ToMain.Closed:
        return this.settleClosed?.();
      case ToMain.Pong:
        return;
      default:
        return this.listener.message(message);
    }
  }

  private async serve(databaseName: string): Promise<void> {
    const worker = this.worker;
    clearTimeout(this.timer);
    if (this.databaseName !== undefined && this.databaseName !== databaseName) return this.refused(otherDatabase);
    this.beats ??= setInterval(() => this.beat(), this.patience.heartbeat);
    const problem = await this.channel.connect((payload) => worker?.post({ type: ToWorker.Storage, payload }));
    if (worker !== this.worker) return;
    if (problem) return this.died(`it could not open the database again (${problem.name})`);
    this.failedStarts = 0;
    this.isServing = true;
    for (const event of this.lifecycle.values()) worker?.post({ type: ToWorker.Lifecycle, event });
    if (this.databaseName === undefined) {
      this.databaseName = databaseName;
      this.settleOpen?.resolve(databaseName);
      return;
    }
    if (this.ready) worker?.post({ type: ToWorker.Ready });
    this.listener.problem(undefined);
    this.listener.reopened();
  }

  /** The worker runs but will not open: at first `open` rejects with it; later on another start may find other conditions. */
  private refused(problem: SyncProblem): void {
    if (this.databaseName !== undefined) return this.died(problem.message);
    this.end(problem);
    this.settleOpen?.reject(new SyncError(problem.code, problem.message));
  }

  private beat(): void {
    if (!this.worker) return;
    if (this.missedBeats >= this.patience.missedBeats) return this.died('it stopped answering');
    this.missedBeats += 1;
    this.worker.post({ type: ToWorker.Ping, requestId: (this.requestId += 1) });
  }

  /** An error that was not caught does not end a worker that already serves; its heart tells. */
  private failed(reason: string): void {
    if (this.databaseName === undefined || this.failedStarts > 0) this.died(reason);
  }

  private died(reason: string): void {
    this.worker?.terminate();
    this.worker = undefined;
    this.isServing = false;
    clearTimeout(this.timer);
    this.failedStarts += 1;
    // It was asked to close, and that it did.
    if (this.settleClosed) return this.settleClosed();
    const problem = diedProblem(reason);
    const isHopeless = this.failedStarts >= startsBeforeRefusal;
    if (isHopeless && this.databaseName === undefined) return this.refused(problem);
    this.channel.disconnect(problem, isHopeless);
    if (this.databaseName !== undefined) this.listener.problem(problem);
    const pauseMs = Math.min(this.patience.restart * 2 ** (this.failedStarts - 1), longestPauseMs);
    this.timer = setTimeout(() => this.startWorker(), pauseMs);
  }

  private end(problem: SyncProblem): void {
    this.stopTimers();
    this.worker?.terminate();
    this.worker = undefined;
    this.isServing = false;
    this.channel.end(problem);
  }

  private stopTimers(): void {
    clearInterval(this.beats);
    clearTimeout(this.timer);
  }
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

const closedProblem: SyncProblem = {
  code: ErrorCode.EngineClosed,
  message: 'The engine was closed while this was under way. Open another one to go on.',
};

const otherDatabase: SyncProblem = {
  code: ErrorCode.StorageFailed,
  message:
    "The local database of this page is another one now: the browser has cleared this site's storage while the app was open, or a user who signed in in another tab has adopted what was written here. Reload the page.",
};

function diedProblem(reason: string): SyncProblem {
  return {
    code: ErrorCode.WorkerDied,
    message: `The worker that holds the local database has died: ${reason}. Another one is being started. A write that was refused with this error may or may not have been stored: look before you write it again.`,
  };
}
