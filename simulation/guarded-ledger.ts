/** A ledger whose every operation is one between which a worker may die. */
import type { Ledger, LedgerChange } from '../src/runtime/persistence/ledger';
import { Operation } from './worker-process';
import type { WorkerProcess } from './worker-process';

export function guarded(
  ledger: Ledger,
  process: WorkerProcess,
  onCommit: (changes: readonly LedgerChange[]) => void,
): Ledger {
  return {
    get device() {
      return ledger.device;
    },
    async refreshDevice() {
      await process.operation(Operation.LedgerRead);
      return ledger.refreshDevice();
    },
    adoptDevices: (ids) => ledger.adoptDevices(ids),
    async takeOver() {
      await process.operation(Operation.LedgerRead);
      return ledger.takeOver();
    },
    async commit(epoch, changes) {
      await process.operation(Operation.LedgerWrite);
      const isCommitted = await ledger.commit(epoch, changes);
      onCommit(changes);
      await process.operation(Operation.LedgerWritten);
      return isCommitted;
    },
    async loadRelayMemory() {
      await process.operation(Operation.LedgerRead);
      return ledger.loadRelayMemory();
    },
    async saveRelayMemory(url, memory) {
      await process.operation(Operation.LedgerRead);
      return ledger.saveRelayMemory(url, memory);
    },
    close: () => {},
  };
}
