import { createOutbox } from '../../../../src/runtime/replica/outgoing/outbox';
import type { OutboxOptions } from '../../../../src/runtime/replica/outgoing/outbox';
import { stampsOfAll } from '../../../../src/runtime/replica/slots/waiting';
import type { StampsByDocument } from '../../../../src/runtime/replica/slots/waiting';
import type { ContentDocument } from '../../../../src/runtime/replica/slots/slot-content';

type Slot = { unsettled: { nonce: string; stamps: StampsByDocument }[] };

const stampOf = (index: number) => `${index}`.padStart(32, '0');

const document = (index: number): ContentDocument => ({
  collection: 'notes',
  id: `note-${index}`,
  registers: { leaves: new Map([['/title', { stamp: stampOf(index), value: `Title ${index}` }]]) },
});

const documents = (count: number) => Array.from({ length: count }, (_, index) => document(index));

/** An outbox over pages of 100 documents that exist in memory only; `read back` happens when the test says so. */
function setUp({ onPage }: { onPage?: (page: readonly ContentDocument[]) => void } = {}) {
  const slots: Slot[] = [];
  const durable: StampsByDocument[] = [];
  const pages: (readonly ContentDocument[])[] = [];
  const ownSlots = {
    all: () => slots,
    holding: () => slots,
    noteSuperseded: () => {},
  };
  const slotWriter = {
    async writePages(all: readonly ContentDocument[]) {
      for (let from = 0; from < all.length; from += 100) {
        const page = all.slice(from, from + 100);
        slots.push({ unsettled: [{ nonce: `${from}`, stamps: stampsOfAll(page) }] });
        pages.push(page);
        await Promise.resolve();
        onPage?.(page);
      }
      return [];
    },
  };
  const outbox = createOutbox({
    ownSlots: ownSlots as unknown as OutboxOptions['ownSlots'],
    slotWriter: slotWriter as unknown as OutboxOptions['slotWriter'],
    clock: { now: () => 0, monotonic: () => 0, after: () => () => {} },
    laneOf: () => '',
    intervalMs: () => 100,
    mayPublish: () => true,
    pageBytes: () => 32_768,
    runSerially: (work) => work(),
    onDurable: (stamps) => durable.push(stamps),
    onPendingChanged: () => {},
    onFlushed: () => {},
    onFailed: (error) => {
      throw error;
    },
  });
  /** The slot of a page was read back from enough relays. */
  const readBack = (page: readonly ContentDocument[]) => {
    const slot = slots[pages.indexOf(page)]!;
    const [{ stamps }] = slot.unsettled.splice(0, 1) as [Slot['unsettled'][number]];
    outbox.settle(stamps);
  };
  return { outbox, durable, pages, readBack };
}

test('what is read back after all pages were written is pending no longer', async () => {
  const { outbox, pages, readBack, durable } = setUp();
  outbox.add(documents(250));
  await outbox.flush();
  expect(outbox.pending).toBe(250);
  for (const page of pages) readBack(page);
  expect(outbox.pending).toBe(0);
  expect(durable.reduce((sum, stamps) => sum + stamps.size, 0)).toBe(250);
});

test('a page that is read back while later pages of the same bulk are still being written is pending no longer', async () => {
  const stage = setUp({ onPage: (page) => stage.readBack(page) });
  stage.outbox.add(documents(250));
  await stage.outbox.flush();
  expect(stage.outbox.pending).toBe(0);
  expect(stage.durable.reduce((sum, stamps) => sum + stamps.size, 0)).toBe(250);
});

test('a document written again while its page is read back stays pending until the new write is stored, too', async () => {
  const { outbox, pages, readBack } = setUp();
  outbox.add(documents(250));
  await outbox.flush();
  const again = { ...document(3), registers: { leaves: new Map([['/title', { stamp: stampOf(999), value: 'New' }]]) } };
  outbox.add([again]);
  for (const page of pages) readBack(page);
  expect(outbox.pending).toBe(1);
});
