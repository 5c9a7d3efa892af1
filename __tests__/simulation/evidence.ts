/** The evidence: what every relay was ever seen to hold, because it gave it in answer to a question. */
import { dominates, joinRegisters, NO_REGISTERS, registersOf } from '../../src/lib/worker/merge';
import type { NostrEvent } from '../../src/lib/worker/ports';
import type { Registers } from '../../src/lib/worker/registers';
import type { SimulatedRelay } from './relay';
import type { Seals } from './stand-in-vault';

export class Evidence {
  /** By relay, document and address. */
  readonly #served = new Map<SimulatedRelay, Map<string, Map<string, Registers>>>();
  readonly #known = new Map<SimulatedRelay, Set<string>>();

  constructor(readonly seals: Seals) {}

  served(relay: SimulatedRelay, event: NostrEvent): void {
    let known = this.#known.get(relay);
    if (!known) this.#known.set(relay, (known = new Set()));
    if (known.has(event.id)) return;
    known.add(event.id);
    let documents = this.#served.get(relay);
    if (!documents) this.#served.set(relay, (documents = new Map()));
    const d = event.tags[0]![1]!;
    for (const [key, { registers }] of this.seals.contentOf(event)) {
      let addresses = documents.get(key);
      if (!addresses) documents.set(key, (addresses = new Map()));
      addresses.set(d, joinRegisters(addresses.get(d) ?? NO_REGISTERS, registers));
    }
  }

  /** Whether so many relays have shown each single register, or what supersedes it, at another address than `except`. */
  isEnough(relays: number, key: string, registers: Registers, except?: string): boolean {
    const shown = [...this.#served.values()].map((documents) => {
      let joined = NO_REGISTERS;
      for (const [d, known] of documents.get(key) ?? []) if (d !== except) joined = joinRegisters(joined, known);
      return joined;
    });
    const isShown = (part: Registers) => shown.filter((known) => dominates(known, part)).length >= relays;
    return isShown(registers) || partsOf(registers).every(isShown);
  }
}

/** A document's registers and life stamps, each by itself. */
function partsOf({ inserted, deleted, leaves }: Registers): readonly Registers[] {
  const life = [registersOf(inserted, undefined, new Map()), registersOf(undefined, deleted, new Map())];
  return [...life, ...[...leaves].map((leaf) => ({ leaves: new Map([leaf]) }))];
}
