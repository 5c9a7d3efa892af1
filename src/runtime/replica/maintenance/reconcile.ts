/**
 * Reconciles all documents with all slots: publishes what no slot holds (docs/protocol.md, I4), gives back to the documents what only slots have (a
 * restored backup, a lost database), and counts what the own pages hold without need.
 */
import { SlotCoverage, findUncovered, partOf } from './slot-coverage';
import type { Uncovered } from './slot-coverage';
import { withPredecessors } from '../slots/predecessors';
import type { RemoteSlots } from '../slots/remote-slots';
import { dominates } from '../../crdt/join';
import type { Outbox } from '../outgoing/outbox';
import type { Quarantine } from '../incoming/quarantine';
import { withEssentials } from '../slots/essentials';
import type { OwnSlots } from '../slots/own-slots';
import { Tier } from '../../contracts/slot';
import type { SlotVersion } from '../../contracts/slot';
import type { Store } from '../../contracts/store';
import type { Stamp } from '../../crdt/registers';
import { byCollection, joinContent, NOTHING } from '../slots/slot-content';
import type { ContentDocument, SlotContent } from '../slots/slot-content';

export interface ReconcileOptions {
  readonly store: Store;
  readonly ownSlots: OwnSlots;
  readonly remoteSlots: RemoteSlots;
  readonly outbox: Outbox;
  readonly quarantine: Quarantine;
  readonly isStopped: () => boolean;
}

export interface ReconcilePlan {
  /** Whether what a slot of another device holds counts as published. */
  readonly counts: (version: SlotVersion) => boolean;
  /** Whether a register that no slot carries is to be published. */
  readonly isWanted: (stamp: Stamp) => boolean;
}

export type Reconcile = ReturnType<typeof createReconcile>;

export function createReconcile(options: ReconcileOptions) {
  const { store, ownSlots, remoteSlots, outbox, quarantine, isStopped } = options;

  /** Resolves with whether registers are missing that are not wanted; after the end that says nothing. */
  return async function reconcile({ counts, isWanted }: ReconcilePlan): Promise<boolean> {
    const coverage = new SlotCoverage();
    for await (const content of contents(counts)) coverage.add(content);
    let isUnwantedMissing = false;
    for await (const found of findUncovered(store, coverage, outbox.holdBack)) {
      if (isStopped()) return false;
      const publish = ({ open, whole }: Uncovered) =>
        partOf(open, isWanted)
          .flatMap(ownSlots.withoutHeld)
          .map((part) => withPredecessors(part, whole));
      outbox.add(await withEssentials(store, found.flatMap(publish)));
      isUnwantedMissing ||= found.some(({ open }) => partOf(open, (stamp) => !isWanted(stamp)).length > 0);
    }
    await giveBack(coverage, counts);
    return isUnwantedMissing;
  };

  async function* contents(counts: ReconcilePlan['counts']): AsyncGenerator<SlotContent> {
    for (const slot of ownSlots.live()) yield await ownSlots.read(slot);
    for await (const [, content] of remoteSlots.contents(counts)) yield content;
  }

  async function giveBack(coverage: SlotCoverage, counts: ReconcilePlan['counts']): Promise<void> {
    const left = (content: SlotContent) =>
      [...content]
        .filter(([key, { registers }]) => coverage.countLeft(key, registers) > 0)
        .map(([, document]) => document);
    for (const slot of ownSlots.live()) {
      const content = await ownSlots.read(slot);
      if (slot.name.tier === Tier.Page)
        slot.dead = [...content].reduce((dead, [key, { registers }]) => dead + coverage.countLeft(key, registers), 0);
      await joinLost(left(content));
    }
    for await (const [, content] of remoteSlots.contents(counts)) await joinLost(left(content));
  }

  async function joinLost(documents: readonly ContentDocument[]): Promise<void> {
    for (const [collection, candidates] of byCollection(joinContent(NOTHING, documents).values())) {
      if (!store.collections.includes(collection)) continue;
      for (let at = 0; at < candidates.length && !isStopped(); at += 100) {
        const batch = candidates.slice(at, at + 100);
        const stored = await store.read(
          collection,
          batch.map(({ id }) => id),
        );
        const lost = batch.filter(({ id, registers }) => {
          const known = stored.get(id)?.registers;
          return !known || !dominates(known, registers);
        });
        if (lost.length === 0) continue;
        const { quarantined } = await store.join(collection, lost.map(quarantine.complete));
        await quarantine.settle(joinContent(NOTHING, lost), quarantined);
      }
    }
  }
}
