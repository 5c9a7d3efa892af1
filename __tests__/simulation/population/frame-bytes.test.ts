/** Sizes of frames against frames that the real vault makes. */
import { Tier } from '../../../src/runtime/contracts/slot';
import { eventBytes, eventDown, okDown, writeUp } from '../../../simulation/population/frame-bytes';
import { openVault } from '../../runtime/crypto/vault-support';

test.each([1, 400, 3_000, 25_000])('an event with %i characters of random text', async (characters) => {
  const vault = await openVault();
  const text = Array.from({ length: characters }, (_, at) => ((at * 7919) % 36).toString(36)).join('');
  const packed = await vault.pack(
    { ...{ dev: '0'.repeat(32), tier: Tier.Page, idx: 0, seq: 1 }, e: [['notes', text]] },
    false,
  );
  const event = await vault.seal(packed, { createdAt: 1_780_000_000, nonce: vault.newNonce() });
  const bytes = Buffer.byteLength(JSON.stringify(event));
  expect(eventBytes(packed.deflated.length)).toBe(bytes);
  expect(eventDown(bytes)).toBe(Buffer.byteLength(JSON.stringify(['EVENT', 's12', event])) + 4);
  expect(writeUp(bytes)).toBe(Buffer.byteLength(JSON.stringify(['EVENT', event])) + 8);
});

test.each([
  [true, ''],
  [false, 'replaced: have newer event'],
])('the answer OK %s %j', (isAccepted, reason) => {
  expect(okDown(isAccepted, reason)).toBe(JSON.stringify(['OK', 'f'.repeat(64), isAccepted, reason]).length + 2);
});
