/**
 * Unread events: a newer build wrote them, so this one cannot read them. The ledger keeps them as they came, and every start of a perhaps newer
 * build tries them again. Their addresses are never written.
 */
import { LedgerChangeKind } from '../../persistence/ledger';
import type { UnreadRecord, WriterLedger } from '../../persistence/ledger';
import type { UnreadHead } from '../../contracts/mesh';
import type { SealedEvent, SlotVersion, UnreadVersion } from '../../contracts/slot';
import { isNewer } from '../../contracts/version-order';

/** So many addresses; what exceeds them stays on the relays alone. */
export const MAX_UNREAD = 4_096;
/** Of base64: twice what relays take of a whole event. */
const MAX_CONTENT_LENGTH = 131_072;

export type Unread = ReturnType<typeof createUnread>;

export function createUnread(ledger: WriterLedger, offer: (head: UnreadHead) => void) {
  const keptByAddress = new Map<string, { readonly id: string; readonly version: UnreadVersion }>();

  function note({ d, event }: UnreadRecord): UnreadVersion {
    const version = versionOf(d, event);
    keptByAddress.set(d, { id: event.id, version });
    return version;
  }

  async function release(d: string): Promise<void> {
    if (keptByAddress.delete(d)) await ledger.commit([{ kind: LedgerChangeKind.NoLongerUnread, d }]);
  }

  return {
    has: (d: string): boolean => keptByAddress.has(d),

    /** Takes over what the ledger has; `offerAgain` follows if this build cannot read it either. */
    restore(record: UnreadRecord): void {
      note(record);
    },

    offerAgain({ d, event }: UnreadRecord): void {
      offer({ version: versionOf(d, event), event, own: false });
    },

    /** Keeps an event under its address, if it is the newest one there. */
    async keep(d: string, event: SealedEvent): Promise<void> {
      const known = keptByAddress.get(d);
      if (known ? !isNewer(versionOf(d, event), known.version) : keptByAddress.size >= MAX_UNREAD) return;
      if (event.content.length > MAX_CONTENT_LENGTH) return;
      const record: UnreadRecord = { d, event };
      const version = note(record);
      if (await ledger.commit([{ kind: LedgerChangeKind.Unread, record }])) offer({ version, event, own: false });
    },

    /** A version was read and recorded: what is kept of its address goes if it is this very event, or an older one. */
    async settle(version: SlotVersion, { id }: { readonly id: string }): Promise<void> {
      const known = keptByAddress.get(version.d);
      if (known && (known.id === id || isNewer(version, known.version))) await release(version.d);
    },

    release,
  };
}

export const versionOf = (d: string, { created_at }: { readonly created_at: number }): UnreadVersion => ({
  d,
  createdAt: created_at,
  nonce: undefined,
});
