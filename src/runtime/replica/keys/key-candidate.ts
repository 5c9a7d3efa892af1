/**
 * Keys that are not those of last time, while those are tentative: one of the two secrets is mistyped, and nobody can tell which. So what the relays
 * hold is read under the new keys, and nothing is published, merged or recorded. An event of another device that opens shows that the new ones are right.
 */
import { KeyState, LedgerChangeKind } from '../../persistence/ledger';
import type { Device, WriterLedger } from '../../persistence/ledger';
import type { MeshListener } from '../../contracts/mesh';
import type { Vault } from '../../contracts/vault';

export interface KeyCandidateOptions {
  readonly vault: Vault;
  readonly ledger: WriterLedger;
  /** `Vault.keyCheck` of the new keys. */
  readonly check: string;
  /** What it wrote under the new keys at some time does not show that they are right. */
  readonly device: Device;
  /** Relays that make a write durable. */
  readonly durableOn: number;
  /** The new keys are recorded as those of this database. */
  readonly onTaken: () => void;
  /** As many relays were read completely, and hold no event of another device that opens. They are read on. */
  readonly onNothingFound: () => void;
  readonly onFailed: (error: unknown) => void;
}

export type KeyCandidate = Pick<MeshListener, 'receive' | 'readEnded'>;

export function createKeyCandidate(options: KeyCandidateOptions): KeyCandidate {
  const { vault, ledger, check, device, durableOn } = options;
  const ownIds = new Set([device.id, ...device.former]);
  const completeReads = new Set<string>();
  let isTaken = false;

  async function take(): Promise<void> {
    isTaken = true;
    const key = { check, state: KeyState.Pinned };
    if (await ledger.commit([{ kind: LedgerChangeKind.NewKey, key }])) options.onTaken();
  }

  function fail(error: unknown): void {
    isTaken = false;
    options.onFailed(error);
  }

  return {
    async receive(event) {
      const opened = await vault.open(event);
      if (typeof opened === 'string') return opened;
      if (!isTaken && !ownIds.has(opened.version.deviceId)) take().catch(fail);
      return { version: opened.version };
    },
    readEnded(relayUrl, _present, isComplete) {
      if (!isComplete || completeReads.has(relayUrl)) return;
      completeReads.add(relayUrl);
      if (!isTaken && completeReads.size === durableOn) options.onNothingFound();
    },
  };
}
