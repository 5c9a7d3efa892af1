/** Whose turn it is at the storage: IndexedDB serves one after the other, so a bulk lets the app go first. */
export interface Turns {
  /** The app has asked for this, and waits for it. */
  take<Result>(work: Promise<Result>): Promise<Result>;
  /** Resolves when all that the app has asked for so far is answered; what it asks for meanwhile does not count, so an app that never rests stops nobody. */
  untilServed(): Promise<void>;
}

export function createTurns(): Turns {
  const underWay = new Set<Promise<unknown>>();

  return {
    take(work) {
      const end = () => void underWay.delete(work);
      underWay.add(work);
      work.then(end, end);
      return work;
    },
    async untilServed() {
      await Promise.allSettled(underWay);
    },
  };
}
