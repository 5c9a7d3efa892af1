/**
 * Remote slots: the newest signed event of every slot of every other device, as the ledger keeps it. Any of them can be given to a relay
 * that lacks it (docs/protocol.md, I5), and what stands in one that relays hold is proof that it need not stand elsewhere.
 */
import { LedgerChangeKind } from '../../persistence/ledger';
import type { SlotRecord, WriterLedger } from '../../persistence/ledger';
import { joinRegisters } from '../../crdt/join';
import { Tier } from '../../contracts/slot';
import type { SlotHead } from '../../contracts/mesh';
import type { NostrEvent, SlotVersion } from '../../contracts/slot';
import { isNewer } from '../../contracts/version-order';
import type { Vault } from '../../contracts/vault';
import type { Registers } from '../../crdt/registers';
import { contentOf } from './slot-content';
import type { SlotContent } from './slot-content';

export interface RemoteSlotsOptions {
  readonly vault: Vault;
  readonly ledger: WriterLedger;
  readonly offer: (head: SlotHead) => void;
  readonly yieldToEventLoop: () => Promise<void>;
}

/** What other devices' slots say of a document. */
export interface Proof {
  readonly registers: Registers;
  /** Of devices to whom this one yields: equal copies of a register count as well. */
  readonly copies: Registers | undefined;
}

export type RemoteSlots = ReturnType<typeof createRemoteSlots>;

export function createRemoteSlots({ vault, ledger, offer, yieldToEventLoop }: RemoteSlotsOptions) {
  const records = new Map<string, SlotRecord>();

  /** Takes over what the ledger has. */
  function restore(record: SlotRecord): void {
    records.set(record.version.d, record);
    offer({ version: record.version, event: record.event, own: false });
  }

  /** Keeps a version whose contents are merged, if it is the newest of its slot. False: its signature is bad, so no relay would take it. */
  async function keep(version: SlotVersion, event: NostrEvent): Promise<boolean> {
    const known = records.get(version.d);
    if (known && !isNewer(version, known.version)) return true;
    if (!vault.verify(event)) return false;
    const record: SlotRecord = { version, event, durable: false };
    records.set(version.d, record);
    if (await ledger.commit([{ kind: LedgerChangeKind.Slot, record }])) offer({ version, event, own: false });
    return true;
  }

  /** The contents of those slots that `wanted` says, opened one after the other. */
  async function* contents(wanted: (version: SlotVersion) => boolean): AsyncGenerator<[SlotVersion, SlotContent]> {
    for (const { version, event } of [...records.values()]) {
      if (version.tier === Tier.Manifest || !wanted(version)) continue;
      // A long list must not keep the app's own reads and writes waiting.
      await yieldToEventLoop();
      const opened = await vault.open(event);
      if (typeof opened !== 'string' && opened.payload.tier !== Tier.Manifest)
        yield [version, contentOf(opened.payload.e)];
    }
  }

  /** What other devices' slots, of those that `wanted` says, hold of the given documents. */
  async function prove(
    keys: ReadonlySet<string>,
    wanted: (version: SlotVersion) => boolean,
    yieldsTo: (deviceId: string) => boolean,
  ): Promise<ReadonlyMap<string, Proof>> {
    const proofs = new Map<string, Proof>();
    for await (const [{ deviceId }, content] of contents(wanted)) {
      for (const key of keys) {
        const registers = content.get(key)?.registers;
        if (!registers) continue;
        const known = proofs.get(key);
        const copies = yieldsTo(deviceId) ? joinOptional(known?.copies, registers) : known?.copies;
        proofs.set(key, { registers: joinOptional(known?.registers, registers), copies });
      }
    }
    return proofs;
  }

  return { restore, keep, contents, prove, recordAt: (d: string) => records.get(d) };
}

const joinOptional = (known: Registers | undefined, more: Registers): Registers =>
  known ? joinRegisters(known, more) : more;
