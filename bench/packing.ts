/**
 * What documents cost on a relay: 10,000 of them at once, one edit among 10 or 100,000, what remains after thousands of edits were
 * compacted, and what a new device downloads.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { deflateRawSync } from 'node:zlib';
import { holdsContent, Tier } from '../src/runtime/contracts/slot';
import type { ContentPayload } from '../src/runtime/contracts/slot';
import type { Entry } from '../src/runtime/crdt/registers';
import { contentOf, entriesOf, joinContent, NOTHING } from '../src/runtime/replica/slots/slot-content';
import type { SlotContent } from '../src/runtime/replica/slots/slot-content';
import { report } from './report';
import type { Item } from './app/schema';
import { makeDocuments } from './support/documents';
import { fill, insert, openSynced, untilDurable, untilQuiet } from './support/fill';
import type { Device, Stage } from './support/stage';
import { setStage } from './support/stage';
import { open, tapWire, vaultOf } from './support/wire-tap';
import type { Published } from './support/wire-tap';

const MANY = 100_000;
const EDITS = 100;
const ROUNDS = 150;
const EDITS_OF_A_ROUND = 20;
const BYTES_OF_A_PAGE = 30_000;
/** What is not durable by then counts as missing. */
const MOST_MS = 120_000;

async function main(): Promise<void> {
  const stage = await setStage();
  try {
    const bulk = await measureBulk(stage);
    const few = await measureEdits(stage, 10);
    const some = await measureEdits(stage, 10_000);
    const many = await measureEdits(stage, MANY);
    const same250 = await measureSameText(stage, { count: 250, length: 5_000 });
    const same900 = await measureSameText(stage, { count: 900, length: 2_000 });
    await report('packing', {
      'packing.events_10k': { value: bulk.events, unit: 'events', budget: 60 },
      'packing.bytes_10k': { value: bulk.bytes, unit: 'B', budget: 2_000_000 },
      'packing.new_device_copies': { value: bulk.newDeviceCopies, unit: 'x', budget: 1.6 },
      'packing.edit_bytes_avg': { value: some.bytesOfAnEdit, unit: 'B', budget: 4_500 },
      'packing.edit_events_avg': { value: some.eventsOfAnEdit, unit: 'events' },
      'packing.edit_growth_10_to_100k': { value: many.bytesOfAnEdit / few.bytesOfAnEdit, unit: 'x', budget: 1.2 },
      'packing.live_events_factor': { value: bulk.liveFactor, unit: 'x', budget: 1.5 },
      'packing.write_amplification': { value: bulk.writeAmplification, unit: 'x', budget: 8 },
      'packing.same_text_250_over_random': { value: same250.overRandom, unit: 'x', budget: 1.5 },
      'packing.same_text_900_over_random': { value: same900.overRandom, unit: 'x', budget: 1.5 },
      'packing.same_text_250_ms': { value: same250.ms, unit: 'ms' },
      'packing.same_text_900_ms': { value: same900.ms, unit: 'ms' },
      'packing.same_text_missing': { value: same250.missing + same900.missing, unit: 'documents', budget: 0 },
      'replica.merge_docs_per_s': { value: bulk.mergedPerSecond, unit: 'docs/s' },
    });
  } finally {
    await stage.close();
  }
}

async function measureBulk(stage: Stage) {
  const identity = 'packing-bulk';
  const device = await stage.openDevice({ identity });
  const vault = await vaultOf([identity]);
  const tap = tapWire(stage.relays[0]!, vault);
  const ids = await fill(device.page, 10_000);
  await untilQuiet(stage);
  const stored = await openStored(stage, identity);
  const live = stored.filter(isLive);
  const { mergedPerSecond, bytesDown } = await measureMerge(stage, identity);
  const copy = stored.reduce((sum, { bytes }) => sum + bytes, 0);

  for (let round = 0; round < ROUNDS; round++) {
    const changed = Array.from({ length: EDITS_OF_A_ROUND }, (_, edit) => ids[(round * 67 + edit * 499) % ids.length]!);
    await device.page.evaluate(
      async ({ changed, round }) => {
        await Promise.all(changed.map((id) => window.engine.patch('items', id, { title: `round ${round} of ${id}` })));
      },
      { changed, round },
    );
    await device.page.waitForTimeout(200);
  }
  await untilDurable(device.page);
  await untilQuiet(stage);
  const afterwards = (await openStored(stage, identity)).filter(isLive);
  const writeAmplification = amplificationOf(await tap.published());
  await device.close();
  return {
    events: live.length,
    bytes: live.reduce((sum, { bytes }) => sum + bytes, 0),
    liveFactor: afterwards.length / (2 + deflatedBytes(joined(afterwards)) / BYTES_OF_A_PAGE),
    writeAmplification,
    mergedPerSecond,
    newDeviceCopies: bytesDown / copy,
  };
}

/** A new device reads all of it. `bytesDown`: what all relays have sent to it by then. */
async function measureMerge(stage: Stage, identity: string) {
  const { page, close } = await stage.openDevice({ identity });
  let bytesDown = 0;
  const ends = stage.relays.map((relay) =>
    relay.onFrame(({ direction, text }) => (bytesDown += direction === 'out' ? Buffer.byteLength(text) : 0)),
  );
  const { ms, count } = await page.evaluate(async () => {
    const engine = await window.openEngine();
    const start = performance.now();
    await engine.synced();
    return { ms: performance.now() - start, count: await engine.db.items.count().exec() };
  });
  for (const end of ends) end();
  await close();
  return { mergedPerSecond: count / (ms / 1000), bytesDown };
}

async function measureEdits(stage: Stage, documents: number) {
  const identity = `packing-${documents}`;
  const device = await stage.openDevice({ identity });
  const ids = await fill(device.page, documents, documents);
  await untilQuiet(stage);
  const tap = tapWire(stage.relays[0]!, await vaultOf([identity]));
  await editOneByOne(device, ids);
  const deltas = (await tap.published()).filter(({ version }) => version.tier === Tier.Delta);
  await device.close();
  return {
    bytesOfAnEdit: deltas.reduce((sum, { bytes }) => sum + bytes, 0) / EDITS,
    eventsOfAnEdit: deltas.length / EDITS,
  };
}

async function editOneByOne({ page }: Device, ids: readonly string[]): Promise<void> {
  for (let edit = 0; edit < EDITS; edit++) {
    const id = ids[(edit * 37) % ids.length]!;
    await page.evaluate(([id, title]) => window.engine.patch('items', id, { title }).then(() => {}), [
      id,
      `edit number ${edit}`,
    ] as const);
    await page.waitForTimeout(400);
  }
  await untilDurable(page);
}

interface Texts {
  readonly count: number;
  /** Of each text, in characters. */
  readonly length: number;
}

/** Documents that all have one text, and as many with random characters, each on a device of its own: until two relays have them all. */
async function measureSameText(stage: Stage, { count, length }: Texts) {
  const documents = makeDocuments(count, length);
  const text = makeDocuments(200, 2)
    .map(({ body }) => body)
    .join(' ')
    .slice(0, length);
  const same = await measureTexts(
    stage,
    documents.map((each) => ({ ...each, body: text })),
  );
  const random = await measureTexts(
    stage,
    documents.map((each) => ({ ...each, body: randomBytes(length).toString('base64').slice(0, length) })),
  );
  return { ms: same.ms, overRandom: same.ms / random.ms, missing: same.missing + random.missing };
}

async function measureTexts(stage: Stage, documents: readonly Item[]) {
  const identity = `packing-texts-${randomUUID()}`;
  const { page, close } = await stage.openDevice({ identity });
  await openSynced(page);
  const start = performance.now();
  await Promise.race([insert(page, documents), sleep(MOST_MS, undefined, { ref: false })]);
  const ms = performance.now() - start;
  const published = joined(await openStored(stage, identity));
  await close();
  const ids = new Set([...published.values()].map(({ id }) => id));
  return { ms, missing: documents.filter(({ id }) => !ids.has(id)).length };
}

async function openStored(stage: Stage, identity: string): Promise<readonly Published[]> {
  const vault = await vaultOf([identity]);
  const events = stage.relays[0]!.events().filter(({ pubkey }) => pubkey === vault.pubkey);
  return Promise.all(
    events.map(async (event) => ({ ...(await open(vault, event)), bytes: Buffer.byteLength(JSON.stringify(event)) })),
  );
}

/** A slot that was emptied costs its owner an address, not content. */
const isLive = ({ payload }: Published): boolean => !holdsContent(payload) || payload.e.length > 0;

function contentIn(payload: ContentPayload): SlotContent {
  return contentOf(payload.e);
}

function joined(published: readonly Published[]): SlotContent {
  let content = NOTHING;
  for (const { payload } of published)
    if (holdsContent(payload)) content = joinContent(content, contentIn(payload).values());
  return content;
}

function deflatedBytes(content: SlotContent): number {
  return deflateRawSync(JSON.stringify(entriesOf(content))).length;
}

/** Bytes published in pages for each byte of the entries that entered them; an entry counts by its share of its page. */
function amplificationOf(published: readonly Published[]): number {
  const seen = new Set<string>();
  let written = 0;
  let entered = 0;
  for (const { payload, bytes } of published) {
    if (payload.tier !== Tier.Page || payload.e.length === 0) continue;
    written += bytes;
    let fresh = 0;
    let all = 0;
    for (const [collection, id, registers, ...life] of payload.e as readonly Entry[])
      for (const part of [...Object.entries(registers), life]) {
        const text = JSON.stringify([collection, id, part]);
        all += text.length;
        if (!seen.has(text)) fresh += text.length;
        seen.add(text);
      }
    entered += (bytes * fresh) / all;
  }
  return written / entered;
}

void main();
