/**
 * Everything that a relay holds for us, page by page (docs/protocol.md, section 5). Relays clamp pages silently, so a short page proves
 * nothing: the read ends when a page is empty or the relay says that it is the last.
 */
import type { Filter } from '../../../core/nostr';
import type { Admitted } from '../../admitted';
import { isNewer } from '../../../contracts/version-order';
import type { Answer } from '../queries';
import type { Span } from './short-read';

export interface FullReadOptions {
  readonly ask: (filter: Filter, done: (answer: Answer | undefined) => void) => void;
  readonly pageLimit: number;
  readonly maxPages: number;
  readonly addressesPerRequest: number;
  /** When what is read was written. Without it everything is read. */
  readonly spans?: readonly Span[];
  /** Addresses that manifests name and `present` lacks, or holds older than named. */
  readonly missing: (present: ReadonlyMap<string, Admitted>) => readonly string[];
  /** Called for every answer on the way. */
  readonly learned: (answer: Answer) => void;
}

/** No relay is known that gives fewer events in one answer. Of a part only, which proves no absence, a page with less is the last. */
const SMALLEST_PAGE = 10;

/** Calls back with what is there, and with whether all of it was read. */
export function readFully(
  options: FullReadOptions,
  ended: (present: ReadonlyMap<string, Admitted>, complete: boolean) => void,
): void {
  const { ask, pageLimit, maxPages, addressesPerRequest, spans = [{}], missing, learned } = options;
  const present = new Map<string, Admitted>();
  const askedByName = new Set<string>();
  const seen = new Set<string>();
  let pages = 0;

  readSpan(0);

  function readSpan(index: number): void {
    const span = spans[index];
    if (span) readPage(span, () => readSpan(index + 1));
    else readNamed();
  }

  function readPage(span: Span, done: () => void): void {
    const { since = 0, until } = span;
    pages += 1;
    ask({ limit: pageLimit, ...span }, (answer) => {
      if (!answer) return ended(present, false);
      const fresh = take(answer);
      const isLast = since > 0 && answer.events < SMALLEST_PAGE;
      if (answer.finish || answer.events === 0 || isLast) return done();
      const oldest = answer.admitted.reduce((least, { createdAt }) => Math.min(least, createdAt), until ?? Infinity);
      // Only authenticated events continue the read; after a page without one there is no next page.
      if (answer.admitted.length === 0 || pages >= maxPages) return ended(present, false);
      const next = fresh ? oldest : oldest - 1;
      if (next < since) done();
      else readPage({ ...span, until: next }, done);
    });
  }

  /** A second with more events than the relay gives hides some of them from every page. */
  function readNamed(): void {
    const names = missing(present)
      .filter((d) => !askedByName.has(d))
      .slice(0, addressesPerRequest);
    if (names.length === 0) return ended(present, true);
    for (const d of names) askedByName.add(d);
    readAddresses(ask, names, (answer) => {
      if (!answer) return ended(present, false);
      take(answer);
      readNamed();
    });
  }

  function take(answer: Answer): boolean {
    let fresh = false;
    for (const slot of answer.admitted) {
      const key = `${slot.d} ${slot.createdAt} ${slot.nonce ?? ''}`;
      fresh ||= !seen.has(key);
      seen.add(key);
      const known = present.get(slot.d);
      if (!known || isNewer(slot, known)) present.set(slot.d, slot);
    }
    learned(answer);
    return fresh;
  }
}

type Ask = (filter: Filter, done: (answer: Answer | undefined) => void) => void;

/**
 * Reads some addresses, few enough for one request. Relays clamp answers silently, so what is missing from one is asked for again until an
 * answer brings none of it: only that proves absence. The answers come back as one, or undefined if there is none to be had.
 */
export function readAddresses(
  ask: Ask,
  addresses: readonly string[],
  done: (answer: Answer | undefined) => void,
): void {
  let whole: Answer | undefined;
  askFor(addresses);

  function askFor(rest: readonly string[]): void {
    ask({ '#d': [...rest], limit: rest.length }, (answer) => {
      if (!answer) return done(undefined);
      whole = whole ? joined(whole, answer) : answer;
      const missing = rest.filter((d) => !answer.found.has(d));
      if (missing.length === 0 || missing.length === rest.length) return done(whole);
      askFor(missing);
    });
  }
}

/** The time of the first question stands for both: nothing that came between them may count as stored. */
function joined(first: Answer, second: Answer): Answer {
  return {
    admitted: [...first.admitted, ...second.admitted],
    found: new Map([...first.found, ...second.found]),
    events: first.events + second.events,
    finish: second.finish,
    askedAt: first.askedAt,
  };
}

/** As few requests as there have to be. */
export function batches(addresses: readonly string[], size: number): readonly (readonly string[])[] {
  const count = Math.ceil(addresses.length / size);
  return Array.from({ length: count }, (_, index) => addresses.slice(index * size, (index + 1) * size));
}
