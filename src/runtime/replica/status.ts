/** The status of a replica: what this tab's writer says or, in a tab that waits, what the tab that syncs has posted; and when it is posted. */
import { ReadCompleteness, SyncPhase } from '../core/status';
import type { SyncProblem } from '../core/errors';
import type { SyncStatus } from '../core/status';
import type { Clock } from '../core/clock';
import type { WriterState } from './writer';

/** What the status is made of. */
export interface ReplicaFacts {
  /** Relays configured. */
  readonly relayCount: number;
  readonly durableOn: number;
  readonly isPaused: boolean;
  /** Why this tab cannot sync, now or when it has the lock. */
  readonly lastingProblem: SyncProblem | undefined;
  /** Of this tab's writer. */
  readonly writer: WriterState | undefined;
  /** The last status of the tab that syncs; undefined in that tab itself. */
  readonly leaderStatus: SyncStatus | undefined;
  /** Documents that are known to wait, where neither says more. */
  readonly unsynced: () => number;
}

/** @param lastSyncedAt of an earlier status, ms. */
export function statusOf(facts: ReplicaFacts, lastSyncedAt: number | null = null): SyncStatus {
  const { writer, leaderStatus } = facts;
  const status = {
    pending: pendingOf(facts),
    durableOn: facts.durableOn,
    relays: writer?.relays ?? (facts.isPaused ? [] : (leaderStatus?.relays ?? [])),
    devicesMet: writer?.devices.met ?? leaderStatus?.devicesMet ?? 0,
    devicesApart: writer?.devices.apart ?? leaderStatus?.devicesApart ?? 0,
    completeness: writer?.proof.completeness ?? leaderStatus?.completeness ?? ReadCompleteness.Pending,
    unread: writer?.proof.unread ?? leaderStatus?.unread ?? [],
    lastSyncedAt: writer?.lastSyncedAt ?? leaderStatus?.lastSyncedAt ?? lastSyncedAt,
    clockSkewMs: writer ? -writer.createdAtOffset * 1000 || 0 : (leaderStatus?.clockSkewMs ?? null),
    quarantined: writer?.quarantined ?? leaderStatus?.quarantined ?? 0,
    damaged: writer?.damaged ?? leaderStatus?.damaged ?? 0,
    undecryptable: writer?.undecryptable.count ?? leaderStatus?.undecryptable ?? 0,
    undecryptableFrom: writer?.undecryptable.from ?? leaderStatus?.undecryptableFrom ?? [],
    problems: problemsOf(facts),
  };
  return { phase: phaseOf(facts, status.lastSyncedAt), ...status };
}

function problemsOf({ writer, leaderStatus, lastingProblem }: ReplicaFacts): readonly SyncProblem[] {
  const problems = writer?.problems ?? leaderStatus?.problems ?? [];
  if (!lastingProblem) return problems;
  return [lastingProblem, ...problems.filter(({ message }) => message !== lastingProblem.message)];
}

function pendingOf({ relayCount, writer, leaderStatus, unsynced }: ReplicaFacts): number {
  // Nothing is ever sent, so nothing waits to be.
  if (relayCount === 0) return 0;
  if (writer?.isCompared) return writer.pending;
  return leaderStatus ? leaderStatus.pending : unsynced();
}

function phaseOf(facts: ReplicaFacts, lastSyncedAt: number | null): SyncPhase {
  const { lastingProblem, writer, leaderStatus } = facts;
  if (lastingProblem || writer?.isFailed) return SyncPhase.Stopped;
  if (facts.relayCount === 0) return SyncPhase.LocalOnly;
  if (facts.isPaused) return SyncPhase.Paused;
  if (leaderStatus) return leaderStatus.phase;
  // Whoever sees `online` may believe that nothing waits when nothing is pending.
  if (!writer?.isCompared) return SyncPhase.Starting;
  if (writer.readyRelays > 0 && !writer.isCutOff) return phaseByCompleteness[writer.proof.completeness];
  const isTried = writer.isCutOff || lastSyncedAt !== null || writer.isSynced || writer.proof.isAllAnswered;
  return isTried ? SyncPhase.Offline : SyncPhase.Starting;
}

/** What a relay has not shown yet may be what the user is waiting for. */
const phaseByCompleteness: { readonly [completeness in ReadCompleteness]: SyncPhase } = {
  [ReadCompleteness.Pending]: SyncPhase.Starting,
  [ReadCompleteness.Partial]: SyncPhase.Partial,
  [ReadCompleteness.Complete]: SyncPhase.Online,
};

/** Changes of status within this time are posted together. */
const STATUS_MS = 50;

export function createReplicaStatus(clock: Clock, facts: () => ReplicaFacts, post: (status: SyncStatus) => void) {
  let lastSyncedAt: number | null = null;
  let postedPending: number | undefined;
  let cancel: (() => void) | undefined;
  let isStopped = false;

  function now(): void {
    cancel?.();
    cancel = undefined;
    if (isStopped) return;
    const status = statusOf(facts(), lastSyncedAt);
    lastSyncedAt = status.lastSyncedAt;
    postedPending = status.pending;
    post(status);
  }

  return {
    /** Posts the present status. */
    now,
    /** Posts the status a little later, together with further changes; at once when something waits and the last one said that nothing does. */
    soon(): void {
      if (isStopped) return;
      // A write is answered next, and whoever has written must not read that all of it is stored.
      if (postedPending === 0 && pendingOf(facts()) > 0) return now();
      cancel ??= clock.after(STATUS_MS, now);
    },
    stop(): void {
      isStopped = true;
      cancel?.();
    },
  };
}
