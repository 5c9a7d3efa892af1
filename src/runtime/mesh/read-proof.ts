/**
 * What the relays have shown of what they hold (docs/protocol.md, section 5). That a relay has answered proves nothing: one that serves strangers in
 * silence, was wiped or is slow to find its data answers like one that holds nothing. A relay has been read when it has shown an event of ours in a
 * complete read of this connection; or when it was empty and has shown what was written to it, and no other relay may still show something else.
 */
import type { Clock } from '../core/clock';
import { ReadCompleteness } from '../core/status';

/** What one relay has shown on its present connection, from little to much. */
export enum Shown {
  /** No complete read has ended. */
  Nothing,
  /** A complete read brought no event of ours. */
  Emptiness,
  /** The same, and what was written to it afterwards came back. */
  OwnWriting,
  /** A read of what is new and of what other relays lack brought an event of ours. What else it holds is not known yet. */
  Newest,
  /** A complete read, or a comparison with what was known, brought an event of ours and nothing was missing. */
  Data,
}

export interface ProofRelay {
  readonly url: string;
  /** It cannot be reached: an attempt has failed, and the next one is scheduled. */
  readonly isDown: boolean;
}

export interface ReadProofOptions {
  readonly clock: Clock;
  /** Relays that have to be read before everything counts as read. */
  readonly required: number;
  /** For so long another relay may still show something. ms. */
  readonly patienceMs: number;
  /** Those in use. */
  readonly relays: () => readonly ProofRelay[];
  readonly changed: () => void;
}

export type ReadProof = ReturnType<typeof createReadProof>;

interface Known {
  readonly shown: Shown;
  /** Monotonic ms. */
  readonly since: number;
}

export function createReadProof({ clock, required, patienceMs, relays, changed }: ReadProofOptions) {
  const knownByUrl = new Map<string, Known>();
  /** Relays that have been read at some time since the start. */
  const read = new Set<string>();
  let progressAt = clock.monotonic();
  let isAllAnswered = false;
  let isPartial = false;
  let cancelTimer = () => {};

  const shownBy = (url: string): Shown => knownByUrl.get(url)?.shown ?? Shown.Nothing;
  const hasWaited = (since: number) => clock.monotonic() - since >= patienceMs;

  function isRead({ url }: ProofRelay, inUse: readonly ProofRelay[]): boolean {
    const known = knownByUrl.get(url);
    if (known?.shown !== Shown.OwnWriting) return known !== undefined && known.shown >= Shown.Newest;
    // Several empty relays wait for each other's writing only.
    return (
      hasWaited(known.since) ||
      inUse.every((other) => other.isDown || shownBy(other.url) >= Shown.OwnWriting || other.url === url)
    );
  }

  function isAnswered({ url, isDown }: ProofRelay): boolean {
    const known = knownByUrl.get(url);
    return isDown || (known !== undefined && (known.shown > Shown.Nothing || hasWaited(known.since)));
  }

  function evaluate(): void {
    const inUse = relays();
    for (const { url } of inUse) if (!knownByUrl.has(url)) set(url, Shown.Nothing);
    const before = `${read.size} ${isAllAnswered} ${isPartial}`;
    for (const relay of inUse) {
      if (read.has(relay.url) || !isRead(relay, inUse)) continue;
      read.add(relay.url);
      progressAt = clock.monotonic();
    }
    isAllAnswered = inUse.length > 0 && inUse.every(isAnswered);
    isPartial = read.size > 0 && read.size < required && hasWaited(progressAt);
    watch();
    if (before !== `${read.size} ${isAllAnswered} ${isPartial}`) changed();
  }

  /** Looks again when time alone will have changed something. */
  function watch(): void {
    cancelTimer();
    const waits = [progressAt, ...[...knownByUrl.values()].map(({ since }) => since)]
      .map((since) => since + patienceMs - clock.monotonic())
      .filter((waitMs) => waitMs > 0);
    if (waits.length > 0) cancelTimer = clock.after(Math.min(...waits) + 1, evaluate);
  }

  function set(url: string, shown: Shown): void {
    knownByUrl.set(url, { shown, since: clock.monotonic() });
  }

  return {
    /** The relay has shown this much on its connection; `Nothing` on a new one, or when it turns out that it had answered a stranger. */
    note(url: string, shown: Shown): void {
      if (shownBy(url) !== shown || !knownByUrl.has(url)) set(url, shown);
      evaluate();
    },
    /** A page brought events of ours: whoever waits for a complete read waits on. */
    noteProgress(): void {
      progressAt = clock.monotonic();
    },
    /** Other relays are in use, or one has become reachable or unreachable. */
    relaysChanged(): void {
      const inUse = new Set(relays().map(({ url }) => url));
      for (const url of knownByUrl.keys()) if (!inUse.has(url)) knownByUrl.delete(url);
      evaluate();
    },
    /** Relays that have been read since the start. */
    get read(): ReadonlySet<string> {
      return read;
    },
    /** Every relay in use has answered in full, is down, or has had its time: whatever can be read now has been read. */
    get isAllAnswered(): boolean {
      return isAllAnswered;
    },
    get completeness(): ReadCompleteness {
      if (read.size >= required) return ReadCompleteness.Complete;
      return isPartial ? ReadCompleteness.Partial : ReadCompleteness.Pending;
    },
    /** It was read in part only; a complete read is still to come. */
    isCompared: (url: string): boolean => shownBy(url) !== Shown.Newest,
    /** It has answered in full and shown nothing of ours, while another relay has. */
    isSilent(url: string): boolean {
      const hasNothing = shownBy(url) === Shown.Emptiness;
      return hasNothing && [...knownByUrl.values()].some(({ shown }) => shown >= Shown.Newest);
    },
    stop(): void {
      cancelTimer();
    },
  };
}
