/**
 * What the keys of this session have shown (docs/protocol.md, section 1): nothing, events of this installation, or one of another device. The more
 * they have shown, the less another secret may take their place; and if the app says that its user has data already, nothing is published until
 * they have opened something.
 */
import { KeyState, LedgerChangeKind } from '../../persistence/ledger';
import type { LedgerKey, WriterLedger } from '../../persistence/ledger';
import { keyMismatch } from './key-problems';
import type { SyncProblem } from '../../core/errors';

export interface KeyStandingOptions {
  readonly ledger: WriterLedger;
  /** The app says that this user has data already. */
  readonly expectsData: boolean;
  /** Something may be published from now on that might not before. */
  readonly onAdmitted: () => void;
}

export type KeyStanding = ReturnType<typeof createKeyStanding>;

const RANKS: { readonly [state in KeyState]: number } = {
  [KeyState.Free]: 0,
  [KeyState.Tentative]: 1,
  [KeyState.Pinned]: 2,
};

export function createKeyStanding({ ledger, expectsData, onAdmitted }: KeyStandingOptions) {
  let key: LedgerKey | undefined;
  let isAllRead = false;
  let recording: Promise<unknown> = Promise.resolve();

  const isAwaited = () => expectsData && (key === undefined || key.state === KeyState.Free);

  return {
    /** Takes over what the ledger has. */
    begin(recorded: LedgerKey): void {
      key = recorded;
    },
    /** The keys have shown so much, or more before. Resolves when that is recorded. */
    async raise(state: KeyState): Promise<void> {
      if (key && RANKS[state] > RANKS[key.state]) {
        const wasAwaited = isAwaited();
        key = { ...key, state };
        recording = ledger.commit([{ kind: LedgerChangeKind.KeyState, key }]);
        if (wasAwaited) onAdmitted();
      }
      await recording;
    },
    /** As many relays as make a write durable have been read completely, and what they hold was opened. */
    noteAllRead(): void {
      isAllRead = true;
    },
    /** Whether anything may be published with these keys, as far as they are concerned. */
    get mayPublish(): boolean {
      return !isAwaited();
    },
    get problems(): readonly SyncProblem[] {
      return isAllRead && isAwaited() ? [keyMismatch] : [];
    },
  };
}
