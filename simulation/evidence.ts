/** The evidence: what every relay was ever seen to hold, because it gave it in answer to a question. */
import { dominates, joinRegisters, NO_REGISTERS, registersOf } from '../src/runtime/crdt/join';
import type { NostrEvent } from '../src/runtime/contracts/slot';
import type { Registers } from '../src/runtime/crdt/registers';
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

  /** Whether so many relays of a list have shown each single register, or what supersedes it, at another address than `except`. */
  isEnough(
    relays: number,
    list: readonly SimulatedRelay[],
    { key, registers }: { readonly key: string; readonly registers: Registers },
    except?: string,
  ): boolean {
    return partsOf(registers).every((part) => this.#relaysThatShowed(list, key, part, except) >= relays);
  }

  #relaysThatShowed(list: readonly SimulatedRelay[], key: string, part: Registers, except?: string): number {
    let relays = 0;
    for (const relay of list)
      for (const [d, known] of this.#served.get(relay)?.get(key) ?? [])
        if (d !== except && dominates(known, part)) {
          relays += 1;
          break;
        }
    return relays;
  }
}

/** A document's registers and life stamps, each by itself. */
function partsOf({ inserted, deleted, leaves }: Registers): readonly Registers[] {
  const parts: Registers[] = [];
  if (inserted !== undefined) parts.push(registersOf(inserted, undefined, new Map()));
  if (deleted !== undefined) parts.push(registersOf(undefined, deleted, new Map()));
  for (const leaf of leaves) parts.push({ leaves: new Map([leaf]) });
  return parts;
}
