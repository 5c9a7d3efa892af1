/** Leaves the slots of this device to another running copy of the installation: a cloned profile or a restored backup. */
import { LedgerChangeKind } from '../persistence/ledger';
import type { Device, WriterLedger } from '../persistence/ledger';
import type { SlotModules } from './restore-slots';

/**
 * From now on this installation writes as `device`. What is not durable in the slots that are left is published anew at once, the rest when an
 * audit finds that the copy has overwritten it. False: nothing has changed, because another writer has taken over.
 */
export async function changeDevice(
  device: Device,
  ledger: WriterLedger,
  { vault, ownSlots, remoteSlots, inbound, outbox, mesh }: Omit<SlotModules, 'yieldToEventLoop'>,
): Promise<boolean> {
  const left = ownSlots.all();
  const addresses = left.filter(({ durable }) => !durable).map(({ d }) => d);
  const isRecorded = await ledger.commit([
    { kind: LedgerChangeKind.Device, device },
    { kind: LedgerChangeKind.Forget, addresses },
  ]);
  if (!isRecorded) return false;
  const unreadable = ownSlots.unreadable();
  mesh.withdraw([...left.map(({ d }) => d), ...unreadable.map(({ version }) => version.d)]);
  for (const record of unreadable) {
    inbound.restore(record.version);
    remoteSlots.restore(record);
  }
  for (const slot of left) {
    const opened = slot.record && (await vault.open(slot.record.event));
    if (opened && typeof opened !== 'string') inbound.restore(opened.version, opened.payload);
    if (slot.durable && slot.record) remoteSlots.restore(slot.record);
    else outbox.add([...(await ownSlots.read(slot)).values()]);
  }
  ownSlots.begin(device.id);
  outbox.recount();
  return true;
}
