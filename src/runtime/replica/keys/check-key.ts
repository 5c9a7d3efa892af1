/** Whether the keys of this session may take the place of those of last time (docs/protocol.md, section 1). */
import { KeyState, LedgerChangeKind, underNewKey } from '../../persistence/ledger';
import type { LedgerKey, LedgerState, WriterLedger } from '../../persistence/ledger';

export enum KeyDecision {
  /** They are those of last time, or have taken their place. */
  Taken = 'taken',
  /** They take the place of those of last time if they open an event of another device. */
  Candidate = 'candidate',
  /** Those of last time are known to be right. */
  Refused = 'refused',
  /** Another writer has taken over. */
  Fenced = 'fenced',
}

export type CheckedKey =
  | { readonly decision: KeyDecision.Taken; readonly key: LedgerKey; readonly state: LedgerState }
  | { readonly decision: KeyDecision.Candidate | KeyDecision.Refused | KeyDecision.Fenced };

/** @param check of the keys of this session. */
export async function checkKey(recorded: LedgerState, check: string, ledger: WriterLedger): Promise<CheckedKey> {
  const { key } = recorded;
  if (key?.check === check) return { decision: KeyDecision.Taken, key, state: recorded };
  if (key?.state === KeyState.Pinned) return { decision: KeyDecision.Refused };
  if (key?.state === KeyState.Tentative) return { decision: KeyDecision.Candidate };
  const fresh: LedgerKey = { check, state: KeyState.Free };
  if (!(await ledger.commit([{ kind: LedgerChangeKind.NewKey, key: fresh }]))) return { decision: KeyDecision.Fenced };
  return { decision: KeyDecision.Taken, key: fresh, state: underNewKey(recorded, fresh) };
}
