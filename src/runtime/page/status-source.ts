/** The status as the app sees it: what the worker says of itself, and what the page knows of the worker. */
import { BehaviorSubject } from 'rxjs';
import type { Observable } from 'rxjs';
import type { SyncProblem } from '../core/errors';
import { startingStatus, SyncPhase } from '../core/status';
import type { SyncStatus } from '../core/status';

/** The status over time, as an observable of RxJS: `subscribe` and `pipe`. */
export type StatusStream = Observable<SyncStatus>;

/** What keeps the status on the page. */
export interface StatusSource {
  readonly value: SyncStatus;
  /** Emits the present status at once and then each change; completes at `close`. */
  readonly status$: StatusStream;
  /** What the worker says. */
  set(status: SyncStatus): void;
  /** What is wrong with the worker; undefined when one serves again. */
  setWorkerProblem(problem: SyncProblem | undefined): void;
  /** Emits nothing until `work` is over: what a worker says while it is closed is of no concern. The last status, `closed`, comes then. */
  closeAfter(work: Promise<void>): Promise<void>;
}

/**
 * Creates the status of an engine; it begins as `startingStatus`.
 * @example
 * const source = createStatusSource();
 * source.status$.subscribe(({ phase, pending }) => show(phase, pending));
 */
export function createStatusSource(): StatusSource {
  const subject = new BehaviorSubject(startingStatus);
  let ofWorker = startingStatus;
  let workerProblem: SyncProblem | undefined;
  let isFrozen = false;

  function publish(): void {
    if (isFrozen) return;
    const problems = workerProblem ? [workerProblem, ...ofWorker.problems] : ofWorker.problems;
    subject.next({ ...ofWorker, problems });
  }

  return {
    get value() {
      return subject.value;
    },
    status$: subject.asObservable(),
    set(status) {
      ofWorker = status;
      publish();
    },
    setWorkerProblem(problem) {
      workerProblem = problem;
      publish();
    },
    async closeAfter(work) {
      isFrozen = true;
      await work;
      subject.next({ ...subject.value, phase: SyncPhase.Closed });
      subject.complete();
    },
  };
}
