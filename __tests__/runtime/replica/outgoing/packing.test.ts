import { deflateRawSync } from 'node:zlib';
import { MAX_PADDED_BYTES, MAX_PAYLOAD_BYTES } from '../../../../src/runtime/contracts/slot';
import { joinContent, NOTHING, writtenEntry } from '../../../../src/runtime/replica/slots/slot-content';
import type { ContentDocument, SlotContent } from '../../../../src/runtime/replica/slots/slot-content';
import { deflatingPack, jsonBytesOf, noise, notes, noteWith, prose, registers, TEXT } from '../bulks';
import type { Trial } from '../bulks';
import { MAX_COLLECTION_BYTES, MAX_ID_BYTES } from '../../../../src/runtime/crdt/document-key';
import { isTooLarge, MAX_REGISTER_BYTES } from '../../../../src/runtime/crdt/register-size';
import { fits, pageBytesWithin } from '../../../../src/runtime/replica/outgoing/packing';
import { createSlotModules, leaf, stampOf } from '../slot-modules';

jest.setTimeout(60_000);

/** The sizes are real here, and what was packed is counted. */
function setUp() {
  const trials: Trial[] = [];
  const modules = createSlotModules(() => ({ pack: deflatingPack(trials) }));

  async function written(): Promise<SlotContent> {
    let content = NOTHING;
    for (const slot of modules.ownSlots.live())
      content = joinContent(content, (await modules.ownSlots.read(slot)).values());
    return content;
  }

  return { ...modules, trials, written };
}

interface Bulk {
  readonly name: string;
  readonly documents: readonly ContentDocument[];
  /** At most so many times the pages that the data needs if it could be cut anywhere; documents are large where it is more than 1.2. */
  readonly waste?: number;
}

const bulks: readonly Bulk[] = [
  { name: '250 documents with one text of 5 kB', documents: notes(250, () => ({ title: 'A note', body: TEXT })) },
  { name: '900 notes with one text of 2 kB', documents: notes(900, () => ({ body: TEXT.slice(0, 2_000) })) },
  { name: 'as many random characters as that', documents: notes(250, (at) => ({ body: noise(5_000, `${at}`) })) },
  {
    name: 'random characters, more than half a page each',
    documents: notes(40, (at) => ({ body: noise(24_000, `${at}`) })),
    waste: 1.8,
  },
  {
    name: 'prose that does not repeat',
    documents: notes(600, (at) => ({ title: prose(30, at), body: prose(700, 31 * at) })),
  },
  { name: '10,000 tiny documents', documents: notes(10_000, (at) => ({ done: at % 3 === 0 })) },
  { name: 'sizes that alternate', documents: notes(600, (at) => ({ body: at % 2 ? noise(3_000, `${at}`) : 'short' })) },
  {
    name: 'what deflates well and what does not by turns',
    documents: notes(200, (at) => ({ body: at % 2 ? noise(6_000, `${at}`) : TEXT.repeat(4) })),
    waste: 1.3,
  },
  {
    name: 'one large value that does not deflate among many that do',
    documents: notes(500, (at) => ({ body: at === 260 ? noise(24_000, 'one') : TEXT })),
  },
  {
    name: 'one such value in every tenth document',
    documents: notes(200, (at) => ({ body: at % 10 === 9 ? noise(20_000, `${at}`) : TEXT })),
    waste: 2,
  },
  {
    name: 'first what deflates well, then what does not',
    documents: notes(500, (at) => ({ body: at < 300 ? TEXT : noise(2_000, `${at}`) })),
  },
  {
    name: 'first what does not deflate, then what does',
    documents: notes(500, (at) => ({ body: at >= 200 ? TEXT : noise(2_000, `${at}`) })),
  },
  { name: 'nothing but one character', documents: notes(2_000, () => ({ body: 'x'.repeat(4_000) })) },
  {
    name: 'Chinese',
    documents: notes(300, (at) => ({
      body: Array.from({ length: 500 }, (_, character) =>
        String.fromCharCode(0x4e00 + ((at * 7919 + character * character * 31) % 3_000)),
      ).join(''),
    })),
  },
  {
    name: 'control characters, which JSON escapes',
    documents: notes(300, (at) => ({ body: '\u0001\u0002"\\'.repeat(500 + at) })),
    waste: 1.3,
  },
  {
    name: 'one document of 300 registers',
    documents: [
      noteWith(
        1,
        registers(300, (at) => noise(1_000, `${at}`)),
      ),
    ],
  },
  {
    name: 'one document of 300 registers that deflate well',
    documents: [
      noteWith(
        1,
        registers(300, () => TEXT.repeat(2)),
      ),
    ],
  },
  {
    name: 'one document of 20 registers, one of them as large as can be',
    documents: [
      noteWith(
        1,
        registers(20, (at) => noise(at === 9 ? 24_000 : 4_000, `${at}`)),
      ),
    ],
    waste: 1.8,
  },
  {
    name: 'a document for several pages among small ones',
    documents: notes(100, (at) =>
      at === 50 ? registers(100, (field) => noise(1_500, `${field}`)) : { body: noise(500, `${at}`) },
    ),
    waste: 1.5,
  },
];

test.each([
  ['deflated', ''],
  ['stored', 'apart'],
])('whatever a write accepts fits into a slot alone, %s', async (_how, lane) => {
  const { slotWriter, ownSlots, vault } = setUp();
  // JSON writes each byte of these as six.
  const [id, collection] = ['\u0001'.repeat(MAX_ID_BYTES), '\u0001'.repeat(MAX_COLLECTION_BYTES)];
  const value = noise(MAX_REGISTER_BYTES - '/b""'.length, 'the largest');
  expect(isTooLarge('/b', value)).toBe(false);
  expect(isTooLarge('/b', `${value}x`)).toBe(true);
  const leaves = new Map([['/b', leaf(3, value)]]);
  const largest = { collection, id, registers: { inserted: stampOf(1), deleted: stampOf(2), leaves } };
  const page = await ownSlots.freePage(lane);
  const { packed } = await slotWriter.pack(page, NOTHING, [largest]);
  expect(fits(packed, MAX_PADDED_BYTES)).toBe(true);
  // However great the numbers in its payload become.
  const payload = { ...packed.payload, idx: 0xffff_ffff, seq: Number.MAX_SAFE_INTEGER } as typeof packed.payload;
  expect((await vault.pack(payload, lane === '')).paddedBytes).toBe(MAX_PADDED_BYTES);
});

describe.each([
  ['deflated', ''],
  ['stored', 'apart'],
])('%s', (_how, lane) => {
  test.each(bulks)('$name: all of it is in few pages, after few trials', async ({ documents, waste = 1.2 }) => {
    const { slotWriter, ownSlots, trials, written } = setUp();
    expect(await slotWriter.writePages(documents, lane, MAX_PADDED_BYTES)).toEqual([]);
    expect(await written()).toEqual(joinContent(NOTHING, documents));

    const inputBytes = jsonBytesOf(documents);
    const pages = ownSlots.live();
    const all = lane
      ? inputBytes
      : deflateRawSync(documents.map((document) => writtenEntry(document).json).join()).length;
    const needed = Math.max(1, all / MAX_PADDED_BYTES, inputBytes / MAX_PAYLOAD_BYTES);
    expect(pages.length).toBeLessThanOrEqual(Math.ceil(needed * waste));
    expect(trials.length).toBeLessThanOrEqual(4 * pages.length);
    expect(trials.reduce((sum, { jsonBytes }) => sum + jsonBytes, 0)).toBeLessThanOrEqual(
      3 * inputBytes + MAX_PADDED_BYTES,
    );
  });
});

test.each<[setting: number, maxEventBytes: number, pageBytes: number]>([
  [32_768, 65_536, 32_768],
  [30_000, 65_536, 16_384],
  [4_096, 65_536, 4_096],
  [32_768, 46_275, 16_384],
  [32_768, 46_276, 32_768],
  [32_768, 16_384, 8_192],
  [32_768, 1_024, 1_024],
])('a setting of %i bytes and relays that take events of %i make pages of %i', (setting, maxEventBytes, pageBytes) => {
  expect(pageBytesWithin(setting, maxEventBytes)).toBe(pageBytes);
});
