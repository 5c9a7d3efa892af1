/**
 * Quarantine: inbound documents that break the schema of this version of the app. They neither reach the app nor are lost: the ledger
 * keeps them, and every start of a perhaps newer version tries them again.
 */
import { LedgerChangeKind } from '../../persistence/ledger';
import type { WriterLedger } from '../../persistence/ledger';
import { joinRegisters } from '../../crdt/join';
import type { Quarantined, Store } from '../../contracts/store';
import { byCollection, keyOf } from '../slots/slot-content';
import type { ContentDocument, SlotContent } from '../slots/slot-content';

export type Quarantine = ReturnType<typeof createQuarantine>;

export function createQuarantine(store: Store, ledger: WriterLedger) {
  const documents = new Map<string, Quarantined>();

  return {
    get size(): number {
      return documents.size;
    },

    /** Takes over what the ledger has, and releases what the present schema accepts. */
    async restore(recorded: readonly Quarantined[]): Promise<void> {
      for (const document of recorded) documents.set(keyOf(document), document);
      for (const [collection, ofCollection] of byCollection(recorded)) {
        if (!store.collections.includes(collection)) continue;
        for (let at = 0; at < ofCollection.length; at += 100) {
          const batch = ofCollection.slice(at, at + 100);
          const { quarantined } = await store.join(collection, batch);
          const stillRefused = new Set(quarantined.map(({ id }) => id));
          const released = batch.filter(({ id }) => !stillRefused.has(id));
          for (const document of released) documents.delete(keyOf(document));
          if (released.length > 0) await ledger.commit([{ kind: LedgerChangeKind.Release, documents: released }]);
        }
      }
    },

    /** With what is kept here of the document: together they may be complete. */
    complete(document: ContentDocument): ContentDocument {
      const known = documents.get(keyOf(document));
      return known ? { ...document, registers: joinRegisters(known.registers, document.registers) } : document;
    },

    /** Of what was merged, `refused` broke the schema; anything else that was kept here is released. */
    async settle(merged: SlotContent, refused: readonly Quarantined[]): Promise<void> {
      const isRefused = new Set(refused.map(keyOf));
      const released = [...merged.values()].filter((each) => documents.has(keyOf(each)) && !isRefused.has(keyOf(each)));
      for (const document of released) documents.delete(keyOf(document));
      if (released.length > 0) await ledger.commit([{ kind: LedgerChangeKind.Release, documents: released }]);
      await add(refused);
    },
  };

  /** A document may come in parts from several slots, so what is known of it is joined. */
  async function add(refused: readonly Quarantined[]): Promise<void> {
    const changed = new Map<string, Quarantined>();
    for (const document of refused) {
      const known = documents.get(keyOf(document))?.registers;
      const registers = known ? joinRegisters(known, document.registers) : document.registers;
      if (registers === known) continue;
      documents.set(keyOf(document), { ...document, registers });
      changed.set(keyOf(document), { ...document, registers });
    }
    if (changed.size > 0)
      await ledger.commit([{ kind: LedgerChangeKind.Quarantine, documents: [...changed.values()] }]);
  }
}
