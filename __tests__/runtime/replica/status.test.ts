/** When the status is posted: together with other changes, but never later than a write that it has to count. */
import { createReplicaStatus } from '../../../src/runtime/replica/status';
import type { ReplicaFacts } from '../../../src/runtime/replica/status';
import type { SyncStatus } from '../../../src/runtime/core/status';
import type { Clock } from '../../../src/runtime/core/clock';

function createPosted() {
  let unsynced = 0;
  const timers: (() => void)[] = [];
  const posted: number[] = [];
  const facts: ReplicaFacts = {
    relayCount: 3,
    durableOn: 2,
    isPaused: false,
    lastingProblem: undefined,
    writer: undefined,
    leaderStatus: undefined,
    unsynced: () => unsynced,
  };
  const clock = { after: (_ms: number, act: () => void) => (timers.push(act), () => {}) } as unknown as Clock;
  const status = createReplicaStatus(
    clock,
    () => facts,
    ({ pending }: SyncStatus) => void posted.push(pending),
  );
  return { status, posted, timers, setUnsynced: (count: number) => void (unsynced = count) };
}

test('the first document that waits is posted at once: its write is answered next', () => {
  const { status, posted, timers, setUnsynced } = createPosted();
  status.now();
  setUnsynced(1);
  status.soon();
  expect(posted).toEqual([0, 1]);
  expect(timers).toHaveLength(0);
});

test('also while another change waits to be posted', () => {
  const { status, posted, setUnsynced } = createPosted();
  status.now();
  status.soon();
  setUnsynced(1);
  status.soon();
  expect(posted).toEqual([0, 1]);
});

test('further ones, and what is stored, are posted together', () => {
  const { status, posted, timers, setUnsynced } = createPosted();
  status.now();
  for (const count of [1, 2, 3, 0]) {
    setUnsynced(count);
    status.soon();
  }
  expect(posted).toEqual([0, 1]);
  timers.forEach((act) => act());
  expect(posted).toEqual([0, 1, 0]);
});
