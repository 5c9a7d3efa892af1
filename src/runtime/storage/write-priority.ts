/** Whose turn it is at the storage: IndexedDB stores one after the other, so a bulk lets what the app writes go first. */
export interface Turns {
  /** The app writes this, and waits for it. */
  take<Result>(work: Promise<Result>): Promise<Result>;
  /** Resolves when all that the app has written so far is stored; what it writes meanwhile does not count, so an app that never rests stops nobody. */
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
