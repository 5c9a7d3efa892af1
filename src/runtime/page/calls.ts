/** Requests that pass through to the worker's runtime and are answered by a promise. They outlive a worker: the next one is asked again. */
import { ErrorCode, SyncError } from '../core/errors';
import type { SyncProblem } from '../core/errors';

/** Parameters and result of each request, by its name. */
type CallSignatures<Calls> = { readonly [Name in keyof Calls]: (...parameters: never[]) => Promise<unknown> };
type Signature<Call> = Call extends (...parameters: infer Parameters) => Promise<infer Result>
  ? { readonly parameters: Parameters; readonly result: Result }
  : never;

/** The page's end of the calls: what is asked of the worker, and what is not answered yet. */
export interface PageCalls<Calls> {
  /**
   * Resolves with what the worker answers.
   * @throws SyncError the worker's, or ENGINE_CLOSED.
   */
  call<Name extends keyof Calls>(
    name: Name,
    ...parameters: Signature<Calls[Name]>['parameters']
  ): Promise<Signature<Calls[Name]>['result']>;
  /** The worker has answered: with a problem, or with the result. */
  settle(id: number, problem: SyncProblem | undefined, result: unknown): void;
  /** Another worker serves: whatever is unanswered is sent again. */
  repeat(): void;
  /** Nothing will be answered any more. */
  end(): void;
}

/**
 * Creates the page's end of the calls that `Calls` describes: an interface with a function type for each name.
 * @param send sends one request. `id` comes back with its answer.
 * @example
 * const calls: PageCalls<Calls> = createCalls((call) => worker.post({ type: ToWorker.Call, ...call }));
 * await calls.call(CallName.Seed, 'preferences', [{ id: 'ui' }], 0);
 */
export function createCalls<Calls extends CallSignatures<Calls>>(
  send: (call: { readonly id: number; readonly name: keyof Calls; readonly parameters: readonly unknown[] }) => void,
): PageCalls<Calls> {
  interface Pending {
    readonly name: keyof Calls;
    readonly parameters: readonly unknown[];
    resolve(result: unknown): void;
    reject(error: SyncError): void;
  }
  const pendingById = new Map<number, Pending>();
  let lastId = 0;
  let isEnded = false;

  return {
    call(name, ...parameters) {
      if (isEnded) return Promise.reject(closedError());
      return new Promise((resolve, reject) => {
        const id = (lastId += 1);
        pendingById.set(id, { name, parameters, resolve: resolve as Pending['resolve'], reject });
        try {
          send({ id, name, parameters });
        } catch (cause) {
          // What cannot be cloned never reaches a worker, this one or the next.
          pendingById.delete(id);
          reject(uncloneableError(name, cause));
        }
      });
    },
    settle(id, problem, result) {
      const pending = pendingById.get(id);
      pendingById.delete(id);
      if (problem) pending?.reject(new SyncError(problem.code, problem.message));
      else pending?.resolve(result);
    },
    repeat() {
      for (const [id, { name, parameters }] of pendingById) send({ id, name, parameters });
    },
    end() {
      isEnded = true;
      for (const { reject } of pendingById.values()) reject(closedError());
      pendingById.clear();
    },
  };
}

function uncloneableError(name: PropertyKey, cause: unknown): SyncError {
  return new SyncError(
    ErrorCode.ValueUnsupported,
    `What was given to "${String(name)}" cannot leave the page: it holds a function, an element or the like. Give plain JSON.`,
    { cause },
  );
}

/**
 * What happens to work that is under way, or asked for, when the engine is closed: ENGINE_CLOSED.
 * @example
 * if (isClosing) throw closedError();
 */
export function closedError(): SyncError {
  return new SyncError(ErrorCode.EngineClosed, 'This engine has been closed. Open another one.');
}
