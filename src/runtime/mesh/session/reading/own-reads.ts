/** Which own addresses have been read from one relay on its present connection: nothing is written to one before. */
import { batches } from './full-read';
import type { Holdings } from '../holdings';

export interface OwnReadsOptions {
  readonly addressesPerRequest: number;
  readonly holdings: Holdings;
  readonly ownAddresses: ReadonlySet<string>;
  readonly fetch: (addresses: readonly string[], done: (answered: boolean, holdsLess: boolean) => void) => void;
  /** One request for own addresses has ended. */
  readonly ended: (addresses: readonly string[], answered: boolean, holdsLess: boolean) => void;
}

export type OwnReads = ReturnType<typeof createOwnReads>;

export function createOwnReads({ addressesPerRequest, holdings, ownAddresses, fetch, ended }: OwnReadsOptions) {
  const read = new Set<string>();
  /** Those of them where nothing was found. */
  const absent = new Set<string>();
  const asked = new Set<string>();

  function note(d: string): void {
    read.add(d);
    if (holdings.get(d)) absent.delete(d);
    else absent.add(d);
  }

  return {
    /** Asks for those that have not been read on this connection. */
    readMissing(): void {
      const unread = [...ownAddresses].filter((d) => !read.has(d) && !asked.has(d));
      for (const batch of batches(unread, addressesPerRequest)) {
        for (const d of batch) asked.add(d);
        fetch(batch, (answered, holdsLess) => {
          for (const d of batch) asked.delete(d);
          if (answered) for (const d of batch) note(d);
          ended(batch, answered, holdsLess);
        });
      }
    },
    /** What was not there may have been hidden from a stranger. */
    forgetAbsent(): void {
      for (const d of absent) read.delete(d);
      absent.clear();
    },
    forget(): void {
      for (const set of [read, absent, asked]) set.clear();
    },
    covers: (d: string): boolean => read.has(d) || !ownAddresses.has(d),
    get isComplete(): boolean {
      return [...ownAddresses].every((d) => read.has(d));
    },
  };
}
