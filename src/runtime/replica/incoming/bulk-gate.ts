/**
 * Back-pressure. Large events are opened one after the other, and only while the merge queue is short: until then they wait as they came, a tenth of what
 * their documents take in memory. The mesh asks for the next page when all of the last one has been taken. Edits pass at once.
 */
import type { NostrEvent } from '../../contracts/slot';
import type { MergeQueue } from './merge-queue';

/** Base64 of an envelope of 4 kB padded. Deltas seal at about 3 kB of event (docs/protocol.md, section 2); what is larger is a page. */
const LONGEST_EDIT = 5_600;

export function createBulkGate({ room }: Pick<MergeQueue, 'room'>) {
  let last: Promise<unknown> = Promise.resolve();

  return function pass<Result>(event: NostrEvent, open: () => Promise<Result>): Promise<Result> {
    if (event.content.length <= LONGEST_EDIT) return open();
    const opened = last.then(room).then(open);
    last = opened.catch(() => {});
    return opened;
  };
}
