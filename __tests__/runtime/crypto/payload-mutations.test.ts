/** 200,000 mutated payloads, below the seal: none is thrown at, and the entries beside a mutated one are read as they were written. */
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { Tier } from '../../../src/runtime/contracts/slot';
import type { ContentPayload, ManifestPayload } from '../../../src/runtime/contracts/slot';
import { dominates } from '../../../src/runtime/crdt/join';
import { inflatePayload, readPayload } from '../../../src/runtime/crypto/payload';
import { keyOf, NOTHING, entriesOf, joinContent, readContent } from '../../../src/runtime/replica/slots/slot-content';
import type { ContentDocument } from '../../../src/runtime/replica/slots/slot-content';
import { createMutator, parsed } from '../../support/mutations';
import { anySteps, statesOf } from '../crdt/merge-worlds';

// So many take several seconds, and the machine that runs them may be busy.
jest.setTimeout(300_000);

const dev = '00112233445566778899aabbccddeeff';
const documents: readonly ContentDocument[] = fc
  .sample(anySteps, { seed: 2, numRuns: 40 })
  .flatMap((steps) => statesOf(steps).slice(-1))
  .filter(({ leaves }) => leaves.size > 0 && leaves.size < 8)
  .slice(0, 4)
  .map((registers, index) => ({ collection: 'notes', id: `n${index}`, registers }));
const content = joinContent(NOTHING, documents);
const delta: ContentPayload = { dev, tier: Tier.Delta, idx: 3, seq: 7, e: entriesOf(content) };
const manifest: ManifestPayload = {
  ...{ dev, tier: Tier.Manifest, idx: 0, seq: 12, label: 'Laptop' },
  live: [
    [0, 0, 5, 6],
    [1, 7, 1],
  ],
  seen: { [dev]: 3 },
};
const json = JSON.stringify(delta);

const parse = (text: string) => readPayload(parsed(text));

test('what is written is read', async () => {
  for (const payload of [delta, { ...delta, tier: Tier.Page, idx: 0xffff_ffff }, manifest]) {
    const read = await inflatePayload(deflateRawSync(JSON.stringify(payload)));
    expect(JSON.stringify(read)).toBe(JSON.stringify(payload));
  }
  expect(readContent((parse(json) as ContentPayload).e)).toEqual({ content, damaged: 0 });
});

test('of any mutated payload something or nothing is read', () => {
  const { text, pick } = createMutator(3);
  const written = [json, JSON.stringify(manifest), JSON.stringify({ ...delta, tier: 7 })];
  let read = 0;
  for (let count = 0; count < 90_000; count += 1) {
    const payload = parse(text(pick(written)));
    if (!payload || 'foreign' in payload) continue;
    read += 1;
    if (payload.tier !== Tier.Manifest) readContent(payload.e);
  }
  expect(read).toBeGreaterThan(5_000);
});

test('beside a mutated entry all others are read', () => {
  const mutator = createMutator(4);
  const entries = delta.e.map((entry) => JSON.stringify(entry));
  let damagedOnes = 0;
  for (let count = 0; count < 100_000; count += 1) {
    const at = mutator.below(entries.length);
    const mutated = count % 2 === 0 ? mutator.json(entries[at]!) : mutator.text(entries[at]!);
    if (parsed(mutated) === undefined) continue;
    const payload = parse(json.replace(entries[at]!, () => mutated));
    if (!payload || 'foreign' in payload || payload.tier === Tier.Manifest) throw new Error(mutated);
    const read = readContent(payload.e);
    damagedOnes += Math.sign(read.damaged);
    for (const [index, document] of documents.entries()) {
      const registers = read.content.get(keyOf(document))?.registers;
      // The mutated one may have got the id of another, and be joined with it.
      if (index !== at && !(registers && dominates(registers, content.get(keyOf(document))!.registers)))
        throw new Error(mutated);
    }
  }
  expect(damagedOnes).toBeGreaterThan(10_000);
});

test('of mutated bytes, before they are inflated, nothing is thrown', async () => {
  const { bytes } = createMutator(5);
  const deflated = deflateRawSync(json);
  for (let count = 0; count < 10_000; count += 1) {
    const payload = await inflatePayload(Uint8Array.from(bytes(deflated)));
    if (payload && !('foreign' in payload) && payload.tier !== Tier.Manifest) readContent(payload.e);
  }
});
