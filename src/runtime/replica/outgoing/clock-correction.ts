/**
 * Corrects own slots after this device's clock was wrong, as the relays' refusals or the present time show: what relays refuse for its time gets
 * another one (docs/protocol.md, section 2).
 */
import type { Outbox } from './outbox';
import type { OwnSlots } from '../slots/own-slots';
import type { Mesh } from '../../contracts/mesh';
import type { SlotWriter } from './slot-writer';

export interface ClockCorrectionOptions {
  readonly mesh: Mesh;
  readonly ownSlots: OwnSlots;
  readonly slotWriter: SlotWriter;
  readonly outbox: Outbox;
  /** Own slots are written by one task at a time. */
  readonly runSerially: (work: () => Promise<void>) => Promise<void>;
  /** What relays refused may go to other slots from now on. */
  readonly onCorrected: () => void;
  readonly onFailed: (error: unknown) => void;
}

export function createClockCorrection(options: ClockCorrectionOptions) {
  const { mesh, ownSlots, slotWriter, outbox } = options;
  let knownOffset = 0;

  /** Slots that were stamped too early are written again, what lies in those that are too late goes to others; those that no longer are too late come back. */
  function correctSlots(): void {
    knownOffset = mesh.createdAtOffset;
    options
      .runSerially(async () => {
        slotWriter.takeBackLeft();
        for (const slot of ownSlots.filled())
          if (!slot.durable && ownSlots.isBehind(slot)) await slotWriter.renew(slot);
        const { slots, documents } = await slotWriter.leaveAhead();
        mesh.withdraw(slots.map(({ d }) => d));
        outbox.add(documents);
        outbox.recount();
        options.onCorrected();
      })
      .catch(options.onFailed);
  }

  return {
    correctSlots,
    /** The mesh may have learned another offset. */
    noteOffset(): void {
      if (mesh.createdAtOffset !== knownOffset) correctSlots();
    },
  };
}
