import { createUnread, MAX_UNREAD } from '../../../../src/runtime/replica/incoming/unread';
import type { SealedEvent } from '../../../../src/runtime/contracts/slot';
import { createMemoryLedger, emptyLedgerDisk } from '../../../../src/runtime/testing/memory-ledger';
import { createWriterLedger } from '../../../../src/runtime/persistence/ledger';
import { OWN } from '../slot-modules';

async function setUp() {
  const disk = emptyLedgerDisk();
  const ledger = createWriterLedger(
    createMemoryLedger(() => OWN, disk),
    { monotonic: () => 0 },
    () => {},
  );
  await ledger.takeOver();
  return { disk, unread: createUnread(ledger, () => {}) };
}

const eventOf = (id: string, content = '') => ({ id, content, created_at: 100 }) as SealedEvent;

test('are kept of so many addresses, and of no more', async () => {
  const { disk, unread } = await setUp();
  for (let at = 0; at <= MAX_UNREAD; at += 1) await unread.keep(`${at}`, eventOf(`${at}`));
  expect([disk.unread.size, unread.has('0'), unread.has(`${MAX_UNREAD}`)]).toEqual([MAX_UNREAD, true, false]);
  await unread.release('0');
  await unread.keep('another', eventOf('another'));
  expect([disk.unread.size, unread.has('another')]).toEqual([MAX_UNREAD, true]);
});

test('are not kept when no relay would take them', async () => {
  const { disk, unread } = await setUp();
  await unread.keep('d', eventOf('id', 'x'.repeat(131_073)));
  expect(disk.unread.size).toBe(0);
});
