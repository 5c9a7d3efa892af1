/** 200,000 mutated events: none is thrown at, and none opens but those that say the same. */
import { Tier } from '../../../src/runtime/contracts/slot';
import type { NostrEvent, SlotPayload } from '../../../src/runtime/contracts/slot';
import { Refusal } from '../../../src/runtime/contracts/vault';
import type { Vault } from '../../../src/runtime/contracts/vault';
import { createMutator, parsed } from '../../support/mutations';
import { onTheWire, openVault } from './vault-support';

// So many take several seconds, and the machine that runs them may be busy.
jest.setTimeout(300_000);

const payload: SlotPayload = {
  ...{ dev: '00112233445566778899aabbccddeeff', tier: Tier.Delta, idx: 3, seq: 7 },
  e: [['notes', 'n1', { '/title': ['0'.repeat(32), 'Hello'] }]],
};
const nonce = '0102030405060708090a0b0c';

let vault: Vault;
let event: NostrEvent;
beforeAll(async () => {
  vault = await openVault();
  event = onTheWire(await vault.seal(await vault.pack(payload), { createdAt: 1_700_000_000, nonce }));
});

test('a mutated envelope does not open', async () => {
  const { bytes, below } = createMutator(6);
  const envelope = Buffer.from(event.content, 'base64');
  const refused = new Map<unknown, number>();
  for (let count = 0; count < 100_000; count += 1) {
    const mutated = Buffer.from(below(4) === 0 ? bytes(envelope) : flipped(envelope, below(envelope.length * 8)));
    if (mutated.equals(envelope)) continue;
    const opened = await vault.open({ ...event, content: mutated.toString('base64') });
    if (typeof opened !== 'string') throw new Error(mutated.toString('hex'));
    refused.set(opened, (refused.get(opened) ?? 0) + 1);
  }
  // What is not authentic may claim to be of a later version, which its signature then has to show.
  expect([...refused.keys()].sort()).toEqual([Refusal.Malformed, Refusal.UnknownVersion, Refusal.Unreadable]);
});

test('a mutated event does not open unless its place, time and content are the same', async () => {
  const { text, json } = createMutator(7);
  const written = JSON.stringify({ ...event, content: event.content });
  let opened = 0;
  for (let count = 0; count < 100_000; count += 1) {
    const mutated = parsed(count % 2 === 0 ? json(written) : text(written));
    if (mutated === undefined) continue;
    const answer = await vault.open(mutated as NostrEvent);
    vault.verify(mutated as NostrEvent);
    if (typeof answer === 'string') continue;
    opened += 1;
    expect(answer.version).toMatchObject({ createdAt: event.created_at, nonce, seq: 7 });
    expect(answer.payload).toEqual(payload);
  }
  expect(opened).toBeGreaterThan(1_000);
});

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const mutated = Uint8Array.from(bytes);
  mutated[bit >> 3]! ^= 1 << (bit & 7);
  return mutated;
}
