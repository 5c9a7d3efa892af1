/** What deflates so well that the length of the JSON bounds a page comes to rest, in as few slots as that bound allows. */
import { deflateRawSync } from 'node:zlib';
import { MAX_PAYLOAD_BYTES, Tier } from '../../../../src/runtime/contracts/slot';
import { joinContent, NOTHING, writtenEntry } from '../../../../src/runtime/replica/slots/slot-content';
import type { ContentDocument } from '../../../../src/runtime/replica/slots/slot-content';
import { deflatingPack, jsonBytesOf, noise, notes, TEXT } from '../bulks';
import { createMaintenanceModules } from './maintenance-modules';

jest.setTimeout(60_000);

/** As `bench packing` has it. */
const BYTES_OF_A_PAGE = 30_000;
const BUDGET = 1.5;

interface Case {
  readonly name: string;
  readonly documents: readonly ContentDocument[];
  /** Documents that are written at once; all if nothing is said. */
  readonly atOnce?: number;
}

const cases: readonly Case[] = [
  { name: '250 documents with one text of 5 kB', documents: notes(250, () => ({ body: TEXT })) },
  { name: '900 notes with one text of 2 kB', documents: notes(900, () => ({ body: TEXT.slice(0, 2_000) })) },
  { name: '2,000 documents with one text of 5 kB', documents: notes(2_000, () => ({ body: TEXT })) },
  { name: 'the same text in three documents at a time', documents: notes(180, () => ({ body: TEXT })), atOnce: 3 },
  { name: 'the same text, one document at a time', documents: notes(60, () => ({ body: TEXT })), atOnce: 1 },
  { name: 'one character', documents: notes(1_500, () => ({ body: 'x'.repeat(4_000) })), atOnce: 150 },
  {
    name: 'what deflates well and what does not by turns',
    documents: notes(400, (at) => ({ body: at % 20 ? TEXT : noise(15_000, `${at}`) })),
    atOnce: 40,
  },
];

test.each(cases)('$name', async ({ documents, atOnce = documents.length }) => {
  const pack = deflatingPack();
  const world = createMaintenanceModules({ documents, vault: { pack } });
  const { outbox, ownSlots, clock, offered } = world;
  const contents = () => offered.filter(({ version }) => version.nonce && version.tier !== Tier.Manifest).length;

  for (let at = 0; at < documents.length; at += atOnce) {
    outbox.add(documents.slice(at, at + atOnce));
    await outbox.flush();
    await world.readBackAll();
    await clock.advance(1_000);
  }
  let before = -1;
  for (let round = 0; before !== contents() && round < 300; round += 1) {
    before = contents();
    await world.maintain();
    await world.readBackAll();
  }
  const atRest = contents();
  for (let round = 0; round < 5; round += 1) {
    await world.maintain();
    await world.readBackAll();
  }
  expect(contents()).toBe(atRest);

  const deflated = deflateRawSync(documents.map((document) => writtenEntry(document).json).join()).length;
  const needed = Math.max(deflated / BYTES_OF_A_PAGE, jsonBytesOf(documents) / MAX_PAYLOAD_BYTES);
  expect(ownSlots.live().length + 1).toBeLessThanOrEqual(BUDGET * (2 + needed));
  expect(await world.published()).toEqual(joinContent(NOTHING, documents));
});
