/** What a relay has stored at certain addresses, and, as certainly, what it has not. */
import type { Filter } from 'nostr-tools/filter';
import type { Answer } from './relay-query';

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
