/** A promise that is settled from outside. */
export interface Deferred<Result> {
  readonly promise: Promise<Result>;
  resolve(result: Result): void;
  reject(error: Error): void;
}

/**
 * Creates a promise that is settled from outside. Of several settlements the first holds. A rejection that nobody waits for is no unhandled one.
 * @example
 * const ready = createDeferred();
 * ready.resolve();
 * await ready.promise;
 */
export function createDeferred<Result = void>(): Deferred<Result> {
  let settle: Pick<Deferred<Result>, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<Result>((resolve, reject) => {
    settle = { resolve, reject };
  });
  promise.catch(() => {});
  // The executor has run by now.
  return { promise, ...settle! };
}
