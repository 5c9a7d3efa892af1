/**
 * What one relay holds by its own list of ids (NIP-77, docs/protocol.md, section 5): events that are known need not come again, the others are asked for.
 */
import type { Clock } from '../../../core/clock';
import type { Filter } from '../../../core/nostr';
import type { Admitted } from '../../admitted';
import { isNewer } from '../../../contracts/version-order';
import type { RelayLink } from '../../../relay/link';
import type { Answer } from '../queries';
import { batches } from './full-read';

export interface ListedReadOptions {
  readonly clock: Clock;
  /** For so long the list is waited for. */
  readonly waitMs: number;
  /** Asks for the ids of all that the relay has; calls back with undefined where it does not tell. */
  readonly listIds: (done: (ids: ReadonlySet<string> | undefined) => void) => void;
  readonly ask: (filter: Filter, done: (answer: Answer | undefined) => void) => void;
  /** What was opened of the event with this id. */
  readonly known: (id: string) => Admitted | undefined;
  readonly idsPerRequest: number;
  /** Called for every answer on the way. */
  readonly learned: (answer: Answer) => void;
}

export interface ListedRead {
  /** The newest known version at each address, of those that the relay lists or has given. */
  readonly present: ReadonlyMap<string, Admitted>;
  /** Those that it has given now. */
  readonly given: ReadonlyMap<string, Admitted>;
}

/** Calls back once: with what is there, or with undefined if the relay does not list what it has in time, or does not give what it lists. */
export function readByList(options: ListedReadOptions, ended: (read: ListedRead | undefined) => void): void {
  const { clock, waitMs, listIds } = options;
  let isLate = false;
  const giveUp = () => {
    isLate = true;
    ended(undefined);
  };
  const cancelWait = waitMs === Infinity ? () => {} : clock.after(waitMs, giveUp);
  listIds((ids) => {
    cancelWait();
    if (isLate) return;
    if (ids) readListed(options, ids, ended);
    else ended(undefined);
  });
}

function readListed(
  { ask, known, idsPerRequest, learned }: ListedReadOptions,
  ids: ReadonlySet<string>,
  ended: (read: ListedRead | undefined) => void,
): void {
  const present = new Map<string, Admitted>();
  const given = new Map<string, Admitted>();
  const waiting = batches(
    [...ids].filter((id) => !known(id)),
    idsPerRequest,
  );
  for (const id of ids) note(present, known(id));
  readBatch(0);

  function readBatch(index: number, lacking = waiting[index]): void {
    if (!lacking) return ended({ present, given });
    ask({ ids: lacking, limit: lacking.length }, (answer) => {
      if (!answer) return ended(undefined);
      learned(answer);
      for (const slot of answer.admitted) {
        note(present, slot);
        note(given, slot);
      }
      const rest = lacking.filter((id) => !known(id));
      if (rest.length === 0) readBatch(index + 1);
      // Relays clamp answers silently. One that brings nothing new shows that the relay does not give what it lists.
      else if (rest.length < lacking.length) readBatch(index, rest);
      else ended(undefined);
    });
  }
}

function note(slots: Map<string, Admitted>, slot: Admitted | undefined): void {
  if (!slot) return;
  const before = slots.get(slot.d);
  if (!before || isNewer(slot, before)) slots.set(slot.d, slot);
}

export interface IdListingOptions {
  readonly link: Pick<RelayLink, 'listIds'>;
  readonly filter: Filter;
  /** The relay says that it knows NIP-77. */
  readonly isKnown: () => boolean;
}

/** Asks one relay for lists of ids until it has not answered once: many say that they know NIP-77 and do not. */
export function createIdListing({ link, filter, isKnown }: IdListingOptions): ListedReadOptions['listIds'] {
  let hasFailed = false;
  return (done) => {
    if (!link.listIds || hasFailed || !isKnown()) return done(undefined);
    link.listIds(filter, (ids) => {
      hasFailed = ids === undefined;
      done(ids);
    });
  };
}
